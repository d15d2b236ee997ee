"""What landed for a day: judged before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from warehouse.config import Journeys
    from warehouse.dayrun import DayRun

_REGULAR_DAYS, _OF_DAYS = 5, 7  # a source with rows on 5 of the last 7 days is expected on this one


def validate(run: DayRun) -> None:
    """Say what the step reads; the checks of the raw tables run after it, as after every step."""
    run.uses_raw()
    run.journeys()  # names of products and steps that sources may give


def rows_before(run: DayRun, table: str, days: int) -> dict[date, int]:
    """Rows that landed for each of the days before, of those that have any; from the table's log alone."""
    found = run.store.actions(table).filter(
        pl.col("day").is_between(run.day - timedelta(days=days), run.day - timedelta(days=1))
    )
    return dict(found.group_by("day").agg(pl.col("rows").sum()).sort("day").iter_rows())


def days_with_rows(counts: Mapping[date, int], day: date) -> int | None:
    """On how many of the last seven days a source had rows; None if too few to expect any today."""
    last = [day - timedelta(days=back) for back in range(1, _OF_DAYS + 1)]
    found = sum(counts.get(each, 0) > 0 for each in last)
    return found if found >= _REGULAR_DAYS else None


def rejected(run: DayRun, table: str) -> tuple[int, int]:
    """Rows read and rejected of the files that the day's rows came from, each file as it was last read."""
    files = run.scan(table, ["file"]).unique().collect()
    receipts = (
        run.store.scan("ops.files", columns=["file", "status", "landed_no", "rows_read", "rows_rejected"])
        .filter(pl.col("status") == "landed", pl.col("file").is_in(files["file"].implode()))
        .collect()
        .sort("landed_no", maintain_order=True)
        .unique("file", keep="last")
    )
    return int(receipts["rows_read"].sum()), int(receipts["rows_rejected"].sum())


def names_table(journeys: Journeys) -> pl.DataFrame:
    """Every name by which a product or step may be given: product id, product's name, step's name (or null).

    Names are in lower case.
    """
    rows: list[tuple[str, str, str | None]] = []
    for name, product in journeys.names().items():
        rows.append((product, name, None))
        rows += [(product, name, step) for step in journeys.step_names(product)]
    text = pl.String()
    return pl.DataFrame(rows, schema={"id": text, "product": text, "step": text}, orient="row")


def name_known(frame: pl.DataFrame, column: str, names: pl.DataFrame) -> pl.Series:
    """Whether the name that a row gives is known; a row that gives none is no orphan.

    A step is known if its product has it; without a product, if any product has it. A step of an unknown
    product is let pass: its product is reported.

    Args:
        frame: product, step.
        column: product or step.
        names: from `names_table`.
    """
    given = frame.select(
        pl.col(c).str.strip_chars().str.to_lowercase().replace("", None) for c in ("product", "step")
    )
    products = names["product"].unique().implode()
    product_ok = pl.col("product").is_null() | pl.col("product").is_in(products)
    if column == "product":
        return given.select(product_ok)["product"]
    steps = names.drop_nulls("step")
    pairs = steps.select("product", "step").unique().with_columns(_known=pl.lit(True))
    return given.join(pairs, on=["product", "step"], how="left", maintain_order="left").select(
        (
            pl.col("step").is_null()
            | ~product_ok
            | pl.col("_known").fill_null(False)
            | (pl.col("product").is_null() & pl.col("step").is_in(steps["step"].unique().implode()))
        ).alias("known")
    )["known"]
