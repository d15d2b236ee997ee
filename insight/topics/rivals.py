"""Topics that cannot be told apart, and topics that are two."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from insight.topics.geometry import Places, Vectors, nearest
from insight.topics.micro import over_cluster, tree
from insight.topics.ngrams import kernels

CLOSE = 0.02  # difference of cosines at which a text lies as near to one as to the other
CONTESTED = 0.5  # share of either topic's texts, for a merge
APART = 0.25  # silhouette of two halves of a topic, for a split
AGREED = 0.8  # adjusted Rand index of two such divisions, learned apart
PARTS = (2, 3, 4)
SMALLEST = 0.1  # share of a topic that a part must have
_JUDGED = 1_500


class Rivals(NamedTuple):
    """Owner of each text's nearest centre, the nearest other owner, and by how much it is farther."""

    owner: Places
    other: Places
    behind: Vectors

    @classmethod
    def of(cls, vectors: Vectors, centres: Vectors, owner: Places) -> Rivals:
        """Rivals of texts (zeros: owner -1)."""
        first, second = np.full(len(vectors), -1, np.int64), np.full(len(vectors), -1, np.int64)
        best, rest = np.zeros(len(vectors), np.float32), np.full(len(vectors), -2, np.float32)
        if len(centres):
            kernels().nearest_two(vectors, np.ascontiguousarray(centres), owner, first, second, best, rest)
        return cls(first, second, best - rest)


def contested(rivals: Rivals) -> list[tuple[int, int, float]]:
    """Pairs of topics (places) of which either has a large share of texts as near to the other; most contested first."""
    known = (rivals.owner >= 0) & (rivals.other >= 0)
    count = int(max(rivals.owner.max(initial=-1), rivals.other.max(initial=-1))) + 1
    if not known.any():
        return []
    sizes = np.bincount(rivals.owner[known], minlength=count)
    close = known & (rivals.behind < CLOSE)
    pairs = np.zeros((count, count))
    np.add.at(pairs, (rivals.owner[close], rivals.other[close]), 1)
    share = pairs / np.maximum(sizes, 1)[:, None]
    both = np.triu(np.minimum(share, share.T), 1)
    ones, others = np.nonzero(both >= CONTESTED)
    found = [(int(a), int(b), float(both[a, b])) for a, b in zip(ones, others, strict=True)]
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


class Apart(NamedTuple):
    """Into how many parts a topic falls, and the evidence."""

    parts: int
    evidence: str


def falls_apart(vectors: Vectors, seed: int) -> Apart | None:
    """Whether texts are two to four clear parts that two halves of them agree on; the best separated number of them."""
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    order = np.random.default_rng(seed).permutation(len(vectors))
    micros = [over_cluster(vectors[half], seed) for half in np.array_split(order, 2)]
    cuts = [tree(micro.centres) for micro in micros]
    judged = vectors[order[:_JUDGED]]
    places = [nearest(judged, micro.centres)[0] for micro in micros]
    found: list[tuple[float, Apart]] = []
    for parts in PARTS:
        labels = [cut(parts)[place] for cut, place in zip(cuts, places, strict=True)]
        agreement = float(adjusted_rand_score(*labels))
        smallest = np.bincount(labels[0], minlength=parts).min() / len(judged)
        if agreement < AGREED or smallest < SMALLEST:
            continue
        apart = float(silhouette_score(judged, labels[0], metric="cosine"))
        if apart >= APART:
            evidence = f"{parts} parts that two halves of the texts agree on ({agreement:.2f}), silhouette {apart:.2f}"
            found.append((apart, Apart(parts, f"{evidence}, the smallest {smallest:.0%}")))
    return max(found)[1] if found else None
