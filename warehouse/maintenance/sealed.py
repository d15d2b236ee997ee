"""Sealed days: processed, and their raw text removed (or about to be) as `privacy.raw_retention_days` says.

A sealed day cannot be conformed again, so it keeps what it became: `validate` and `conform` count as up to
date whatever raw looks like, and late rows of it are refused at landing (`warehouse.landing.late`).

In place of the removed files the raw table has files without words (`sealed-….parquet`): record hash, time,
file, line and landing of every row. With them everything that reads raw for keys alone goes on as before:
which conversations a ticket's parent may be, on which day a conversation began, how many rows a day had.
Of the hash of a row, which somebody could try words on, 16 bits are kept: enough to know a row of its record
that is delivered again, not enough to tell what was said.

`store/_sealed.json` keeps the names of the removed files, day by day: the fingerprint of what landed for a day
is made from them, so that removing text makes no day look changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import polars as pl

from warehouse.hashing import stable_hash
from warehouse.store import Store

TEXT_KINDS = ("chats", "calls", "tickets")
STEM = "sealed"
SETTLED_STEPS = ("validate", "conform")  # the steps that read raw text
_ROW_BITS = 0xFFFF

Names = Mapping[str, list[str]]


def is_stub(path: str) -> bool:
    """Whether a file of a raw table stands for rows whose text was removed."""
    return path.rpartition("/")[2].startswith(f"{STEM}-")


def load(store: Store) -> dict[date, Names]:
    """Day -> kind -> names of the files that landed for it, of all sealed days."""
    text = store.place.read(store.store_dir / "_sealed.json")
    if text is None:
        return {}
    found = json.loads(text)
    return {date.fromisoformat(day): names for day, names in found.items()}


def save(store: Store, record: Mapping[date, Names]) -> None:
    """Keep the record of the sealed days."""
    text = json.dumps({day.isoformat(): record[day] for day in sorted(record)}, separators=(",", ":"))
    store.place.write(store.store_dir / "_sealed.json", text)


def sealed_days(store: Store) -> frozenset[date]:
    """The sealed days: of the record, and any whose raw table says so itself, should the record be lost."""
    found = set(load(store))
    for kind in TEXT_KINDS:
        actions = store.actions(f"raw.{kind}").filter(pl.col("path").str.contains(f"/{STEM}-", literal=True))
        found.update(actions["day"].unique().to_list())
    return frozenset(found)


def kept_bits() -> pl.Expr:
    """What is kept of `row_hash`."""
    return pl.col("row_hash") & _ROW_BITS


def kept_hash() -> pl.Expr:
    """Tells rows by what is kept of them, the same before and after their words are gone."""
    return stable_hash("record_hash", kept_bits())
