"""Matters that were not there before.

A new matter rarely fits nowhere: most of its texts are pulled into old topics. So the last 14 days are searched for places of the space
where the last three days are crowded and the eleven before were not, whichever topic the texts there were given: a two-sample test among
nearest neighbours (after Schilling, "Multivariate Two-Sample Tests Based on Nearest Neighbors", JASA 81, 1986), then an exact binomial
test of the whole place. What is crowded because an old topic has many texts is a burst and no new topic: a new one lies farther from its
nearest topic than that topic's own texts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from insight.topics.crowds import WIDER, Crowd, Flags, crowds, growth, place_of
from insight.topics.describe import described, tokens_of, within
from insight.topics.embedder import Embedder
from insight.topics.geometry import Places, Vectors, nearest
from insight.topics.partition import Partition
from insight.topics.registry import Event, Registry, Topic

WINDOW_DAYS = 14
RECENT_DAYS = 3
LEAST_REFERENCE_DAYS = 4
MOST_TEXTS = 30_000
LEAST_TEXTS = 12
LEAST_DISTINCT = 6
LEAST_DAYS = 2  # of the recent days, with at least so many texts each:
LEAST_A_DAY = 3
GROWTH = 4.0  # times the rate of the days before
P_VALUE = 1e-6


@dataclass(frozen=True)
class Newcomer:
    """A new topic and why.

    Attributes:
        topic_id: its id.
        label: its name.
        recent, before: texts in its place on the recent days and on those before.
        growth: ratio of the two rates.
        p_value: of that growth (exact binomial).
        unassigned_share: of its texts, how many fitted nowhere.
    """

    topic_id: str
    label: str
    recent: int
    before: int
    growth: float
    p_value: float
    unassigned_share: float


@dataclass(frozen=True, eq=False)
class Newness:
    """The registry with the new topics, and their lineage."""

    registry: Registry
    newcomers: tuple[Newcomer, ...]
    events: tuple[Event, ...]


def newcomers(
    registry: Registry,
    embedder: Embedder,
    problems: pl.DataFrame,
    day: date,
    seed: int = 0,
    stop: Sequence[str] = (),
) -> Newness:
    """New topics as seen at the end of a day; they hold from the next day on.

    Args:
        registry: as it is.
        embedder: of its vectors.
        problems: day, text, a row an inquiry, of the last 14 days (others are left out); optionally tokens.
        day: the last day known.
        seed: of everything random.
        stop: further stop words for labels.
    """
    window = _window(problems, day)
    window, vectors, centre, inside = _at_most(window, registry, embedder)
    recent = (window["day"] > day - timedelta(days=RECENT_DAYS)).to_numpy()
    if (
        recent.sum() < LEAST_TEXTS
        or window.filter(~pl.Series(recent))["day"].n_unique() < LEAST_REFERENCE_DAYS
    ):
        return Newness(registry, (), ())
    owner = np.where(centre >= 0, registry.owner[centre], -1) if len(registry.owner) else centre
    fresh = np.array([*(topic.status == "new" for topic in registry.topics), False])
    said = np.any(vectors != 0, axis=1)
    share = float(recent.mean())
    found: list[Newcomer] = []
    events: list[Event] = []
    for members in crowds(vectors, recent, recent & said & ~(inside & fresh[owner])):
        place = place_of(vectors, members, recent)
        there = said & (vectors @ place.centre >= place.radius)
        now, before = int((there & recent).sum()), int((there & ~recent).sum())
        times, p_value = growth(now, before, share)
        mine = np.flatnonzero(there & recent)
        if (
            p_value > P_VALUE
            or times < GROWTH
            or not _lasts(window[mine])
            or _returns(registry, vectors[mine])
        ):
            continue
        if (known := _of_new_topic(registry, place)) is not None:
            registry = replace(
                registry,
                centres=np.concatenate([registry.centres, place.centre[None, :]]),
                owner=np.append(registry.owner, known),
            )
            continue
        about = _described(window[mine], vectors[mine], place, day, stop, len(window))
        registry = registry.add(about, place.centre[None, :])
        made = registry.topics[-1]
        outside = 1 - float(inside[mine].mean())
        found.append(Newcomer(made.topic_id, made.label, now, before, times, p_value, outside))
        events.append(Event("created", None, made.topic_id, "new"))
    return Newness(registry, tuple(found), tuple(events))


def _window(problems: pl.DataFrame, day: date) -> pl.DataFrame:
    since = day - timedelta(days=WINDOW_DAYS - 1)
    return problems.filter(
        pl.col("day").is_between(since, day)
        & pl.col("text").is_not_null()
        & (pl.col("text").str.strip_chars() != "")
    ).sort("day", "text", maintain_order=True)


def _at_most(
    window: pl.DataFrame, registry: Registry, embedder: Embedder
) -> tuple[pl.DataFrame, Vectors, Places, Flags]:
    """Texts, vectors, nearest centres and whether that is near enough; of very many the ones that fit worst, from every day alike."""
    kept, parts = [], []
    most = -(-MOST_TEXTS // WINDOW_DAYS)
    for _, one in window.group_by("day", maintain_order=True):
        vectors = embedder.encode(one["text"])
        if len(one) > most:
            _, cosine = nearest(vectors, registry.centres)
            worst = np.sort(np.argsort(cosine, kind="stable")[:most])
            one, vectors = one[worst], vectors[worst]
        kept.append(one)
        parts.append(vectors)
    vectors = np.concatenate(parts) if parts else np.zeros((0, embedder.dim), np.float32)
    texts = pl.concat(kept) if kept else window
    centre, cosine = nearest(vectors, registry.centres)
    if not len(registry.owner):
        return texts, vectors, centre, np.zeros(len(centre), np.bool_)
    radius = np.array([topic.radius for topic in registry.topics], np.float32)
    return texts, vectors, centre, (centre >= 0) & (cosine >= radius[registry.owner[centre]])


def _lasts(there: pl.DataFrame) -> bool:
    """Enough texts, not all the same, on more than one day."""
    days = there.group_by("day").len().filter(pl.col("len") >= LEAST_A_DAY).height
    return there.height >= LEAST_TEXTS and there["text"].n_unique() >= LEAST_DISTINCT and days >= LEAST_DAYS


def _returns(registry: Registry, vectors: Vectors) -> bool:
    """Whether texts lie as near to old topics as the old topics' own texts: a burst, or a matter that comes back."""
    centre, cosine = nearest(vectors, registry.centres)
    if not len(registry.owner):
        return False
    typical = np.array([topic.typical for topic in registry.topics], np.float32)
    return bool(np.median(cosine - typical[registry.owner[centre]]) >= 0)


def _of_new_topic(registry: Registry, place: Crowd) -> int | None:
    """The topic that is new already and of which this crowd is another side: it gets one more centre."""
    fresh = np.array([topic.status == "new" for topic in registry.topics] or [False])
    mine = np.flatnonzero(fresh[registry.owner]) if len(registry.owner) else np.array([], np.int64)
    if not len(mine):
        return None
    cosine = registry.centres[mine] @ place.centre
    best = int(cosine.argmax())
    owner = int(registry.owner[mine[best]])
    return owner if float(cosine[best]) >= registry.topics[owner].radius - WIDER / 2 else None


def _described(
    there: pl.DataFrame, vectors: Vectors, place: Crowd, day: date, stop: Sequence[str], texts: int
) -> Topic:
    partition = Partition(place.centre[None, :], np.zeros(1, np.int64))
    about = within(described(there.with_columns(tokens=tokens_of(there)), vectors, partition, stop)[0], day)
    return replace(about, status="new", radius=place.radius, share=len(vectors) / max(texts, 1))
