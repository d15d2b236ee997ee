"""Reading raw tables back: whole conversations of a day, newest version of every row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

import polars as pl

from warehouse.maintenance.sealed import is_stub, load
from warehouse.store import Store

TURN_KINDS = ("chats", "calls", "tickets")
WHEN = {"chats": "sent_at", "calls": "started_at", "tickets": "created_at"}


def newest(frame: pl.DataFrame) -> pl.DataFrame:
    """The newest version of each key: by `updated_at` where all versions have one, else by landing."""
    twice = frame["key_hash"].is_duplicated()
    if not twice.any():
        return frame
    known = pl.col("updated_at").is_not_null().all().over("key_hash")
    versions = (
        frame.filter(twice)
        .with_columns(pl.when(known).then("updated_at").alias("_updated"))
        .sort("_updated", "landed_no", "line", nulls_last=False)
        .unique("key_hash", keep="last", maintain_order=True)
        .drop("_updated")
    )
    return pl.concat([frame.filter(~twice), versions])


def read_undated(store: Store, kind: str) -> pl.DataFrame:
    """All customers or changes, newest versions, in order of their keys."""
    return newest(store.scan(f"raw.{kind}").collect()).sort("key_hash")


def read_day(
    store: Store, day: date, max_rows: int = 1_000_000, part: tuple[int, int] = (0, 1)
) -> Iterator[dict[str, pl.DataFrame]]:
    """Conversations that begin on a day, in shards of about `max_rows` rows: kind -> raw rows.

    A conversation is whole in its shard, with its rows of other days (`raw.spans`). It belongs to the day
    of its first row; rows of one that began earlier are left to that day.

    Args:
        store: where the raw tables are.
        day: the day.
        max_rows: most raw rows at a time, about.
        part: (number from 0, of how many): only this part of the conversations.
    """
    number, of = part
    spans = _spans(store, day)
    for kind in TURN_KINDS:
        table = f"raw.{kind}"
        actions = store.actions(table)
        rows = int(actions.filter(pl.col("day") == day)["rows"].sum())
        if rows == 0:
            continue
        several = spans.filter(pl.col("kind") == kind)
        others = sorted(set(several["spans_day"].to_list()) - {day})
        shards = -(-rows // (max_rows * of))
        for low, high in _ranges(shards * of)[number * shards : (number + 1) * shards]:
            frame = store.scan(table, [day]).filter(pl.col("record_hash").is_between(low, high)).collect()
            if others:
                wanted = several["record_hash"].unique().implode()
                more = (
                    store.scan(table, others)
                    .filter(pl.col("record_hash").is_between(low, high), pl.col("record_hash").is_in(wanted))
                    .collect()
                )
                frame = newest(pl.concat([frame, more]))
                first = pl.col("day").sort_by(WHEN[kind], "day").first().over("record_hash")
                spread = frame["record_hash"].is_in(wanted)
                frame = pl.concat([frame.filter(~spread), frame.filter(spread).filter(first == day)])
            else:
                frame = newest(frame)
            if not frame.is_empty():
                yield {kind: frame}


def _ranges(count: int) -> list[tuple[int, int]]:
    """Equal ranges of the signed 64-bit integers."""
    width = 2**64 // count
    edges = [-(2**63) + n * width for n in range(count)] + [2**63]
    return [(low, high - 1) for low, high in pairwise(edges)]


def _spans(store: Store, day: date) -> pl.DataFrame:
    """Days of the records that lie on `day` and on other days too."""
    found = store.scan("raw.spans").collect()
    here = found.filter(pl.col("spans_day") == day).select("kind", "record_hash").unique()
    return (
        found.join(here, on=["kind", "record_hash"], how="semi")
        .select("kind", "record_hash", "spans_day")
        .unique()
    )


def day_state(store: Store) -> dict[date, str]:
    """Day -> fingerprint of what landed for it: its files, and landings that added to its conversations.

    A file whose text was removed since counts as before, by its name.
    """
    parts: dict[date, list[str]] = {}
    sealed = load(store)
    for kind in (*TURN_KINDS, "transactions"):
        names = {day: set(files.get(kind, ())) for day, files in sealed.items()}
        for day, path in store.actions(f"raw.{kind}").select("day", "path").iter_rows():
            if not is_stub(path):
                names.setdefault(day, set()).add(path)
        for day, found in names.items():
            if found:
                parts.setdefault(day, []).extend(f"{kind}/{path}" for path in sorted(found))
    spans = store.scan("raw.spans").collect()
    for day in _tails(store, spans, parts):
        if not sealed.get(day):  # what a sealed day was cannot be seen from what is left of it
            del parts[day]
    days = (
        spans.group_by("spans_day")
        .agg(pl.concat_str("kind", pl.lit(":"), "record_hash", pl.lit(":"), "landed_no").sort().str.join(";"))
        .iter_rows()
    )
    for day, text in days:
        if day in parts:
            parts[day].append(text)
    return {
        day: hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        for day, names in sorted(parts.items())
    }


def _tails(store: Store, spans: pl.DataFrame, parts: dict[date, list[str]]) -> list[date]:
    """Days that hold nothing but the ends of conversations that began earlier: no days of their own."""
    began = spans.group_by("kind", "record_hash").agg(pl.col("spans_day").min().alias("first"))
    later = spans.join(began, on=["kind", "record_hash"]).filter(pl.col("spans_day") > pl.col("first"))
    found = []
    for (day,), ends in later.group_by(["spans_day"], maintain_order=True):
        if any(name.startswith("transactions/") for name in parts.get(day, ["transactions/"])):
            continue
        own = False
        for kind in TURN_KINDS:
            hashes = ends.filter(pl.col("kind") == kind)["record_hash"].implode()
            rows = store.scan(f"raw.{kind}", [day], ["record_hash"])
            own = own or not rows.filter(~pl.col("record_hash").is_in(hashes)).head(1).collect().is_empty()
        if not own:
            found.append(day)
    return found


def landed_records(store: Store, kind: str, days: list[date], hashes: pl.Series) -> pl.Series:
    """Of record hashes, those that have a row on any of the days."""
    return (
        store.scan(f"raw.{kind}", days, ["record_hash"])
        .filter(pl.col("record_hash").is_in(hashes.implode()))
        .unique()
        .collect()["record_hash"]
    )
