"""Vacuum: files of tables that nothing names any more, and published files that are no longer kept.

A file stays while it is younger than a week, or left its table less than a week ago, or is named by

- the table as it is now,
- a day's manifest or its work in progress,
- a part of a day that waits to be joined (`store/_parts`),
- a published file that is kept: the newest `keep_versions` and any younger than a week.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.errors import VocError
from warehouse.ledger import DayRecord, Ledger
from warehouse.maintenance.tables import parquet_files, table_names
from warehouse.publish.versions import all_versions, old_versions
from warehouse.store import Store
from warehouse.workspace import Workspace

GRACE = timedelta(days=7)  # whoever works with a file today has been told of it within a week
_QUOTED = re.compile(r"'((?:[^']|'')*\.parquet)'")


@dataclass(frozen=True)
class Vacuumed:
    """What `vacuum` removed.

    Attributes:
        tables: table -> files of it.
        files: how many these are.
        bytes: their size.
        versions: names of published files.
        version_bytes: their size.
    """

    tables: dict[str, int] = field(default_factory=dict)
    files: int = 0
    bytes: int = 0
    versions: tuple[str, ...] = ()
    version_bytes: int = 0


def vacuum(ws: Workspace, store: Store, ledger: Ledger, *, now: datetime, dry_run: bool = False) -> Vacuumed:
    """Remove files that nothing names. To be called with no publishing under way.

    Args:
        ws: the workspace.
        store: its tables.
        ledger: what is known of its days.
        now: the present moment; ages of files are counted from it.
        dry_run: tell what would be removed, remove nothing.

    Raises:
        VocError: a published file can't be read, so nobody knows what it needs; nothing was removed.
    """
    before = (now - GRACE).timestamp()
    leaving = old_versions(ws.published, keep=ws.voc.keep_versions, now=now)
    named = {name for path in all_versions(ws.published) if path not in leaving for name in shown_files(path)}
    # In this order: work moves from parts to open records to manifests and never back.
    named |= set(_waiting(store))
    named |= set(_recorded(ledger.opened()))
    named |= set(_recorded(ledger.manifests().values()))
    tables: dict[str, int] = {}
    size = 0
    for table in table_names(store):
        current = {_base(path) for path in store.actions(table)["path"]}
        spared = named | current | set(_just_left(store, table, before))
        for file in parquet_files(store, table):
            if file.path.name in spared or file.modified >= before:
                continue
            if not dry_run:
                store.place.discard(file.path)
            tables[table] = tables.get(table, 0) + 1
            size += file.bytes
    version_bytes = sum(path.stat().st_size for path in leaving)
    if not dry_run:
        for path in leaving:
            path.unlink(missing_ok=True)
    names = tuple(path.name for path in leaving)
    return Vacuumed(tables, sum(tables.values()), size, names, version_bytes)


def shown_files(path: Path) -> set[str]:
    """Names of the Parquet files that the views of a published file read.

    Names alone, without folders: every name is unique, and a workspace may have been moved.

    Raises:
        VocError: it can't be read.
    """
    quoted = str(path).replace("'", "''")
    try:
        with closing(duckdb.connect()) as connection:
            connection.execute(f"ATTACH '{quoted}' AS published (READ_ONLY)")
            views = connection.execute(
                "SELECT sql FROM duckdb_views() WHERE database_name = 'published' AND NOT internal"
            ).fetchall()
    except duckdb.Error as error:
        raise VocError(
            f"{path}: cannot be read, so what it needs is not known; no file was removed: {_first_line(error)}",
            expected="a published file that opens",
            hint=f"if it is damaged, remove it ({path.name}) and run voc maintain again",
        ) from error
    return {_base(name.replace("''", "'")) for (sql,) in views for name in _QUOTED.findall(sql)}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def _recorded(records: Iterable[DayRecord]) -> Iterator[str]:
    for record in records:
        for files in record.tables.values():
            for ref in files.files:
                yield _base(ref.path)


def _waiting(store: Store) -> Iterator[str]:
    """Files of parts of days that wait to be joined."""
    for file in store.place.files(store.store_dir / "_parts", ".json"):
        text = store.place.read(file.path)
        if text is None:
            continue  # joined just now
        for made in json.loads(text)["tables"].values():
            yield from (_base(action[0]) for action in made["actions"])


def _just_left(store: Store, table: str, before: float) -> Iterator[str]:
    """Files that a commit of the last week took out of the table: somebody may be reading them."""
    for file in store.place.files(store.table_dir(table) / "_delta_log", ".json"):
        if file.modified < before:
            continue
        for line in (store.place.read(file.path) or "").splitlines():
            if '"remove"' in line:
                removed = json.loads(line).get("remove")
                if removed:
                    yield _base(removed["path"])
