"""People's corrections of single inquiries, from the journal of decisions into a frame."""

from __future__ import annotations

import polars as pl

SCHEMA = {
    "inquiry_id": pl.String(),
    "day": pl.Date(),
    "product": pl.String(),
    "step": pl.String(),
    "cause": pl.String(),
}
_VALUE = pl.Struct(dict.fromkeys(("day", "product", "step", "cause"), pl.String))


def corrections_of(decisions: pl.DataFrame) -> pl.DataFrame:
    """The last word on each corrected inquiry: inquiry_id, day, product, step, cause; null: not corrected.

    A later correction of the step leaves an earlier one of the cause as it was. A step belongs to the product it
    was corrected with: a later product without a step takes the earlier step away.

    Args:
        decisions: kind, target, value (JSON), oldest first, as `warehouse.decisions.decisions` gives them; kinds
            other than `correct` are left out.
    """
    told = (
        decisions.filter(pl.col("kind") == "correct")
        .select(pl.col("target").alias("inquiry_id"), pl.col("value").str.json_decode(_VALUE).alias("value"))
        .unnest("value")
        .with_columns(pl.col("day").str.to_date("%Y-%m-%d", strict=False))
    )
    if told.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    placed = pl.col("product").is_not_null() | pl.col("step").is_not_null()
    where = pl.col("product", "step").filter(placed)
    named = pl.col("product").drop_nulls().last()
    # The step counts from the last row that says where; a product named before stays with a step named alone.
    return (
        told.group_by("inquiry_id", maintain_order=True)
        .agg(
            pl.col("day").drop_nulls().last(),
            named.alias("product"),
            where.last().name.suffix("_last"),
            pl.col("cause").drop_nulls().last(),
        )
        .select("inquiry_id", "day", "product", pl.col("step_last").alias("step"), "cause")
    )
