"""Repeats: the customer's latest earlier inquiry within 7 days on the same step or topic."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

REPEAT_DAYS = 7
_SCHEMA = {"inquiry_id": pl.String, "repeat_of": pl.String}


def repeats(today: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Which of today's inquiries repeat which: inquiry_id, repeat_of; others have no row.

    Args:
        today: inquiry_id, customer_key, started_at, product, step, topic_id; inquiries that count.
        before: the same columns, of the seven days before.
    """
    here = today.with_columns(pl.lit(True).alias("_today"))
    earlier = before.join(here.select("customer_key").unique(), on="customer_key", how="semi")
    both = pl.concat([here, earlier.with_columns(pl.lit(False).alias("_today"))]).filter(
        pl.col("customer_key").is_not_null()
    )
    found = []
    for keys in (["customer_key", "product", "step"], ["customer_key", "topic_id"]):
        part = both.filter(pl.col(keys[-1]).is_not_null()).sort("started_at", "inquiry_id")
        found.append(
            part.with_columns(
                pl.col("inquiry_id").shift(1).over(keys).alias("repeat_of"),
                pl.col("started_at").shift(1).over(keys).alias("_before"),
            )
            .filter("_today", pl.col("started_at") - pl.col("_before") <= timedelta(days=REPEAT_DAYS))
            .select("inquiry_id", "repeat_of", "_before")
        )
    latest = pl.concat(found).sort("_before", descending=True)
    return latest.unique("inquiry_id", keep="first", maintain_order=True).select(list(_SCHEMA))
