"""Rows of length 1 and what topics need of them: nearest centres, means, how tightly members sit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from insight.topics.ngrams import kernels

Vectors = NDArray[np.float32]
Places = NDArray[np.int64]


def unit(rows: NDArray[np.floating]) -> Vectors:
    """Rows scaled to length 1; rows of zeros stay."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.ascontiguousarray(rows / np.where(length > 0, length, 1), dtype=np.float32)


def nearest(vectors: Vectors, centres: Vectors) -> tuple[Places, Vectors]:
    """Nearest centre of each row and the cosine with it; -1 and 0 for a row of zeros or when there is no centre.

    Row by row in a fixed order, unlike a matrix product: a row's answer does not depend on its neighbours.
    """
    index = np.full(len(vectors), -1, np.int64)
    cosine = np.zeros(len(vectors), np.float32)
    if len(centres):
        kernels().nearest(vectors, np.ascontiguousarray(centres, dtype=np.float32), index, cosine)
    return index, cosine


def means(vectors: Vectors, group: Places, count: int) -> Vectors:
    """Mean direction of each group's rows (count, d); zeros where a group is empty."""
    sums = np.zeros((count, vectors.shape[1]), np.float64)
    np.add.at(sums, group, vectors)
    return unit(sums)


def held_out_cosine(vectors: Vectors, group: Places, count: int) -> Vectors:
    """Cosine of each row with the mean of its group *without that row*; NaN for a row alone in its group.

    A centre is pulled towards its own members, so plain cosines of members promise a tighter topic than new texts will find.
    """
    sums = np.zeros((count, vectors.shape[1]), np.float64)
    np.add.at(sums, group, vectors)
    rest = sums[group] - vectors
    length = np.linalg.norm(rest, axis=1)
    alone = np.bincount(group, minlength=count)[group] < 2
    found = np.einsum("ij,ij->i", rest, vectors.astype(np.float64)) / np.where(length > 0, length, 1)
    return np.where(alone, np.nan, found).astype(np.float32)


def radii(cosines: Vectors, group: Places, count: int, share: float) -> Vectors:
    """Cosine below which only `share` of a group's own rows fall, drawn towards that of all rows when a group has few.

    A group of n rows counts n / (n + 30) for itself.
    """
    known = ~np.isnan(cosines)
    overall = float(np.quantile(cosines[known], share)) if known.any() else 0.0
    found = np.full(count, overall, np.float32)
    order = np.argsort(group[known], kind="stable")
    values, groups = cosines[known][order], group[known][order]
    starts = np.searchsorted(groups, np.arange(count + 1))
    for g in range(count):  # a loop over topics, not over texts
        own = values[starts[g] : starts[g + 1]]
        if len(own):
            weight = len(own) / (len(own) + 30)
            found[g] = weight * float(np.quantile(own, share)) + (1 - weight) * overall
    return found
