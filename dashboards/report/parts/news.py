"""Alerts and new topics."""

from __future__ import annotations

from typing import Any

from dashboards import formats
from dashboards.report.blocks import Block, Heading, Point, Points, Section, Text
from dashboards.report.facts import Facts
from dashboards.report.parts import common

_ALERTS = 6
_TOPICS = 5
_TOPIC_DAYS = 14  # `today.new_topics` looks so far back at least


def sentence(facts: Facts, row: dict[str, Any]) -> str:
    """An alert's sentence, as the dashboards give it."""
    said = row.get(f"explanation_{facts.w.language}") or row["explanation"]
    if said or row["observed"] is None:
        return said or ""
    return facts.w.glossary(
        "alert.numbers",
        observed=formats.rate(row["observed"]),
        expected=formats.rate(row["expected"]),
        high=formats.rate(row["expected_high"]),
    )


def falls(row: dict[str, Any]) -> bool:
    """Whether an alert tells of fewer inquiries than expected."""
    return row["kind"] == "rate_low" or (
        row["kind"] == "rate_drift" and (row["observed"] or 0) < (row["expected"] or 0)
    )


def kind(facts: Facts, row: dict[str, Any]) -> str:
    """An alert's kind in words; a drift says which way."""
    if row["kind"] == "rate_drift":
        return facts.w("alerts.fall" if falls(row) else "alerts.rise")
    return facts.w.of("alert", row["kind"])


def told(facts: Facts) -> list[dict[str, Any]]:
    """The period's alerts but for those about the data, which are caveats."""
    return [row for row in facts.alerts if not row["kind"].startswith("data_")]


def earlier(facts: Facts) -> list[dict[str, Any]]:
    """Alerts told before, those about the data left out."""
    return [row for row in facts.ongoing if not row["kind"].startswith("data_")]


def alerts(facts: Facts) -> Section:
    """New ones with their explanation; those of earlier days apart."""
    w = facts.w
    blocks: list[Block] = []
    new = told(facts)
    if new:
        blocks.append(Points(tuple(_alert(facts, row) for row in new[:_ALERTS])))
    else:
        blocks.append(Text(w("alerts.none"), "muted"))
    before = earlier(facts)
    if before:
        blocks.append(Heading(w("alerts.ongoing")))
        blocks.append(Points(tuple(_earlier(facts, row) for row in before)))
    return Section("alerts", w("alerts"), tuple(blocks))


def _alert(facts: Facts, row: dict[str, Any]) -> Point:
    note = ""
    if facts.span.period != "day":
        note = formats.day(row["day"], facts.w.language)
    return Point(kind(facts, row), sentence(facts, row), note, tone="better" if falls(row) else "worse")


def _earlier(facts: Facts, row: dict[str, Any]) -> Point:
    w = facts.w
    since = formats.day(row["start_day"], w.language)
    if row["last_day"] >= facts.now.start:
        state = w("alerts.open", since=since)
    else:
        state = w("alerts.quiet", since=since, last=formats.day(row["last_day"], w.language))
    where = common.place(facts, row["product"], row["step"]) if row["product"] else ""
    topic = facts.names.topic(row["topic_id"]) if row["topic_id"] else ""
    lead = w("colon").join(
        text for text in (kind(facts, row), " · ".join(t for t in (where, topic) if t)) if text
    )
    return Point(lead, w.clauses([state]), w("alerts.told", text=sentence(facts, row)))


def topics(facts: Facts) -> Section:
    """Topics first seen lately, each with an example."""
    w = facts.w
    if not facts.topics_known:
        block: Block = Text(w("topics.none_learned"), "muted")
    elif not facts.new_topics:
        block = Text(w("topics.none"), "muted")
    else:
        block = Points(
            tuple(
                Point(
                    row["label"],
                    w.clauses(
                        [
                            common.recent(
                                facts,
                                "topics.item",
                                day=formats.day(row["first_day"], w.language),
                                n=formats.count(row["inquiries"]),
                            )
                        ]
                    ),
                    quotes=(row["example"],) if row["example"] else (),
                )
                for row in facts.new_topics[:_TOPICS]
            )
        )
    hint = "topics.hint" if facts.recent.days <= _TOPIC_DAYS else "topics.hint_own"
    return Section("topics", w("topics"), (block,), hint=w(hint) if facts.topics_known else "")
