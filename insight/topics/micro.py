"""Many small clusters, and a tree that merges them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from insight.topics.geometry import Places, Vectors, means, nearest, unit

TEXTS_EACH = 4
MOST = 2_500
_NEIGHBOURS = 10
_STEPS = 2
_LARGE = 12_000  # texts from which mini-batches are used


class Micro(NamedTuple):
    """Centres of small clusters (rows of length 1) and the cluster of each text."""

    centres: Vectors
    member: Places


def over_cluster(rows: Vectors, seed: int, count: int | None = None) -> Micro:
    """About one small cluster for every `TEXTS_EACH` texts, at most `MOST` (k-means on the sphere); none is empty."""
    from sklearn.cluster import KMeans, MiniBatchKMeans

    wanted = max(2, min(count or len(rows) // TEXTS_EACH, MOST, len(np.unique(rows, axis=0))))
    if len(rows) > _LARGE:
        model = MiniBatchKMeans(wanted, batch_size=8_192, n_init=1, random_state=seed)
    else:
        model = KMeans(wanted, n_init=1, max_iter=50, random_state=seed)
    centres = unit(model.fit(rows).cluster_centers_)
    member, _ = nearest(rows, centres)
    used, member = np.unique(member, return_inverse=True)
    return Micro(means(rows, member, len(used)), member.astype(np.int64))


def smoothed(centres: Vectors) -> Vectors:
    """Centres drawn towards their neighbours: half themselves, half the mean of the ten nearest, weighted by cosine^4, twice.

    Micro-clusters along one dense region move together before they are merged, those between regions do not (a diffusion on the
    neighbour graph; label spreading of Zhou et al., NIPS 2003, with the centres' own coordinates as labels).
    """
    if len(centres) <= 2 * _NEIGHBOURS:
        return centres
    cosine = centres @ centres.T
    np.fill_diagonal(cosine, -1)
    near = np.argpartition(-cosine, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
    weight = np.maximum(np.take_along_axis(cosine, near, axis=1), 1e-3) ** 4
    weight /= weight.sum(axis=1, keepdims=True)
    moved = centres
    for _ in range(_STEPS):
        moved = 0.5 * centres + 0.5 * np.einsum("ij,ijk->ik", weight, moved[near])
    return unit(moved)


def tree(rows: Vectors) -> Callable[[int], Places]:
    """Ward's hierarchy over rows; gives a function: number of clusters -> cluster of each row, from 0."""
    from scipy.cluster.hierarchy import fcluster, linkage

    if len(rows) < 2:
        return lambda count: np.zeros(len(rows), np.int64)
    merges = linkage(rows, "ward")
    return lambda count: np.asarray(fcluster(merges, count, "maxclust"), np.int64) - 1
