"""Learning again without losing who is who.

A refit starts from the registry: every centre keeps its topic and moves a little towards its texts of today. What fitted nowhere may
become topics; topics that cannot be told apart are merged, those that fall into two clear parts are split, those that nobody asks about
any more are retired. What a person pinned stays as it is. All of that is a proposal with its evidence: the caller applies it when
`keeps`, the share of assigned texts that stay with their topic, is high enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from insight.topics.assign import assign_vectors
from insight.topics.describe import described, tokens_of, within
from insight.topics.discover import LEAST_MEMBERS, discover
from insight.topics.embedder import Embedder
from insight.topics.geometry import Places, Vectors, nearest, unit
from insight.topics.micro import Micro, over_cluster, tree
from insight.topics.partition import Partition
from insight.topics.registry import Event, Registry, merge, retire, split
from insight.topics.rivals import Rivals, contested, falls_apart

KEEPS = 0.95  # share of assignments that a refit must keep to be applied without being asked
PRIOR = 20  # texts that a centre's own place counts for when it moves
SILENT_DAYS = 90
CLOSER = 0.1  # cosine by which texts of a new topic are closer to one another than to the nearest old one
_LEAST_SHARE = 0.0005  # of the sample, for a topic made of what fitted nowhere


@dataclass(frozen=True)
class Change:
    """A proposed change and why: kind is created, merged, split or retired."""

    kind: str
    topic_ids: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, eq=False)
class Refit:
    """What a refit proposes.

    Attributes:
        registry: the registry as it would be.
        changes: what differs, with evidence.
        events: the lineage of it.
        keeps: share of the sample's assigned texts whose topic stays the same (1 when none was assigned).
        unassigned: share of the sample that fits nowhere afterwards.
    """

    registry: Registry
    changes: tuple[Change, ...]
    events: tuple[Event, ...]
    keeps: float
    unassigned: float

    def applies(self, least: float = KEEPS) -> bool:
        """Whether it keeps enough to be applied without a person."""
        return self.keeps >= least


def refit(
    registry: Registry,
    embedder: Embedder,
    sample: pl.DataFrame,
    day: date,
    seed: int = 0,
    stop: Sequence[str] = (),
) -> Refit:
    """Propose the next registry.

    Args:
        registry: today's.
        embedder: of the registry's vectors.
        sample: text, distinct; optionally tokens and day.
        day: of the refit.
        seed: of everything random.
        stop: further stop words for labels.
    """
    said = sample.with_columns(tokens=tokens_of(sample))
    vectors = embedder.encode(said["text"])
    before = assign_vectors(vectors, registry, embedder.version)["topic_id"]
    changes: list[Change] = []
    events = [Event("refit", None, None, "refit")]
    changed = recentred(registry, vectors)
    for step in (_merged, _divided, _created, _retired):
        changed, made, happened = step(changed, said, vectors, day, seed, stop)
        changes += made
        events += happened
    after = assign_vectors(vectors, changed, embedder.version)["topic_id"]
    known = before.is_not_null()
    same = int((before == after).fill_null(False).filter(known).sum())
    keeps = same / int(known.sum()) if known.any() else 1.0
    return Refit(changed, tuple(changes), tuple(events), keeps, after.null_count() / max(len(after), 1))


def recentred(registry: Registry, vectors: Vectors) -> Registry:
    """Every centre moved towards the texts that it holds, as if it had `PRIOR` texts of its own."""
    centre, cosine = nearest(vectors, registry.centres)
    if not len(registry.centres):
        return registry
    radius = np.array([topic.radius for topic in registry.topics], np.float32)
    inside = (centre >= 0) & (cosine >= radius[registry.owner[centre]])
    sums = PRIOR * registry.centres.astype(np.float64)
    np.add.at(sums, centre[inside], vectors[inside])
    return replace(registry, centres=unit(sums))


def seen(registry: Registry, topic_ids: pl.Series, day: date) -> Registry:
    """Note that texts of these topics came on `day`: `last_day`, and `active` for a topic that was `new` for 28 days."""
    said = set(topic_ids.drop_nulls().unique().to_list())
    changed = []
    for topic in registry.live:
        last = max(topic.last_day or day, day) if topic.topic_id in said else topic.last_day
        old = (
            topic.status == "new"
            and topic.first_day is not None
            and day - topic.first_day >= timedelta(days=28)
        )
        if last != topic.last_day or old:
            changed.append(replace(topic, last_day=last, status="active" if old else topic.status))
    return registry.with_topics(changed) if changed else registry


_Step = tuple[Registry, list[Change], list[Event]]


def _places(registry: Registry, vectors: Vectors) -> tuple[Places, Vectors]:
    """Place in `topics` of each text's topic (-1: none), and its cosine."""
    centre, cosine = nearest(vectors, registry.centres)
    radius = np.array([topic.radius for topic in registry.topics] or [0.0], np.float32)
    owner = registry.owner[centre] if len(registry.owner) else np.zeros(len(centre), np.int64)
    return np.where((centre >= 0) & (cosine >= radius[owner]), owner, -1), cosine


def _merged(
    registry: Registry, said: pl.DataFrame, vectors: Vectors, day: date, seed: int, stop: Sequence[str]
) -> _Step:
    changes, events = [], []
    for one, other, share in contested(Rivals.of(vectors, registry.centres, registry.owner)):
        first, second = registry.topics[one], registry.topics[other]
        if (
            not (first.live and second.live)
            or first.pinned
            or second.pinned
            or (first.renamed and second.renamed)
        ):
            continue
        into, gone = (
            (first, second)
            if (first.renamed, first.share) >= (second.renamed, second.share)
            else (second, first)
        )
        registry, happened = merge(registry, [gone.topic_id], into.topic_id, "refit")
        events += happened
        evidence = f"{share:.0%} of the texts of either lie as near to the other"
        changes.append(Change("merged", (gone.topic_id, into.topic_id), evidence))
    return registry, changes, events


def _divided(
    registry: Registry, said: pl.DataFrame, vectors: Vectors, day: date, seed: int, stop: Sequence[str]
) -> _Step:
    place, _ = _places(registry, vectors)
    changes: list[Change] = []
    events: list[Event] = []
    sizes = np.bincount(place[place >= 0], minlength=len(registry.topics))
    known = sizes[sizes > 0]
    large = np.flatnonzero(sizes >= max(60.0, 3 * float(np.median(known)) if len(known) else 0.0))
    for at in large:
        topic = registry.topics[at]
        mine = np.flatnonzero(place == at)
        if topic.pinned or not topic.live or (apart := falls_apart(vectors[mine], seed)) is None:
            continue
        registry, happened = divided(
            registry, topic.topic_id, said[mine], vectors[mine], "refit", seed, stop, apart.parts
        )
        events += happened
        changes.append(
            Change("split", (topic.topic_id, *[e.to_topic_id or "" for e in happened]), apart.evidence)
        )
    return registry, changes, events


def divided(
    registry: Registry,
    topic_id: str,
    said: pl.DataFrame,
    vectors: Vectors,
    by: str,
    seed: int = 0,
    stop: Sequence[str] = (),
    parts: int = 2,
) -> tuple[Registry, list[Event]]:
    """Split a topic into `parts` along its texts; the largest part keeps the id.

    The topic's own centres are divided, so that no other topic's texts change place; one with few centres is given new ones.

    Args:
        registry: the registry.
        topic_id: whom to split.
        said: text, tokens (optional) of texts of that topic.
        vectors: of these texts.
        by: who decides.
        seed: of clustering.
        stop: further stop words.
        parts: how many.
    """
    own = registry.owned(topic_id)
    micro = Micro(own, nearest(vectors, own)[0]) if len(own) >= 2 * parts else over_cluster(vectors, seed)
    group = tree(micro.centres)(parts)
    size = np.bincount(group[micro.member[micro.member >= 0]], minlength=int(group.max()) + 1)
    number = np.empty(len(size), np.int64)
    number[np.argsort(-size, kind="stable")] = np.arange(len(size))
    partition = Partition(micro.centres, number[group])
    made = described(said.with_columns(tokens=tokens_of(said)), vectors, partition, stop)
    whole = registry.topic(topic_id).share
    pieces = [replace(piece, share=whole * piece.share) for piece in made]
    return split(
        registry,
        topic_id,
        [partition.centres[partition.owner == n] for n in range(partition.count)],
        pieces,
        by,
    )


def _created(
    registry: Registry, said: pl.DataFrame, vectors: Vectors, day: date, seed: int, stop: Sequence[str]
) -> _Step:
    place, cosine = _places(registry, vectors)
    pool = np.flatnonzero((place < 0) & np.any(vectors != 0, axis=1))
    if len(pool) < 8 * LEAST_MEMBERS:
        return registry, [], []
    found = discover(vectors[pool], seed, bertopic=False)
    topics = described(said[pool], vectors[pool], found.partition, stop)
    least = max(2 * LEAST_MEMBERS, int(_LEAST_SHARE * len(vectors)))
    loosest = min((topic.radius for topic in registry.live), default=0.0)
    changes, events = [], []
    for number, topic in enumerate(topics):
        size = round(topic.share * len(pool))
        far = float(np.median(cosine[pool[found.topic == number]]))
        if size < least or topic.typical < max(loosest, far + CLOSER):
            continue
        fresh = replace(within(topic, day), status="new", share=size / len(vectors))
        registry = registry.add(fresh, found.partition.centres[found.partition.owner == number])
        made = registry.topics[-1].topic_id
        events.append(Event("created", None, made, "refit"))
        changes.append(
            Change(
                "created",
                (made,),
                f"{size} texts that fitted nowhere: cosine {topic.typical:.2f} with one another, {far:.2f} with the nearest topic",
            )
        )
    return registry, changes, events


def _retired(
    registry: Registry, said: pl.DataFrame, vectors: Vectors, day: date, seed: int, stop: Sequence[str]
) -> _Step:
    place, _ = _places(registry, vectors)
    heard = set(np.unique(place[place >= 0]).tolist())
    changes: list[Change] = []
    events: list[Event] = []
    for at, topic in enumerate(registry.topics):
        silent = topic.last_day is not None and day - topic.last_day > timedelta(days=SILENT_DAYS)
        if topic.live and not topic.pinned and at not in heard and silent:
            registry, happened = retire(registry, topic.topic_id, "refit")
            events += happened
            changes.append(Change("retired", (topic.topic_id,), f"nothing since {topic.last_day}"))
    return registry, changes, events
