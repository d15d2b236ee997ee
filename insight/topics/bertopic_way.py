"""BERTopic as a proposer of topics: our vectors, segmented words, UMAP with a seed, HDBSCAN.

Its answer takes the form of every other proposal: micro-clusters, each owned by the topic that most of its texts were given. What
BERTopic left out as outliers follows the micro-cluster that it lies in.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from insight.topics.geometry import Places, Vectors, nearest
from insight.topics.micro import over_cluster, smoothed, tree
from insight.topics.partition import Partition, compact

MOST_TEXTS = 3_000  # enough to propose from; what it says of them is carried over to all
_NEIGHBOURS = 15
SIZES = (10, 25)  # smallest topics asked for
_MARK = "\x1f"


def bertopic_partitions(rows: Vectors, words: Sequence[Sequence[str]], seed: int) -> dict[int, Partition]:
    """One partition for each smallest topic size that gave at least two topics."""
    if len(rows) > MOST_TEXTS:
        part = np.sort(np.random.default_rng(seed).permutation(len(rows))[:MOST_TEXTS])
        rows, words = rows[part], [words[place] for place in part]
    if len(rows) < 4 * SIZES[0]:
        return {}
    said = [_MARK.join(text) or "-" for text in words]
    micro = over_cluster(rows, seed)
    cut = tree(smoothed(micro.centres))
    flat = _flattened(rows, seed)
    found = {}
    for size in SIZES:
        try:
            topics = np.asarray(_model(size).fit_transform(said, embeddings=flat)[0], np.int64)
        except (
            TypeError,
            ValueError,
        ):  # it cannot weigh words of a single topic: then it has nothing to propose
            continue
        count = int(topics.max()) + 1
        if count >= 2:
            found[size] = compact(rows, micro, cut, _majority(micro.centres, micro.member, topics, count))
    return found


def _flattened(rows: Vectors, seed: int) -> Any:
    """BERTopic's own UMAP settings, with a seed (hence on one core)."""
    import umap

    # UMAP's own search for neighbours compiles for half a minute; these few are found exactly with one product.
    alike = rows @ rows.T
    near = np.argsort(-alike, axis=1, kind="stable")[:, :_NEIGHBOURS]
    distance = np.maximum(1 - np.take_along_axis(alike, near, axis=1), 0).astype(np.float32)
    distance[:, 0] = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = umap.UMAP(
            n_neighbors=_NEIGHBOURS,
            n_components=5,
            min_dist=0.0,
            metric="cosine",
            random_state=seed,
            init="random",
            n_jobs=1,
            precomputed_knn=(near.astype(np.int32), distance, None),
        )
        return model.fit_transform(rows)


def _model(size: int) -> Any:
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import CountVectorizer

    return BERTopic(
        embedding_model=None,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=HDBSCAN(min_cluster_size=size, core_dist_n_jobs=1),
        vectorizer_model=CountVectorizer(analyzer=_split),
    )


def _split(text: str) -> list[str]:
    return text.split(_MARK)


def _majority(centres: Vectors, member: Places, topics: Places, count: int) -> Places:
    """The topic of most texts of each micro-cluster; of one with outliers alone that of the nearest other one."""
    votes = np.zeros((len(centres), count), np.int64)
    inside = topics >= 0
    np.add.at(votes, (member[inside], topics[inside]), 1)
    owner: Places = votes.argmax(axis=1).astype(np.int64)
    silent = votes.sum(axis=1) == 0
    if silent.any():
        heard = np.flatnonzero(~silent)
        owner[silent] = owner[heard[nearest(centres[silent], centres[heard])[0]]]
    return owner
