"""What a page is given, and the choices that hold across pages and live in the URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import streamlit as st

from dashboards.data import Warehouse
from dashboards.filters import Filters, View, view_from
from dashboards.names import Names
from dashboards.palette import Palette
from dashboards.questions.base import Question
from dashboards.setup import Setup
from dashboards.words import Words

_VIEW, _URL, _PAGES = "voc_view", "voc_url", "voc_pages"


@dataclass(frozen=True)
class Context:
    """One run of a page.

    Attributes:
        setup: what the dashboard is about.
        warehouse: the newest published file.
        view: choices as they stand in the URL.
        filters: days and columns that follow from them.
        w: words in the chosen language.
        names: names in it.
        p: colours of the theme.
    """

    setup: Setup
    warehouse: Warehouse
    view: View
    filters: Filters
    w: Words
    names: Names
    p: Palette

    def ask(self, question: Question) -> pl.DataFrame:
        """The answer to a question."""
        return self.warehouse.frame(question)

    @property
    def language(self) -> str:
        """zh or en."""
        return self.w.language

    @property
    def labels(self) -> dict[str, str]:
        """Words that charts need."""
        names = (
            "day rate low high inquiries transactions change title what amount ratio step emotion share value share_all "
            "growth negative_share topic group table passed warned failed"
        )
        return {name: self.w(f"chart.{name}") for name in names.split()}


def begin(default_language: str) -> View:
    """The view of this run: from the URL when somebody came by a link or went back, else as it was."""
    given = dict(st.query_params)
    known: View | None = st.session_state.get(_VIEW)
    view = (
        view_from(given, default_language)
        if known is None or (given and given != st.session_state.get(_URL))
        else known
    )
    st.session_state[_VIEW] = view
    _write(view)
    return view


def _write(view: View) -> None:
    wanted = view.params()
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_URL] = wanted


def change(**choices: Any) -> None:
    """Change choices; for callbacks, before the page is drawn again."""
    st.session_state[_VIEW] = replace(st.session_state[_VIEW], **choices)


def remember_pages(pages: dict[str, Any]) -> None:
    """Keep the page objects of this run for `go`."""
    st.session_state[_PAGES] = pages


def page(name: str) -> Any:
    """The page object of a name."""
    return st.session_state[_PAGES][name]


def go(name: str, **choices: Any) -> None:
    """Open another page with changed choices; nothing opened there unless it is named."""
    view = replace(st.session_state[_VIEW].without_details(), **choices)
    st.session_state[_VIEW] = view
    st.session_state[_URL] = view.params()
    st.switch_page(page(name), query_params=view.params())
