"""数据质量 Data: freshness, checks, rejects, versions, what is missing, what people decided."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards import actions, charts, formats
from dashboards.pages.parts.context import Context
from dashboards.pages.parts.forms import describe
from dashboards.pages.parts.layout import card, chart, day_text, empty, header, notice, section, table
from dashboards.questions import quality


def page(c: Context) -> None:
    """Draw the page."""
    header(c, c.w("data.title"), c.w("data.lead"), filters=("period", "compare"))
    days = c.ask(quality.coverage(c.filters))
    failed = c.ask(quality.failed_checks(c.filters))
    rejected = c.ask(quality.rejects())
    _cards(c, days, failed, rejected)
    _missing(c, days)
    section(c, c.w("data.days"), quality.coverage(c.filters))
    config = st.column_config
    table(
        days.with_columns(unmapped=pl.col("unmapped_share") * 100),
        {
            "day": config.DateColumn(c.w("chart.day"), format="YYYY-MM-DD"),
            "inquiries": config.NumberColumn(c.w("inquiries"), format="localized"),
            "chats": config.NumberColumn(c.w("source.chats"), format="localized"),
            "calls": config.NumberColumn(c.w("source.calls"), format="localized"),
            "tickets": config.NumberColumn(c.w("source.tickets"), format="localized"),
            "transactions": config.NumberColumn(c.w("transactions"), format="localized"),
            "unmapped": config.NumberColumn(c.w("data.unmapped"), format="%.1f%%"),
            "is_partial": config.CheckboxColumn(c.w("data.partial")),
        },
        height=260,
    )
    _checks(c, failed)
    _rejects(c, rejected)
    _files(c)
    _decisions(c)
    section(c, c.w("data.versions"), quality.versions())
    st.dataframe(
        c.ask(quality.versions()),
        hide_index=True,
        column_config={
            "key": config.TextColumn(c.w("data.key")),
            "value": config.TextColumn(c.w("data.value"), width="large"),
        },
    )


def _cards(c: Context, days: pl.DataFrame, failed: pl.DataFrame, rejected: pl.DataFrame) -> None:
    published = _moment(c.warehouse.meta.get("published_at"))
    columns = st.columns(4, gap="small")
    with columns[0]:
        card(
            c.w("data.last_day"),
            day_text(c, c.warehouse.last_day),
            note=c.w(
                "data.range",
                first=day_text(c, c.warehouse.first_day),
                n=c.warehouse.meta.get("day_count", "?"),
            ),
        )
    with columns[1]:
        card(
            c.w("data.version"),
            c.warehouse.version,
            note=c.w("data.published", at=formats.moment(published, c.warehouse.timezone)),
        )
    with columns[2]:
        held = failed.filter(pl.col("severity") == "fail").height
        card(c.w("data.failed"), formats.count(failed.height), note=c.w("data.failed_note", n=held))
    with columns[3]:
        rows = int(rejected["rows"].sum()) if rejected.height else 0
        card(c.w("data.rejects"), formats.count(rows), note=c.w("data.rejects_note"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _missing(c: Context, days: pl.DataFrame) -> None:
    gone = days.filter("is_missing")["day"].to_list()
    partial = days.filter(pl.col("is_partial") & ~pl.col("is_missing"))["day"].to_list()
    if gone:
        notice(c.w("data.days_missing", days="、".join(day_text(c, d) for d in gone[:10])))
    if partial:
        notice(c.w("data.days_partial", days="、".join(day_text(c, d) for d in partial[:10])))
    bare = c.ask(quality.without_transactions(c.filters))
    if bare.height:
        places = "、".join(c.names.place(r["product"], r["step"]) for r in bare.head(8).iter_rows(named=True))
        notice(c.w("data.no_transactions", places=places), "info")


def _checks(c: Context, failed: pl.DataFrame) -> None:
    question = quality.checks(c.filters)
    section(c, c.w("data.checks"), question, quality.failed_checks(c.filters))
    found = c.ask(question)
    if found.is_empty():
        empty(c.w("data.no_checks"), c.w("data.no_checks_todo"))
        return
    state = (
        pl.when(pl.col("failed") > 0)
        .then(pl.lit("failed"))
        .when(pl.col("warned") > 0)
        .then(pl.lit("warned"))
        .otherwise(pl.lit("passed"))
    )
    rows = found.with_columns(state=state).with_columns(
        state_label=pl.col("state").replace_strict(
            {s: c.w(f"chart.{s}") for s in ("failed", "warned", "passed")}
        )
    )
    chart(charts.check_grid(rows, c.p, c.language, c.labels), alt=c.w("data.checks"))
    if failed.height:
        st.dataframe(failed, hide_index=True)
    else:
        st.caption(c.w("data.all_passed"))


def _rejects(c: Context, rejected: pl.DataFrame) -> None:
    section(c, c.w("data.rejects"), quality.rejects(), hint=c.w("data.rejects_hint"))
    if rejected.is_empty():
        st.caption(c.w("data.no_rejects"))
        return
    config = st.column_config
    table(
        rejected,
        {
            "kind": config.TextColumn(c.w("data.kind")),
            "field": config.TextColumn(c.w("data.field")),
            "reason": config.TextColumn(c.w("data.reason")),
            "rows": config.NumberColumn(c.w("data.rows"), format="localized"),
            "expected": config.TextColumn(c.w("data.expected"), width="medium"),
            "example_file": config.TextColumn(c.w("data.file"), width="medium"),
            "example_line": config.NumberColumn(c.w("data.line")),
            "example_value": config.TextColumn(c.w("data.found")),
        },
    )


def _files(c: Context) -> None:
    section(c, c.w("data.files"), quality.files(), quality.refused_files(), hint=c.w("data.files_hint"))
    found = c.ask(quality.files())
    config = st.column_config
    if found.is_empty():
        empty(c.w("data.no_files"), c.w("data.no_files_todo"))
        return
    table(
        found,
        {
            "kind": config.TextColumn(c.w("data.kind")),
            "status": config.TextColumn(c.w("status")),
            "files": config.NumberColumn(c.w("data.files"), format="localized"),
            "rows_read": config.NumberColumn(c.w("data.read"), format="localized"),
            "rows_landed": config.NumberColumn(c.w("data.landed"), format="localized"),
            "rows_rejected": config.NumberColumn(c.w("data.rejected"), format="localized"),
            "rows_already": config.NumberColumn(c.w("data.already"), format="localized"),
        },
    )
    refused = c.ask(quality.refused_files())
    if refused.height:
        st.dataframe(refused, hide_index=True)


def _decisions(c: Context) -> None:
    section(c, c.w("data.decisions"), quality.decided())
    queued = actions.pending(c.setup, c.warehouse)
    known = c.ask(quality.decided())
    rows: list[dict[str, Any]] = []
    for state, frame in (("waiting", queued), ("published", known)):
        rows += [
            {
                "state": c.w(f"decide.{state}_short"),
                "at": formats.moment(row["at"], c.warehouse.timezone),
                "by": row["by"],
                "what": describe(c, row["kind"], json.loads(row["value"] or "{}")),
                "target": row["target"],
            }
            for row in frame.iter_rows(named=True)
        ]
    if not rows:
        st.caption(c.w("data.no_decisions"))
        return
    config = st.column_config
    st.dataframe(
        pl.DataFrame(rows),
        hide_index=True,
        column_config={
            "state": config.TextColumn(c.w("status")),
            "at": config.TextColumn(c.w("when")),
            "by": config.TextColumn(c.w("who")),
            "what": config.TextColumn(c.w("what"), width="large"),
            "target": config.TextColumn(c.w("target")),
        },
    )
