"""The registry: topics with permanent ids, where they lie, and what people decided about them.

A registry is a value: operations give a new one and the events that lead to it. A topic may have several centres; a text belongs to
the topic that owns its nearest centre, unless it lies outside that topic's radius. Merging therefore moves centres to another owner
and splitting divides them: no other topic's texts change place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from warehouse.errors import ConfigError, nearest

Status = Literal["active", "new", "retired", "merged"]
LIVE: frozenset[str] = frozenset({"active", "new"})


@dataclass(frozen=True)
class Topic:
    """One line of the registry.

    Attributes:
        radius: cosine below which a text does not belong, though the topic is the nearest.
        typical: median cosine of its texts, learned like the radius.
        share: of the texts that it was learned from, how many were its own (0–1).
        group_id: the group (plane) that it belongs to.
        renamed: a person gave the label; nothing overwrites it.
        pinned: a person keeps it: no refit merges, splits or retires it.
        merged_into: where its texts went.
    """

    topic_id: str
    label: str
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    status: Status = "active"
    group_id: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    radius: float = 0.0
    typical: float = 1.0
    share: float = 0.0
    renamed: bool = False
    pinned: bool = False
    merged_into: str | None = None
    x: float | None = None
    y: float | None = None

    @property
    def live(self) -> bool:
        """Whether texts are assigned to it."""
        return self.status in LIVE


@dataclass(frozen=True)
class Group:
    """A plane: topics of one matter. Ids begin with `g_` and stay as those of topics do."""

    group_id: str
    label: str
    keywords: tuple[str, ...] = ()
    renamed: bool = False


@dataclass(frozen=True)
class Event:
    """A row of `insight.topic_lineage` without its time: created, renamed, merged, split, retired, refit."""

    event: str
    from_topic_id: str | None
    to_topic_id: str | None
    by: str


@dataclass(frozen=True, eq=False)
class Registry:
    """All topics that ever were, and the centres of the live ones.

    Attributes:
        embedder_version: the vectors that the centres belong to.
        centres: rows of length 1 (p, d).
        owner: place in `topics` of each centre's topic (p).
        next_number: number of the next topic's id.
    """

    embedder_version: str
    topics: tuple[Topic, ...]
    centres: NDArray[np.float32]
    owner: NDArray[np.int64]
    groups: tuple[Group, ...] = ()
    next_number: int = 1
    next_group: int = 1
    _places: dict[str, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._places.update({topic.topic_id: place for place, topic in enumerate(self.topics)})

    @classmethod
    def empty(cls, embedder_version: str, dim: int) -> Registry:
        """A registry without topics."""
        return cls(embedder_version, (), np.zeros((0, dim), np.float32), np.zeros(0, np.int64))

    @cached_property
    def version(self) -> str:
        """Hash of everything that an assignment or a screen depends on."""
        digest = hashlib.sha256(
            repr((self.embedder_version, self.topics, self.groups, self.next_number)).encode()
        )
        digest.update(np.ascontiguousarray(self.centres).tobytes())
        digest.update(np.ascontiguousarray(self.owner).tobytes())
        return f"r-{digest.hexdigest()[:12]}"

    @property
    def live(self) -> tuple[Topic, ...]:
        """Topics that texts are assigned to."""
        return tuple(topic for topic in self.topics if topic.live)

    def place(self, topic_id: str) -> int:
        """Place of a topic in `topics`.

        Raises:
            ConfigError: no such topic.
        """
        if topic_id not in self._places:
            close = nearest(topic_id, self._places, 3)
            raise ConfigError(
                f"there is no topic {topic_id!r}",
                expected=f"one of {len(self.topics)} topics"
                + (f", such as {', '.join(close)}" if close else ""),
                hint="voc topics list",
            )
        return self._places[topic_id]

    def topic(self, topic_id: str) -> Topic:
        """A topic by its id."""
        return self.topics[self.place(topic_id)]

    def current(self, topic_id: str) -> Topic:
        """The topic where texts of `topic_id` are today, through merges."""
        found = self.topic(topic_id)
        while found.merged_into is not None:
            found = self.topic(found.merged_into)
        return found

    def owned(self, topic_id: str) -> NDArray[np.float32]:
        """Centres of a topic."""
        return np.asarray(self.centres[self.owner == self.place(topic_id)])

    def with_topics(self, changed: Iterable[Topic]) -> Registry:
        """The same with some topics' fields changed."""
        topics = list(self.topics)
        for topic in changed:
            topics[self.place(topic.topic_id)] = topic
        return replace(self, topics=tuple(topics))

    def add(self, topic: Topic, centres: NDArray[np.float32]) -> Registry:
        """One more topic, with the next id; `topic.topic_id` is ignored."""
        made = replace(topic, topic_id=f"t_{self.next_number:04d}")
        return replace(
            self,
            topics=(*self.topics, made),
            centres=np.concatenate([self.centres, np.asarray(centres, np.float32)]),
            owner=np.concatenate([self.owner, np.full(len(centres), len(self.topics), np.int64)]),
            next_number=self.next_number + 1,
        )

    def without_centres(self, topic_id: str) -> Registry:
        """The same, and nothing is assigned to a topic any more."""
        kept = self.owner != self.place(topic_id)
        return replace(self, centres=self.centres[kept], owner=self.owner[kept])


def rename(registry: Registry, topic_id: str, label: str, by: str) -> tuple[Registry, list[Event]]:
    """A person's name for a topic; no refit changes it."""
    name = " ".join(label.split())
    if not name:
        raise ConfigError(
            "a label must not be empty", expected="a short name", hint=f"voc topics rename {topic_id} NAME"
        )
    topic = replace(registry.topic(topic_id), label=name, renamed=True)
    return registry.with_topics([topic]), [Event("renamed", topic_id, topic_id, by)]


def pin(registry: Registry, topic_id: str, pinned: bool = True) -> Registry:
    """Keep a topic through every refit, or no longer."""
    return registry.with_topics([replace(_live(registry, topic_id), pinned=pinned)])


def merge(registry: Registry, topic_ids: Sequence[str], into: str, by: str) -> tuple[Registry, list[Event]]:
    """Texts of `topic_ids` belong to `into` from now on: its centres are those of all of them."""
    target = _live(registry, into)
    sources = [_live(registry, topic_id) for topic_id in dict.fromkeys(topic_ids) if topic_id != into]
    if not sources:
        raise ConfigError(
            f"nothing to merge into {into}",
            expected="two different topics",
            hint="voc topics merge FROM … --into TO",
        )
    place = registry.place(into)
    owner = np.where(
        np.isin(registry.owner, [registry.place(s.topic_id) for s in sources]), place, registry.owner
    )
    everyone = [target, *sources]
    shares = np.array([max(topic.share, 1e-9) for topic in everyone])
    merged = replace(
        target,
        radius=float(np.average([topic.radius for topic in everyone], weights=shares)),
        typical=float(np.average([topic.typical for topic in everyone], weights=shares)),
        share=float(sum(topic.share for topic in everyone)),
        first_day=min((t.first_day for t in everyone if t.first_day), default=None),
        last_day=max((t.last_day for t in everyone if t.last_day), default=None),
        status="active" if any(topic.status == "active" for topic in everyone) else "new",
    )
    gone = [replace(source, status="merged", merged_into=into, pinned=False) for source in sources]
    changed = replace(registry, owner=owner).with_topics([merged, *gone])
    return changed, [Event("merged", source.topic_id, into, by) for source in sources]


def retire(registry: Registry, topic_id: str, by: str) -> tuple[Registry, list[Event]]:
    """Nothing is assigned to the topic any more; it stays on record."""
    topic = _live(registry, topic_id)
    changed = registry.without_centres(topic_id).with_topics([replace(topic, status="retired", pinned=False)])
    return changed, [Event("retired", topic_id, None, by)]


def split(
    registry: Registry, topic_id: str, parts: Sequence[NDArray[np.float32]], made: Sequence[Topic], by: str
) -> tuple[Registry, list[Event]]:
    """Divide a topic. The first part keeps the id; the others are new topics.

    Args:
        registry: the registry.
        topic_id: whom to divide.
        parts: centres of each part, the largest part first.
        made: what is known of each part (label, keywords, examples, radius, share); ids are ignored.
        by: who decides.
    """
    topic = _live(registry, topic_id)
    if len(parts) < 2 or len(parts) != len(made):
        raise ConfigError(
            f"{topic_id} falls into {len(parts)} part(s)", expected="at least two", hint="leave it as it is"
        )
    place = registry.place(topic_id)
    others = registry.owner != place
    changed = replace(
        registry,
        centres=np.concatenate([registry.centres[others], np.asarray(parts[0], np.float32)]),
        owner=np.concatenate([registry.owner[others], np.full(len(parts[0]), place, np.int64)]),
    )
    first = made[0]
    changed = changed.with_topics(
        [
            replace(
                topic,
                label=topic.label if topic.renamed else first.label,
                keywords=first.keywords,
                examples=first.examples,
                radius=first.radius,
                typical=first.typical,
                share=first.share,
            )
        ]
    )
    events = []
    for part, about in zip(parts[1:], made[1:], strict=True):
        changed = changed.add(replace(about, group_id=topic.group_id), part)
        events.append(Event("split", topic_id, changed.topics[-1].topic_id, by))
    return changed, events


def _live(registry: Registry, topic_id: str) -> Topic:
    topic = registry.topic(topic_id)
    if not topic.live:
        where = f"; its texts went to {registry.current(topic_id).topic_id}" if topic.merged_into else ""
        raise ConfigError(
            f"topic {topic_id} ({topic.label}) is {topic.status}{where}",
            expected="a live topic",
            hint="voc topics list",
        )
    return topic
