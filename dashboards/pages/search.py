"""原声检索 Search: customers' words across all days."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import charts, formats
from dashboards.exports import safe_csv
from dashboards.pages.parts.context import Context, change
from dashboards.pages.parts.forms import CAUSES
from dashboards.pages.parts.layout import chart, empty, header, section
from dashboards.pages.parts.voices import conversation, word_list
from dashboards.questions import voices
from dashboards.questions.obstacles import EMOTIONS

_SHOWN = 25
_EXPORTED = 10_000


def _typed() -> None:
    change(q=st.session_state["search_words"].strip() or None)


def page(c: Context) -> None:
    """Draw the page."""
    header(c, c.w("search.title"), c.w("search.lead"))
    st.session_state["search_words"] = c.view.q or ""
    a, b, d = st.columns([4, 1.3, 1.3], gap="small", vertical_alignment="bottom")
    a.text_input(
        c.w("search.words"),
        key="search_words",
        placeholder=c.w("search.placeholder"),
        on_change=_typed,
        max_chars=120,
    )
    cause = b.selectbox(
        c.w("cause"),
        ["", *CAUSES],
        format_func=lambda v: c.names.cause(v) if v else c.w("all"),
        key="search_cause",
    )
    emotion = d.selectbox(
        c.w("chart.emotion"),
        ["", *EMOTIONS],
        format_func=lambda v: c.w.of("emotion", v) if v else c.w("all"),
        key="search_emotion",
    )
    words = c.view.q or ""
    by_day = voices.found_days(c.filters, words, cause=cause, emotion=emotion)
    days = c.ask(by_day)
    total = int(days["inquiries"].sum()) if days.height else 0
    section(c, c.w("search.found", n=formats.count(total), days=days.height), by_day)
    if not total:
        empty(c.w("search.none"), c.w("search.none_todo"))
        conversation(c)
        return
    calendar = pl.DataFrame({"day": pl.date_range(c.filters.start, c.filters.end, eager=True)})
    chart(
        charts.counts(
            calendar.join(days, on="day", how="left").with_columns(pl.col("inquiries").fill_null(0)),
            c.p,
            c.language,
            c.labels,
        ),
        alt=c.w("search.days"),
    )
    question = voices.found(c.filters, words, cause=cause, emotion=emotion, limit=_SHOWN)
    section(c, c.w("search.newest", n=min(total, _SHOWN)), question, hint=c.w("masked"))
    _export(c, words, cause, emotion)
    word_list(c, c.ask(question), "search", where=True)
    conversation(c)


def _export(c: Context, words: str, cause: str | None, emotion: str | None) -> None:
    """The file is made when it is asked for, not on every look."""
    question = voices.found(c.filters, words, cause=cause, emotion=emotion, limit=_EXPORTED)
    st.download_button(
        c.w("csv_rows", n=formats.count(_EXPORTED)),
        lambda: safe_csv(c.ask(question)),
        file_name="words.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
    )
