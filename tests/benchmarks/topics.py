"""`python -m tests.benchmarks.topics`: how good and how fast topics are, each number beside its target.

Reads the development data (../shared/data); a table whose data is absent says so. BERTopic's defaults get the same vectors.
Parts can be named: `python -m tests.benchmarks.topics clusters pairs identity newness speed space`.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, roc_auc_score

from insight.topics.assign import assign
from insight.topics.describe import learned, tokens_of
from insight.topics.discover import draw
from insight.topics.embedder import NgramEmbedder, fit_embedder, fit_ppmi, fit_tfidf
from insight.topics.geometry import means, nearest
from insight.topics.groups import grouped
from insight.topics.newness import newcomers
from insight.topics.refit import refit
from tests.support import SHARED

DAY = date(2026, 1, 1)
Labels = NDArray[np.int64]


def read(name: str) -> pl.DataFrame | None:
    """A file of the development data, or None with a word about it."""
    path = SHARED / f"{name}.parquet"
    if path.exists():
        return pl.read_parquet(path)
    print(f"(skipped: {name}.parquet is not in ../shared/data)")
    return None


def row(*cells: Any) -> None:
    """A row of a Markdown table."""
    print("| " + " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells) + " |", flush=True)


def head(*cells: str) -> None:
    """The head of a Markdown table."""
    print()
    row(*cells)
    row(*("---" for _ in cells))


def target(value: float, limit: float, *, below: bool = False) -> str:
    """A number and whether it holds."""
    good = value <= limit if below else value >= limit
    return f"{value:.3f} ({'holds' if good else 'MISSED'}: {'at most' if below else 'at least'} {limit:g})"


def accuracy(truth: Labels, found: Labels) -> float:
    """Share of texts in the right cluster under the best matching; -1 is never right."""
    inside = found >= 0
    table = np.zeros((truth.max() + 1, max(int(found.max()) + 1, 1)), np.int64)
    np.add.at(table, (truth[inside], found[inside]), 1)
    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / len(truth))


def quality(truth: Labels, found: Labels) -> tuple[float, float, float]:
    """ACC, NMI, ARI; texts without a topic make one cluster for NMI and ARI."""
    return (
        accuracy(truth, found),
        float(normalized_mutual_info_score(truth, found)),
        float(adjusted_rand_score(truth, found)),
    )


def bertopic_defaults(texts: pl.Series, vectors: NDArray[np.float32], seed: int) -> tuple[Labels, Labels]:
    """Topics by BERTopic as it comes (its own vectorizer, HDBSCAN and UMAP, this with a seed): as given, and outliers to the nearest."""
    from bertopic import BERTopic
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reduce = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
        given, _ = BERTopic(embedding_model=None, umap_model=reduce).fit_transform(
            texts.to_list(), embeddings=vectors
        )
    topics = np.asarray(given, np.int64)
    inside = topics >= 0
    full = topics.copy()
    if inside.any() and not inside.all():
        full[~inside] = nearest(
            vectors[~inside], means(vectors[inside], topics[inside], int(topics.max()) + 1)
        )[0]
    return topics, full


def places(ids: pl.Series) -> Labels:
    """Topic ids as numbers, null as -1."""
    known = {name: number for number, name in enumerate(sorted(ids.drop_nulls().unique().to_list()))}
    return ids.replace_strict(known, default=-1, return_dtype=pl.Int64).to_numpy()


def clusters() -> None:
    """Known intents, their number untold."""
    head(
        "data",
        "who",
        "topics",
        "unassigned",
        "ACC wrong",
        "NMI wrong",
        "ARI wrong",
        "ACC nearest",
        "NMI nearest",
        "ARI nearest",
    )
    for name in ("dstc11_insurance_utterances_dev", "banking77_dev", "bitext_support_intents_dev"):
        data = read(name)
        if data is None:
            continue
        data = data.unique("text", maintain_order=True)
        _, truth = np.unique(data["intent"].to_numpy(), return_inverse=True)
        embedder = fit_embedder(data["text"])
        vectors = embedder.encode(data["text"])
        ours, theirs, counts, theirs_counts = [], [], [], []
        for seed in range(3):
            sample = draw(data.select("text"))
            registry, found, _ = learned(sample, embedder, DAY, seed)
            topics = assign(data["text"], registry, embedder)
            given, full = places(topics["topic_id"]), places(topics["nearest_topic_id"])
            counts.append(len(registry.topics))
            ours.append([float((given < 0).mean()), *quality(truth, given), *quality(truth, full)])
            given, full = bertopic_defaults(data["text"], vectors, seed)
            theirs_counts.append(int(given.max()) + 1)
            theirs.append([float((given < 0).mean()), *quality(truth, given), *quality(truth, full)])
            best = next(c for c in found.candidates if c.chosen)
            print(
                f"  ({name}, seed {seed}: {best.method} of {len(found.candidates)} candidates, stability {best.stability:.3f})"
            )
        row(name, "wanqiu", counts, *np.mean(ours, axis=0).tolist())
        row(name, "BERTopic defaults", theirs_counts, *np.mean(theirs, axis=0).tolist())
        better = np.mean(ours, axis=0)[1:] > np.mean(theirs, axis=0)[1:]
        row(
            name,
            "better",
            f"{int(np.mean(counts))} for {truth.max() + 1}",
            "",
            *("yes" if b else "NO" for b in better),
        )


def pairs() -> None:
    """Paraphrases in one topic (ATEC)."""
    data = read("atec_pairs_dev")
    if data is None:
        return
    every = pl.concat([data["question_a"], data["question_b"]]).unique(maintain_order=True)
    sample = draw(pl.DataFrame({"text": every}))
    embedder = fit_embedder(sample["text"])
    begin = time.perf_counter()
    registry, found, _ = learned(sample, embedder, DAY)
    seconds = time.perf_counter() - begin
    same = data["same"].to_numpy() == 1
    one, two = embedder.encode(data["question_a"]), embedder.encode(data["question_b"])
    head(
        "who",
        "topics",
        "unassigned",
        "P(same topic, same)",
        "P(same topic, different)",
        "difference",
        "difference, both assigned",
        "AUC of cosine",
    )
    first, second = (assign(data[name], registry, embedder) for name in ("question_a", "question_b"))

    def line(who: str, count: int, a: Labels, b: Labels) -> None:
        equal = (a == b) & (a >= 0)
        both = (a >= 0) & (b >= 0)
        out = float(np.concatenate([a < 0, b < 0]).mean())
        gap = float(equal[same].mean() - equal[~same].mean())
        inner = float(equal[same & both].mean() - equal[~same & both].mean())
        row(
            who,
            count,
            target(out, 0.15, below=True),
            float(equal[same].mean()),
            float(equal[~same].mean()),
            target(gap, 0.32),
            inner,
            float(roc_auc_score(same, (one * two).sum(axis=1))),
        )

    joint = places(pl.concat([first["topic_id"], second["topic_id"]]))
    line("wanqiu", len(registry.topics), joint[: len(data)], joint[len(data) :])
    joint = places(pl.concat([first["nearest_topic_id"], second["nearest_topic_id"]]))
    line("wanqiu, nearest", len(registry.topics), joint[: len(data)], joint[len(data) :])
    part = sample.head(20_000)
    vectors = embedder.encode(part["text"])
    given, _ = bertopic_defaults(tokens_of(part).list.join(" "), vectors, 0)
    centres = means(vectors[given >= 0], given[given >= 0], int(given.max()) + 1)
    line(
        f"BERTopic defaults on 20,000 ({float((given < 0).mean()):.0%} outliers), others to the nearest",
        len(centres),
        nearest(one, centres)[0],
        nearest(two, centres)[0],
    )
    print(f"\ntopics of {sample.height} questions learned in {seconds:.1f} s; all candidates:")
    print(found.scores())


def identity() -> None:
    """Two halves as two days; 20 % new text."""
    head(
        "data",
        "topics",
        "unassigned of held-out",
        "ids kept",
        "agreement of held-out",
        "kept with 20 % new text",
        "changes proposed",
    )
    for name in ("dstc11_insurance_utterances_dev", "banking77_dev", "atec_pairs_dev"):
        data = read(name)
        if data is None:
            continue
        texts = (
            pl.concat([data["question_a"], data["question_b"]])
            if "question_a" in data.columns
            else data["text"]
        )
        sample = draw(pl.DataFrame({"text": texts})).sample(fraction=1, shuffle=True, seed=3)
        count = sample.height
        one, two, rest = (
            sample[: int(0.4 * count)],
            sample[int(0.4 * count) : int(0.8 * count)],
            sample[int(0.8 * count) :],
        )
        embedder = fit_embedder(one["text"])
        registry, _, _ = learned(one, embedder, DAY, bertopic=False)
        found = refit(registry, embedder, two, DAY + timedelta(days=1))
        before, after = (assign(rest["text"], r, embedder)["topic_id"] for r in (registry, found.registry))
        live = {topic.topic_id for topic in found.registry.live}
        kept = float(np.mean([topic.topic_id in live for topic in registry.topics]))
        agreement = float(before.eq_missing(after).mean() or 0)
        more = refit(registry, embedder, pl.concat([one, two.head(one.height // 5)]), DAY + timedelta(days=1))
        row(
            name,
            len(registry.topics),
            before.null_count() / rest.height,
            target(kept, 0.9),
            target(agreement, 0.85),
            target(more.keeps, 0.95),
            ", ".join(sorted({c.kind for c in (*found.changes, *more.changes)})) or "none",
        )


def linked(data: pl.DataFrame) -> pl.DataFrame:
    """ATEC questions with the number of the group that pairs of the same meaning link them to."""
    texts = pl.concat([data["question_a"], data["question_b"]]).unique(maintain_order=True)
    number = {text: place for place, text in enumerate(texts)}
    same = data.filter(pl.col("same") == 1)
    ends = [[number[text] for text in same[name]] for name in ("question_a", "question_b")]
    _, group = connected_components(
        coo_matrix((np.ones(same.height), ends), shape=(len(texts),) * 2), directed=False
    )
    return pl.DataFrame({"text": texts, "intent": group.astype(np.int64)})


def trial(
    data: pl.DataFrame, matter: list[Any], seed: int, a_day: int, rate: int, days: int = 46
) -> tuple[int | None, float, int, int]:
    """One matter withheld for all but the last three days: (day on which it was found, share of its texts then in the new topic,
    spurious topics, quiet days watched)."""
    rng = np.random.default_rng(seed)
    mine = pl.col("intent").is_in(matter)
    new = data.filter(mine)["text"].to_list()
    new = [text for _ in range(3 * rate // len(new) + 1) for text in rng.permutation(new).tolist()][
        : 3 * rate
    ]
    old = rng.permutation(data.filter(~mine)["text"].to_list()).tolist()
    first = days - 3
    rows = [(old[n % len(old)], DAY + timedelta(days=n // a_day), False) for n in range(days * a_day)]
    rows += [(text, DAY + timedelta(days=first + n // rate), True) for n, text in enumerate(new)]
    frame = pl.DataFrame(rows, schema=["text", "day", "new"], orient="row")
    sample = draw(frame.filter(pl.col("day") < DAY + timedelta(days=28)).select("text"))
    embedder = fit_embedder(sample["text"])
    registry, _, _ = learned(sample, embedder, DAY, bertopic=False)
    found, recall, spurious = None, 0.0, 0
    for number in range(28, days):
        today = DAY + timedelta(days=number)
        seen = frame.filter(pl.col("day") <= today)
        out = newcomers(registry, embedder, seen.select("day", "text"), today)
        registry = out.registry
        recent = seen.filter(pl.col("day") > today - timedelta(days=3))
        topics = assign(recent["text"], registry, embedder)["topic_id"]
        for made in out.newcomers:
            own = recent.filter((topics == made.topic_id).fill_null(False))["new"]
            if number >= first and own.sum() * 2 >= len(own):
                found = found or number - first + 1
                recall = max(recall, float(own.sum()) / max(int(recent["new"].sum()), 1))
            else:
                spurious += 1
    return found, recall, spurious, days - 28


def newness(rates: tuple[int, ...] = (20, 10), trials: int = 10) -> None:
    """A matter that was absent for 40 days and appears."""
    head(
        "data",
        "problems a day",
        "new a day",
        "found within 3 days",
        "on day",
        "share of its texts then",
        "spurious a week",
    )
    for name, a_day in (
        ("banking77_dev", 190),
        ("bitext_support_intents_dev", 130),
        ("atec_pairs_dev", 1_000),
    ):
        data = read(name)
        if data is None:
            continue
        data = (
            linked(data)
            if name.startswith("atec")
            else data.select("text", "intent").unique("text", maintain_order=True)
        )
        sizes = data["intent"].value_counts().sort("intent")
        for rate in rates:
            large = sizes.filter(pl.col("count") >= (5 if name.startswith("atec") else 60))[
                "intent"
            ].to_list()
            several = 3 if name.startswith("atec") else 1
            outcomes = []
            for seed in range(trials):
                rng = np.random.default_rng([seed, 7])
                matter = [large[int(n)] for n in rng.permutation(len(large))[:several]]
                outcomes.append(trial(data, matter, seed, a_day, rate))
            hits = [outcome for outcome in outcomes if outcome[0] is not None]
            weeks = sum(outcome[3] for outcome in outcomes) / 7
            row(
                name,
                a_day,
                rate,
                f"{len(hits)} of {trials} ({'holds' if len(hits) >= 0.7 * trials else 'MISSED'}: at least 7 of 10)",
                [outcome[0] for outcome in outcomes],
                float(np.mean([outcome[1] for outcome in hits] or [0])),
                target(sum(outcome[2] for outcome in outcomes) / weeks, 1, below=True),
            )


def speed() -> None:
    """Fit of 50,000, assigning on one core, memory of a million."""
    data = read("atec_pairs_dev")
    if data is None:
        return
    texts = pl.concat([data["question_a"], data["question_b"]]).unique(maintain_order=True)
    warm = draw(pl.DataFrame({"text": texts.head(2_000)}))
    learned(warm, fit_embedder(warm["text"]), DAY)
    head("what", "value")
    sample = draw(pl.DataFrame({"text": texts}), 50_000)
    begin = time.perf_counter()
    embedder = fit_embedder(sample["text"])
    fitted = time.perf_counter() - begin
    registry, _, _ = learned(sample, embedder, DAY)
    whole = time.perf_counter() - begin
    row("vectors of 50,000 problems, seconds", fitted)
    row("vectors and topics of 50,000 problems, seconds, BERTopic asked too", target(whole, 60, below=True))
    begin = time.perf_counter()
    learned(sample, embedder, DAY, bertopic=False)
    row("topics of 50,000 problems without BERTopic, seconds", time.perf_counter() - begin)
    begin = time.perf_counter()
    grouped(
        registry,
        pl.DataFrame(
            {"topic_id": assign(sample["text"], registry, embedder)["topic_id"], "tokens": tokens_of(sample)}
        ),
    )
    row("groups and their names, seconds", time.perf_counter() - begin)
    many = texts.sample(200_000, with_replacement=True, seed=1)
    for what, run in (
        ("encoded a second, one core", embedder.encode),
        ("assigned a second, one core, encoding included", lambda t: assign(t, registry, embedder)),
    ):
        best = min(_seconds(run, many) for _ in range(3))
        row(
            f"short problems {what}",
            target(len(many) / best, 50_000) if "assigned" in what else f"{len(many) / best:,.0f}",
        )
    begin = time.perf_counter()
    refit(registry, embedder, sample, DAY)
    row("refit on 50,000, seconds", time.perf_counter() - begin)
    window = pl.DataFrame(
        {"text": texts.head(98_000), "day": [DAY + timedelta(days=n // 7_000) for n in range(98_000)]}
    )
    begin = time.perf_counter()
    newcomers(registry, embedder, window, DAY + timedelta(days=13))
    row("new topics among 98,000 problems of 14 days, seconds", time.perf_counter() - begin)
    million = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.topics", "million"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    row("1,000,000 assigned in a process of its own, seconds", float(million[0]))
    row("its highest resident size, GiB", target(float(million[1]), 2, below=True))


def _seconds(run: Callable[[pl.Series], object], texts: pl.Series) -> float:
    begin = time.process_time()  # of all threads together: one core's work
    run(texts)
    return time.process_time() - begin


def million() -> None:
    """Assign a million problems; prints seconds and GiB."""
    data = read("atec_pairs_dev")
    assert data is not None
    texts = pl.concat([data["question_a"], data["question_b"]]).unique(maintain_order=True)
    sample = draw(pl.DataFrame({"text": texts}), 10_000)
    embedder = fit_embedder(sample["text"])
    registry, _, _ = learned(sample, embedder, DAY, bertopic=False)
    many = texts.sample(1_000_000, with_replacement=True, seed=1)
    begin = time.perf_counter()
    assert assign(many, registry, embedder).height == 1_000_000
    print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def space() -> None:
    """One space for Chinese and English or one each; from how many problems PPMI beats TF-IDF."""
    chinese, english = read("atec_pairs_dev"), read("banking77_dev")
    if chinese is None or english is None:
        return
    texts = pl.concat([chinese["question_a"], chinese["question_b"]]).unique(maintain_order=True)
    same = chinese["same"].to_numpy() == 1

    def auc(embedder: NgramEmbedder) -> float:
        return float(
            roc_auc_score(
                same,
                (embedder.encode(chinese["question_a"]) * embedder.encode(chinese["question_b"])).sum(axis=1),
            )
        )

    def intent(embedder: NgramEmbedder) -> float:
        vectors = embedder.encode(english["text"])
        truth = english["intent"].to_numpy()
        cosine = vectors[:3_000] @ vectors.T
        cosine[np.arange(3_000), np.arange(3_000)] = -2
        return float((truth[:3_000] == truth[cosine.argmax(axis=1)]).mean())

    head("vectors", "ATEC pairs, AUC", "BANKING77, nearest has the same intent")
    half = texts.head(40_000)
    row("fitted on each alone", auc(fit_embedder(half)), intent(fit_embedder(english["text"])))
    joint = fit_embedder(pl.concat([half, english["text"]]).sample(fraction=1, shuffle=True, seed=1))
    row("fitted on both", auc(joint), intent(joint))
    head("problems fitted on", "PPMI: AUC", "TF-IDF: AUC", "PPMI: same intent", "TF-IDF: same intent")
    for count in (100, 300, 1_000, 3_000, 10_000):
        zh, en = texts.sample(count, seed=2), english["text"].sample(min(count, english.height), seed=2)
        row(count, auc(fit_ppmi(zh)), auc(fit_tfidf(zh)), intent(fit_ppmi(en)), intent(fit_tfidf(en)))


PARTS: dict[str, Callable[[], None]] = {
    "clusters": clusters, "pairs": pairs, "identity": identity, "newness": newness, "speed": speed, "space": space, "million": million,
}  # fmt: skip


def main() -> None:
    """Run the parts that are named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], default=[])
    for name in parser.parse_args().part or [part for part in PARTS if part != "million"]:
        if name != "million":
            print(f"\n## {name}: {(PARTS[name].__doc__ or '').strip()}")
        PARTS[name]()


if __name__ == "__main__":
    main()
