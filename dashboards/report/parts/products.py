"""The rate of each product: a table."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from dashboards import formats
from dashboards.report.blocks import Cell, Table
from dashboards.report.facts import Facts, Row
from dashboards.report.parts import common
from dashboards.report.parts.common import TONES

_SPARK_DAYS = 28


def products(facts: Facts) -> Table:
    """A row a product, and their total; columns that nothing is known for are left out."""
    w = facts.w
    days = min(_SPARK_DAYS, (facts.now.end - facts.now.trend_start).days + 1)
    heads = (
        w("col.product"),
        w("col.inquiries"),
        w("col.transactions"),
        w("col.rate"),
        w("col.interval"),
        w("col.change", than=w(f"short.{facts.span.period}")),
        w("col.usual"),
        w("col.trend", days=days),
    )
    rows = [_row(facts, facts.names.product(p.product), p.now, p.before, p.daily) for p in facts.products]
    now, before = facts.totals.get("now", {}), facts.totals.get("before", {})
    whole = [_row(facts, w("total"), now, before, facts.daily)] if len(rows) > 1 else []
    kept = [
        place
        for place in range(len(heads))
        if any(row[place].text not in ("", formats.NONE) or row[place].spark for row in (*rows, *whole))
    ]
    return Table(
        w("overall"),
        tuple(heads[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in rows),
        tuple(whole[0][place] for place in kept) if whole else (),
    )


def _row(facts: Facts, name: str, now: Row, before: Row, daily: pl.DataFrame) -> tuple[Cell, ...]:
    way = common.moved(now, before)
    change = common.relative(now.get("rate"), before.get("rate"))
    if change and way == "same":
        change += facts.w("brackets", text=facts.w("chance"))
    limits = common.usual(facts, daily, facts.span.last) if facts.span.period == "day" else None
    above = limits is not None and now.get("rate") is not None and now["rate"] > limits[1]
    return (
        Cell(name),
        Cell(formats.count(now.get("inquiries") or 0)),
        Cell(formats.count(now.get("transactions"))),
        Cell(formats.rate(now.get("rate"))),
        Cell(formats.interval(now.get("low"), now.get("high"))),
        Cell(change or formats.NONE, TONES[way]),
        Cell(formats.interval(*limits) if limits else formats.NONE, "worse" if above else ""),
        Cell("", spark=_spark(facts, daily)),
    )


def _spark(facts: Facts, daily: pl.DataFrame) -> tuple[float | None, ...]:
    """The last days as numbers: the rate, else the inquiries; nothing for a single day."""
    value = "rate" if daily["rate"].drop_nulls().len() else "inquiries"
    known: dict[date, float] = dict(zip(daily["day"], daily[value], strict=True))
    start = max(facts.now.trend_start, facts.now.end - timedelta(days=_SPARK_DAYS - 1))
    found = tuple(known.get(start + timedelta(days=n)) for n in range((facts.now.end - start).days + 1))
    return found if sum(number is not None for number in found) > 1 else ()
