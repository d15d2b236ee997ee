"""Compaction: tables that grow by a small file at every run or decision, rewritten into few files.

Left alone on purpose:

- Raw tables of chats, calls, tickets and transactions: the fingerprint of what landed for a day is made from
  the names of its files, and a landing that was cut short is taken back by these names. Compacting them would
  make every day look changed.
- Tables by day: a step replaces its day as a whole, and manifests and published files pin these files.
- Undated tables that are replaced as a whole: they are one file.

`raw.spans` has neither text nor names that anything depends on, and grows with every landing, so it is rewritten.

Rows keep the order in which every reader sees them. `DeltaTable.optimize` packs files in an order of its own,
and decisions of the same moment are read in the order of their files.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl
from deltalake.exceptions import CommitFailedError

from warehouse.maintenance.tables import opened, swap, table_names
from warehouse.store import Store

APPENDED = ("ops.runs", "ops.decisions", "ops.deliveries", "ops.files", "ops.rejects", "raw.spans")
_LANDED = ("ops.rejects", "raw.spans")  # may hold rows of a landing that was cut short
_BIG = 64 * 2**20  # bytes; a file of this size stays as it is
_MANY = 8  # small files that are worth rewriting


@dataclass(frozen=True)
class Compacted:
    """What `compact` did.

    Attributes:
        tables: table -> small files that were made one.
        files: how many these are.
        bytes: their size.
        checkpoints: tables whose log was summed up.
    """

    tables: dict[str, int] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    checkpoints: int = 0


def compact(store: Store, *, now: datetime, dry_run: bool = False) -> Compacted:
    """Rewrite the tables that are appended to, and sum up the logs of all tables.

    The old small files stay on disk until `vacuum` takes them. The log's entries older than 30 days go
    (delta-rs judges their age by the machine's clock). To be called with no landing under way.

    Args:
        store: the tables.
        now: the present moment.
        dry_run: tell what would be done, change nothing.
    """
    merged: dict[str, int] = {}
    size = 0
    landed = store.scan("ops.files", columns=["landed_no"]).collect()["landed_no"]
    for table in APPENDED:
        if table in _LANDED and not dry_run:
            store.drop_landed_above(table, int(landed.max() or 0))  # type: ignore[arg-type]
        found = store.actions(table)
        small = found.filter(pl.col("bytes") < _BIG)
        if small.height < _MANY:
            continue
        if not dry_run and not _merge(store, table, small, found.height, now):
            continue  # somebody else changed it just now: the next time
        merged[table] = small.height
        size += int(small["bytes"].sum())
    checkpoints = 0 if dry_run else sum(_sum_up(store, table) for table in table_names(store))
    return Compacted(merged, sum(merged.values()), size, checkpoints)


def _merge(store: Store, table: str, small: pl.DataFrame, number: int, now: datetime) -> bool:
    folder = store.table_dir(table)
    frame = store.scan_files(table, [str(folder / path) for path in small["path"]]).collect()
    # Readers take files in the order of their names: this one comes before all that is appended later.
    made = store.write_file(table, frame, None, f"A{number:08d}")
    try:
        swap(store, table, small, [made], now)
    except CommitFailedError:
        store.place.discard(folder / made.path)
        return False
    return True


def _sum_up(store: Store, table: str) -> bool:
    """Write a checkpoint of a table's log unless its newest version has one."""
    delta = opened(store, table)
    if delta is None:
        return False
    last = store.table_dir(table) / "_delta_log" / "_last_checkpoint"
    text = store.place.read(last)
    if text is not None and json.loads(text)["version"] == delta.version():
        return False
    delta.create_checkpoint()
    delta.cleanup_metadata()
    return True
