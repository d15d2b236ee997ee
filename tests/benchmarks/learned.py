"""`python -m tests.benchmarks.learned`: how good models learned from labels are, by number of labels, and how fast.

On sets of ../shared/data: accuracy and macro-F1 in five-fold cross-validation, from n-grams alone and with what the
rules and SnowNLP say of a text; small numbers of labels are the mean of five samples. SnowNLP was trained on reviews
(books, hotels, computers), but on none of these sets.
"""

from __future__ import annotations

import time

import numpy as np
import polars as pl

from insight.sentiment.learned import fit, predict
from insight.sentiment.learned_scores import distinct, evaluate
from insight.sentiment.learned_signals import signals_of
from insight.sentiment.lexicon import compiled
from tests.support import SHARED

SETS = {"waimai_reviews_dev": "label", "bdci_car_opinions_dev": "sentiment", "weibo_emotion_dev": "emotion"}
COUNTS = (300, 1000, 3000)
SAMPLES = 5


def main() -> None:
    """Print the tables."""
    signals = signals_of(compiled())
    print(f"{'set':<24} {'labels':>7}   {'n-grams: accuracy, macro-F1':<28} {'with signals':<20}")
    for name, column in SETS.items():
        file = SHARED / f"{name}.parquet"
        if not file.exists():
            print(f"{name:<24} skipped: the development data (../shared/data) is not here")
            continue
        frame = pl.read_parquet(file)
        rows = distinct(frame["text"], frame[column].cast(pl.String))
        for count in (*COUNTS, len(rows)):
            samples = [rows] if count == len(rows) else [rows.sample(count, seed=n) for n in range(SAMPLES)]
            found = []
            for told in (None, signals):
                each = [evaluate(sample["text"], sample["label"], told)[0] for sample in samples]
                found.append(np.mean([(one.accuracy, one.macro_f1) for one in each], axis=0))
            (a, f), (a2, f2) = found
            print(f"{name:<24} {count:>7,}   {a:>9.3f} {f:>9.3f}  {'':<8}{a2:>9.3f} {f2:>9.3f}", flush=True)
        for told, how in ((None, "n-grams"), (signals, "with signals")):
            begin = time.perf_counter()
            model = fit(rows["text"], rows["label"], told)
            learned = time.perf_counter() - begin
            predict(model, rows["text"], told)
            begin, used = time.perf_counter(), time.process_time()
            predict(model, rows["text"], told)
            wall, cpu = time.perf_counter() - begin, time.process_time() - used
            print(
                f"  {how}: learned in {learned:.1f} s; predicts {len(rows) / wall:,.0f} texts a second, "
                f"{len(rows) / cpu:,.0f} per second of one core"
            )


if __name__ == "__main__":
    main()
