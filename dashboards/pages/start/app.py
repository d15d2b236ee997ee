"""The dashboards. `voc dashboard` starts this; `streamlit run` on this file shows them without the way to decide."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import streamlit as st

from dashboards.data import Warehouse, newest
from dashboards.filters import View, resolve
from dashboards.names import Names
from dashboards.pages.parts.context import Context, begin, remember_pages
from dashboards.pages.parts.layout import empty, style
from dashboards.pages.parts.sidebar import sidebar
from dashboards.palette import palette
from dashboards.setup import Setup, current
from dashboards.words import Words
from warehouse.errors import VocError

# page -> icon; the module of the same name in dashboards/pages has its `page(context)`.
PAGES = {
    "today": "today",
    "journey": "route",
    "obstacles": "warning",
    "topics": "category",
    "feelings": "sentiment_neutral",
    "search": "search",
    "data": "verified",
    "sql": "terminal",
}
_SECONDS = 30  # how often an open page looks whether something new was published

_log = logging.getLogger("dashboards")


def main() -> None:
    """Draw one page."""
    st.set_page_config(
        page_title="万求 Wanqiu",
        page_icon=str(Path(__file__).with_name("icon.svg")),
        layout="wide",
        initial_sidebar_state=230,
    )
    setup = current()
    try:
        warehouse = newest(setup.published)
    except VocError:
        _alone("first.title", "first.todo")
        return
    except Exception:
        _log.exception("the published file cannot be opened")
        _alone("first.unreadable", "first.unreadable_todo")
        return
    view = begin(warehouse.language)
    words = Words(view.lang)
    pages = {
        name: st.Page(
            _drawing(name, setup, warehouse, view),
            title=f"{words(f'nav.{name}')} · 万求",
            icon=f":material/{icon}:",
            url_path=name,
            default=name == "today",
        )
        for name, icon in PAGES.items()
    }
    remember_pages(pages)
    chosen = st.navigation(list(pages.values()), position="hidden")
    sidebar(warehouse, view, words, setup, _SECONDS)
    chosen.run()


def _alone(title: str, todo: str) -> None:
    """A page that stands for all of them: there is nothing to show yet."""
    words = Words(st.query_params.get("lang", "zh"))
    pages = [
        st.Page(
            _named(name, lambda: empty(words(title), words(todo))),
            title="万求",
            url_path=name,
            default=name == "today",
        )
        for name in PAGES
    ]
    st.navigation(pages, position="hidden").run()


def _named(name: str, function: Callable[[], None]) -> Callable[[], None]:
    """The function under a page's name, by which Streamlit tells pages apart."""
    function.__name__ = name
    return function


def _drawing(name: str, setup: Setup, warehouse: Warehouse, view: View) -> Callable[[], None]:
    """What draws a page. Whatever goes wrong is said in words; the trace goes to the log."""

    def draw() -> None:
        words, p = Words(view.lang), palette(st.context.theme.type)
        style(p)
        if warehouse.first_day is None or warehouse.last_day is None:
            empty(words("first.no_days"), words("first.no_days_todo"))
            return
        try:
            filters = resolve(
                view,
                warehouse.first_day,
                warehouse.last_day,
                scatters=warehouse.has("mart.dispersion_daily", "dispersion"),
            )
            context = Context(setup, warehouse, view, filters, words, Names(warehouse, words), p)
            import_module(f"dashboards.pages.{name}").page(context)
        except Exception:
            _log.exception("page %s", name)
            empty(words("broken"), words("broken_todo"))

    return _named(name, draw)


if __name__ == "__main__":
    main()
