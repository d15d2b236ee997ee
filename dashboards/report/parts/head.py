"""Title, scope, headline; the rate overall and by product."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dashboards import formats
from dashboards.compare import share_direction
from dashboards.report.blocks import Block, Card, Cards, Day, Section, Text, Trend
from dashboards.report.facts import Facts
from dashboards.report.parts import common
from dashboards.report.parts.common import TONES
from dashboards.report.parts.news import earlier, told
from dashboards.report.parts.products import products

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def title(facts: Facts, name: str | None) -> str:
    """求助日报 2026-11-20, with the team's name before it."""
    w, of = facts.w, facts.span
    if of.period == "day":
        when = of.last.isoformat()
    elif of.period == "week":
        year, week, _ = of.last.isocalendar()
        when = w("week", year=year, week=week)
    else:
        month = of.last.month if w.language == "zh" else _MONTHS[of.last.month - 1]
        when = w("month", year=of.last.year, month=month)
    text = f"{w(f'title.{of.period}')} {when}" if w.language == "zh" else f"{w(f'title.{of.period}')}, {when}"
    return f"{name} · {text}" if name else text


def scope(facts: Facts) -> str:
    """Which days and products, and what they are compared with."""
    w, now, of = facts.w, facts.now, facts.span
    parts = []
    if of.period == "day":
        parts.append(formats.day(of.last, w.language, weekday=True))
    else:
        parts.append(common.days(facts, of.first, of.last))
    if facts.products_chosen:
        products = w.listed([facts.names.product(product) for product in facts.products_chosen])
        parts.append(w("scope.products", products=products))
    if now.base_start is not None and now.base_end is not None:
        key = "before.day" if of.period == "day" else "before.other"
        before = w(key, days=common.days(facts, now.base_start, now.base_end))
        parts.append(w("scope.compare", before=before))
    else:
        parts.append(w("scope.none"))
    if of.runs:
        parts.append(w("scope.runs", day=formats.day(of.last, w.language)))
    return " · ".join(parts)


def headline(facts: Facts) -> str:
    """One sentence with the numbers."""
    w, now, before = facts.w, facts.totals.get("now", {}), facts.totals.get("before", {})
    if facts.span.period == "day":
        when = w("when.day", day=formats.day(facts.span.last, w.language))
    else:
        when = w("when.span", days=common.days(facts, facts.span.first, facts.span.last))
    if not facts.has_data:
        return w.clauses([w("head.no_data", when=when)])
    parts = []
    n = formats.count(now["inquiries"])
    if now["rate"] is not None:
        parts.append(
            w(
                "head.rated",
                when=when,
                n=n,
                rate=formats.rate(now["rate"]),
                interval=formats.interval(now["low"], now["high"]),
            )
        )
        if before.get("rate"):
            way = common.moved(now, before)
            change = (
                common.relative(now["rate"], before["rate"])
                if way == "same"
                else common.size(now["rate"], before["rate"])
            )
            parts.append(w(f"head.{way}", than=common.than(facts), change=change))
        limits = common.usual(facts, facts.daily, facts.span.last) if facts.span.period == "day" else None
        if limits is not None and not limits[0] <= now["rate"] <= limits[1]:
            key = "head.above" if now["rate"] > limits[1] else "head.below"
            parts.append(w(key, low=formats.rate(limits[0]), high=formats.rate(limits[1])))
    else:
        parts.append(w("head.count", when=when, n=n))
    text = w("comma").join(parts)
    if facts.top:
        worst = facts.top[0]
        key = "head.worst" if facts.wider else "head.worst_own"
        text += w("semicolon") + w(
            key,
            what=common.obstacle(facts, worst),
            n=formats.count(worst["inquiries"]),
            days=facts.recent.days,
        )
    new = len(told(facts))
    if new:
        text += w("semicolon") + w("head.alert" if new == 1 else "head.alerts", n=new)
    elif going := _going(facts):
        text += w("semicolon") + w("head.ongoing_one" if going == 1 else "head.ongoing", n=going)
    return w.clauses([text])


def overall(facts: Facts) -> Section:
    """Cards, the chart of days, products."""
    w = facts.w
    blocks: list[Block] = [_cards(facts)]
    trend = _trend(facts)
    if trend is not None:
        blocks.append(trend)
    now = facts.totals.get("now", {})
    limits = common.usual(facts, facts.daily, facts.span.last) if facts.span.period == "day" else None
    said = []
    if limits is not None and now.get("rate") is not None:
        low, high = limits
        key = "high" if now["rate"] > high else "low" if now["rate"] < low else "no"
        said.append(w(f"outside.{key}", low=formats.rate(low), high=formats.rate(high)))
    if facts.products:
        blocks.append(products(facts))
    if now.get("unmapped"):
        share = formats.share(now["unmapped"] / now["inquiries"])
        blocks.append(Text(w("unmapped", n=formats.count(now["unmapped"]), share=share), "muted"))
    return Section("overall", w("overall"), tuple(blocks), hint=" ".join(said))


def _cards(facts: Facts) -> Cards:
    w, now, before = facts.w, facts.totals.get("now", {}), facts.totals.get("before", {})
    felt = share_direction(
        now.get("negative"), now.get("inquiries"), before.get("negative"), before.get("inquiries")
    )
    against = w("col.change", than=w(f"short.{facts.span.period}"))

    def change(text: str) -> str:
        return f"{text} {against}" if text and w.language == "en" else f"{against} {text}" if text else ""

    share, share_before = now.get("negative_share"), before.get("negative_share")
    ongoing = _going(facts)
    news = told(facts)
    return Cards(
        (
            Card(
                w("card.rate"),
                formats.rate(now.get("rate")),
                change(common.relative(now.get("rate"), before.get("rate"))),
                TONES[common.moved(now, before)],
                w("card.rate_note", interval=formats.interval(now["low"], now["high"]))
                if now.get("rate") is not None
                else w("card.no_rate"),
            ),
            Card(
                w("card.inquiries"),
                formats.count(now.get("inquiries") or 0),
                change(common.relative(now.get("inquiries"), before.get("inquiries"))),
                "",
                w("card.transactions", n=formats.count(now.get("transactions"))),
            ),
            Card(
                w("card.negative"),
                formats.share(share),
                change(formats.points(share, share_before) if None not in (share, share_before) else ""),
                TONES[felt],
                _of(facts, now),
            ),
            Card(
                w("card.alerts"),
                formats.count(len(news)),
                "",
                "worse" if news else "",
                w("card.ongoing", n=ongoing) if ongoing else "",
            ),
        )
    )


def _going(facts: Facts) -> int:
    """Alerts of earlier days that still go on."""
    return sum(row["last_day"] >= facts.now.start for row in earlier(facts))


def _of(facts: Facts, now: dict[str, Any]) -> str:
    if not now.get("inquiries"):
        return ""
    return facts.w.glossary(
        "count_of", n=formats.count(now["negative"] or 0), of=formats.count(now["inquiries"])
    )


def _trend(facts: Facts) -> Trend | None:
    """The chart: rates where there are any, else counts; None below two days."""
    w, rows = facts.w, facts.daily.to_dicts()
    rated = any(row["rate"] is not None for row in rows)
    value = "rate" if rated else "inquiries"
    known = {row["day"]: row for row in rows}
    start = facts.now.trend_start
    span = [start + timedelta(days=n) for n in range((facts.now.end - start).days + 1)]
    days, limits = [], []
    for day in span:
        row = known.get(day, {})
        low, high = (row.get("control_low"), row.get("control_high")) if rated else (None, None)
        shown = row.get(value)
        outside = shown is not None and high is not None and low is not None and not low <= shown <= high
        band = (row.get("low"), row.get("high")) if rated else (None, None)
        days.append(Day(day, None if shown is None else float(shown), *band, outside=outside))
        limits.append((low, high))
    values = [day.value for day in days if day.value is not None]
    if len(values) < 2:
        return None
    form = formats.rate if rated else formats.count
    alt = w(
        "chart.alt" if rated else "chart.alt_counts",
        first=formats.day(span[0], w.language),
        last=formats.day(span[-1], w.language),
        low=form(min(values)),
        high=form(max(values)),
        now=form(days[-1].value),
    )
    note = "" if not rated else w("chart.note") if any(high for _, high in limits) else w("chart.note_plain")
    name = w("chart" if rated else "chart.counts")
    return Trend(name, alt, note, tuple(days), tuple(limits), facts.now.start)
