"""Topics of inquiries. None are learned yet: every inquiry says so with a null."""

from __future__ import annotations

import polars as pl


def unassigned(inquiries: pl.DataFrame) -> pl.DataFrame:
    """A row an inquiry without a topic: inquiry_id, topic_id, similarity."""
    return inquiries.select(
        "inquiry_id", pl.lit(None, pl.String).alias("topic_id"), pl.lit(None, pl.Float64).alias("similarity")
    )
