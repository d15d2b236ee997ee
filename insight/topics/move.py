"""The same topics in other vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from insight.topics.describe import OUTSIDE
from insight.topics.embedder import Embedder
from insight.topics.geometry import Places, Vectors, held_out_cosine, radii, unit
from insight.topics.micro import over_cluster
from insight.topics.registry import Registry, Topic

_TEXTS_EACH = 5  # of a topic, for one centre


def moved(
    registry: Registry, embedder: Embedder, known: pl.DataFrame | None = None, seed: int = 0
) -> Registry:
    """The same topics in the vectors of another embedder, through example problems.

    Args:
        registry: in the old vectors.
        embedder: the new one.
        known: text, topic_id: problems with the topics that the old vectors gave them; more than the registry's own
            examples (the default) make a better move.
        seed: of clustering.
    """
    own = pl.DataFrame(
        [(text, topic.topic_id) for topic in registry.live for text in topic.examples],
        schema={"text": pl.String, "topic_id": pl.String},
        orient="row",
    )
    said = (
        own
        if known is None
        else pl.concat([own, known.select("text", "topic_id").drop_nulls()]).unique(maintain_order=True)
    )
    vectors = embedder.encode(said["text"])
    centres: list[Vectors] = []
    held: list[Vectors] = []
    owner: list[Places] = []
    of_topic: list[Places] = []
    changed: list[Topic] = []
    alive: list[Topic] = []
    for topic in registry.live:
        mine = vectors[(said["topic_id"] == topic.topic_id).to_numpy()]
        mine = mine[np.any(mine != 0, axis=1)]
        if not len(mine):
            changed.append(replace(topic, status="retired"))
            continue
        wanted = max(1, min(len(registry.owned(topic.topic_id)), len(mine) // _TEXTS_EACH))
        micro = over_cluster(mine, seed, wanted) if wanted > 1 else None
        places = micro.centres if micro else unit(mine.mean(axis=0, keepdims=True))
        member = micro.member if micro else np.zeros(len(mine), np.int64)
        number = len(held)
        held.append(held_out_cosine(mine, member, len(places)))
        centres.append(places)
        owner.append(np.full(len(places), registry.place(topic.topic_id)))
        alive.append(topic)
        of_topic.append(np.full(len(mine), number))
    if alive:
        radius = radii(np.concatenate(held), np.concatenate(of_topic), len(alive), OUTSIDE)
        typical = radii(np.concatenate(held), np.concatenate(of_topic), len(alive), 0.5)
        changed += [
            replace(topic, radius=float(r), typical=float(t))
            for topic, r, t in zip(alive, radius, typical, strict=True)
        ]
    return replace(
        registry,
        embedder_version=embedder.version,
        centres=np.concatenate(centres) if centres else np.zeros((0, embedder.dim), np.float32),
        owner=np.concatenate(owner) if owner else np.zeros(0, np.int64),
    ).with_topics(changed)
