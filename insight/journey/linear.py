"""A linear classifier on hashed character n-grams: trained by scikit-learn, applied by a compiled loop.

A text's features are its 1–3-grams of characters, hashed (FNV-1a) into `BUCKETS`, each counted as often as it
occurs and divided by the square root of how many there are: a long text has no louder voice than a short one.
The classifier is one linear support vector machine a class (one against the rest): on short sparse text more often
right than logistic regression, and fitted five times faster. Its margins become probabilities by a softmax whose
temperature is chosen on texts that it was not trained on (a third of them where there are plenty; Guo et al. 2017, On Calibration of Modern Neural Networks,
section 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from insight.lexicon import spaced_text

BUCKETS = 1 << 15
LONGEST = 400  # characters of a text that are looked at
_SEED = 20261101
_FOLDS = 3
_PLENTY = 1500  # texts of which one fold is enough to choose the temperature
_SEEN = 3  # texts that an n-gram must occur in
_STRENGTH = 2.0  # inverse of the regularisation
_TOLERANCE = 0.1  # three times as fast as scikit-learn's 0.0001, and as often right on texts not trained on
_TEMPERATURES = np.geomspace(0.05, 2.0, 60)

Codes = NDArray[np.uint32]
Offsets = NDArray[np.int64]


@dataclass(frozen=True)
class Linear:
    """Classes (product, step) in order; coefficients `BUCKETS` × classes; intercepts; temperature of the softmax."""

    classes: tuple[tuple[str, str], ...]
    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    temperature: float


def codes_of(texts: pl.Series) -> tuple[Codes, Offsets]:
    """Code points of all texts one after the other, and where each begins (length of texts + 1)."""
    plain = (
        pl.DataFrame({"text": texts})
        .select(spaced_text(pl.col("text").fill_null("").str.slice(0, LONGEST)))
        .to_series()
    )
    lengths = plain.str.len_chars().to_numpy()
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    joined = "".join(plain.to_list())
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32), offsets


def _hashed(codes: Any, start: int, size: int, buckets: int) -> int:
    # FNV-1a in 32 bits over code points; written with plain integers so that it also runs uncompiled.
    value = 2166136261
    for position in range(start, start + size):
        value = ((value ^ codes[position]) * 16777619) & 0xFFFFFFFF
    return (value ^ (value >> 15)) & (buckets - 1)


def _scores(codes: Any, offsets: Any, coefficients: Any, intercepts: Any, hashed: Any) -> Any:
    count, classes = len(offsets) - 1, len(intercepts)
    out = np.empty((count, classes), np.float32)
    for row in range(count):
        begin, end = offsets[row], offsets[row + 1]
        total = 0
        sums = np.zeros(classes, np.float32)
        for size in range(1, 4):
            for start in range(begin, end - size + 1):
                bucket = hashed(codes, start, size, coefficients.shape[0])
                total += 1
                for k in range(classes):
                    sums[k] += coefficients[bucket, k]
        share = 1.0 / np.sqrt(max(total, 1))
        for k in range(classes):
            out[row, k] = sums[k] * share + intercepts[k]
    return out


def _buckets(codes: Any, offsets: Any, hashed: Any, size_of_table: int) -> Any:
    count = len(offsets) - 1
    ends = np.zeros(count + 1, np.int64)
    for row in range(count):
        length = offsets[row + 1] - offsets[row]
        ends[row + 1] = ends[row] + max(length, 0) + max(length - 1, 0) + max(length - 2, 0)
    out = np.empty(ends[count], np.int32)
    place = 0
    for row in range(count):
        for size in range(1, 4):
            for start in range(offsets[row], offsets[row + 1] - size + 1):
                out[place] = hashed(codes, start, size, size_of_table)
                place += 1
    return out, ends


@lru_cache(maxsize=1)
def _kernels() -> tuple[Any, Any, Any]:
    from numba import njit

    hashed = njit(_hashed, nogil=True)
    return hashed, njit(_scores, nogil=True), njit(_buckets, nogil=True)


def probabilities(model: Linear, texts: pl.Series) -> NDArray[np.float32]:
    """Probabilities of the classes for each text: texts × classes."""
    hashed, score, _ = _kernels()
    codes, offsets = codes_of(texts)
    return _softmax(
        score(codes.astype(np.int64), offsets, model.coefficients, model.intercepts, hashed)
        / np.float32(model.temperature)
    )


def _softmax(raw: NDArray[Any]) -> NDArray[np.float32]:
    shifted = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)


def features(texts: pl.Series) -> Any:
    """The features of texts as a scipy CSR matrix: texts × `BUCKETS`."""
    from scipy.sparse import csr_matrix

    hashed, _, buckets = _kernels()
    codes, offsets = codes_of(texts)
    found, ends = buckets(codes.astype(np.int64), offsets, hashed, BUCKETS)
    totals = np.maximum(np.diff(ends), 1)
    data = np.repeat(1.0 / np.sqrt(totals), np.diff(ends)).astype(np.float32)
    matrix = csr_matrix((data, found, ends), shape=(len(texts), BUCKETS))
    matrix.sum_duplicates()
    return matrix


def train(
    texts: pl.Series,
    labels: NDArray[np.int64],
    classes: tuple[tuple[str, str], ...],
    weights: NDArray[np.float64],
) -> Linear:
    """The classifier; its temperature is chosen on texts that were held out in turn.

    Args:
        texts: what was said.
        labels: index into `classes`, for each text; every class at least twice.
        classes: (product, step).
        weights: of each text.
    """
    from sklearn.model_selection import StratifiedKFold

    every = features(texts)
    used = np.flatnonzero(np.bincount(every.indices, minlength=BUCKETS) >= _SEEN)
    matrix = every[:, used]
    folds = StratifiedKFold(min(_FOLDS, int(np.bincount(labels).min())), shuffle=True, random_state=_SEED)
    tried, margins = [], []
    for seen, unseen in islice(folds.split(matrix, labels), 1 if len(texts) >= _PLENTY else None):
        fitted = _fit(matrix[seen], labels[seen], weights[seen])
        tried.append(labels[unseen])
        margins.append(
            fitted.decision_function(matrix[unseen]) if len(classes) > 2 else _two(fitted, matrix[unseen])
        )
    right, held = np.concatenate(tried), np.concatenate(margins).astype(np.float32)
    rows = np.arange(len(right))

    def loss(temperature: float) -> float:
        return float(-np.log(np.maximum(_softmax(held / temperature)[rows, right], 1e-9)).mean())

    temperature = float(min(_TEMPERATURES, key=loss))
    whole = _fit(matrix, labels, weights)
    coefficients, intercepts = whole.coef_, whole.intercept_
    if len(classes) == 2:
        coefficients, intercepts = (
            np.vstack([-coefficients, coefficients]) / 2,
            np.array([-1, 1]) * intercepts / 2,
        )
    table = np.zeros((BUCKETS, len(classes)), np.float32)
    table[used] = coefficients.T
    return Linear(
        classes,
        table,
        np.asarray(intercepts, dtype=np.float32),
        temperature,
    )


def _two(fitted: Any, matrix: Any) -> NDArray[np.float32]:
    half = fitted.decision_function(matrix) / 2
    return np.stack([-half, half], axis=1).astype(np.float32)


def _fit(matrix: Any, labels: NDArray[np.int64], weights: NDArray[np.float64]) -> Any:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_STRENGTH, tol=_TOLERANCE, dual=True, max_iter=3000, random_state=_SEED)
    return machine.fit(matrix, labels, sample_weight=weights)
