"""Published files of several sizes, and pages opened on them without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboards import data, setup
from tests.dashboards.published import write_published
from tests.support import new_workspace

NOW = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
APP = Path(data.__file__).parent / "pages" / "start" / "app.py"
PAGES = ("today", "journey", "obstacles", "topics", "feelings", "search", "data", "sql")
SIZES: dict[str, dict[str, Any]] = {
    "empty": {"days": 0, "topics": 0},
    "one_day": {"days": 1, "topics": 0, "filled": False},
    "filled": {"days": 45},
    "long": {"days": 400, "row_days": 3},
}


@pytest.fixture(scope="session")
def files(tmp_path_factory) -> dict[str, Path]:
    """Published files: without a day, of one day, of 45 days with everything filled, of 400 days."""
    folder = tmp_path_factory.mktemp("published")
    return {name: write_published(folder / f"{name}.duckdb", **size) for name, size in SIZES.items()}


@pytest.fixture
def dashboard(files, tmp_path) -> Iterator[Callable[..., setup.Setup]]:
    """Point this process's dashboard at a file; a workspace beside it takes the decisions."""

    def point(size: str = "filled", *, home: Path | None = None, **changes: Any) -> setup.Setup:
        place = home or new_workspace(tmp_path / "workspace")
        chosen = {"published": files[size], "home": place, "clock": lambda: NOW, "person": "王芳"} | changes
        setup.configure(setup.Setup(**chosen))
        return setup.current()

    yield point
    setup.configure(None)
    data.close_all()


@pytest.fixture
def look(dashboard) -> Callable[..., Any]:
    """Open a page: `look("today", size="filled", product="p1")`; gives Streamlit's AppTest after its run."""
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    def open_page(name: str, size: str | None = "filled", **params: str) -> Any:
        if size is not None:
            dashboard(size)
        test = AppTest.from_file(str(APP), default_timeout=60)
        test.query_params.update(params)
        test._page_hash = calc_hash("" if name == "today" else name)  # pages here are functions, not files
        return test.run()

    return open_page


def html(page: Any) -> str:
    """All HTML of a page."""
    return "\n".join(found.proto.body for found in [*page.get("html"), *page.sidebar.get("html")])
