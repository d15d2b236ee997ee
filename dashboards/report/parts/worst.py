"""The largest obstacles: rate, trend, cause, lever, owner, customers' words."""

from __future__ import annotations

from typing import Any

from dashboards import formats
from dashboards.compare import direction
from dashboards.report.blocks import Entries, Entry, Section, Text
from dashboards.report.facts import Facts
from dashboards.report.parts import common

_SPARK = 28


def worst(facts: Facts) -> Section:
    """The section; a sentence when there are none."""
    w = facts.w
    if not facts.top:
        return Section("obstacles", w("obstacles"), (Text(w("obstacles.none"), "muted"),))
    entries = tuple(_entry(facts, row) for row in facts.top)
    return Section(
        "obstacles",
        w("obstacles"),
        (Entries(entries),),
        hint=common.recent(facts, "obstacles.hint"),
    )


def change(facts: Facts, row: dict[str, Any]) -> str:
    """How its rate moved against the days before: in words, `same` where chance explains it."""
    w = facts.w
    if facts.recent.base_start is None:
        return ""
    before = w("obstacle.before", days=facts.recent.days) if facts.wider else common.than(facts)
    if not row["inquiries_before"]:
        return w("obstacle.new", before=before)
    if row["rate"] is None or not row["rate_before"]:
        return ""
    way = way_of(row)
    text = (
        common.relative(row["rate"], row["rate_before"])
        if way == "same"
        else common.size(row["rate"], row["rate_before"])
    )
    return w(f"obstacle.{way}", before=before, change=text)


def way_of(row: dict[str, Any]) -> str:
    """Whether the obstacle's rate has really moved."""
    if not row["rate"] or not row["rate_before"]:
        return "same"
    base_before = row["inquiries_before"] / row["rate_before"] * 10_000
    # Its scatter shows in its interval: (high − low) / 2 ≈ 1.96 · √(n · dispersion).
    half = (row["high"] - row["low"]) / 2 / row["rate"] * row["inquiries"]
    scatter = max((half / 1.96) ** 2 / row["inquiries"], 1.0)
    return direction(
        row["inquiries"], row["transactions"], row["inquiries_before"], round(base_before), scatter
    )


def _entry(facts: Facts, row: dict[str, Any]) -> Entry:
    w = facts.w
    n = formats.count(row["inquiries"])
    if row["rate"] is None:
        size = w("obstacle.count", n=n)
    else:
        interval = formats.interval(row["low"], row["high"])
        size = w("obstacle.rate", rate=formats.rate(row["rate"]), interval=interval, n=n)
    since = ""
    if row.get("since_day") and row.get("since_ratio"):
        since = w(
            "obstacle.since",
            day=formats.day(row["since_day"], w.language),
            ratio=f"{row['since_ratio']:.1f}",
        )
    negative = w("obstacle.negative", share=formats.share(row["negative_share"]))
    lever = w("obstacle.lever", lever=w.of("lever", row["lever"])) if row["lever"] else w("obstacle.no_lever")
    owner = w("obstacle.owner", owner=row["owner"]) if row["owner"] else w("obstacle.no_owner")
    tags = (
        w("obstacle.cause", cause=facts.names.cause(row["cause"])),
        lever,
        w.of("status", row["status"]),
        owner,
    )
    trend = tuple(float(value) for value in (row["trend"] or ())[-_SPARK:])
    return Entry(
        common.obstacle(facts, row),
        tags,
        w.clauses([size, change(facts, row), since, negative]),
        trend,
        w("obstacle.trend", days=len(trend)),
        row["quotes"],
    )
