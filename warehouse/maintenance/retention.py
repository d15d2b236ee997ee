"""Retention of raw text: after `privacy.raw_retention_days`, what customers said unmasked is removed.

A day is *sealed* first (`warehouse.maintenance.sealed`): from then on it is not conformed again and takes no
late rows. Only a day that passed its steps on all that landed for it is sealed; others stay, and are told of.
Then its files leave the raw tables and the disk, and files without words take their place. The text of a sealed
day stays while an earlier day that is not sealed has a conversation that goes on into it: that day will read it.

`raw.transactions` has no text and stays, as do `raw.customers` and `raw.changes`, which have no day. Files of the
inbox belong to whoever puts them there; their number is told.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from warehouse.dayrun import DayRun
from warehouse.hashing import stable_hash
from warehouse.landing.records import WHEN, day_state, newest
from warehouse.ledger import Ledger
from warehouse.maintenance import sealed
from warehouse.maintenance.sealed import SETTLED_STEPS, STEM, TEXT_KINDS, Names, kept_bits
from warehouse.maintenance.tables import parquet_files, swap
from warehouse.store import Store
from warehouse.workspace import Workspace

_FILE_ROWS = 2**24  # more than a raw file has
Lock = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Retained:
    """What `retain` did.

    Attributes:
        days: days whose text was removed.
        files: files that went.
        bytes: their size.
        waiting: day older than it may be -> why its text is still there.
        inbox_files: files of the inbox that were last changed before the limit.
        limit: the first day whose text is kept; None when everything is kept.
    """

    days: tuple[date, ...] = ()
    files: int = 0
    bytes: int = 0
    waiting: dict[date, str] = field(default_factory=dict)
    inbox_files: int = 0
    limit: date | None = None


def retain(
    ws: Workspace,
    store: Store,
    ledger: Ledger,
    *,
    now: datetime,
    lock: Lock = lambda name: nullcontext(),
    dry_run: bool = False,
) -> Retained:
    """Remove raw text that is older than voc.yaml allows. To be called with no landing under way.

    Cut short at any moment, it is finished by the next call; until then days look as they did.

    Args:
        ws: the workspace.
        store: its tables.
        ledger: what is known of its days.
        now: the present moment; days are counted in the workspace's time zone.
        lock: keeps other writers of a day away, by the day's name.
        dry_run: tell what would be removed, change nothing.
    """
    if not dry_run:  # copies of remote files that a killed landing left; no landing is under way
        shutil.rmtree(store.raw_dir / "_fetched", ignore_errors=True)
    days = ws.voc.privacy.raw_retention_days
    if days is None:
        return Retained()
    limit = now.astimezone(ZoneInfo(ws.timezone)).date() - timedelta(days=days)
    texts = _texts(store, limit)
    record = sealed.load(store)
    known = set(record)
    waiting: dict[date, str] = {}
    state = day_state(store) if set(texts) - known else {}
    processed = ledger.days()
    for day in sorted(set(texts) - known):
        why = _unready(ws, store, ledger, day, state, processed[-1] if processed else None)
        if why is not None:
            waiting[day] = why
        else:
            # A day of nothing but ends of conversations has no fingerprint, so it needs no names.
            record[day] = _names(texts[day]) if day in state else {}
    if not dry_run and set(record) != known:
        sealed.save(store, record)  # before any file goes: the days' fingerprints are made from these names
    began = _reach(store)
    removed: list[date] = []
    files = size = 0
    for day in sorted(set(texts) & set(record)):
        needed = sorted(before for before in began.get(day, set()) if before not in record)
        if needed:
            waiting[day] = f"a conversation of {needed[0]} goes on into it, and {needed[0]} is not sealed"
            continue
        removed.append(day)
        files += texts[day].height
        size += int(texts[day]["bytes"].sum())
        if not dry_run:
            with lock(day.isoformat()):
                for kind in TEXT_KINDS:
                    _remove(store, kind, day, texts[day].filter(pl.col("kind") == kind), now)
    if not dry_run:
        for kind in TEXT_KINDS:  # of a call that was cut short after its commit
            _sweep(store, kind, set(record) - set(waiting))
    return Retained(tuple(removed), files, size, waiting, _inbox_files(ws, limit), limit)


def _texts(store: Store, limit: date) -> dict[date, pl.DataFrame]:
    """Day before the limit -> its files of raw text: kind, path, day, rows, bytes."""
    found = pl.concat(
        store.actions(f"raw.{kind}").select(pl.lit(kind).alias("kind"), pl.all()) for kind in TEXT_KINDS
    ).filter(pl.col("day") < limit)
    found = found.filter(~pl.col("path").str.contains(f"/{STEM}-", literal=True))
    return {day: part for (day,), part in sorted(found.group_by(["day"]), key=lambda each: each[0])}


def _names(files: pl.DataFrame) -> Names:
    return {kind: part["path"].sort().to_list() for (kind,), part in sorted(files.group_by(["kind"]))}


def _unready(
    ws: Workspace, store: Store, ledger: Ledger, day: date, state: Mapping[date, str], last: date | None
) -> str | None:
    """Why a day can't be sealed; None when it can."""
    opened, manifest = ledger.open_record(day), ledger.manifest(day)
    if opened is not None:
        return f"it is held back: {opened.held}" if opened.held else "it is being worked on"
    if manifest is None:
        return "it was not processed"
    if last is None or day >= last:
        return "no later day was processed, so its conversations may go on"
    run = DayRun(ws, store, ledger, manifest, "retention", state)
    steps = [manifest.steps.get(name) for name in SETTLED_STEPS]
    if not all(step is not None and not step.failed and run.up_to_date(step.inputs) for step in steps):
        return "something that it reads has changed since it was processed: voc run"
    return None


def _reach(store: Store) -> dict[date, set[date]]:
    """Day -> the earlier days whose conversations have rows on it."""
    spans = store.scan("raw.spans", columns=["kind", "record_hash", "spans_day"]).unique().collect()
    both = spans.join(spans, on=["kind", "record_hash"]).filter(
        pl.col("spans_day_right") < pl.col("spans_day")
    )
    found: dict[date, set[date]] = {}
    for day, before in both.select("spans_day", "spans_day_right").unique().iter_rows():
        found.setdefault(day, set()).add(before)
    return found


def _remove(store: Store, kind: str, day: date, files: pl.DataFrame, now: datetime) -> None:
    """Put files without words in the place of a day's files, and take these from the disk."""
    table = f"raw.{kind}"
    folder = store.table_dir(table)
    if not files.is_empty():
        gone = _superseded(store, kind, day)
        made = []
        for path in files["path"].sort().to_list():
            rows = store.scan_files(table, [str(folder / path)], _columns(kind)).collect()
            rows = rows.filter(~pl.col("row_hash").is_in(gone.implode()))
            made.append(store.write_file(table, _without_words(rows, path), day, STEM))
        swap(store, table, files.drop("kind"), made, now)
    _sweep(store, kind, {day})


def _sweep(store: Store, kind: str, days: AbstractSet[date]) -> None:
    """Remove files of sealed days that the table does not name any more."""
    folder = store.table_dir(f"raw.{kind}")
    kept = set(store.actions(f"raw.{kind}")["path"])
    names = {f"day={day.isoformat()}" for day in days}
    for file in parquet_files(store, f"raw.{kind}"):
        if file.path.parent.name in names and str(file.path.relative_to(folder)) not in kept:
            store.place.discard(file.path)


def _columns(kind: str) -> list[str]:
    return [
        "key_hash",
        "row_hash",
        "record_hash",
        "file",
        "line",
        "landed_no",
        "updated_at",
        WHEN[kind],
        "day",
    ]


def _without_words(rows: pl.DataFrame, path: str) -> pl.DataFrame:
    """What stays of a file's rows. A key's hash may be made from text too: a number takes its place."""
    number = stable_hash(pl.lit(path)) // _FILE_ROWS * _FILE_ROWS + pl.int_range(pl.len())
    return rows.with_columns(kept_bits().alias("row_hash"), number.alias("key_hash"))


def _superseded(store: Store, kind: str, day: date) -> pl.Series:
    """row_hash of the day's rows that a correction moved to another day: they hold a conversation there no more."""
    spans = store.scan("raw.spans").filter(pl.col("kind") == kind).collect()
    records = spans.filter(pl.col("spans_day") == day)["record_hash"].unique()
    days = spans.filter(pl.col("record_hash").is_in(records.implode()))["spans_day"].unique().to_list()
    rows = (
        store.scan(f"raw.{kind}", days, _columns(kind))
        .filter(pl.col("record_hash").is_in(records.implode()))
        .collect()
    )
    stays = newest(rows)["row_hash"]
    return rows.filter(pl.col("day") == day, ~pl.col("row_hash").is_in(stays.implode()))["row_hash"]


def _inbox_files(ws: Workspace, limit: date) -> int:
    before = datetime.combine(limit, datetime.min.time(), ZoneInfo(ws.timezone)).timestamp()
    return sum(path.is_file() and path.stat().st_mtime < before for path in ws.inbox.rglob("*"))
