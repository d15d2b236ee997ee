"""`python -m tests.benchmarks.snownlp [N]`: SnowNLP text by text against the whole column at once, in one run.

On N real texts of each set in ../shared/data: how many scores differ in any bit, and how many times faster one
thread and all threads are. Loading of the models is told apart.
"""

from __future__ import annotations

import sys
import time

import polars as pl

from insight.sentiment.snownlp_bulk import snownlp_scores
from tests.support import SHARED

SETS = {
    "waimai_reviews_dev": "text",
    "online_shopping_reviews_dev": "text",
    "weibo_emotion_dev": "text",
    "atec_pairs_dev": "question_a",
}


def sample(name: str, count: int) -> pl.Series:
    """Distinct texts of a set, drawn with a fixed seed."""
    frame = pl.read_parquet(SHARED / f"{name}.parquet", columns=[SETS[name]])
    texts = frame[SETS[name]].drop_nulls().unique(maintain_order=True)
    return texts.filter(texts.str.len_chars() > 0).sample(min(count, len(texts)), seed=1)


def timed(function, *arguments, **options):
    """Seconds and result."""
    begin = time.perf_counter()
    result = function(*arguments, **options)
    return time.perf_counter() - begin, result


def main(count: int = 2000) -> None:
    """Print the table."""
    names = [name for name in SETS if (SHARED / f"{name}.parquet").exists()]
    if not names:
        print("skipped: the development data (../shared/data) is not here")
        return
    loading, _ = timed(snownlp_scores, pl.Series(["好"]))
    begin = time.perf_counter()
    from snownlp import SnowNLP

    print(
        f"first call: bulk {loading:.1f} s, SnowNLP's import {time.perf_counter() - begin:.1f} s; {pl.thread_pool_size()} threads"
    )
    print(
        f"{'texts of':<28} {'texts':>7} {'differ':>6} {'SnowNLP/s':>10} {'1 thread/s':>11} {'all/s':>10} {'times (1)':>9} {'times':>7}"
    )
    for name in names:
        texts = sample(name, count)
        slow, expected = timed(lambda texts=texts: [SnowNLP(text).sentiments for text in texts])
        one, scores = timed(snownlp_scores, texts, threads=1)
        many = pl.concat([texts] * 20)  # a few milliseconds are too short to time two threads
        every, _ = timed(snownlp_scores, many)
        differ = (scores != pl.Series(expected)).sum()
        print(
            f"{name:<28} {len(texts):>7,} {differ:>6} {len(texts) / slow:>10,.0f} {len(texts) / one:>11,.0f} "
            f"{len(many) / every:>10,.0f} {slow / one:>9.0f} {slow * 20 / every:>7.0f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
