"""What moved and why: the parts of the change of the rate, in words."""

from __future__ import annotations

from typing import Any

from dashboards import formats
from dashboards.report.blocks import Block, Point, Points, Section, Text
from dashboards.report.facts import Facts
from dashboards.report.parts import common

_MOST = 5
_MOST_OF_DAY = 3
_LEAST = 0.04  # of all movement together: what is less is one of the rest
_ONE_SIDED = 0.2  # below this share of the contribution, the other effect goes unsaid


def moves(facts: Facts) -> Section:
    """The lead, the largest contributions, the rest."""
    w = facts.w
    now, before = facts.totals_recent.get("now", {}), facts.totals_recent.get("before", {})
    rows = facts.why.to_dicts()
    blocks: list[Block]
    if facts.recent.base_start is None:
        blocks = [Text(w("why.none"), "muted")]
    elif not rows or now.get("rate") is None or before.get("rate") is None:
        blocks = [Text(w("why.no_rate"), "muted")]
    else:
        blocks = [*_day(facts), *_told(facts, rows, now, before)]
    return Section("why", w("why"), tuple(blocks))


def _day(facts: Facts) -> list[Block]:
    """Where a day's own change came from, when it is more than chance."""
    w, now, before = facts.w, facts.totals.get("now", {}), facts.totals.get("before", {})
    if not facts.wider or common.moved(now, before) == "same":
        return []
    moved = now["rate"] - before["rate"]
    same_way = [row for row in facts.why_now.to_dicts() if row["contribution"] * moved > 0][:_MOST_OF_DAY]
    if not same_way:
        return []
    shown = [
        f"{common.place(facts, row['product'], row['step'])} {formats.signed(row['contribution'])}"
        for row in same_way
    ]
    key = "why.day.more" if moved > 0 else "why.day.less"
    size = formats.signed(abs(moved))[1:]
    return [Text(w(key, than=common.than(facts), x=size, list=w.listed(shown)))]


def largest(facts: Facts) -> list[dict[str, Any]]:
    """The contributions that are told one by one."""
    rows = facts.why.to_dicts()
    whole = sum(abs(row["contribution"]) for row in rows)
    return [row for row in rows[:_MOST] if whole and abs(row["contribution"]) >= _LEAST * whole]


def _told(
    facts: Facts, rows: list[dict[str, Any]], now: dict[str, Any], before: dict[str, Any]
) -> list[Block]:
    w = facts.w
    lead = w(
        f"why.lead.{common.moved(now, before)}",
        days=common.recent(facts, "why.days"),
        a=formats.rate(before["rate"]),
        b=formats.rate(now["rate"]),
        diff=formats.signed(now["rate"] - before["rate"]),
    )
    told = largest(facts)
    blocks: list[Block] = [Text(lead), Points(tuple(_point(facts, row) for row in told))]
    rest = rows[len(told) :]
    if rest:
        sum_ = sum(row["contribution"] for row in rest)
        blocks.append(Text(w("why.rest", n=len(rest), x=formats.signed(sum_)), "muted"))
    return blocks


def _point(facts: Facts, row: dict[str, Any]) -> Point:
    w = facts.w
    note = w("why.counts", a=formats.count(row["inquiries_before"]), b=formats.count(row["inquiries"]))
    return Point(
        common.place(facts, row["product"], row["step"]),
        w.clauses([amount(facts, row), _because(facts, row)]),
        note,
        tone="worse" if row["contribution"] > 0 else "better",
    )


def amount(facts: Facts, row: dict[str, Any]) -> str:
    """How much it added."""
    key = "why.more" if row["contribution"] > 0 else "why.less"
    return facts.w(key, x=formats.signed(abs(row["contribution"]))[1:])


def _because(facts: Facts, row: dict[str, Any]) -> str:
    w, whole = facts.w, row["contribution"]
    rates = {"a": formats.rate(row["rate_before"]), "b": formats.rate(row["rate"])}
    if row["step"] is None:
        return w("why.rate_whole", **rates)
    if abs(row["mix_effect"]) <= _ONE_SIDED * abs(whole):
        return w("why.rate_up" if row["rate"] > row["rate_before"] else "why.rate_down", **rates)
    if abs(row["rate_effect"]) <= _ONE_SIDED * abs(whole):
        return w("why.mix_up" if row["mix_effect"] > 0 else "why.mix_down", **rates)
    return w("why.both", rate=formats.signed(row["rate_effect"]), mix=formats.signed(row["mix_effect"]))
