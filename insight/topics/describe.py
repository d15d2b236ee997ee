"""From a partition of a sample to topics that people can read: label, keywords, five different examples, radius, share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from insight.topics.discover import Discovery, discover
from insight.topics.embedder import Embedder
from insight.topics.geometry import Places, Vectors, held_out_cosine, nearest, radii
from insight.topics.labels import labelled, segmented
from insight.topics.partition import Partition
from insight.topics.registry import Event, Registry, Topic

EXAMPLES = 5
OUTSIDE = 0.05  # share of a topic's own texts that its radius leaves out
_DIVERSE = 0.5  # weight of being unlike the examples chosen before
_TYPICAL = 200  # nearest texts among which examples are looked for


def learned(
    sample: pl.DataFrame,
    embedder: Embedder,
    day: date,
    seed: int = 0,
    stop: Sequence[str] = (),
    bertopic: bool = True,
) -> tuple[Registry, Discovery, list[Event]]:
    """A first registry, from a sample of problems; ids go from the largest topic to the smallest.

    Args:
        sample: text, distinct (see `discover.draw`); optionally tokens (words of each text) and day.
        embedder: of the vectors.
        day: when the topics are made, for texts without a day of their own.
        seed: of everything random.
        stop: further stop words for labels.
        bertopic: let BERTopic propose too.
    """
    tokens = tokens_of(sample)
    vectors = embedder.encode(sample["text"])
    found = discover(vectors, seed, tokens.to_list(), bertopic)
    registry = Registry.empty(embedder.version, embedder.dim)
    topics = described(sample.with_columns(tokens=tokens), vectors, found.partition, stop)
    for place, topic in enumerate(topics):
        registry = registry.add(within(topic, day), found.partition.centres[found.partition.owner == place])
    return registry, found, [Event("created", None, topic.topic_id, "learned") for topic in registry.topics]


def tokens_of(sample: pl.DataFrame) -> pl.Series:
    """Words of each text: the column `tokens`, else segmented now."""
    return sample["tokens"] if "tokens" in sample.columns else segmented(sample["text"])


def described(
    sample: pl.DataFrame,
    vectors: Vectors,
    partition: Partition,
    stop: Sequence[str] = (),
    outside: float = OUTSIDE,
) -> list[Topic]:
    """What is to be said of each topic of a partition, in its order; ids are empty.

    Args:
        sample: text, tokens, optionally day.
        vectors: of the texts.
        partition: of the texts.
        stop: further stop words.
        outside: share of a topic's own texts that its radius leaves out.
    """
    centre, _ = nearest(vectors, partition.centres)
    topic = np.where(centre >= 0, partition.owner[centre], -1)
    said = topic >= 0
    held = np.full(len(vectors), np.nan, np.float32)
    held[said] = held_out_cosine(vectors[said], centre[said], len(partition.centres))
    radius = radii(held[said], topic[said], partition.count, outside)
    typical = radii(held[said], topic[said], partition.count, 0.5)
    names = labelled(
        pl.DataFrame({"topic": np.where(said, topic, 0), "tokens": sample["tokens"]}).filter(pl.Series(said)),
        stop,
    )
    by_topic = {row["topic"]: row for row in names.iter_rows(named=True)}
    chosen = examples(sample["text"], vectors, topic, held, partition.count)
    days = _days(sample, topic)
    sizes = np.bincount(topic[said], minlength=partition.count)
    found = []
    for place in range(partition.count):
        name = by_topic.get(place, {"label": "其他", "keywords": []})
        first, last = days.get(place, (None, None))
        found.append(
            Topic(
                "",
                name["label"],
                tuple(name["keywords"]),
                chosen[place],
                first_day=first,
                last_day=last,
                radius=float(radius[place]),
                typical=float(typical[place]),
                share=float(sizes[place] / max(len(vectors), 1)),
            )
        )
    return found


def within(topic: Topic, day: date) -> Topic:
    """The topic with `day` where it has no days of its own."""
    from dataclasses import replace

    return replace(topic, first_day=topic.first_day or day, last_day=topic.last_day or day)


def examples(
    texts: pl.Series, vectors: Vectors, topic: Places, typical: Vectors, count: int
) -> list[tuple[str, ...]]:
    """Five texts of each topic that are typical and unlike one another (maximal marginal relevance, Carbonell and Goldstein 1998).

    Args:
        texts: the texts.
        vectors: their vectors.
        topic: place of each text's topic, -1 for none.
        typical: how typical each text is of its topic (NaN: unknown).
        count: number of topics.
    """
    length = texts.str.len_chars().fill_null(0).to_numpy()
    readable = (length >= 4) & (length <= 80)
    score = np.where(np.isnan(typical), -1, typical) - np.where(readable, 0, 1)
    order = np.lexsort((-score, topic))
    starts = np.searchsorted(topic[order], np.arange(count + 1))
    found = []
    for place in range(count):  # a loop over topics, not over texts
        near = order[starts[place] : starts[place + 1]][:_TYPICAL]
        picks: list[int] = []
        closest = np.zeros(len(near), np.float32)
        worth = score[near].astype(np.float64)
        while len(picks) < min(EXAMPLES, len(near)):
            best = int(np.argmax((1 - _DIVERSE) * worth - _DIVERSE * closest))
            picks.append(best)
            worth[best] = -np.inf
            closest = np.maximum(closest, vectors[near] @ vectors[near[best]])
        found.append(tuple(texts[int(near[pick])] for pick in picks))
    return found


def _days(sample: pl.DataFrame, topic: Places) -> dict[int, tuple[date, date]]:
    if "day" not in sample.columns:
        return {}
    spans = (
        pl.DataFrame({"topic": topic, "day": sample["day"]})
        .filter(pl.col("topic") >= 0)
        .group_by("topic")
        .agg(first=pl.col("day").min(), last=pl.col("day").max())
    )
    return {row[0]: (row[1], row[2]) for row in spans.iter_rows()}
