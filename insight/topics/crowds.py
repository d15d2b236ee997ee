"""Places of the space that were empty and are crowded now."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from insight.topics.geometry import Places, Vectors, held_out_cosine, unit

Flags = NDArray[np.bool_]

NEIGHBOURS = 15
LOCAL_P = 1e-3  # of a text's neighbours being so recent by chance
LEAST = 6  # texts of a crowd
PURE = 0.9  # share of new texts among the recent ones of a place
WIDER = 0.1  # cosine by which a place may be wider than its crowd
_BLOCK = 1_000


class Crowd(NamedTuple):
    """Where a crowd stands: its middle and the cosine with it from which on a text is there."""

    centre: Vectors
    radius: float


def crowds(vectors: Vectors, recent: Flags, asked: Flags) -> list[Places]:
    """Groups of `asked` texts whose nearest neighbours are recent far more often than texts are; the largest first.

    Texts are linked when one is among the nearest neighbours of the other; groups are what hangs together.

    Args:
        vectors: of all texts of the window.
        recent: which are of the recent days.
        asked: which may be members (recent ones, without those of topics that are new already).
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.stats import binom

    queries = np.flatnonzero(asked)
    count = min(NEIGHBOURS, len(vectors) - 1)
    if len(queries) < LEAST or count < 1:
        return []
    near = neighbours(vectors, queries, count)
    expected = float(recent.mean())
    least = int(binom.isf(LOCAL_P, count, expected)) + 1
    crowded = recent[near].sum(axis=1) >= least
    members, links = queries[crowded], near[crowded]
    number = np.full(len(vectors), -1, np.int64)
    number[members] = np.arange(len(members))
    rows, columns = np.repeat(np.arange(len(members)), count), number[links].ravel()
    linked = columns >= 0
    graph = coo_matrix(
        (np.ones(int(linked.sum())), (rows[linked], columns[linked])), shape=(len(members),) * 2
    )
    _, group = connected_components(graph, directed=True, connection="weak")
    sizes = np.bincount(group)
    order = np.argsort(-sizes, kind="stable")
    return [members[group == g] for g in order if sizes[g] >= LEAST]


def neighbours(vectors: Vectors, queries: Places, count: int) -> Places:
    """The `count` nearest other rows of each query row (not in order)."""
    found = np.empty((len(queries), count), np.int64)
    for at in range(0, len(queries), _BLOCK):
        part = queries[at : at + _BLOCK]
        cosine = vectors[part] @ vectors.T
        cosine[np.arange(len(part)), part] = -2
        found[at : at + len(part)] = np.argpartition(-cosine, count - 1, axis=1)[:, :count]
    return found


def place_of(vectors: Vectors, members: Places, recent: Flags) -> Crowd:
    """Centre of a crowd, and the widest radius within which the days before say that nine of ten recent texts are new.

    A text of the days before stands for share / (1 - share) recent ones that would be there anyway.
    """
    mine = vectors[members]
    centre = unit(mine.mean(axis=0, keepdims=True))[0]
    held = held_out_cosine(mine, np.zeros(len(mine), np.int64), 1)
    tight, wide = float(np.quantile(held, 0.1)), float(held.min())
    cosine = vectors @ centre
    order = np.argsort(-cosine, kind="stable")
    order = order[cosine[order] >= wide - WIDER]
    now, before = np.cumsum(recent[order]), np.cumsum(~recent[order])
    share = float(recent.mean())
    pure = before * share / max(1 - share, 1e-9) <= (1 - PURE) * now
    last = np.flatnonzero(pure & recent[order])
    return Crowd(centre, float(cosine[order[last[-1]]]) if len(last) else tight)


def growth(now: int, before: int, share: float) -> tuple[float, float]:
    """How many times more often a text of the recent days stands there than one of the days before, and its exact binomial p-value.

    Args:
        now, before: texts there.
        share: of all texts, how many are recent (0–1).
    """
    from scipy.stats import binom

    p_value = float(binom.sf(now - 1, now + before, share)) if now + before else 1.0
    return now / max(before, 0.5) * (1 - share) / max(share, 1e-9), p_value
