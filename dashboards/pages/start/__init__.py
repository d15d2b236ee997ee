"""The script that Streamlit runs. It lies alone in its folder, which Streamlit puts first on the import path."""

from __future__ import annotations


def warm() -> None:
    """Import what the pages need and open the published file, so that the first page is drawn at once."""
    from importlib import import_module

    from dashboards.data import newest
    from dashboards.pages.start.app import PAGES
    from dashboards.setup import current

    for name in PAGES:
        import_module(f"dashboards.pages.{name}")
    try:
        newest(current().published)
    except Exception:  # whatever is wrong with the file, the pages say it
        return
