"""The sidebar: where one is, in which language, how fresh the data are."""

from __future__ import annotations

from datetime import datetime, timedelta
from html import escape

import streamlit as st

from dashboards import formats
from dashboards.data import Warehouse, newest
from dashboards.filters import View
from dashboards.pages.parts.context import change, page
from dashboards.setup import Setup
from dashboards.words import Words

_PAGES = ("today", "journey", "obstacles", "topics", "feelings", "search", "data", "sql")
_STALE = timedelta(hours=36)  # after the end of the last day: yesterday's data are expected by noon


def _language() -> None:
    chosen = st.session_state.get("language")
    if chosen:
        change(lang=chosen)


def sidebar(warehouse: Warehouse, view: View, w: Words, setup: Setup, seconds: int) -> None:
    """Draw it.

    Args:
        warehouse: the newest published file.
        view: the choices; links to other pages keep them.
        w: words.
        setup: for the clock.
        seconds: how often to look whether something new was published.
    """
    params = view.without_details().params()
    with st.sidebar:
        st.html(
            f"<p class='voc-brand'>万求<span>Wanqiu</span></p><p class='voc-note'>{escape(w('brand'))}</p>"
        )
        for name in _PAGES:
            st.page_link(page(name), label=w(f"nav.{name}"), query_params=params, width="stretch")
        st.space("small")
        st.session_state["language"] = view.lang
        st.segmented_control(
            w("language"), ("zh", "en"), key="language", on_change=_language, label_visibility="collapsed",
            format_func=lambda v: "中文" if v == "zh" else "English",
        )  # fmt: skip
        st.html(
            f"<p class='voc-note'>{escape(w('sidebar.last', day=formats.day(warehouse.last_day, w.language)))}<br>"
            f"{escape(w('sidebar.version', version=warehouse.version))}</p>"
        )
        if setup.clock is not None and warehouse.last_day is not None:
            _freshness(warehouse, w, setup.clock())
        if not setup.may_decide:
            st.html(f"<p class='voc-note'>{escape(w('decide.look_only'))}</p>")
        _watch(seconds, setup, warehouse.path.name)


def _freshness(warehouse: Warehouse, w: Words, now: datetime) -> None:
    from datetime import time
    from zoneinfo import ZoneInfo

    assert warehouse.last_day is not None  # noqa: S101  the caller has seen to it
    end = datetime.combine(warehouse.last_day + timedelta(days=1), time(), ZoneInfo(warehouse.timezone))
    if now - end > _STALE:
        days = (now - end).days
        st.html(
            f"<p class='voc-note voc-up'>{escape(w('stale', n=days))}</p><p class='voc-note'>{escape(w('stale_todo'))}</p>"
        )


def _watch(seconds: int, setup: Setup, known: str) -> None:
    """Look now and then whether a newer file was published; draw the page again if so."""

    @st.fragment(run_every=seconds)
    def watch() -> None:
        try:
            newer = newest(setup.published).path.name != known
        except Exception:  # the next look, or the next click, says what is wrong
            newer = False
        if newer:
            st.rerun(scope="app")

    watch()
