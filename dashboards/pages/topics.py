"""主题 Topics: groups → topics → problems, their map, growth, and what people do with them."""

from __future__ import annotations

from html import escape

import polars as pl
import streamlit as st

from dashboards import charts, formats
from dashboards.exports import safe_csv
from dashboards.pages.parts.context import Context, change
from dashboards.pages.parts.forms import topic_forms, waiting
from dashboards.pages.parts.layout import card, chart, day_text, empty, header, section, table
from dashboards.pages.parts.voices import conversation, word_list
from dashboards.questions import Question, topics


def page(c: Context) -> None:
    """Draw the page: all topics, or the one that the URL names."""
    if c.view.topic is not None:
        _one(c, c.view.topic)
    else:
        _all(c)
    conversation(c)


def _all(c: Context) -> None:
    header(
        c, c.w("topics.title"), c.w("topics.lead"), topics.coverage(c.filters), filters=("period", "compare")
    )
    question = topics.listed(c.filters)
    found = c.ask(question)
    if found.is_empty():
        empty(c.w("topics.none"), c.w("topics.none_todo"))
        return
    cover = c.ask(topics.coverage(c.filters)).row(0, named=True)
    groups = found.select("group_label").n_unique()
    new = found.filter(pl.col("status") == "new").height
    columns = st.columns(4, gap="small")
    with columns[0]:
        card(c.w("topics.count"), formats.count(found.height), note=c.w("topics.groups", n=groups))
    with columns[1]:
        card(
            c.w("topics.covered"),
            formats.share(cover["with_topic"] / cover["inquiries"] if cover["inquiries"] else None),
            note=c.w("count_of", n=formats.count(cover["with_topic"]), of=formats.count(cover["inquiries"])),
        )
    with columns[2]:
        card(c.w("topics.new"), formats.count(new), note=c.w("topics.new_note"))
    with columns[3]:
        top = found.row(0, named=True)
        card(c.w("topics.largest"), formats.share(top["share"]), note=top["label"])
    section(c, c.w("topics.map"), question, hint=c.w("topics.map_hint"))
    placed = found.filter(pl.col("inquiries") > 0).with_columns(
        # Of the share, or a busy week would make everything grow. One inquiry is added on both sides, so that a
        # topic that was not there before has a place.
        growth=(
            (pl.col("inquiries") + 1)
            / (pl.col("inquiries_before") + 1)
            * (pl.col("inquiries_before").sum() + 1)
            / (pl.col("inquiries").sum() + 1)
        ).clip(0.2, 5),
        group=pl.col("group_label").fill_null(c.w("none")),
    )
    wanted = ["label", "group", "growth", "negative_share", "inquiries"]
    if "x" in placed.columns and placed["x"].null_count() < placed.height:
        placed, wanted = placed.drop_nulls(["x", "y"]), [*wanted, "x", "y"]
    if c.filters.compares and placed.height:
        chart(charts.topic_map(placed.select(wanted), c.p, c.labels), alt=c.w("topics.map"))
    else:
        empty(c.w("empty.compare"), c.w("empty.compare_todo"))
    _table(c, found, question)
    _lineage(c)


def _table(c: Context, found: pl.DataFrame, question: Question) -> None:
    section(c, c.w("topics.list"), question, hint=c.w("topics.list_hint"))
    groups: list[str] = found["group_label"].drop_nulls().unique().sort().to_list()
    if groups:
        chosen = st.selectbox(
            c.w("topics.group"), ["", *groups], format_func=lambda v: v or c.w("all"), key="topic_group"
        )
        found = found.filter(pl.col("group_label") == chosen) if chosen else found
    shown = found.with_columns(
        pl.col("keywords").list.head(6).list.join("、").alias("words"),
        pl.col("status").map_elements(lambda s: c.w.of("topic_status", s), return_dtype=pl.String),
        change=pl.when(pl.col("inquiries_before") > 0).then(
            (pl.col("inquiries") / pl.col("inquiries_before") - 1) * 100
        ),
        of_all=pl.col("share") * 100,
        negative=pl.col("negative_share") * 100,
    )
    config = st.column_config
    picked = table(
        shown,
        {
            "label": config.TextColumn(c.w("topic"), width="medium"),
            "group_label": config.TextColumn(c.w("topics.group")),
            "inquiries": config.NumberColumn(c.w("inquiries"), format="localized"),
            "of_all": config.NumberColumn(c.w("share_of_all"), format="%.1f%%"),
            "change": config.NumberColumn(c.w("against"), format="%+.0f%%"),
            "negative": config.NumberColumn(c.w("negative_short"), format="%.0f%%"),
            "words": config.TextColumn(c.w("keywords"), width="medium"),
            "first_day": config.DateColumn(c.w("since"), format="YYYY-MM-DD"),
            "status": config.TextColumn(c.w("status"), width="small"),
        },
        key="topic_rows",
        selectable=True,
        height=min(38 + 35 * shown.height, 560),
    )
    st.download_button(
        c.w("csv"),
        safe_csv(found),
        file_name="topics.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
    )
    if picked is not None:
        change(topic=found["topic_id"][picked])
        st.rerun()


def _lineage(c: Context, topic_id: str | None = None) -> None:
    question = topics.lineage(topic_id)
    section(c, c.w("topics.lineage"), question)
    found = c.ask(question)
    if found.is_empty():
        st.caption(c.w("topics.no_lineage"))
        return
    for row in found.head(12).iter_rows(named=True):
        names = " → ".join(
            name
            for name in (row["from_label"] or row["from_topic_id"], row["to_label"] or row["to_topic_id"])
            if name
        )
        text = f"{formats.moment(row['at'], c.warehouse.timezone)} · {c.w.of('event', row['event'])} · {names} · {row['by'] or ''}"
        st.html(f"<p class='voc-note'>{escape(text)}</p>")


def _back() -> None:
    change(topic=None)


def _one(c: Context, topic_id: str) -> None:
    st.button(
        c.w("topics.back"), icon=":material/arrow_back:", type="tertiary", on_click=_back, key="topic_back"
    )
    found = c.ask(topics.one(topic_id))
    if found.is_empty():
        empty(c.w("topic.gone"), c.w("topic.gone_todo"))
        return
    row = found.row(0, named=True)
    header(
        c,
        row["label"],
        c.w(
            "topic.lead",
            group=c.names.topic(row["parent_topic_id"]) if row["parent_topic_id"] else c.w("none"),
            since=day_text(c, row["first_day"]),
            last=day_text(c, row["last_day"]),
        ),
        filters=("period", "compare"),
    )
    st.html("".join(f"<span class='voc-tag'>{escape(word)}</span>" for word in (row["keywords"] or [])[:12]))
    left, right = st.columns([5, 3], gap="medium")
    with left:
        days = topics.days(c.filters, topic_id)
        section(c, c.w("topic.days"), days)
        chart(charts.counts(c.ask(days), c.p, c.language, c.labels, height=190), alt=c.w("topic.days"))
        said = topics.words(c.filters, topic_id, 12)
        section(c, c.w("obstacle.words"), said, hint=c.w("masked"))
        word_list(c, c.ask(said), "topic_word", where=True)
    with right:
        _places(c, topic_id)
        section(c, c.w("decision"))
        waiting(c, topic_id)
        topic_forms(c, topic_id, row["label"])
        _lineage(c, topic_id)


def _places(c: Context, topic_id: str) -> None:
    from dashboards.pages.parts.context import go

    question = topics.places(c.filters, topic_id)
    section(c, c.w("topic.places"), question)
    found = c.ask(question)
    if found.is_empty():
        empty(c.w("obstacle.quiet"), c.w("obstacle.quiet_todo"))
    for row in found.iter_rows(named=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(
                f"<p class='voc-fact'>{escape(c.names.place(row['product'], row['step']))} · {escape(c.names.cause(row['cause']))} <span class='voc-same'>{formats.count(row['inquiries'])}</span></p>"
            )
            if st.button(c.w("open"), key=f"place_{row['obstacle_id']}", type="tertiary"):
                go("obstacles", obstacle=row["obstacle_id"])
