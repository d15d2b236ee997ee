"""Centres and whose they are: the form that every proposal of topics takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from insight.topics.geometry import Places, Vectors, means, nearest
from insight.topics.micro import Micro

MOST_CENTRES = 1_000


@dataclass(frozen=True, eq=False)
class Partition:
    """Centres and whose they are: owner is 0 … count-1."""

    centres: Vectors
    owner: Places

    @property
    def count(self) -> int:
        """Number of topics."""
        return int(self.owner.max()) + 1 if len(self.owner) else 0

    def of(self, vectors: Vectors) -> Places:
        """Topic of each row (-1: a row of zeros)."""
        centre, _ = nearest(vectors, self.centres)
        return np.where(centre >= 0, self.owner[centre], -1) if len(self.owner) else centre


def compact(rows: Vectors, micro: Micro, cut: Callable[[int], Places], owner: Places) -> Partition:
    """A partition of micro-clusters with at most `MOST_CENTRES` centres: neighbours of one topic share one."""
    if len(micro.centres) <= MOST_CENTRES:
        return Partition(micro.centres, owner)
    coarse = cut(MOST_CENTRES)  # cuts of one tree are nested
    whose = np.zeros(int(coarse.max()) + 1, np.int64)
    whose[coarse] = owner
    return Partition(means(rows, coarse[micro.member], len(whose)), whose)


def without_small(rows: Vectors, partition: Partition, least: int) -> Partition:
    """Without topics of fewer than `least` texts; what they held goes to the nearest that stays, or fits nowhere."""
    members = np.bincount(partition.of(rows), minlength=partition.count)
    large = np.flatnonzero(members >= least)
    if len(large) == 0:
        large = np.array([int(members.argmax())])
    number = np.full(partition.count, -1, np.int64)
    number[large[np.argsort(-members[large], kind="stable")]] = np.arange(len(large))
    kept = number[partition.owner] >= 0
    return Partition(partition.centres[kept], number[partition.owner[kept]])
