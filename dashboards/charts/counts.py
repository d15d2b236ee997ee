"""Counts and shares: by day, by value."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from dashboards.charts.base import BAR_DAY, DAY, Spec, bar_width, day_axis, spec, values
from dashboards.palette import Palette


def counts(
    days: pl.DataFrame, p: Palette, language: str, labels: Mapping[str, str], *, height: int = 130
) -> Spec:
    """Inquiries a day as bars. `days`: day, inquiries."""
    return spec(
        values(days.select("day", "inquiries")),
        height,
        mark={"type": "bar", "color": p.accent, "cornerRadiusEnd": 2, "width": bar_width(days.height)},
        encoding={
            "x": {"field": "day", **BAR_DAY, "axis": day_axis(language, days.height)},
            "y": {
                "field": "inquiries",
                "type": "quantitative",
                "axis": {"title": None, "tickCount": 3, "format": ",d", "tickMinStep": 1},
            },
            "tooltip": [
                {"field": "day", **DAY, "title": labels["day"], "format": "%Y-%m-%d"},
                {"field": "inquiries", "type": "quantitative", "title": labels["inquiries"], "format": ","},
            ],
        },
    )


def emotion_days(
    rows: pl.DataFrame, p: Palette, language: str, labels: Mapping[str, str], names: Mapping[str, str]
) -> Spec:
    """Shares of the emotions a day, calm left out.

    Args:
        rows: day, emotion, share, count.
    """
    present = [name for name in names if name in set(rows["emotion"])]
    return spec(
        values(rows.with_columns(pl.col("emotion").replace_strict(dict(names)).alias("label"))),
        260,
        mark={"type": "bar", "width": bar_width(rows["day"].n_unique())},
        encoding={
            "x": {"field": "day", **BAR_DAY, "axis": day_axis(language, rows["day"].n_unique())},
            "y": {
                "field": "share",
                "type": "quantitative",
                "stack": "zero",
                "axis": {"title": None, "format": ".0%", "tickCount": 5},
            },
            "color": {
                "field": "label",
                "type": "nominal",
                "scale": {
                    "domain": [names[name] for name in present],
                    "range": [p.emotions[name] for name in present],
                },
                "legend": {"title": None, "orient": "top", "columns": 8, "symbolType": "square"},
            },
            "tooltip": [
                {"field": "day", **DAY, "title": labels["day"], "format": "%Y-%m-%d"},
                {"field": "label", "title": labels["emotion"]},
                {"field": "share", "type": "quantitative", "title": labels["share"], "format": ".1%"},
                {"field": "count", "type": "quantitative", "title": labels["inquiries"], "format": ","},
            ],
        },
    )


def shares(rows: pl.DataFrame, p: Palette, labels: Mapping[str, str]) -> Spec:
    """Share of each value here beside its share in all. `rows`: label, share, share_all, inquiries."""
    order = rows["label"].to_list()
    y = {
        "field": "label",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "labelLimit": 130, "ticks": False, "domain": False, "labelOverlap": False},
    }
    tip = [
        {"field": "label", "title": labels["value"]},
        {"field": "inquiries", "type": "quantitative", "title": labels["inquiries"], "format": ","},
        {"field": "share", "type": "quantitative", "title": labels["share"], "format": ".1%"},
        {"field": "share_all", "type": "quantitative", "title": labels["share_all"], "format": ".1%"},
    ]
    axis = {"title": None, "format": ".0%", "tickCount": 4}
    return spec(
        values(rows),
        27 * len(order) + 44,
        layer=[
            {
                "mark": {"type": "bar", "color": p.accent, "cornerRadiusEnd": 2, "height": {"band": 0.6}},
                "encoding": {
                    "y": y,
                    "x": {"field": "share", "type": "quantitative", "axis": axis},
                    "tooltip": tip,
                },
            },
            {
                "mark": {"type": "tick", "color": p.ink, "thickness": 2, "height": {"band": 0.9}},
                "encoding": {"y": y, "x": {"field": "share_all", "type": "quantitative"}, "tooltip": tip},
            },
        ],
    )
