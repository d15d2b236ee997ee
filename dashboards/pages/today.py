"""今日概览 Today: the rate, what moved it, the worst step and why, alerts, new topics."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import charts, formats
from dashboards.compare import direction, share_direction
from dashboards.pages.parts.context import Context, go
from dashboards.pages.parts.layout import (
    card,
    chart,
    day_text,
    empty,
    explained,
    header,
    notice,
    section,
    table,
)
from dashboards.pages.parts.voices import conversation
from dashboards.pages.parts.waterfall import bars
from dashboards.pages.parts.worst import worst
from dashboards.questions import journey, today


def page(c: Context) -> None:
    """Draw the page."""
    header(c, c.w("today.title"), c.w("today.lead"), today.totals(c.filters), today.daily(c.filters))
    totals = c.ask(today.totals(c.filters))
    by_period = {row["period"]: row for row in totals.iter_rows(named=True)}
    now = by_period.get("now")
    if now is None or not now["inquiries"]:
        empty(c.w("empty.period"), c.w("empty.period_todo"))
        return
    if now["is_partial"]:
        notice(c.w("partial"))
    days = c.ask(today.daily(c.filters))
    _cards(c, now, by_period.get("before"), days)
    steps = c.ask(journey.steps(c.filters))
    since = {(r["product"], r["step"]): r for r in c.ask(journey.outbreaks(c.filters)).iter_rows(named=True)}
    worst(c, steps, since)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _trend(c, days)
    with right:
        _why(c, by_period)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _steps(c, steps, since)
    with right:
        _alerts(c)
        _new_topics(c)
    conversation(c)


def _cards(c: Context, now: dict[str, Any], before: dict[str, Any] | None, days: pl.DataFrame) -> None:
    w, b = c.w, before or {}
    against = w("against")
    a, e, i, o = st.columns(4, gap="small")
    with a:
        card(
            w("rate_unit"),
            formats.rate(now["rate"]),
            delta=_percent(now["rate"], b.get("rate")),
            direction=direction(
                now["inquiries"],
                now["transactions"],
                b.get("inquiries"),
                b.get("transactions"),
                now["dispersion"],
            ),
            against=against,
            note=w("interval_of", interval=formats.interval(now["low"], now["high"]))
            if now["rate"] is not None
            else w("no_rate"),
            explain=w("rate.explain"),
            trend=days["rate"].drop_nulls().to_list() or None,
        )
    with e:
        card(
            w("inquiries"),
            formats.count(now["inquiries"]),
            delta=_percent(now["inquiries"], b.get("inquiries")),
            against=against,
            bad=None,
            note=w(
                "unmapped_note",
                n=formats.count(now["unmapped"]),
                share=formats.share(now["unmapped"] / now["inquiries"]),
            ),
            trend=days["inquiries"].to_list(),
        )
    with i:
        card(
            w("transactions"),
            formats.count(now["transactions"]),
            delta=_percent(now["transactions"], b.get("transactions")),
            against=against,
            bad=None,
            note=w("transactions_note"),
            trend=days["transactions"].drop_nulls().to_list() or None,
        )
    with o:
        card(
            w("negative_share"),
            formats.share(now["negative_share"]),
            delta=formats.points(now["negative_share"], b.get("negative_share")) if b else None,
            direction=share_direction(
                now["negative"], now["inquiries"], b.get("negative"), b.get("inquiries")
            ),
            against=against,
            note=w("count_of", n=formats.count(now["negative"]), of=formats.count(now["inquiries"])),
            trend=days["negative_share"].drop_nulls().to_list() or None,
        )


def _percent(now: float | None, before: float | None) -> str | None:
    relative = formats.change(now, before)
    return None if relative is None else formats.percent(relative)


def _trend(c: Context, days: pl.DataFrame) -> None:
    changes = today.changes(c.filters, explained=explained(c))
    section(c, c.w("today.trend"), today.daily(c.filters), changes, hint=c.w("today.trend_hint"))
    if days["rate"].null_count() == days.height:
        empty(c.w("empty.rates"), c.w("empty.rates_todo"))
        return
    marks = c.ask(changes).with_columns(
        pl.col("kind")
        .map_elements(lambda kind: c.w.of("change", kind), return_dtype=pl.String)
        .alias("kind_label")
    )
    chart(
        charts.rate_trend(days, c.p, c.language, c.labels, changes=marks, since=c.filters.start, height=265),
        alt=c.w("today.trend"),
    )


def _why(c: Context, periods: dict[str, dict[str, Any]]) -> None:
    now, before = periods.get("now", {}), periods.get("before", {})
    if not c.filters.compares or now.get("rate") is None or before.get("rate") is None:
        section(c, c.w("today.why"))
        empty(c.w("empty.compare"), c.w("empty.compare_todo"))
        return
    question = today.why(c.filters)
    section(c, c.w("today.why"), question, hint=c.w("today.why_hint"))
    parts = c.ask(question)
    if parts.is_empty():
        empty(c.w("empty.compare"), c.w("empty.compare_todo"))
        return
    chart(
        charts.waterfall(bars(c, parts, before["rate"], now["rate"]), c.p, c.labels, height=300),
        alt=c.w("today.why"),
    )


def _steps(c: Context, steps: pl.DataFrame, since: dict[tuple[str, str], dict[str, Any]]) -> None:
    section(c, c.w("today.steps"), journey.steps(c.filters), hint=c.w("today.steps_hint"))
    rows = steps.sort("rate", descending=True, nulls_last=True).head(12)
    shown = rows.select(
        pl.struct("product", "step")
        .map_elements(lambda r: c.names.place(r["product"], r["step"]), return_dtype=pl.String)
        .alias("place"),
        "rate",
        pl.struct("low", "high")
        .map_elements(lambda r: formats.interval(r["low"], r["high"]), return_dtype=pl.String)
        .alias("interval"),
        (((pl.col("rate") / pl.col("rate_before") - 1) * 100).round(0) + 0.0).alias("change"),
        "inquiries",
        (pl.col("negative_share") * 100).alias("negative"),
    )
    config = st.column_config
    picked = table(
        shown,
        {
            "place": config.TextColumn(c.w("step"), width=205),
            "rate": config.NumberColumn(c.w("rate_short"), format="%.1f", help=c.w("rate.explain"), width=60),
            "interval": config.TextColumn(c.w("interval"), width=92),
            "change": config.NumberColumn(c.w("against"), format="%+.0f%%", width=68),
            "inquiries": config.NumberColumn(c.w("inquiries"), format="localized", width=60),
            "negative": config.NumberColumn(c.w("negative_short"), format="%.1f%%", width=60),
        },
        key="today_steps",
        selectable=True,
        height="content",
    )
    if picked is not None:
        row = rows.row(picked, named=True)
        go("obstacles", product=row["product"], step=row["step"])


def _alerts(c: Context) -> None:
    question = today.alerts(c.filters)
    section(c, c.w("today.alerts"), question)
    found = c.ask(question)
    if found.is_empty():
        empty(c.w("today.no_alerts"), c.w("today.no_alerts_todo"))
        return
    for row in found.head(6).iter_rows(named=True):
        with st.container(border=True):
            place = c.names.place(row["product"], row["step"]) if row["product"] else c.w("all.product")
            if row["topic_id"]:
                place += f" · {c.names.topic(row['topic_id'])}"
            since = c.w("alert.since", since=day_text(c, row.get("episode_start") or row["told_first"]))
            st.html(
                f"<p class='voc-kicker'>{escape(c.w.of('alert', row['kind']))} · {escape(since)}</p>"
                f"<p class='voc-fact'><b>{escape(place)}</b></p><p class='voc-fact'>{escape(_sentence(c, row))}</p>"
            )


def _sentence(c: Context, row: dict[str, Any]) -> str:
    said = row.get(f"explanation_{c.language}") or row["explanation"]
    if said or row["observed"] is None:
        return said or ""
    return c.w(
        "alert.numbers",
        observed=formats.rate(row["observed"]),
        expected=formats.rate(row["expected"]),
        high=formats.rate(row["expected_high"]),
    )


def _new_topics(c: Context) -> None:
    question = today.new_topics(c.filters)
    section(c, c.w("today.new_topics"), question)
    found = c.ask(question)
    if found.is_empty():
        empty(c.w("today.no_topics"), c.w("today.no_topics_todo"))
        return
    for row in found.iter_rows(named=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(
                f"<p class='voc-fact'>{escape(row['label'])}</p>"
                f"<p class='voc-note'>{escape(c.w('topic.new_note', since=day_text(c, row['first_day']), n=formats.count(row['inquiries'])))}</p>"
            )
            if st.button(c.w("open"), key=f"topic_{row['topic_id']}", type="tertiary"):
                go("topics", topic=row["topic_id"])
