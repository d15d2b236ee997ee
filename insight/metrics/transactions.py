"""The denominators of a day."""

from __future__ import annotations

import polars as pl

from insight.journey.steps_of import resolve
from warehouse.config import Journeys


def transactions(raw: pl.DataFrame, journeys: Journeys) -> pl.DataFrame:
    """`core.transactions` of a day: rows of one product, step and channel, under any of their names, summed.

    Args:
        raw: newest raw rows: product, step, channel, transactions, users.
        journeys: for the names.
    """
    named = resolve(raw, journeys)
    return (
        named.group_by("product", "step", pl.col("channel").str.strip_chars().alias("channel"))
        .agg(
            pl.col("transactions").sum().alias("transaction_count"),
            pl.when(pl.col("users").count() > 0).then(pl.col("users").sum()).alias("user_count"),
        )
        .sort("product", "step", "channel", nulls_last=False)
    )
