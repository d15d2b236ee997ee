"""One obstacle from all sides: rate and changes, who, where, how they feel, their words, what is decided."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import charts, formats
from dashboards.compare import direction
from dashboards.pages.parts.context import Context, change
from dashboards.pages.parts.forms import describe, status_form, waiting
from dashboards.pages.parts.layout import card, chart, day_text, days_bar, empty, explained, section, table
from dashboards.pages.parts.voices import word_list
from dashboards.questions import Question, obstacles, today


def _back() -> None:
    change(obstacle=None)


def one(c: Context, obstacle_id: str) -> None:
    """Draw the obstacle of this id."""
    st.button(
        c.w("obstacles.back"),
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=_back,
        key="obstacle_back",
    )
    found = c.ask(obstacles.one(obstacle_id))
    if found.is_empty():
        empty(c.w("obstacle.gone"), c.w("obstacle.gone_todo"))
        return
    row = found.row(0, named=True)
    tags = [c.w.of("status", row["status"]), c.w("cause_is", cause=c.names.cause(row["cause"]))]
    if row["lever"]:
        tags.append(c.w("lever_is", lever=c.w.of("lever", row["lever"])))
    tags.append(c.w("seen", first=day_text(c, row["first_day"]), last=day_text(c, row["last_day"])))
    if row.get("since_day"):
        tags.append(
            c.w("changed_since", day=day_text(c, row["since_day"]), ratio=formats.rate(row["since_ratio"]))
        )
    st.html(
        f"<p class='voc-kicker'>{escape(c.names.place(row['product'], row['step']))}</p>"
        f"<h1 class='voc-title'>{escape(_title(c.names.matter(row['topic_id'], row['cause'])))}</h1>"
        f"<p style='margin:.35rem 0 0'>{''.join(f'<span class=voc-tag>{escape(tag)}</span>' for tag in tags)}</p>"
    )
    totals = obstacles.totals(c.filters, obstacle_id, row["product"], row["step"])
    days_bar(c, totals, obstacles.one(obstacle_id), filters=("period", "compare"))
    _cards(c, row, totals)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        _trend(c, row)
        _words(c, row)
    with right:
        _decision(c, row)
        _spread(c, row, "channel")
        _spread(c, row, "emotion")
        _spread(c, row, "app_version")
        _segments(c, row)


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cards(c: Context, row: dict[str, Any], question: Question) -> None:
    w = c.w
    periods = {r["period"]: r for r in c.ask(question).iter_rows(named=True)}
    now, before = periods.get("now"), periods.get("before", {})
    if now is None:
        empty(w("obstacle.quiet"), w("obstacle.quiet_todo"))
        return
    relative = formats.change(now["rate"], before.get("rate"))
    columns = st.columns(4, gap="small")
    with columns[0]:
        card(
            w("rate_unit"),
            formats.rate(now["rate"]),
            delta=None if relative is None else formats.percent(relative),
            direction=direction(
                now["inquiries"], now["transactions"], before.get("inquiries"), before.get("transactions")
            ),
            against=w("against"),
            note=w(
                "rate_note",
                interval=formats.interval(now["low"], now["high"]),
                n=formats.count(now["inquiries"]),
                t=formats.count(now["transactions"]),
            ),
            explain=w("rate.explain"),
        )
    with columns[1]:
        of_before = formats.change(now["inquiries"], before.get("inquiries"))
        card(
            w("inquiries"),
            formats.count(now["inquiries"]),
            delta=None if of_before is None else formats.percent(of_before),
            against=w("against"),
            bad=None,
            note=w("rank_28d", rank=formats.count(row["rank"]), n=formats.count(row["inquiry_count_28d"])),
        )
    with columns[2]:
        card(
            w("impact"),
            formats.count(now["impact"]),
            delta=None
            if not before.get("impact")
            else formats.percent(now["impact"] / before["impact"] - 1 if now["impact"] is not None else None),
            against=w("against"),
            bad=None,
            note=w("impact.short"),
            explain=w("impact.explain"),
        )
    with columns[3]:
        card(
            w("negative_share"),
            formats.share(now["negative_share"]),
            delta=formats.points(now["negative_share"], before.get("negative_share"))
            if before.get("negative_share") is not None and now["negative_share"] is not None
            else None,
            against=w("against"),
            bad="up",
            note=w("effort_note", effort=formats.share(now["effort"])),
        )
    if row["shrunk_per_10k"] is not None:
        st.html(
            f"<p class='voc-note'>{escape(w('shrunk', rate=formats.rate(row['shrunk_per_10k']), interval=formats.interval(row['shrunk_per_10k_low'], row['shrunk_per_10k_high'])))}</p>"
        )


def _trend(c: Context, row: dict[str, Any]) -> None:
    from dataclasses import replace

    question = obstacles.days(c.filters, row["obstacle_id"], row["product"], row["step"])
    changes = today.changes(
        replace(c.filters, product=row["product"], step=row["step"]), explained=explained(c)
    )
    section(c, c.w("obstacle.trend"), question, changes, hint=c.w("obstacle.trend_hint"))
    days = c.ask(question)
    marks = c.ask(changes).with_columns(
        pl.col("kind")
        .map_elements(lambda kind: c.w.of("change", kind), return_dtype=pl.String)
        .alias("kind_label")
    )
    if days["rate"].null_count() == days.height:
        chart(charts.counts(days, c.p, c.language, c.labels, height=220), alt=c.w("obstacle.trend"))
        st.caption(c.w("no_rate"))
    else:
        chart(
            charts.rate_trend(
                days, c.p, c.language, c.labels, changes=marks, since=c.filters.start, height=240
            ),
            alt=c.w("obstacle.trend"),
        )
    for mark in marks.iter_rows(named=True):
        effect = ""
        if mark.get("explanation"):
            effect = f" · {mark['explanation']}"
        elif mark["verdict"]:
            effect = " · " + c.w(
                "effect",
                verdict=c.w.of("verdict", mark["verdict"]),
                ratio=formats.rate(mark["ratio"]),
                interval=formats.interval(mark["ratio_low"], mark["ratio_high"]),
            )
        st.html(
            f"<p class='voc-note'>▼ {escape(day_text(c, mark['day']))} · {escape(mark['kind_label'])} · {escape(mark['title'])}{escape(effect)}</p>"
        )


def _words(c: Context, row: dict[str, Any]) -> None:
    question = obstacles.words(
        c.filters, row["product"], row["step"], row["topic_id"], row["cause"], limit=12
    )
    section(c, c.w("obstacle.words"), question, hint=c.w("masked"))
    word_list(c, c.ask(question), "obstacle_word")


def _spread(c: Context, row: dict[str, Any], column: str) -> None:
    question = obstacles.spread(c.filters, column, row["product"], row["step"], row["topic_id"], row["cause"])
    found = c.ask(question)
    if found.is_empty():
        if column == "channel":
            section(c, c.w(f"spread.{column}"), question)
            empty(c.w("obstacle.quiet"), c.w("obstacle.quiet_todo"))
        return
    section(c, c.w(f"spread.{column}"), question, hint=c.w("spread.hint"))
    group = {"channel": "channel", "emotion": "emotion", "app_version": "version"}[column]
    rows = found.with_columns(
        pl.col("value").map_elements(lambda v: c.w.of(group, v), return_dtype=pl.String).alias("label"),
        share=pl.col("inquiries") / pl.col("inquiries").sum(),
        share_all=pl.col("step_inquiries") / pl.col("step_inquiries").sum(),
    )
    chart(
        charts.shares(rows.select("label", "share", "share_all", "inquiries"), c.p, c.labels),
        alt=c.w(f"spread.{column}"),
    )


def _segments(c: Context, row: dict[str, Any]) -> None:
    if c.warehouse.has("mart.obstacle_segments", "lift_low"):
        question = obstacles.segments_28d(row["obstacle_id"])
    else:
        question = obstacles.segments(c.filters, row["obstacle_id"])
    section(c, c.w("segments"), question, hint=c.w("segments.hint"))
    found = c.ask(question)
    if found.is_empty():
        empty(c.w("segments.none"), c.w("segments.none_todo"))
        return
    config = st.column_config
    columns = {
        "who": config.TextColumn(c.w("segment")),
        "lift": config.NumberColumn(c.w("lift"), format="%.2f×", help=c.w("lift.explain"), width=70),
        "interval": config.TextColumn(c.w("interval"), width=85),
        "inquiries": config.NumberColumn(c.w("inquiries"), format="localized", width=60),
    }
    shown = found.with_columns(pl.concat_str("segment", pl.lit(" · "), "value").alias("who"))
    if "lift_low" in found.columns:
        ends = [
            formats.interval(low, high) for low, high in found.select("lift_low", "lift_high").iter_rows()
        ]
        shown = shown.with_columns(pl.Series("interval", ends, dtype=pl.String))
    else:
        del columns["interval"]
    table(shown, columns)


def _decision(c: Context, row: dict[str, Any]) -> None:
    history = c.ask(obstacles.decided(row["obstacle_id"]))
    section(c, c.w("decision"), obstacles.decided(row["obstacle_id"]))
    owner = None
    with st.container(border=True):
        for said in history.head(3).iter_rows(named=True):
            value = json.loads(said["value"] or "{}")
            owner = owner or value.get("owner")
            st.html(
                f"<p class='voc-note'>{escape(formats.moment(said['at'], c.warehouse.timezone))} · {escape(said['by'])}: {escape(describe(c, 'status', value))}</p>"
            )
        queued = waiting(c, row["obstacle_id"])
        if history.is_empty() and not queued:
            st.html(f"<p class='voc-note'>{escape(c.w('decision.none'))}</p>")
        newest = queued[0]["value"] if queued else {}
        with st.popover(c.w("decision.change"), icon=":material/edit:"):
            status_form(
                c, row["obstacle_id"], newest.get("status", row["status"]), newest.get("owner", owner)
            )
        st.caption(c.w("decision.correct_hint"))
