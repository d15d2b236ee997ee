"""The registry as tables and as files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from insight.topics.registry import Event, Group, Registry, Topic
from warehouse.errors import VocError

_FORMAT = 1
_Schema = dict[str, pl.DataType | type[pl.DataType]]
_TEXTS = pl.List(pl.String)
TOPICS: _Schema = {
    "topic_id": pl.String,
    "label": pl.String,
    "keywords": _TEXTS,
    "examples": _TEXTS,
    "parent_topic_id": pl.String,
    "status": pl.String,
    "first_day": pl.Date,
    "last_day": pl.Date,
    "is_group": pl.Boolean,
    "radius": pl.Float64,
    "typical": pl.Float64,
    "learned_share": pl.Float64,
    "is_renamed": pl.Boolean,
    "is_pinned": pl.Boolean,
    "merged_into": pl.String,
    "x": pl.Float64,
    "y": pl.Float64,
}
LINEAGE: _Schema = {
    "at": pl.Datetime("us", "UTC"),
    "event": pl.String,
    "from_topic_id": pl.String,
    "to_topic_id": pl.String,
    "by": pl.String,
}


def topics_table(registry: Registry) -> pl.DataFrame:
    """`insight.topics`: a row a topic, and one a group (`is_group`; ids `g_…`), which topics name as `parent_topic_id`."""
    rows = [
        {
            "topic_id": t.topic_id,
            "label": t.label,
            "keywords": list(t.keywords),
            "examples": list(t.examples),
            "parent_topic_id": t.group_id,
            "status": t.status,
            "first_day": t.first_day,
            "last_day": t.last_day,
            "is_group": False,
            "radius": t.radius,
            "typical": t.typical,
            "learned_share": t.share,
            "is_renamed": t.renamed,
            "is_pinned": t.pinned,
            "merged_into": t.merged_into,
            "x": t.x,
            "y": t.y,
        }
        for t in registry.topics
    ]
    for group in registry.groups:
        members = [topic for topic in registry.live if topic.group_id == group.group_id]
        rows.append(
            {
                "topic_id": group.group_id,
                "label": group.label,
                "keywords": list(group.keywords),
                "examples": [topic.examples[0] for topic in members if topic.examples][:5],
                "status": "active" if members else "retired",
                "first_day": min((t.first_day for t in members if t.first_day), default=None),
                "last_day": max((t.last_day for t in members if t.last_day), default=None),
                "is_group": True,
                "is_renamed": group.renamed,
                "is_pinned": False,
            }
        )
    return pl.DataFrame(rows, schema=TOPICS)


def lineage_table(events: Iterable[Event], at: datetime) -> pl.DataFrame:
    """Rows of `insight.topic_lineage` for events of one moment."""
    return pl.DataFrame([{"at": at, **asdict(event)} for event in events], schema=LINEAGE)


def save_registry(registry: Registry, folder: Path) -> None:
    """Write registry.json and registry.npz."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "format": _FORMAT,
        "version": registry.version,
        "embedder_version": registry.embedder_version,
        "next_number": registry.next_number,
        "next_group": registry.next_group,
        "topics": [asdict(topic) for topic in registry.topics],
        "groups": [asdict(group) for group in registry.groups],
    }
    text = json.dumps(about, ensure_ascii=False, indent=1, default=lambda value: value.isoformat())
    (folder / "registry.json").write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(folder / "registry.npz", centres=registry.centres, owner=registry.owner)


def load_registry(folder: Path) -> Registry:
    """What `save_registry` wrote.

    Raises:
        VocError: the folder holds no registry, one of another format, or one whose content is not what its version says.
    """
    hint = "restore the folder from a copy, or take an older version: voc topics lineage"
    try:
        about = json.loads((folder / "registry.json").read_text(encoding="utf-8"))
        with np.load(folder / "registry.npz", allow_pickle=False) as arrays:
            centres = np.ascontiguousarray(arrays["centres"], dtype=np.float32)
            owner = arrays["owner"].astype(np.int64)
        found = Registry(
            about["embedder_version"],
            tuple(_topic(fields) for fields in about["topics"]),
            centres,
            owner,
            tuple(Group(**{**fields, "keywords": tuple(fields["keywords"])}) for fields in about["groups"]),
            about["next_number"],
            about["next_group"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VocError(
            f"{folder} holds no readable registry ({type(error).__name__}: {error})",
            expected="registry.json and registry.npz as a refit wrote them",
            hint=hint,
        ) from error
    if about.get("format") != _FORMAT or about.get("version") != found.version:
        raise VocError(
            f"the registry in {folder} calls itself {about.get('version')} (format {about.get('format')})",
            expected=f"{found.version} (format {_FORMAT}), by its content",
            hint=hint,
        )
    return found


def _topic(fields: dict[str, object]) -> Topic:
    days = {name: _day(fields[name]) for name in ("first_day", "last_day")}
    words = {name: _tuple(fields[name]) for name in ("keywords", "examples")}
    return Topic(**{**fields, **days, **words})  # type: ignore[arg-type]


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None


def _tuple(value: object) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()
