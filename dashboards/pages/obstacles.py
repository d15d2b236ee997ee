"""障碍洞察 Obstacles: the ranked list, and one obstacle from all sides."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.exports import safe_csv
from dashboards.pages.parts.context import Context, change
from dashboards.pages.parts.forms import CAUSES, STATUSES
from dashboards.pages.parts.layout import empty, header, notice, section, table
from dashboards.pages.parts.obstacle import one
from dashboards.pages.parts.voices import conversation
from dashboards.questions import obstacles

_LEVERS = ("product_fix", "user_education", "proactive_service", "service_planning")


def page(c: Context) -> None:
    """Draw the page: the list, or the obstacle that the URL names."""
    if c.view.obstacle is not None:
        one(c, c.view.obstacle)
    else:
        _list(c)
    conversation(c)


def _list(c: Context) -> None:
    header(c, c.w("obstacles.title"), c.w("obstacles.lead"))
    if c.view.channel or c.view.source:
        notice(c.w("obstacles.no_channel"), "info")
    a, b, d, e = st.container(key="choices").columns(4, gap="small")
    order = a.selectbox(
        c.w("obstacles.order"),
        list(obstacles.ORDERS),
        format_func=lambda v: c.w(f"order.{v}"),
        key="obstacle_order",
    )
    cause = b.selectbox(
        c.w("cause"),
        ["", *CAUSES],
        format_func=lambda v: c.names.cause(v) if v else c.w("all"),
        key="obstacle_cause",
    )
    lever = d.selectbox(
        c.w("lever"),
        ["", *_LEVERS],
        format_func=lambda v: c.w.of("lever", v) if v else c.w("all"),
        key="obstacle_lever",
    )
    status = e.selectbox(
        c.w("status"),
        ["", *STATUSES],
        format_func=lambda v: c.w.of("status", v) if v else c.w("all"),
        key="obstacle_status",
    )
    question = obstacles.ranked(
        c.filters,
        cause=cause,
        lever=lever,
        status=status,
        order=order,
        since=c.warehouse.has("mart.obstacles", "since_day"),
    )
    found = c.ask(question)
    section(
        c,
        c.w("obstacles.list" if found.height < obstacles.MOST else "obstacles.first", n=found.height),
        question,
        hint=c.w("obstacles.hint"),
    )
    if found.is_empty():
        empty(c.w("obstacles.none"), c.w("obstacles.none_todo"))
        return
    shown = _shown(c, found)
    config = st.column_config
    when = (
        config.TextColumn(c.w("changed"), help=c.w("changed.explain"), width=115)
        if "changed" in shown.columns
        else config.DateColumn(c.w("since"), format="YYYY-MM-DD", help=c.w("since.explain"), width=95)
    )
    picked = table(
        shown,
        {
            "place": config.TextColumn(c.w("step"), width=135),
            "matter": config.TextColumn(c.w("obstacle"), width=200),
            "impact": config.NumberColumn(c.w("impact"), format="%.0f", help=c.w("impact.explain"), width=55),
            "rate": config.NumberColumn(c.w("rate_short"), format="%.1f", help=c.w("rate.explain"), width=60),
            "interval": config.TextColumn(c.w("interval"), width=90),
            "change": config.NumberColumn(c.w("against"), format="%+.0f%%", width=72),
            "inquiries": config.NumberColumn(c.w("inquiries"), format="localized", width=64),
            "trend": config.LineChartColumn(c.w("trend"), width=80, help=c.w("trend.explain")),
            "changed" if "changed" in shown.columns else "first_day": when,
            "negative": config.NumberColumn(c.w("negative_short"), format="%.0f%%", width=62),
            "status": config.TextColumn(c.w("status"), width=60),
            "lever": config.TextColumn(c.w("lever"), width=80),
        },
        key="obstacle_rows",
        selectable=True,
        height=min(38 + 35 * shown.height, 640),
    )
    st.download_button(
        c.w("csv"),
        safe_csv(found.drop("trend")),
        file_name="obstacles.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
    )
    if picked is not None:
        change(obstacle=found["obstacle_id"][picked])
        st.rerun()


def _shown(c: Context, found: pl.DataFrame) -> pl.DataFrame:
    rows = found.to_dicts()
    if "since_day" in found.columns:
        changed = [
            c.w(
                "changed_since",
                day=formats.day(r["since_day"], c.language),
                ratio=formats.rate(r["since_ratio"]),
            )
            if r["since_day"]
            else ""
            for r in rows
        ]
        found = found.with_columns(pl.Series("changed", changed, dtype=pl.String))
    return found.with_columns(
        pl.Series("place", [c.names.step_first(r["product"], r["step"]) for r in rows], dtype=pl.String),
        pl.Series("matter", [c.names.matter(r["topic_id"], r["cause"]) for r in rows], dtype=pl.String),
        pl.Series("interval", [formats.interval(r["low"], r["high"]) for r in rows], dtype=pl.String),
        pl.Series(
            "lever", [c.w.of("lever", r["lever"]) if r["lever"] else "" for r in rows], dtype=pl.String
        ),
        pl.Series("status", [c.w.of("status", r["status"]) for r in rows], dtype=pl.String),
        change=(
            (pl.when(pl.col("rate_before") > 0).then(pl.col("rate") / pl.col("rate_before") - 1)) * 100
        ).round(0)
        + 0.0,
        negative=pl.col("negative_share") * 100,
    )
