"""What people decide: one append-only journal, `ops.decisions`. People's word wins over every model.

The command line and the screens write through `decide`; steps read through `decisions`. An append never
waits for a run and a run never waits for an append.

| kind | target | value |
|---|---|---|
| `status` | obstacle_id | `{"status": "confirmed", "owner": …, "note": …}` |
| `correct` | inquiry_id | `{"day": "2026-11-03", "product": …, "step": …, "cause": …}`, each of the three optional |
| `topic_rename` | topic_id | `{"label": …}` |
| `topic_merge` | topic_id | `{"into": topic_id}` |
| `topic_split` | topic_id | `{}` |
| `topic_retire`, `topic_pin` | topic_id | `{}` |
| `topic_refit` | version of the proposal | `{}` |
| `word` | word | `{"keep": true}` |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from warehouse.contracts import empty_frame
from warehouse.errors import VocError, nearest
from warehouse.store import Store

TABLE = "ops.decisions"
KINDS = (
    "status",
    "correct",
    "topic_rename",
    "topic_merge",
    "topic_split",
    "topic_retire",
    "topic_pin",
    "topic_refit",
    "word",
)
STATUSES = ("open", "confirmed", "fixing", "fixed", "verified", "dismissed")


def decide(
    store: Store, *, at: datetime, by: str, kind: str, target: str, value: Mapping[str, Any] | None = None
) -> None:
    """Append one decision.

    Args:
        store: the workspace's tables.
        at: when (aware); the caller reads the clock.
        by: who.
        kind: one of `KINDS`.
        target: what it is about.
        value: the decision; see the table above.

    Raises:
        VocError: an unknown kind or status, or nobody or nothing is named.
    """
    if kind not in KINDS:
        close = nearest(kind, KINDS)
        raise VocError(
            f"there is no decision of kind '{kind}'",
            expected=", ".join(KINDS),
            hint=f"did you mean '{close[0]}'?" if close else None,
        )
    if not by.strip() or not target.strip():
        raise VocError("a decision names who took it and what it is about")
    if kind == "status" and (value or {}).get("status") not in STATUSES:
        raise VocError(f"there is no status '{(value or {}).get('status')}'", expected=", ".join(STATUSES))
    row = {
        "at": at.astimezone(UTC),
        "by": by.strip(),
        "kind": kind,
        "target": target.strip(),
        "value": json.dumps(dict(value or {}), ensure_ascii=False, sort_keys=True),
    }
    store.append(TABLE, [pl.DataFrame([row], schema=empty_frame(TABLE).schema)])


def decisions(store: Store, *kinds: str) -> pl.DataFrame:
    """Decisions of these kinds (none given: all), oldest first: at, by, kind, target, value (JSON)."""
    found = store.scan(TABLE).collect()
    if kinds:
        found = found.filter(pl.col("kind").is_in(list(kinds)))
    return found.sort("at", maintain_order=True)


def last_word(found: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """target -> the newest value, later fields over earlier ones.

    Args:
        found: result of `decisions`.
    """
    said: dict[str, dict[str, Any]] = {}
    for target, value in found.select("target", "value").iter_rows():
        said.setdefault(target, {}).update(json.loads(value))
    return said


def corrected_days(store: Store) -> dict[date, str]:
    """day -> fingerprint of the corrections of its inquiries."""
    found = decisions(store, "correct").with_columns(day=pl.col("value").str.json_path_match("$.day"))
    said: dict[date, Any] = {}
    for day, target, value in found.select("day", "target", "value").drop_nulls().iter_rows():
        said.setdefault(date.fromisoformat(day), hashlib.sha256()).update(f"{target}:{value};".encode())
    return {day: digest.hexdigest()[:16] for day, digest in said.items()}
