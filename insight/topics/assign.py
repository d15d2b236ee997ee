"""Each problem to its topic, in bulk."""

from __future__ import annotations

import numpy as np
import polars as pl

from insight.topics.embedder import Embedder
from insight.topics.geometry import Places, Vectors, nearest
from insight.topics.registry import Registry
from warehouse.errors import VocError

BATCH = 65_536  # texts at a time: 16 MiB of vectors
SCHEMA = {"topic_id": pl.String, "similarity": pl.Float64, "nearest_topic_id": pl.String}


def assign(texts: pl.Series, registry: Registry, embedder: Embedder) -> pl.DataFrame:
    """A row a text, in order: topic_id, similarity, nearest_topic_id.

    `similarity` is the cosine with the nearest centre. `topic_id` is null where that is below the topic's own radius, and all three
    are null for a text without known words. The same text always gets the same row, whatever it is assigned together with.

    Raises:
        VocError: registry and embedder do not belong together.
    """
    parts = [
        assign_vectors(embedder.encode(texts.slice(at, BATCH)), registry, embedder.version)
        for at in range(0, len(texts), BATCH)
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def assign_vectors(vectors: Vectors, registry: Registry, embedder_version: str) -> pl.DataFrame:
    """`assign` for vectors that are there already."""
    if embedder_version != registry.embedder_version:
        raise VocError(
            f"vectors of {embedder_version} cannot be compared with topics of {registry.embedder_version}",
            expected="the embedder that the registry was learned with",
            hint="load that embedder, or move the registry through its examples (insight.topics.move)",
        )
    centre, cosine = nearest(vectors, registry.centres)
    owner = np.where(centre >= 0, registry.owner[centre], -1) if len(registry.owner) else centre
    radius = np.array([*(topic.radius for topic in registry.topics), 2.0])  # the last: of no topic
    ids = pl.Series([topic.topic_id for topic in registry.topics], dtype=pl.String)
    inside = cosine >= radius[owner]
    return pl.DataFrame(
        {
            "topic_id": ids.gather(_places(np.where(inside, owner, -1))),
            "similarity": cosine.astype(np.float64),
            "nearest_topic_id": ids.gather(_places(owner)),
        },
        schema=SCHEMA,
    ).with_columns(similarity=pl.when(pl.col("nearest_topic_id").is_not_null()).then("similarity"))


def _places(owner: Places) -> pl.Series:
    """Places with null for -1."""
    return pl.Series(owner).replace(-1, None)
