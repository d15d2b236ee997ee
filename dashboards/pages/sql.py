"""自助查询 SQL: a query box on the published file, read-only and limited."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import sandbox
from dashboards.exports import safe_csv
from dashboards.pages.parts.context import Context
from dashboards.pages.parts.layout import empty, header, plain
from dashboards.questions.base import ask
from dashboards.questions.examples import EXAMPLES
from warehouse.errors import VocError

_COLUMNS = ask(
    """
    SELECT schema_name || '.' || table_name AS "table", column_name AS "column", data_type AS "type", comment
    FROM duckdb_columns()
    WHERE NOT internal AND schema_name IN ('core', 'insight', 'mart', 'ops')
    ORDER BY schema_name, table_name, column_index
    """
)


def _take() -> None:
    example = st.session_state.get("sql_example")
    if example is not None:
        st.session_state["sql_text"] = EXAMPLES[example][1]


def page(c: Context) -> None:
    """Draw the page."""
    header(
        c,
        c.w("sqlpage.title"),
        c.w("sqlpage.lead", rows=f"{sandbox.ROWS:,}", seconds=f"{sandbox.SECONDS:.0f}"),
        filters=(),
    )
    place = 1 if c.language == "en" else 0
    st.selectbox(
        c.w("sqlpage.examples"), list(EXAMPLES), index=None, key="sql_example", on_change=_take,
        format_func=lambda name: EXAMPLES[name][0][place], placeholder=c.w("sqlpage.choose"),
    )  # fmt: skip
    st.session_state.setdefault("sql_text", next(iter(EXAMPLES.values()))[1])
    with st.form("sql", border=False):
        text = st.text_area(c.w("sqlpage.query"), key="sql_text", height=240)
        asked = st.form_submit_button(
            c.w("sqlpage.run"), type="primary", icon=":material/play_arrow:", shortcut="Ctrl+Enter"
        )
    if asked:
        try:
            with st.spinner(c.w("sqlpage.running")):
                st.session_state["sql_answer"] = sandbox.run(c.warehouse, text)
        except VocError as error:
            st.session_state.pop("sql_answer", None)
            st.error(plain(error.message))
            for more in (error.expected, error.hint):
                if more:
                    st.caption(plain(more))
    answer: sandbox.Answer | None = st.session_state.get("sql_answer")
    if answer is not None:
        _show(c, answer)
    with st.expander(c.w("sqlpage.tables"), icon=":material/table:"):
        st.dataframe(
            c.ask(_COLUMNS),
            hide_index=True,
            height=360,
            column_config={"comment": st.column_config.TextColumn(width="large")},
        )


def _show(c: Context, answer: sandbox.Answer) -> None:
    frame = answer.frame
    note = c.w(
        "sqlpage.result", rows=f"{frame.height:,}", columns=frame.width, seconds=f"{answer.seconds:.2f}"
    )
    st.caption(note + (c.w("sqlpage.cut") if answer.cut else ""))
    if frame.is_empty():
        empty(c.w("sqlpage.no_rows"), c.w("sqlpage.no_rows_todo"))
        return
    as_table, as_chart = st.tabs([c.w("sqlpage.table"), c.w("sqlpage.chart")])
    with as_table:
        st.dataframe(frame, hide_index=True, height=min(38 + 35 * frame.height, 480))
        st.download_button(
            c.w("csv"),
            lambda: safe_csv(frame),
            file_name="query.csv",
            mime="text/csv",
            icon=":material/download:",
            type="tertiary",
        )
    with as_chart:
        _chart(c, frame)


def _chart(c: Context, frame: pl.DataFrame) -> None:
    numbers = [name for name, dtype in frame.schema.items() if dtype.is_numeric()]
    others = [name for name in frame.columns if name not in numbers]
    if not numbers:
        empty(c.w("sqlpage.no_numbers"), c.w("sqlpage.no_numbers_todo"))
        return
    a, b, d = st.columns(3)
    across = a.selectbox(c.w("sqlpage.x"), [*others, *numbers])
    up = b.selectbox(c.w("sqlpage.y"), numbers, index=0)
    kind = d.selectbox(c.w("sqlpage.kind"), ("bar", "line"), format_func=lambda v: c.w(f"sqlpage.{v}"))
    shown = frame.select(pl.col(across).alias("x"), pl.col(up).cast(pl.Float64).alias("y")).head(500)
    is_day = frame.schema[across] in (pl.Date,) or isinstance(frame.schema[across], pl.Datetime)
    rows = shown.with_columns(
        pl.col("x").cast(pl.String) if not frame.schema[across].is_numeric() else pl.col("x")
    ).to_dicts()
    x: dict[str, Any] = {
        "field": "x",
        "type": "temporal" if is_day else "quantitative" if across in numbers else "nominal",
        "title": across,
        "sort": None,
    }
    if is_day:
        x |= {"timeUnit": "utcyearmonthdate", "scale": {"type": "utc"}}
    mark = (
        {"type": "bar", "color": c.p.accent}
        if kind == "bar"
        else {"type": "line", "color": c.p.accent, "point": True}
    )
    st.vega_lite_chart(
        None,
        {
            "data": {"values": rows},
            "width": "container",
            "height": 320,
            "mark": mark,
            "encoding": {"x": x, "y": {"field": "y", "type": "quantitative", "title": up}},
        },
    )
