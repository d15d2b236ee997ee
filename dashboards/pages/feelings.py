"""情绪 Feelings: sentiment and emotions over time, by step and channel, and the worst conversations."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import charts, formats
from dashboards.compare import share_direction
from dashboards.pages.parts.context import Context
from dashboards.pages.parts.layout import card, chart, empty, header, notice, section, table
from dashboards.pages.parts.voices import conversation, word_list
from dashboards.questions import feelings
from dashboards.questions.obstacles import EMOTIONS


def page(c: Context) -> None:
    """Draw the page."""
    header(c, c.w("feelings.title"), c.w("feelings.lead"), feelings.totals(c.filters))
    if c.view.source:
        notice(c.w("feelings.no_source"), "info")
    question = feelings.totals(c.filters)
    periods = {row["period"]: row for row in c.ask(question).iter_rows(named=True)}
    if "now" not in periods:
        empty(c.w("empty.period"), c.w("empty.period_todo"))
        return
    _cards(c, periods)
    section(c, c.w("feelings.days"), feelings.days(c.filters), question, hint=c.w("feelings.days_hint"))
    days = c.ask(feelings.days(c.filters))
    rows = (
        days.unpivot(
            [e for e in EMOTIONS if e != "calm"],
            index=["day", "inquiries"],
            variable_name="emotion",
            value_name="count",
        )
        .with_columns(share=pl.col("count") / pl.col("inquiries"))
        .filter(pl.col("count") > 0)
    )
    if rows.is_empty():
        empty(c.w("feelings.calm"), c.w("feelings.calm_todo"))
    else:
        names = {e: c.w.of("emotion", e) for e in c.p.emotions if e != "calm"}
        chart(
            charts.emotion_days(
                rows.select("day", "emotion", "share", "count"), c.p, c.language, c.labels, names
            ),
            alt=c.w("feelings.days"),
        )
    _by(c, "step")
    _by(c, "channel")
    _worst(c)
    conversation(c)


def _cards(c: Context, periods: dict[str, dict[str, float | int]]) -> None:
    now, before = periods["now"], periods.get("before", {})
    w = c.w
    columns = st.columns(4, gap="small")
    with columns[0]:
        card(
            w("negative_share"),
            formats.share(now["negative_share"]),
            delta=formats.points(now["negative_share"], before.get("negative_share")) if before else None,
            direction=share_direction(
                int(now["negative"]),
                int(now["inquiries"]),
                _whole(before.get("negative")),
                _whole(before.get("inquiries")),
            ),
            against=w("against"),
            note=w("count_of", n=formats.count(now["negative"]), of=formats.count(now["inquiries"])),
            explain=w("negative.explain"),
        )
    with columns[1]:
        card(
            w("feelings.mean"),
            formats.sentiment(now["sentiment"]),
            delta=formats.sentiment(now["sentiment"] - before["sentiment"]) if before else None,
            against=w("against"),
            bad="down",
            note=w("feelings.scale"),
        )
    with columns[2]:
        strong = int(now["angry"]) + int(now["annoyed"]) + int(now["disgusted"])
        strong_before = (
            int(before["angry"]) + int(before["annoyed"]) + int(before["disgusted"]) if before else None
        )
        share, share_before = (
            strong / now["inquiries"],
            strong_before / before["inquiries"] if strong_before is not None else None,
        )
        card(
            w("feelings.anger"),
            formats.share(share),
            delta=formats.points(share, share_before) if before else None,
            direction=share_direction(
                strong, int(now["inquiries"]), strong_before, _whole(before.get("inquiries"))
            ),
            against=w("against"),
            note=w("count_of", n=formats.count(strong), of=formats.count(now["inquiries"])),
        )
    with columns[3]:
        card(
            w("effort"),
            formats.share(now["effort"]),
            delta=formats.points(now["effort"], before.get("effort")) if before else None,
            against=w("against"),
            note=w("effort.explain"),
        )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _by(c: Context, column: str) -> None:
    question = feelings.by(c.filters, column)
    found = c.ask(question)
    section(c, c.w(f"feelings.by_{column}"), question)
    if found.is_empty():
        empty(c.w("empty.period"), c.w("empty.period_todo"))
        return
    rows = found.to_dicts()
    names = [
        c.names.place(r["product"], r["step"]) if column == "step" else c.names.channel(r["channel"])
        for r in rows
    ]
    shown = found.with_columns(
        pl.Series("name", names, dtype=pl.String),
        negative=pl.col("negative_share") * 100,
        change=(pl.col("negative_share") - pl.col("negative_share_before")) * 100,
        effort=pl.col("effort") * 100,
        **{name: pl.col(name) / pl.col("inquiries") * 100 for name in EMOTIONS},
    )
    config = st.column_config
    columns = {
        "name": config.TextColumn(c.w(column), width="medium"),
        "inquiries": config.NumberColumn(c.w("inquiries"), format="localized"),
        "negative": config.ProgressColumn(
            c.w("negative_share"),
            format="%.1f%%",
            min_value=0,
            max_value=max([50.0, *shown["negative"].to_list()]),
        ),
        "change": config.NumberColumn(c.w("against"), format="%+.1f pp"),
        "effort": config.NumberColumn(c.w("effort"), format="%.0f%%"),
    }
    columns |= {
        name: config.NumberColumn(c.w.of("emotion", name), format="%.0f%%")
        for name in EMOTIONS
        if name != "calm"
    }
    table(shown, columns, key=f"feelings_{column}", height=min(38 + 35 * shown.height, 710))


def _worst(c: Context) -> None:
    emotion = st.session_state.get("worst_emotion")
    question = feelings.worst(c.filters, emotion, 15)
    section(c, c.w("feelings.worst"), question, hint=c.w("masked"))
    st.pills(
        c.w("chart.emotion"),
        [e for e in EMOTIONS if e not in ("calm", "pleased")],
        format_func=lambda e: c.w.of("emotion", e),
        key="worst_emotion",
        label_visibility="collapsed",
    )
    word_list(c, c.ask(question), "worst", where=True)
