"""From lines to planes: topics of one matter form a group, and groups keep their ids and names as topics do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from insight.topics.geometry import Places, Vectors, unit
from insight.topics.labels import labelled
from insight.topics.micro import tree
from insight.topics.registry import Group, Registry

FEWEST, MOST = 8, 40
_TOPICS_EACH = 3  # at least, on average: else a group says no more than its topics


def topic_centroids(registry: Registry) -> Vectors:
    """Mean direction of each topic's centres, in the order of `topics`; zeros for those that have none."""
    dim = registry.centres.shape[1]
    sums = np.zeros((len(registry.topics), dim), np.float64)
    np.add.at(sums, registry.owner, registry.centres)
    return unit(sums)


def grouped(registry: Registry, words: pl.DataFrame, stop: Sequence[str] = ()) -> Registry:
    """The registry with each live topic in a group.

    Topics are merged by Ward's method; of the numbers of groups from 8 to 40 the one with the best silhouette wins. Fewer than 24
    topics make fewer groups, fewer than six make none. A group that shares most topics with one of before keeps its id and, if a person
    gave it, its name.

    Args:
        registry: topics and their centres.
        words: a row a text: topic_id, tokens (words of each text); for the names.
        stop: further stop words.
    """
    live = [
        place for place, topic in enumerate(registry.topics) if topic.live and (registry.owner == place).any()
    ]
    if len(live) < 2 * _TOPICS_EACH:
        return replace(
            registry.with_topics(replace(topic, group_id=None) for topic in registry.topics),
            groups=registry.groups,
        )
    centroids = topic_centroids(registry)[live]
    found = _cut(centroids)
    kept = _matched(
        found,
        [registry.topics[place].group_id for place in live],
        [registry.topics[place].share for place in live],
    )
    ids, following = [], registry.next_group
    for was in kept:
        ids.append(was or f"g_{following:03d}")
        following += was is None
    group_of = {registry.topics[place].topic_id: int(group) for place, group in zip(live, found, strict=True)}
    names = labelled(
        words.drop_nulls("topic_id").select(
            topic=pl.col("topic_id").replace_strict(group_of, default=None, return_dtype=pl.Int64),
            tokens="tokens",
        ),
        stop,
    )
    said = {row["topic"]: row for row in names.iter_rows(named=True)}
    before = {group.group_id: group for group in registry.groups}
    made = []
    for number, group_id in enumerate(ids):
        old = before.get(group_id)
        name = said.get(number, {"label": "其他", "keywords": []})
        label = old.label if old and old.renamed else name["label"]
        made.append(Group(group_id, label, tuple(name["keywords"]), bool(old and old.renamed)))
    topics = [
        replace(
            topic, group_id=ids[group_of[topic.topic_id]] if topic.topic_id in group_of else topic.group_id
        )
        for topic in registry.topics
    ]
    return replace(registry, topics=tuple(topics), groups=tuple(made), next_group=following)


def _cut(centroids: Vectors) -> Places:
    from sklearn.metrics import silhouette_score

    most = min(MOST, len(centroids) // _TOPICS_EACH)
    fewest = min(FEWEST, most)
    cut = tree(centroids)
    if most < 2:
        return cut(1)
    distance = np.maximum(1 - centroids @ centroids.T, 0)
    np.fill_diagonal(distance, 0)
    tried = [cut(count) for count in range(max(2, fewest), most + 1)]
    scores = [
        float(silhouette_score(distance, groups, metric="precomputed"))
        if 1 < len(np.unique(groups)) < len(groups)
        else -1.0
        for groups in tried
    ]
    return tried[int(np.argmax(scores))]


def _matched(found: Places, before: Sequence[str | None], shares: Sequence[float]) -> list[str | None]:
    """The old id of each new group: of pairs by shared weight, largest first, each id and each group once."""
    count = int(found.max()) + 1
    weights: dict[tuple[int, str], float] = {}
    for group, old, share in zip(found.tolist(), before, shares, strict=True):
        if old is not None:
            weights[group, old] = weights.get((group, old), 0.0) + share + 1e-9
    kept: list[str | None] = [None] * count
    used: set[str] = set()
    for (group, old), _ in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        if kept[group] is None and old not in used:
            kept[group] = old
            used.add(old)
    return kept
