"""What was done, what came of it, and what to do next."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from dashboards import formats
from dashboards.report.blocks import Block, Heading, Point, Points, Section, Text, Tone
from dashboards.report.facts import Facts
from dashboards.report.parts import common
from dashboards.report.parts.news import falls, kind, told
from dashboards.report.parts.worst import change, way_of

_MOST_CHANGES = 6
_MOST_NEXT = 5
_VERDICTS: dict[str | None, Tone] = {"helped": "better", "worse": "worse"}
# What to do says more than the lever where the cause is the one that the lever is made for.
_OWN_WORDS = {
    ("product_fix", "fault"),
    ("product_fix", "process"),
    ("product_fix", "policy"),
    ("user_education", "comprehension"),
    ("user_education", "operation"),
    ("proactive_service", "awareness"),
    ("proactive_service", "trust"),
}
_FIRST_VERDICT = 7  # days after a change: insight/effects needs as many before it says anything


def actions(facts: Facts) -> Section:
    """Changes with their verdicts, then decisions on obstacles."""
    w = facts.w
    blocks: list[Block] = []
    if facts.changes:
        blocks.append(Heading(w("actions.changes")))
        newest = sorted(facts.changes, key=lambda row: row["day"], reverse=True)[:_MOST_CHANGES]
        blocks.append(Points(tuple(_change(facts, row) for row in newest)))
    if facts.decisions:
        blocks.append(Heading(w("actions.decisions")))
        blocks.append(Points(tuple(_decision(facts, row) for row in facts.decisions)))
    if not blocks:
        blocks.append(Text(w("actions.none"), "muted"))
    later = (
        ""
        if facts.last_day == facts.span.last
        else w("scope.data", day=formats.day(facts.last_day, w.language))
    )
    return Section("actions", w("actions"), tuple(blocks), hint=later)


def judged(facts: Facts) -> list[dict[str, Any]]:
    """Changes whose effect could first be judged in the report's days."""
    first, last = facts.now.start, facts.now.end
    return [
        row
        for row in facts.changes
        if row["verdict"] in ("helped", "worse", "no_effect_seen")
        and first <= row["day"] + timedelta(days=_FIRST_VERDICT) <= last
    ]


def _change(facts: Facts, row: dict[str, Any]) -> Point:
    w = facts.w
    lead = w.of("verdict", row["verdict"]) if row["verdict"] else w.of("change", row["kind"])
    lead = lead[:1].upper() + lead[1:]
    said = row.get("explanation")
    if said:
        return Point(lead, said, tone=_VERDICTS.get(row["verdict"], ""))
    where = common.place(facts, row["product"], row["step"]) if row["product"] else ""
    name = w("quote", text=row["title"]) + (w("brackets", text=where) if where else "")
    day = formats.day(row["day"], w.language) + (" " if w.language == "en" else "")
    said = w("actions.waiting")
    if row["ratio"] is not None:
        said = w.glossary(
            "effect",
            verdict=w.of("verdict", row["verdict"]),
            ratio=f"{row['ratio']:.2f}",
            interval=f"{row['ratio_low']:.2f}–{row['ratio_high']:.2f}",
        )
    return Point(lead, w.clauses([day + name + w("colon") + said]), tone=_VERDICTS.get(row["verdict"], ""))


def _decision(facts: Facts, row: dict[str, Any]) -> Point:
    w = facts.w
    value = json.loads(row["value"] or "{}")
    status = w.of("status", value.get("status")) if value.get("status") else w.of("status", "open")
    owner = value.get("owner")
    said = [w("actions.decision", day=formats.day(row["day"], w.language), who=row["who"], status=status)]
    if owner:
        said.append(w("actions.decided_owner", owner=owner))
    ranked = [r for r in facts.ranked.to_dicts() if r["obstacle_id"] == row["obstacle_id"]]
    if not ranked:
        said.append(w("actions.quiet"))
    elif ranked[0]["rate"] is not None:
        said.append(w("actions.now", rate=formats.rate(ranked[0]["rate"]), change=change(facts, ranked[0])))
    return Point(common.obstacle(facts, row), w.clauses([text.rstrip("，, ") for text in said]))


def suggestions(facts: Facts, *, caveats: bool) -> Section:
    """What follows from lever × obstacle, from alerts and from changes that made things worse."""
    w = facts.w
    found: list[Point] = []
    if caveats and not facts.has_data:
        found.append(Point("", w("next.data")))
    new = [row for row in told(facts) if not falls(row)]
    if new:
        first = new[0]
        where = common.place(facts, first["product"], first["step"]) if first["product"] else ""
        key = "next.alert" if facts.span.period == "day" else "next.alert_span"
        found.append(Point(w(key), where, kind(facts, first)))
    for row in facts.changes:
        if row["verdict"] == "worse" and row["kind"] not in ("incident", "holiday"):
            where = common.place(facts, row["product"], row["step"])
            found.append(Point(where, w.clauses([w("next.worse", title=row["title"])])))
    found += [_next(facts, row) for row in facts.top]
    if not found:
        return Section("next", w("next"), (Text(w("next.none"), "muted"),))
    return Section("next", w("next"), (Points(tuple(found[:_MOST_NEXT]), ordered=True),), hint=w("next.hint"))


def _next(facts: Facts, row: dict[str, Any]) -> Point:
    w = facts.w
    weekly = row["inquiries"] * 7 / facts.recent.days
    gain = w("next.gain_one", n=formats.count(weekly))
    if row["status"] in ("fixed", "verified"):
        text = "" if way_of(row) == "down" else w("next.fixed")
        return Point(common.obstacle(facts, row), w.clauses([text or change(facts, row)]), gain)
    text = _what(facts, row)
    who = w("next.with", owner=row["owner"]) if row["owner"] else ""
    return Point(common.obstacle(facts, row), w.clauses([text, who]), gain)


def _what(facts: Facts, row: dict[str, Any]) -> str:
    """What the lever means for this cause."""
    w, lever, cause = facts.w, row["lever"], row["cause"]
    if row["status"] == "fixing":
        return w("next.fixing")
    if not lever:
        return w("next.unknown")
    return w(f"next.{lever}.{cause}" if (lever, cause) in _OWN_WORDS else f"next.{lever}")
