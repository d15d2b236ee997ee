"""Conversations that lie on more than one day: a chat past midnight, a late message, a correction.

`raw.spans` holds a row for each day of such a record and each landing that added to it. A record within
one day, which is nearly every one, has none.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from warehouse.store import Store

REACH = timedelta(days=7)  # a message that comes later than this begins a conversation of its own


def spans_of(store: Store, kind: str, records: pl.DataFrame, landed_no: int) -> pl.DataFrame:
    """Rows for `raw.spans` of the records that a landing adds to.

    Args:
        store: raw tables as they are before the landing is committed.
        kind: chats, calls or tickets.
        records: record_hash, day of the new rows, each pair once.
        landed_no: number of the landing.
    """
    new_days = records["day"].unique()
    stored = set(store.days(f"raw.{kind}"))
    reach = {
        day + timedelta(days=n) for day in new_days.to_list() for n in range(-REACH.days, REACH.days + 1)
    }
    near = sorted(reach & stored)
    found = records
    if near:
        old = (
            store.scan(f"raw.{kind}", near, ["record_hash", "day"])
            .filter(pl.col("record_hash").is_in(records["record_hash"].unique().implode()))
            .unique()
            .collect()
        )
        found = pl.concat([records, old]).unique()
    several = found.filter(pl.len().over("record_hash") > 1)
    return several.select(
        pl.lit(kind).alias("kind"),
        "record_hash",
        pl.col("day").alias("spans_day"),
        pl.lit(landed_no).alias("landed_no"),
    ).sort("record_hash", "spans_day")
