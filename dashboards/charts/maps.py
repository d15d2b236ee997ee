"""Maps: steps × days, checks × days, topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from dashboards.charts.base import DAY, Spec, day_axis, spec, values
from dashboards.palette import Palette


def heat(
    rows: pl.DataFrame, p: Palette, language: str, labels: Mapping[str, str], order: Sequence[str]
) -> Spec:
    """Steps × days: how far each day's rate lies from the step's own mean (in rows: `ratio`)."""
    x = {"field": "day", **DAY, "axis": day_axis(language, rows["day"].n_unique())}
    return spec(
        values(rows),
        30 * len(order) + 100,
        mark={"type": "rect", "cornerRadius": 1},
        encoding={
            "x": {**x, "type": "temporal", "bandPosition": 0.5},
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": list(order),
                "axis": {
                    "title": None,
                    "labelLimit": 160,
                    "ticks": False,
                    "domain": False,
                    "labelOverlap": False,
                },
            },
            "color": {
                "field": "ratio",
                "type": "quantitative",
                "scale": {
                    "type": "log",
                    "domain": [0.4, 1, 2.5],
                    "clamp": True,
                    "range": [p.better, p.raised, p.worse],
                    "interpolate": "lab",
                },
                "legend": {
                    "title": labels["ratio"],
                    "orient": "top",
                    "direction": "horizontal",
                    "gradientLength": 160,
                    "values": [0.4, 1, 2.5],
                    "format": ".1~f",
                },
            },
            "tooltip": [
                {"field": "name", "title": labels["step"]},
                {"field": "day", **DAY, "title": labels["day"], "format": "%Y-%m-%d"},
                {"field": "rate", "type": "quantitative", "title": labels["rate"], "format": ",.1f"},
                {"field": "inquiries", "type": "quantitative", "title": labels["inquiries"], "format": ","},
            ],
        },
    )


def topic_map(rows: pl.DataFrame, p: Palette, labels: Mapping[str, str]) -> Spec:
    """Topics as circles: like ones lie near each other, larger ones have more inquiries, the colour says how they grow.

    Args:
        rows: label, group, growth (of the share: now ÷ before), negative_share, inquiries; with x, y where the file has places.
            Without them the circles stand by growth and negative share.
        p: colours.
        labels: words.
    """
    named = rows.sort("inquiries", descending=True).head(9)["label"].to_list()
    hidden = {"axis": None, "scale": {"zero": False, "padding": 30}, "type": "quantitative"}
    if "x" in rows.columns:
        place: Spec = {"x": {"field": "x", **hidden}, "y": {"field": "y", **hidden}}
    else:
        place = {
            "x": {
                "field": "growth",
                "type": "quantitative",
                "scale": {"type": "log", "domainMin": 0.2, "domainMax": 5, "clamp": True},
                "axis": {"title": labels["growth"], "values": [0.25, 0.5, 1, 2, 4], "format": ".2~f"},
            },
            "y": {
                "field": "negative_share",
                "type": "quantitative",
                "axis": {"title": labels["negative_share"], "format": ".0%"},
            },
        }
    numbers = (("inquiries", ","), ("growth", ".2f"), ("negative_share", ".1%"))
    tips = [
        {"field": "label", "title": labels["topic"]},
        {"field": "group", "title": labels["group"]},
        *(
            {"field": name, "type": "quantitative", "title": labels[name], "format": form}
            for name, form in numbers
        ),
    ]
    middle = "#b9bfca" if p.name == "light" else "#6a7280"
    colour = {
        "field": "growth",
        "type": "quantitative",
        "scale": {
            "type": "log",
            "domain": [0.5, 1, 2],
            "clamp": True,
            "range": [p.better, middle, p.worse],
            "interpolate": "rgb",
        },
        "legend": {
            "title": labels["growth"],
            "orient": "top",
            "direction": "horizontal",
            "gradientLength": 160,
            "values": [0.5, 1, 2],
            "format": ".1~f",
        },
    }
    size = {"field": "inquiries", "type": "quantitative", "scale": {"range": [40, 1500]}, "legend": None}
    return spec(
        values(rows),
        420,
        layer=[
            {
                "mark": {"type": "circle", "opacity": 0.75},
                "encoding": {**place, "size": size, "color": colour, "tooltip": tips},
            },
            {
                "transform": [{"filter": {"field": "label", "oneOf": named}}],
                "mark": {"type": "text", "dy": -15, "fontSize": 11, "color": p.ink, "limit": 140},
                "encoding": {**place, "text": {"field": "label"}},
            },
        ],
    )


def check_grid(rows: pl.DataFrame, p: Palette, language: str, labels: Mapping[str, str]) -> Spec:
    """Days × tables: passed, warned, failed. `rows`: day, table_name, state, state_label, passed, warned, failed."""
    states = rows.select("state", "state_label").unique().sort("state")
    colours = {"failed": p.worse, "passed": p.better, "warned": p.emotions["anxious"]}
    return spec(
        values(rows),
        22 * rows["table_name"].n_unique() + 80,
        mark={"type": "square", "size": 90, "opacity": 0.9},
        encoding={
            "x": {"field": "day", **DAY, "axis": day_axis(language, rows["day"].n_unique())},
            "y": {
                "field": "table_name",
                "type": "nominal",
                "axis": {
                    "title": None,
                    "labelLimit": 200,
                    "ticks": False,
                    "domain": False,
                    "labelOverlap": False,
                },
            },
            "color": {
                "field": "state_label",
                "type": "nominal",
                "scale": {
                    "domain": states["state_label"].to_list(),
                    "range": [colours[s] for s in states["state"]],
                },
                "legend": {"title": None, "orient": "top", "symbolType": "square"},
            },
            "tooltip": [
                {"field": "day", **DAY, "title": labels["day"], "format": "%Y-%m-%d"},
                {"field": "table_name", "title": labels["table"]},
                {"field": "passed", "title": labels["passed"]},
                {"field": "warned", "title": labels["warned"]},
                {"field": "failed", "title": labels["failed"]},
            ],
        },
    )
