"""Customers' words, and the conversation one click away. All of it is text, never markup."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import formats
from dashboards.pages.parts.context import Context, change
from dashboards.pages.parts.forms import correction_form
from dashboards.pages.parts.layout import empty, show_sql
from dashboards.questions import voices


def _open(inquiry_id: str, day: date) -> None:
    change(inquiry=inquiry_id, day=day.isoformat())


def _close() -> None:
    change(inquiry=None, day=None)


def word_list(c: Context, found: pl.DataFrame, key: str, *, where: bool = False) -> None:
    """Customers' words, each with the way to its conversation.

    Args:
        c: the page.
        found: inquiry_id, day, emotion, sentiment, problem; with `where` also product, step, cause.
        key: of the buttons.
        where: whether to say which step it is about.
    """
    if found.is_empty():
        empty(c.w("words.none"), c.w("words.none_todo"))
        return
    for number, row in enumerate(found.iter_rows(named=True)):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
            st.html(
                f"<p class='voc-quote'>{escape(row['problem'])}</p><p class='voc-note'>{escape(_about(c, row, where))}</p>"
            )
            st.button(
                c.w("conversation.open"),
                key=f"{key}_{number}",
                type="tertiary",
                icon=":material/forum:",
                on_click=_open,
                args=(row["inquiry_id"], row["day"]),
                help=c.w("conversation.open_help"),
            )


def _about(c: Context, row: dict[str, Any], where: bool) -> str:
    parts = [formats.day(row["day"], c.language), c.w.of("emotion", row["emotion"])]
    if row["sentiment"] is not None:
        parts.append(f"{c.w('sentiment')} {formats.sentiment(row['sentiment'])}")
    if where:
        parts.append(c.names.place(row["product"], row["step"]))
        parts.append(c.names.cause(row["cause"]))
    return " · ".join(parts)


def conversation(c: Context) -> None:
    """The conversation that the view names, if any, in a dialog; it ends with the way to correct its step."""
    if c.view.inquiry is None or c.view.day is None:
        return
    st.dialog(c.w("conversation.title"), width="large", on_dismiss=_close)(_conversation)(c)


def _conversation(c: Context) -> None:
    inquiry, day = c.view.inquiry or "", date.fromisoformat(c.view.day or "")
    about, said = voices.inquiry(inquiry, day), voices.turns(inquiry, day)
    facts = c.ask(about)
    if facts.is_empty():
        empty(c.w("conversation.gone"), c.w("conversation.gone_todo"))
        return
    row = facts.row(0, named=True)
    tags = [
        c.names.place(row["product"], row["step"]),
        c.names.matter(row["topic_id"], row["cause"]),
        c.w.of("emotion", row["emotion"]),
        c.names.channel(row["channel"]),
        formats.moment(row["started_at"], c.warehouse.timezone),
    ]
    st.html("".join(f"<span class='voc-tag strong'>{escape(tag)}</span>" for tag in tags))
    more = [
        c.w(
            "conversation.method",
            method=c.w.of("method", row["method"]),
            confidence=formats.share(row["confidence"]),
        )
        if row["method"]
        else "",
        c.w("conversation.effort", effort=formats.share(row["effort"])) if row["effort"] is not None else "",
        c.w("conversation.repeat") if row["repeat_of"] else "",
        c.w("conversation.transferred") if row["transferred"] else "",
    ]
    st.html(f"<p class='voc-note'>{escape(' · '.join(part for part in more if part))}</p>")
    turns = c.ask(said)
    with st.container(height=420, border=False):
        st.html("".join(_turn(c, turn) for turn in turns.iter_rows(named=True)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f"<p class='voc-note'>{escape(row['inquiry_id'])} · {escape(c.w('masked'))}</p>")
        show_sql(c, about, said)
    correction_form(c, row)


def _turn(c: Context, turn: dict[str, Any]) -> str:
    when = formats.moment(turn["said_at"], c.warehouse.timezone)[-5:] if turn["said_at"] else ""
    who = f"{c.w.of('role', turn['role'])} {when}"
    role = turn["role"] if turn["role"] in ("customer", "agent", "bot", "system") else "system"
    return f"<div class='voc-turn {role}'><span class='who'>{escape(who)}</span>{escape(turn['text'] or '')}</div>"
