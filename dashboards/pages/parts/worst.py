"""The two steps to look at first: why, since when, and what customers say."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.compare import direction
from dashboards.pages.parts.context import Context, go
from dashboards.pages.parts.layout import day_text, empty, section
from dashboards.pages.parts.voices import word_list
from dashboards.questions import journey, obstacles


def worst(c: Context, steps: pl.DataFrame, since: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Draw both: the highest rate, and the step that lost most against the period before.

    Args:
        c: the page.
        steps: rows of `journey.steps`.
        since: product, step -> row of `journey.outbreaks`.
    """
    rated = steps.filter(pl.col("rate").is_not_null())
    if rated.is_empty():
        empty(c.w("empty.rates"), c.w("empty.rates_todo"))
        return
    # By the lower end of the interval: a handful of transactions does not make a step the worst.
    highest = rated.sort("low", descending=True).row(0, named=True)
    risen = rated.filter(pl.col("rate") > pl.col("rate_before")).with_columns(
        more=pl.col("inquiries") - pl.col("rate_before") * pl.col("transactions") / 10_000
    )
    risers = risen.sort("more", descending=True).head(2).to_dicts()
    # One step may be both; then the second place goes to the next.
    both = bool(risers) and (risers[0]["product"], risers[0]["step"]) == (highest["product"], highest["step"])
    riser = (risers[1] if len(risers) > 1 else None) if both else (risers[0] if risers else None)
    section(c, c.w("today.worst"), journey.steps(c.filters), journey.outbreaks(c.filters))
    columns = st.columns(2, gap="small")
    with columns[0]:
        _step_card(c, c.w("today.both" if both else "today.highest"), highest, since, "highest")
    with columns[1]:
        if riser is not None:
            _step_card(
                c,
                c.w("today.next" if both else "today.riser", n=formats.count(riser["more"])),
                riser,
                since,
                "riser",
            )
        else:
            empty(c.w("today.no_riser"), c.w("today.no_riser_todo"))


def _step_card(
    c: Context, kicker: str, row: dict[str, Any], since: dict[tuple[str, str], dict[str, Any]], key: str
) -> None:
    moved = direction(
        row["inquiries"],
        row["transactions"],
        row["inquiries_before"],
        row["transactions_before"],
        row["dispersion"],
    )
    relative = _percent(row["rate"], row["rate_before"])
    with st.container(border=True, height="stretch"):
        change = (
            f" <span class='voc-{moved}'>{escape(relative)}</span> <span class='voc-same'>{escape(c.w('against'))}"
            f"{escape('' if moved != 'same' else c.w('within_chance'))}</span>"
            if relative
            else ""
        )
        st.html(
            f"<p class='voc-kicker'>{escape(kicker)}</p>"
            f"<p class='voc-name'>{escape(c.names.place(row['product'], row['step']))}</p>"
            f"<p class='voc-fact'><b>{formats.rate(row['rate'])}</b> {escape(c.w('per_10k'))}{change}</p>"
            f"<p class='voc-note'>{escape(c.w('rate_note', interval=formats.interval(row['low'], row['high']), n=formats.count(row['inquiries']), t=formats.count(row['transactions'])))}</p>"
            f"{_why_line(c, row)}{_since_line(c, since.get((row['product'], row['step'])))}"
        )
        if row["obstacle_id"]:
            question = obstacles.words(
                c.filters, row["product"], row["step"], row["topic_id"], row["cause"], limit=3
            )
            word_list(c, c.ask(question), f"today_{key}")
        with st.container(horizontal=True):
            if st.button(
                c.w("today.to_obstacles"), key=f"to_obstacles_{key}", icon=":material/arrow_forward:"
            ):
                go("obstacles", product=row["product"], step=row["step"])
            if st.button(c.w("today.to_journey"), key=f"to_journey_{key}", type="tertiary"):
                go("journey", product=row["product"], step=None)


def _why_line(c: Context, row: dict[str, Any]) -> str:
    if not row["obstacle_id"]:
        return ""
    text = c.w(
        "today.main_obstacle",
        what=c.names.matter(row["topic_id"], row["cause"]),
        n=formats.count(row["obstacle_inquiries"]),
        share=formats.share(row["obstacle_inquiries"] / row["inquiries"]),
    )
    return f"<p class='voc-fact'>{escape(text)}</p>"


def _since_line(c: Context, found: dict[str, Any] | None) -> str:
    if found is None:
        return f"<p class='voc-fact'>{escape(c.w('since.steady'))}</p>"
    key = "since.lasts" if found["lasts"] else "since.over"
    text = c.w(
        key,
        since=day_text(c, found["since"]),
        until=day_text(c, found["until"]),
        inside=formats.rate(found["rate_inside"]),
        outside=formats.rate(found["rate_outside"]),
    )
    return f"<p class='voc-fact'>{escape(text)}</p>"


def _percent(now: float | None, before: float | None) -> str | None:
    relative = formats.change(now, before)
    return None if relative is None else formats.percent(relative)
