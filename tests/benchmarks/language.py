"""`make bench-quality`: how right sentiment and emotion are on labelled texts of others, and how fast.

Rules, SnowNLP and a model trained on the set's own labels (cross-validated) side by side, from ../shared/data. Where
a set has two classes a score above 0 is positive. SnowNLP has no neutral of its own: for three classes it is given
the two limits that are best for it on the very texts it is judged by.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from tests.support import SHARED

# Emotions of the microblogs -> ours. `surprise` has none: texts of it count as wrong for the rules.
EMOTION_OF = {
    "angry": "angry", "disgusted": "angry", "annoyed": "angry", "disappointed": "sad", "worried": "fear",
    "anxious": "fear", "pleased": "happy", "calm": "neutral",
}  # fmt: skip
POLARITY_OF = {"happy": 1, "angry": -1, "sad": -1, "fear": -1, "neutral": 0}
NAMES = ("atec_pairs_dev", "waimai_reviews_dev", "online_shopping_reviews_dev", "bdci_car_opinions_dev", "weibo_emotion_dev")  # fmt: skip


def ruled(texts: pl.Series) -> pl.DataFrame:
    """What the rules say of each text."""
    from insight.sentiment.lexicon import compiled
    from insight.sentiment.measure import feelings

    ids = pl.Series("inquiry_id", range(len(texts)), dtype=pl.Int64).cast(pl.String)
    return feelings(pl.DataFrame({"inquiry_id": ids, "text": texts}), compiled())


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Mean F1 over the given labels."""
    from sklearn.metrics import f1_score

    return float(
        f1_score(labels, predicted, labels=sorted(set(labels.tolist())), average="macro", zero_division=0)
    )


def row(*cells: object) -> None:
    """One line of a table in markdown."""
    print("| " + " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells) + " |")


def head(*cells: str) -> None:
    """The first lines of a table."""
    print()
    row(*cells)
    row("---", *["---:"] * (len(cells) - 1))


def questions() -> None:
    """Service questions are not negative, clearly negative reviews are."""
    from insight.sentiment.snownlp_bulk import snownlp_scores

    pairs = pl.read_parquet(SHARED / "atec_pairs_dev.parquet")
    asked = pl.concat([pairs["question_a"], pairs["question_b"].rename("question_a")]).unique(
        maintain_order=True
    )
    reviews = pl.read_parquet(SHARED / "waimai_reviews_dev.parquet").filter(pl.col("label") == 0)["text"]
    head("share called negative", "rules", "SnowNLP < 0.2", "target")
    for name, texts, target in (
        ("service questions (ATEC)", asked, "≤ 0.08"),
        ("negative take-away reviews", reviews, "≥ 0.70"),
    ):
        negative = (ruled(texts)["sentiment_label"] == "negative").mean()
        row(name, float(negative or 0), float((snownlp_scores(texts) < 0.2).mean() or 0), target)


def trained_on() -> frozenset[str]:
    """Texts that SnowNLP's own model was fitted on, as its package ships them."""
    import snownlp

    folder = Path(snownlp.__file__).parent / "sentiment"
    return frozenset(
        line.strip()
        for name in ("neg.txt", "pos.txt")
        for line in (folder / name).read_text("utf-8").splitlines()
    )


def reviews() -> None:
    """Two classes: take-away and online shopping by category."""
    from insight.sentiment.learned_scores import evaluate
    from insight.sentiment.snownlp_bulk import snownlp_scores

    seen = trained_on()
    waimai = pl.read_parquet(SHARED / "waimai_reviews_dev.parquet").with_columns(category=pl.lit("take-away"))
    shop = pl.read_parquet(SHARED / "online_shopping_reviews_dev.parquet")
    both = pl.concat([f.select("category", "label", "text") for f in (waimai, shop)], how="vertical_relaxed")
    head("two classes", "texts", "in SnowNLP's training text", "rules acc.", "SnowNLP acc.", "trained acc.", "rules F1", "SnowNLP F1", "trained F1")  # fmt: skip
    for (category,), part in both.group_by("category", maintain_order=True):
        part = part.filter(pl.col("text").is_not_null(), pl.col("text").str.strip_chars() != "")
        y = part["label"].to_numpy()
        rules = (ruled(part["text"])["sentiment"] > 0).cast(pl.Int8).to_numpy()
        snow = (snownlp_scores(part["text"]).fill_null(0.5) > 0.5).cast(pl.Int8).to_numpy()
        found, _ = evaluate(part["text"], part["label"].cast(pl.String))
        inside = part["text"].str.strip_chars().is_in(list(seen)).mean()
        row(
            category, part.height, f"{float(inside or 0):.0%}", float((rules == y).mean()), float((snow == y).mean()),
            found.accuracy, macro_f1(y, rules), macro_f1(y, snow), found.macro_f1,
        )  # fmt: skip


def best_limits(score: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """SnowNLP in three classes, with the two limits that are best for it."""
    grid = [
        (low, high) for low in np.arange(0.0, 0.6, 0.05) for high in np.arange(0.4, 1.0, 0.05) if low < high
    ]
    made = [np.where(score <= low, -1, np.where(score > high, 1, 0)) for low, high in grid]
    return max(made, key=lambda predicted: macro_f1(labels, predicted))


def three_classes() -> None:
    """Negative, neutral, positive: car opinions and microblogs."""
    from insight.sentiment.learned_scores import evaluate
    from insight.sentiment.snownlp_bulk import snownlp_scores

    cars = pl.read_parquet(SHARED / "bdci_car_opinions_dev.parquet")
    one = cars.filter(pl.col("sentiment").n_unique().over("content_id") == 1).unique(
        "content_id", maintain_order=True
    )
    posts = pl.read_parquet(SHARED / "weibo_emotion_dev.parquet").filter(pl.col("emotion") != "surprise")
    sets = (
        ("car opinions (BDCI)", one["text"], one["sentiment"].cast(pl.Int8)),
        (
            "microblogs (weibo)",
            posts["text"],
            posts["emotion"].replace_strict(POLARITY_OF, return_dtype=pl.Int8),
        ),
    )
    head(
        "three classes",
        "texts",
        "rules acc.",
        "SnowNLP acc.",
        "trained acc.",
        "rules F1",
        "SnowNLP F1",
        "trained F1",
    )
    for name, texts, labels in sets:
        y = labels.to_numpy()
        rules = (
            ruled(texts)["sentiment_label"]
            .replace_strict({"negative": -1, "neutral": 0, "positive": 1})
            .to_numpy()
        )
        snow = best_limits(snownlp_scores(texts).fill_null(0.5).to_numpy(), y)
        found, _ = evaluate(texts, labels.cast(pl.String))
        row(
            name, len(texts), float((rules == y).mean()), float((snow == y).mean()), found.accuracy, macro_f1(y, rules),
            macro_f1(y, snow), found.macro_f1,
        )  # fmt: skip


def emotions() -> None:
    """Emotions of microblogs, in the labels of the set."""
    from insight.sentiment.learned_scores import distinct, evaluate

    raw = pl.read_parquet(SHARED / "weibo_emotion_dev.parquet")
    posts = distinct(raw["text"], raw["emotion"])  # as `evaluate` does: reposts would be known already
    y = posts["label"].to_numpy()
    rules = ruled(posts["text"])["emotion"].replace_strict(EMOTION_OF).to_numpy()
    found, said = evaluate(posts["text"], posts["label"])
    known = y != "surprise"
    head("emotion (weibo)", "texts", "rules F1", "trained F1", "target")
    row(
        "happy, angry, sad, fear, surprise, neutral",
        len(y),
        macro_f1(y, rules),
        found.macro_f1,
        "trained ≥ 0.60",
    )
    row("without surprise", int(known.sum()), macro_f1(y[known], rules[known]), macro_f1(y[known], said.to_numpy()[known]), "")  # fmt: skip


def speed() -> None:
    """The whole step on service questions: words, tags, sentiment, emotion, effort, SnowNLP's score."""
    head("speed (segment, tag, feelings, effort, SnowNLP)", "problems/s", "peak MiB", "target")
    for name, threads in (("one core", "1"), ("all cores", "")):
        environment = {k: v for k, v in os.environ.items() if k != "POLARS_MAX_THREADS"}
        if threads:
            environment |= {"POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads}
        told = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.language", "--step", threads],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for count, rate, peak in (line.split() for line in told.stdout.splitlines()):
            row(
                f"{name}, {int(count):,} problems", f"{float(rate):,.0f}", peak, "≥ 10,000" if threads else ""
            )


def step(threads: str) -> None:
    """One process: the step over ever more problems."""
    import resource

    if threads and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from importlib.resources import files

    from insight.sentiment.inquiries import inquiry_feelings
    from insight.sentiment.lexicon import compiled
    from insight.sentiment.snownlp_bulk import snownlp_scores
    from transforms.tags import tagged
    from transforms.words import tokens
    from warehouse.config import Tags, read_config

    rules = read_config(Path(str(files("warehouse.templates").joinpath("tags.yaml"))), Tags).tags
    pairs = pl.read_parquet(SHARED / "atec_pairs_dev.parquet")["question_a"]

    def work(count: int) -> None:
        for first in range(0, count, 50_000):
            texts = pl.concat([pairs] * 2).slice(first % 40_000, min(50_000, count - first))
            ids = pl.Series("inquiry_id", range(len(texts)), dtype=pl.Int64).cast(pl.String)
            asked = pl.DataFrame({"inquiry_id": ids, "problem": texts, "text": texts}).with_columns(
                language=pl.lit("zh"), started_at=pl.lit(None, pl.Datetime), ended_at=pl.lit(None, pl.Datetime),
                resolution_s=pl.lit(None, pl.Float64), customer_turn_count=pl.lit(3), transferred=pl.lit(False),
                csat=pl.lit(None, pl.Float64),
            )  # fmt: skip
            tokens(asked)
            tagged(asked.select("inquiry_id", "text"), rules)
            inquiry_feelings(asked.select("inquiry_id", "text"), asked, compiled())
            snownlp_scores(asked["problem"], threads=1 if threads else None)

    work(1_000)  # compile and load
    for count in (100_000, 400_000):
        begin = time.perf_counter()
        work(count)
        seconds = time.perf_counter() - begin
        print(count, count / seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def main() -> None:
    """Print the tables."""
    missing = [name for name in NAMES if not (SHARED / f"{name}.parquet").exists()]
    if missing:
        print(f"skipped: the development data (../shared/data) is not here: {', '.join(missing)}")
        return
    for table in (questions, reviews, three_classes, emotions, speed):
        table()


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--step":
        step(sys.argv[2] if len(sys.argv) > 2 else "")
    else:
        main()
