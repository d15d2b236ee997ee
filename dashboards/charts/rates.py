"""Rates over days, and why they moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.charts.base import DAY, Spec, day_axis, spec, values
from dashboards.palette import Palette


def rate_trend(
    days: pl.DataFrame,
    p: Palette,
    language: str,
    labels: Mapping[str, str],
    *,
    changes: pl.DataFrame | None = None,
    since: Any = None,
    height: int = 230,
) -> Spec:
    """A rate over days with its interval; control limits and changes where there are some.

    Args:
        days: day, rate, low, high, inquiries, transactions; also centre, control_low, control_high, is_partial.
        p: colours.
        language: zh or en.
        labels: words for `rate`, `inquiries`, `transactions`, `interval`, `limits`, `change`.
        changes: day, title, kind_label: drawn as marks on the time axis.
        since: first day of the period that the page is about; the days before it are drawn lighter.
    """
    frame = days.with_columns(
        (pl.lit(since is None) | (pl.col("day") >= pl.lit(since))).alias("in_period")
        if since is not None
        else pl.lit(True).alias("in_period")
    )
    x = {"field": "day", **DAY, "axis": day_axis(language, days.height)}
    tips = [
        {"field": "day", **DAY, "title": labels["day"], "format": "%Y-%m-%d"},
        {"field": "rate", "type": "quantitative", "title": labels["rate"], "format": ",.1f"},
        {"field": "low", "type": "quantitative", "title": labels["low"], "format": ",.1f"},
        {"field": "high", "type": "quantitative", "title": labels["high"], "format": ",.1f"},
        {"field": "inquiries", "type": "quantitative", "title": labels["inquiries"], "format": ","},
        {"field": "transactions", "type": "quantitative", "title": labels["transactions"], "format": ","},
    ]
    y = {
        "type": "quantitative",
        "axis": {"title": None, "tickCount": 5, "format": ",.3~r"},
        "scale": {"zero": False, "nice": True},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "color": p.accent, "opacity": 0.13},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        }
    ]
    if "control_high" in days.columns and days["control_high"].null_count() < days.height:
        for name in ("control_high", "control_low", "centre"):
            layers.append(
                {
                    "mark": {
                        "type": "line",
                        "color": p.muted,
                        "opacity": 0.75,
                        "strokeWidth": 1,
                        "strokeDash": [2, 3] if name == "centre" else [6, 4],
                    },
                    "encoding": {"x": x, "y": {**y, "field": name}},
                }
            )
    layers.append(
        {
            "mark": {"type": "line", "color": p.accent, "strokeWidth": 2},
            "encoding": {"x": x, "y": {**y, "field": "rate"}},
        }
    )
    out = "datum.control_high != null && (datum.rate > datum.control_high || datum.rate < datum.control_low)"
    high = "datum.control_high != null && datum.rate > datum.control_high"
    layers.append(
        {
            "mark": {"type": "point", "filled": True, "opacity": 1},
            "encoding": {
                "x": x,
                "y": {**y, "field": "rate"},
                "size": {"condition": {"test": out, "value": 75}, "value": 26},
                "color": {
                    "condition": [{"test": high, "value": p.worse}, {"test": out, "value": p.better}],
                    "value": p.accent,
                },
                "fillOpacity": {
                    "condition": {"test": f"datum.in_period || ({out})", "value": 1},
                    "value": 0.35,
                },
                "tooltip": tips,
            },
        }
    )
    if changes is not None and not changes.is_empty():
        layers += _change_marks(changes, p, labels)
    return spec(values(frame), height, layer=layers)


def _change_marks(changes: pl.DataFrame, p: Palette, labels: Mapping[str, str]) -> list[Spec]:
    data = {"values": values(changes.select("day", "title", "kind_label"))}
    x = {"field": "day", **DAY}
    tip = [
        {"field": "day", **DAY, "title": labels["day"], "format": "%Y-%m-%d"},
        {"field": "kind_label", "title": labels["change"]},
        {"field": "title", "title": labels["title"]},
    ]
    return [
        {
            "data": data,
            "mark": {
                "type": "rule",
                "color": p.muted,
                "strokeWidth": 1,
                "strokeDash": [3, 3],
                "opacity": 0.9,
            },
            "encoding": {"x": x},
        },
        {
            "data": data,
            "mark": {
                "type": "point",
                "shape": "triangle-down",
                "filled": True,
                "size": 90,
                "color": p.ink,
                "opacity": 1,
            },
            "encoding": {"x": x, "y": {"value": 4}, "tooltip": tip},
        },
    ]


def waterfall(
    bars: Sequence[Mapping[str, Any]], p: Palette, labels: Mapping[str, str], *, height: int = 260
) -> Spec:
    """From the rate before to the rate now, a bar each cause of the change.

    Args:
        bars: label, start, end, kind (`total`, `up`, `down`), text, in order.
        p: colours.
        labels: words for `what` and `amount`.
    """
    low = (
        min(min(bar["start"], bar["end"]) for bar in bars if bar["kind"] != "total") if len(bars) > 2 else 0.0
    )
    totals = [bar["end"] for bar in bars if bar["kind"] == "total"]
    span = max([bar["end"] for bar in bars] + [bar["start"] for bar in bars]) - min([low, *totals])
    floor = max(0.0, min([low, *totals]) - 0.35 * span)
    drawn = [
        dict(bar)
        | {
            "start": max(bar["start"], floor) if bar["kind"] == "total" else bar["start"],
            "top": max(bar["start"], bar["end"]),
        }
        for bar in bars
    ]
    order = [bar["label"] for bar in bars]
    y = {
        "field": "label",
        "type": "nominal",
        "sort": order,
        "axis": {"title": None, "labelLimit": 190, "ticks": False, "domain": False, "grid": False},
    }
    scale = {"domainMin": floor, "nice": False, "zero": False}
    return spec(
        drawn,
        height,
        layer=[
            {
                "mark": {"type": "bar", "cornerRadius": 2, "height": {"band": 0.62}},
                "encoding": {
                    "y": y,
                    "x": {
                        "field": "start",
                        "type": "quantitative",
                        "scale": scale,
                        "axis": {"title": None, "tickCount": 5, "format": ",.3~r"},
                    },
                    "x2": {"field": "end"},
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": ["total", "up", "down"], "range": [p.muted, p.worse, p.better]},
                    },
                    "tooltip": [
                        {"field": "label", "title": labels["what"]},
                        {"field": "detail", "title": labels["amount"]},
                    ],
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "color": p.ink, "fontSize": 12},
                "encoding": {
                    "y": y,
                    "x": {"field": "top", "type": "quantitative", "scale": scale},
                    "text": {"field": "text"},
                },
            },
        ],
    )
