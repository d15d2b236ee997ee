"""SnowNLP's sentiment score for a whole column, equal to the last bit to what it gives text by text.

One signal among others: it was trained on reviews and calls half of all service questions negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from insight.sentiment.snownlp_kernels import mark_words, score_words
from insight.sentiment.snownlp_model import Model, snownlp_model

BATCH_CHARACTERS = (
    1 << 18
)  # at a time and thread: 2 MiB of working memory, and enough batches for all threads


def snownlp_scores(texts: pl.Series, *, threads: int | None = None) -> pl.Series:
    """The probability that a text is positive, as `SnowNLP(text).sentiments` gives it.

    Any text has one: what SnowNLP's model does not know (emoji, other languages) leaves its prior nearly as it is.
    Null and the empty string give null (SnowNLP itself fails on an empty one). Working memory is 9 bytes a
    character of a batch, or of the longest text.

    Args:
        texts: strings.
        threads: how many to use; default: as many as Polars does. The scores don't depend on it.

    Returns:
        float64, 0 … 1, in the order and under the name of `texts`.

    Raises:
        VocError: SnowNLP is not installed as this version knows it.
    """
    lengths = texts.cast(pl.String).str.len_chars().fill_null(0).to_numpy().astype(np.int64)
    scores = np.empty(len(texts))
    if len(texts) and lengths.max() > 0:
        model = snownlp_model()
        kernels = _compiled()

        def work(bounds: tuple[int, int]) -> None:
            _score(texts, lengths, scores, bounds, model, kernels)

        with ThreadPoolExecutor(threads or pl.thread_pool_size()) as pool:
            list(pool.map(work, _batches(lengths)))
    found = pl.Series(texts.name, scores, dtype=pl.Float64)
    return found.set(pl.Series(lengths == 0), None)


@cache
def _compiled() -> tuple[Callable[..., None], Callable[..., None]]:
    """Machine code of the kernels; numba keeps it beside the source or in the user's cache."""
    from numba import njit

    try:
        jit = njit(cache=True, nogil=True)
        return jit(mark_words), jit(score_words)
    except RuntimeError:  # nowhere to keep it: compiled in every process
        jit = njit(nogil=True)
        return jit(mark_words), jit(score_words)


def _batches(lengths: np.ndarray[Any, np.dtype[np.int64]]) -> Iterator[tuple[int, int]]:
    """Ranges of rows with at most BATCH_CHARACTERS, or one row."""
    ends = np.cumsum(lengths)
    first = 0
    while first < len(lengths):
        before = ends[first - 1] if first else 0
        last = max(int(np.searchsorted(ends, before + BATCH_CHARACTERS, side="right")), first + 1)
        yield first, last
        first = last


def _score(
    texts: pl.Series,
    lengths: np.ndarray[Any, np.dtype[np.int64]],
    scores: np.ndarray[Any, np.dtype[np.float64]],
    bounds: tuple[int, int],
    model: Model,
    kernels: tuple[Callable[..., None], Callable[..., None]],
) -> None:
    """The scores of rows bounds[0] … bounds[1], written in place."""
    first, last = bounds
    joined = texts.slice(first, last - first).str.join("").item()
    codes = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    text_first = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[first:last])])
    marks = np.empty(len(codes), np.uint8)
    mark, score = kernels
    mark(
        codes,
        marks,
        model.tag_logs,
        model.pair_first,
        model.pair_second,
        model.pair_entry,
        model.pair_tags,
        model.pair_logs,
        model.triple_first,
        model.triple_before,
        model.triple_entry,
        model.triple_tags,
        model.triple_logs,
        text_first,
    )
    score(
        codes,
        marks,
        text_first,
        scores[first:last],
        model.word_slots,
        model.word_first,
        model.word_codes,
        model.word_logs,
        model.word_stop,
        model.class_logs,
    )
