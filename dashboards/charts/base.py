"""What all charts share: days, axes, bars."""

from __future__ import annotations

from typing import Any

import polars as pl

Spec = dict[str, Any]
DAY = {"type": "temporal", "timeUnit": "utcyearmonthdate", "scale": {"type": "utc"}}
# Bars stand over their day: a time unit would stretch them from one day to the next and label the gap.
BAR_DAY = {"type": "temporal", "scale": {"type": "utc", "padding": 14}}


def bar_width(days: int) -> float:
    """Pixels of a bar, for charts of 600 pixels and more."""
    return round(min(34.0, max(1.0, 420 / max(days, 1))), 1)


def values(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; days as text, so that no time zone moves them."""
    return frame.with_columns(pl.col(pl.Date).dt.to_string("%Y-%m-%d")).to_dicts()


def day_axis(language: str, days: int) -> Spec:
    """The axis of so many days, with few enough labels."""
    form = "%b %-d" if language == "en" else "%-m/%-d"
    return {
        "format": form,
        "title": None,
        "grid": False,
        "tickCount": min(days, 8),
        "labelOverlap": True,
        "labelFlush": False,
    }


def spec(rows: list[dict[str, Any]], height: int, **more: Any) -> Spec:
    """A specification over these rows, as wide as its place."""
    return {"data": {"values": rows}, "height": height, "width": "container", **more}
