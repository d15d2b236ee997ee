"""What people decided about topics, taken over into a new version. Their word survives every refit."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import polars as pl

from insight.topics.registry import Event, Registry, merge, pin, rename, retire
from insight.topics.state import NAME, State, load, save
from warehouse.decisions import decisions
from warehouse.errors import ConfigError
from warehouse.models import Models
from warehouse.store import Store

KINDS = ("topic_rename", "topic_merge", "topic_split", "topic_retire", "topic_pin")

# problems that a topic holds: text, tokens
Held = Callable[[State, str], pl.DataFrame]


def apply(
    state: State, kind: str, target: str, value: Mapping[str, Any], by: str, at: datetime, held: Held
) -> State:
    """The state after one decision.

    Args:
        state: before it.
        kind: one of `KINDS`.
        target: the topic.
        value: label of a rename, `into` of a merge, `parts` of a split, `pinned` of a pin.
        by: who decided.
        at: when.
        held: gives problems of a topic, for a split.

    Raises:
        ConfigError: the topic is not there, or not live any more.
    """
    registry = state.registry
    events: list[Event] = []
    if kind == "topic_rename":
        registry, events = _renamed(registry, target, str(value.get("label", "")), by)
    elif kind == "topic_merge":
        registry, events = merge(registry, [target], str(value.get("into", "")), by)
    elif kind == "topic_retire":
        registry, events = retire(registry, target, by)
    elif kind == "topic_pin":
        registry = pin(registry, target, bool(value.get("pinned", True)))
    elif kind == "topic_split":
        from insight.topics.refit import divided

        said = held(state, target)
        vectors = state.embedder.encode(said["text"])
        registry, events = divided(registry, target, said, vectors, by, parts=int(value.get("parts", 2)))
    return state.after(registry, events, at)


def _renamed(registry: Registry, target: str, label: str, by: str) -> tuple[Registry, list[Event]]:
    """A topic or a group under a person's name."""
    if target in {topic.topic_id for topic in registry.topics}:
        return rename(registry, target, label, by)
    groups = tuple(
        replace(group, label=label, renamed=True) if group.group_id == target else group
        for group in registry.groups
    )
    if groups == registry.groups:
        registry.place(target)  # raises, and names what is near
    return replace(registry, groups=groups), [Event("renamed", target, target, by)]


def take_over(models: Models, store: Store, next_day: date | None, held: Held) -> list[str]:
    """Decisions since the last time, into a version that holds from the next new day on (or from `since`).

    Args:
        models: of the workspace.
        store: its tables.
        next_day: the first day that was not processed yet; None: there is none.
        held: gives problems of a topic.

    Returns:
        What could not be done any more, in words: a topic that a decision names may be gone meanwhile.
    """
    history = models.history(NAME)
    version = history.newest()
    if version is None:
        return []
    state = load(models.folder, version)
    found = decisions(store, *KINDS)
    problems: list[str] = []
    since = next_day
    for row in found.slice(history.decided).iter_rows(named=True):  # few: what people typed
        value = json.loads(row["value"])
        try:
            state = apply(state, row["kind"], row["target"], value, row["by"], row["at"], held)
        except ConfigError as error:
            problems.append(f"{row['kind']} {row['target']} by {row['by']}: {error.message}")
            continue
        if value.get("since"):
            told = date.fromisoformat(value["since"])
            since = min(since, told) if since else told
    if found.height == history.decided:
        return []
    made = save(models.folder, state)
    history = replace(history, decided=found.height)
    models.write(NAME, history if made == version else history.using(made, since))
    return problems
