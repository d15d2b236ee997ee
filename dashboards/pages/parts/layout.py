"""Header, filters, cards, tables, the SQL behind a number, and what stands where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any, Literal

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.compare import Direction
from dashboards.filters import COMPARISONS, PERIODS
from dashboards.pages.parts.context import Context, change
from dashboards.palette import MONO, Palette
from dashboards.questions.base import Question

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=@/])")


def plain(text: str) -> str:
    """Text that Markdown shows as it is: every sign it would read gets a backslash."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


ALL = ("period", "compare", "product", "step", "channel", "source")


def header(
    c: Context, title: str, lead: str | None = None, *questions: Question, filters: Sequence[str] = ALL
) -> None:
    """Title, what the page answers, the filters that have an effect on it, the days, and the SQL of the cards below."""
    st.html(f"<h1 class='voc-title'>{escape(title)}</h1><p class='voc-lead'>{escape(lead or '')}</p>")
    if filters:
        days_bar(c, *questions, filters=filters)


def days_bar(c: Context, *questions: Question, filters: Sequence[str] = ALL) -> None:
    """The filters, the days they give, and the SQL of the cards below."""
    filter_bar(c, filters)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.html(f"<p class='voc-days'>{escape(days_text(c))}</p>")
        if questions:
            show_sql(c, *questions)


def days_text(c: Context) -> str:
    """The days of the page in words."""
    f, w = c.filters, c.w
    now = formats.span(f.start, f.end, c.language)
    if f.base_start is None or f.base_end is None:
        before = w("compare.no_data") if c.view.compare != "none" else w("compare.off")
    else:
        before = w("compared_with", days=formats.span(f.base_start, f.base_end, c.language))
    return f"{now} · {w('n_days', n=f.days)} · {before}"


def _picked(key: str, field: str) -> None:
    value = st.session_state[key]
    more: dict[str, Any] = {"step": None} if field == "product" else {}
    if field == "period" and value == "custom":
        view = st.session_state["voc_filters"]
        more = {"start": view.start.isoformat(), "end": view.end.isoformat()}
    change(**{field: value or None, **more})


def _picked_days() -> None:
    days = st.session_state["filter_days"]
    if isinstance(days, tuple) and len(days) == 2:
        change(start=days[0].isoformat(), end=days[1].isoformat())


def filter_bar(c: Context, shown: Sequence[str] = ALL) -> None:
    """Period, comparison, product, step, channel, source: those that are named."""
    w, names, view = c.w, c.names, c.view
    st.session_state["voc_filters"] = c.filters
    steps = names.steps(view.product) if view.product else []
    choices: list[tuple[str, Sequence[str], str | None, Any]] = [
        ("period", PERIODS, view.period, lambda v: w(f"period.{v}")),
        ("compare", COMPARISONS, view.compare, lambda v: w(f"compare.{v}")),
        (
            "product",
            ["", *names.products],
            view.product,
            lambda v: names.product(v) if v else w("all.product"),
        ),
        ("step", ["", *steps], view.step, lambda v: names.step(view.product, v) if v else w("all.step")),
        (
            "channel",
            ["", *names.channels],
            view.channel,
            lambda v: names.channel(v) if v else w("all.channel"),
        ),
        ("source", ["", *names.sources], view.source, lambda v: w.of("source", v) if v else w("all.source")),
    ]
    columns = st.container(key="filters").columns([1] * len(ALL), gap="small")
    for column, (field, options, value, words) in zip(
        columns, [x for x in choices if x[0] in shown], strict=False
    ):
        key = f"filter_{field}"
        st.session_state[key] = value if value in options else options[0]
        with column:
            st.selectbox(
                w(f"filter.{field}"),
                options,
                key=key,
                format_func=words,
                on_change=_picked,
                args=(key, field),
                label_visibility="collapsed",
                disabled=field == "step" and not steps,
                help=None,
            )
    if view.period == "custom":
        st.session_state["filter_days"] = (c.filters.start, c.filters.end)
        st.date_input(
            w("filter.days"),
            key="filter_days",
            min_value=c.warehouse.first_day,
            max_value=c.warehouse.last_day,
            on_change=_picked_days,
            label_visibility="collapsed",
        )


def section(c: Context, title: str, *questions: Question, hint: str | None = None) -> None:
    """A section's title with the SQL behind it at its right."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.html(
            f"<h2 class='voc-section'>{escape(title)}</h2>"
            + (f"<p class='voc-hint'>{escape(hint)}</p>" if hint else "")
        )
        if questions:
            show_sql(c, *questions)


def show_sql(c: Context, *questions: Question) -> None:
    """The SQL that gives the numbers above, with its values written in."""
    with st.popover("SQL", type="tertiary", icon=":material/code:", help=c.w("sql.show")):
        st.caption(c.w("sql.same"))
        for question in questions:
            st.code(question.text(), language="sql", wrap_lines=True)


def card(
    label: str,
    value: str,
    *,
    delta: str | None = None,
    direction: Direction = "same",
    against: str | None = None,
    bad: Literal["up", "down"] | None = "up",
    note: str | None = None,
    explain: str | None = None,
    trend: list[float] | None = None,
) -> None:
    """One number with its comparison, interval or count.

    Args:
        label: what it is, with the unit.
        value: as text.
        delta: how it changed, as text; None: nothing to compare with.
        direction: whether it really changed; `same` is drawn in grey.
        against: what it is compared with.
        bad: the direction that is worse; None: neither is.
        note: interval or counts, below.
        explain: the definition, behind a question mark.
        trend: a small line.
    """
    colour: Literal["red", "green", "gray"] = "gray"
    if direction != "same" and bad is not None:
        colour = "red" if direction == bad else "green"
    arrow: Literal["up", "down", "off"] = (
        "off" if delta is None else "down" if delta.startswith("−") else "up" if delta[:1] in "+×" else "off"
    )
    with st.container(border=True, height="stretch"):
        st.metric(
            label,
            value,
            delta=delta,
            delta_color=colour,
            delta_arrow=arrow,
            delta_description=against if delta else None,
            help=explain,
            chart_data=trend,
            chart_type="line",
        )
        if note:
            st.html(f"<p class='voc-note'>{escape(note)}</p>")


def table(
    frame: pl.DataFrame,
    columns: dict[str, Any],
    *,
    key: str | None = None,
    selectable: bool = False,
    height: int | Literal["auto", "content"] = "auto",
) -> int | None:
    """A table; its text is shown as text.

    Args:
        frame: the rows.
        columns: column -> configuration, in order; others are left out.
        key: of the widget.
        selectable: whether a row can be picked.
        height: in pixels, or as high as its rows.

    Returns:
        Number of the picked row.
    """
    shown = frame.select(list(columns))
    options: dict[str, Any] = {"hide_index": True, "column_config": columns, "key": key, "height": height}
    if not selectable:
        st.dataframe(shown, **options)
        return None
    event = st.dataframe(shown, on_select="rerun", selection_mode="single-row", **options)
    rows = event.selection.rows
    return int(rows[0]) if rows else None


def chart(spec: dict[str, Any], key: str | None = None, alt: str | None = None) -> None:
    """A chart in the theme of the page."""
    st.vega_lite_chart(None, spec, key=key, width="stretch", alt=alt)


def empty(title: str, todo: str) -> None:
    """What stands where there is nothing: what it means, and the next thing to do."""
    with st.container(border=True):
        st.html(f"<p class='voc-empty'>{escape(title)}</p><p class='voc-note'>{escape(todo)}</p>")


def notice(text: str, kind: Literal["warning", "info"] = "warning") -> None:
    """A line about the data that one must know."""
    show = st.warning if kind == "warning" else st.info
    show(plain(text), icon=":material/warning:" if kind == "warning" else ":material/info:")


def explained(c: Context) -> str | None:
    """The language of the sentences on changes, where the file has them."""
    return c.language if c.warehouse.has("mart.change_effects", f"explanation_{c.language}") else None


def day_text(c: Context, value: date | None) -> str:
    """A day in the page's language."""
    return formats.day(value, c.language)


def style(p: Palette) -> None:
    """The pages' own style sheet, small: what the theme cannot say."""
    st.html(
        f"""<style>
        .stMainBlockContainer {{ padding-top: 2.6rem; padding-bottom: 4rem; padding-left: 3rem; padding-right: 3rem; max-width: 1240px; }}
        .stAppHeader {{ background: transparent; }}
        .voc-title {{ font-size: 1.55rem; font-weight: 650; letter-spacing: -0.01em; margin: 0; padding: 0; line-height: 1.3; }}
        .voc-lead {{ color: {p.muted}; margin: .15rem 0 0; font-size: .95rem; }}
        .voc-days {{ color: {p.muted}; margin: 0; font-size: .85rem; font-variant-numeric: tabular-nums; }}
        .voc-section {{ font-size: 1.06rem; font-weight: 620; margin: 0; padding: .35rem 0 0; }}
        .voc-hint {{ color: {p.muted}; margin: 0; font-size: .84rem; }}
        .voc-note {{ color: {p.muted}; margin: 0; font-size: .82rem; line-height: 1.5; font-variant-numeric: tabular-nums; }}
        .voc-empty {{ margin: 0 0 .2rem; font-weight: 600; }}
        .voc-kicker {{ color: {p.muted}; font-size: .82rem; margin: 0; letter-spacing: .01em; }}
        .voc-name {{ font-size: 1.12rem; font-weight: 640; margin: .1rem 0; line-height: 1.35; }}
        .voc-fact {{ margin: .2rem 0; font-size: .93rem; line-height: 1.6; }}
        .voc-fact b {{ font-variant-numeric: tabular-nums; font-weight: 640; }}
        .voc-up {{ color: {p.worse}; font-weight: 600; }}
        .voc-down {{ color: {p.better}; font-weight: 600; }}
        .voc-same {{ color: {p.muted}; }}
        .voc-tag {{ display: inline-block; border: 1px solid {p.line}; border-radius: 999px; padding: 0 .55em; font-size: .78rem; color: {p.muted}; margin-right: .35em; white-space: nowrap; }}
        .voc-tag.strong {{ color: {p.ink}; background: {p.raised}; }}
        .voc-quote {{ margin: 0; padding: .1rem 0 .1rem .75rem; border-left: 3px solid {p.soft}; line-height: 1.6; font-size: .95rem; overflow-wrap: anywhere; }}
        .voc-quote + .voc-note {{ padding-left: .75rem; }}
        .voc-brand {{ font-size: 1.15rem; font-weight: 700; margin: 0; }}
        .voc-brand span {{ color: {p.muted}; font-weight: 500; font-size: .9rem; margin-left: .35em; }}
        .voc-turn {{ max-width: 84%; width: fit-content; border-radius: 10px; padding: .45rem .75rem; margin: .3rem 0; line-height: 1.6; overflow-wrap: anywhere; white-space: pre-wrap; font-size: .93rem; border: 1px solid {p.line}; }}
        .voc-turn.customer {{ background: {p.raised}; margin-right: auto; }}
        .voc-turn.agent, .voc-turn.bot {{ margin-left: auto; background: {p.ground}; }}
        .voc-turn.system {{ margin: .3rem auto; color: {p.muted}; font-size: .82rem; border-style: dashed; }}
        .voc-turn .who {{ display: block; color: {p.muted}; font-size: .75rem; }}
        .st-key-sql_text textarea, .st-key-sql_text textarea::placeholder {{ font-family: {MONO}; font-size: .88rem; }}
        [data-testid="stMetricValue"] {{ font-variant-numeric: tabular-nums; }}
        [data-testid="stSidebarHeader"] {{ height: 2.2rem; }}
        @media (max-width: 640px) {{ .st-key-filters [data-testid="stColumn"], .st-key-choices [data-testid="stColumn"] {{ min-width: calc(50% - .5rem); }} .st-key-filters [data-testid="stColumn"]:not(:has([data-testid="stSelectbox"])) {{ display: none; }} .voc-turn {{ max-width: 96%; }} .stMainBlockContainer {{ padding-left: 1rem; padding-right: 1rem; }} }}
        </style>"""
    )
