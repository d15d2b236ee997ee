"""Rows that come too late: of days whose raw text was removed already (see `warehouse.maintenance.sealed`)."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date, timedelta

import polars as pl

from warehouse.landing.records import WHEN
from warehouse.landing.spans import REACH
from warehouse.landing.typed import reject_schema
from warehouse.maintenance.sealed import kept_hash
from warehouse.store import Store

_WHY = " was removed (privacy.raw_retention_days)"
_EXPECTED = "rows that come while raw text of their day is kept; what was counted of the day stays as it is"


def refuse_late(
    store: Store, sealed: AbstractSet[date], kind: str, rows: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part rows that may land from those of sealed days.

    A row of a sealed day, new or a correction, is refused; one that landed before its day was sealed is
    neither kept nor refused: it is there already. A row of another day whose conversation began on a sealed
    day is refused too: its inquiry can't be made again.

    Args:
        store: the raw tables.
        sealed: the sealed days.
        kind: kind of input.
        rows: typed rows with keys that the table does not hold.

    Returns:
        Rows that may land, and rows for `ops.rejects` (line, field, value, reason, expected).
    """
    none = pl.DataFrame(schema=reject_schema())
    if not sealed or kind not in WHEN or rows.is_empty():
        return rows, none
    table = f"raw.{kind}"
    shut = sorted(sealed & set(rows["day"].unique().to_list()))
    late = rows.filter(pl.col("day").is_in(shut))
    if not late.is_empty():
        known = store.scan(table, shut).select(kept_hash().alias("known")).collect()["known"]
        late = late.filter(~kept_hash().is_in(known.implode()))
        rows = rows.filter(~pl.col("day").is_in(shut))
    began = _began(store, sealed, table, rows)
    rows = rows.join(began, on="record_hash", how="left", maintain_order="left")
    tails = rows.filter(pl.col("_began").is_not_null())
    rows = rows.filter(pl.col("_began").is_null()).drop("_began")
    told = [
        _rejects(late, kind, pl.format("the text of {}" + _WHY, "day")),
        _rejects(tails, kind, pl.format("it goes on a conversation of {}, whose text" + _WHY, "_began")),
    ]
    return rows, pl.concat(told)


def _began(store: Store, sealed: AbstractSet[date], table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """record_hash, _began: of the records that began on a sealed day near one of the rows."""
    reach = range(-REACH.days, REACH.days + 1)
    near = {day + timedelta(days=n) for day in rows["day"].unique().to_list() for n in reach}
    if not near & sealed:
        return pl.DataFrame(schema={"record_hash": pl.Int64, "_began": pl.Date})
    return (
        store.scan(table, sorted(near), ["record_hash", "day"])
        .filter(pl.col("record_hash").is_in(rows["record_hash"].unique().implode()))
        .group_by("record_hash")
        .agg(pl.col("day").min().alias("_began"))
        .filter(pl.col("_began").is_in(sorted(sealed)))
        .collect()
    )


def _rejects(rows: pl.DataFrame, kind: str, reason: pl.Expr) -> pl.DataFrame:
    return rows.select(
        "line",
        pl.lit(WHEN[kind]).alias("field"),
        pl.col(WHEN[kind]).dt.strftime("%Y-%m-%d %H:%M:%S UTC").alias("value"),
        reason.alias("reason"),
        pl.lit(_EXPECTED).alias("expected"),
    )
