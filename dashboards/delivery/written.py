"""The reports that are delivered, written from the published file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dashboards.delivery.due import Job
from dashboards.report import Report, write_report
from warehouse.errors import VocError
from warehouse.store import Store
from warehouse.workspace import Workspace


def store_of(ws: Workspace) -> Store:
    """The workspace's tables, for the record of deliveries."""
    return Store(ws.store_dir, ws.raw_dir, ws.place)


def published_days(ws: Workspace) -> tuple[date, date]:
    """First and last published day.

    Raises:
        VocError: nothing was published.
    """
    from warehouse.publish import newest_version
    from warehouse.publish.build import read_meta

    path = newest_version(ws.published)
    if path is None:
        raise VocError(f"{ws.published}: nothing was published yet", hint="voc run")
    meta = read_meta(path)
    return date.fromisoformat(meta["first_day"]), date.fromisoformat(meta["last_day"])


def known_day(day: date | None, data: tuple[date, date]) -> date:
    """The day that is meant: the last one with data, where none is named.

    Raises:
        VocError: it is not published.
    """
    if day is None:
        return data[1]
    if not data[0] <= day <= data[1]:
        raise VocError(f"no report of {day}", expected=f"a published day: {data[0]} to {data[1]}")
    return day


def report_of(ws: Workspace, job: Job, *, images: bool = False, folder: Path | None = None) -> Report:
    """Write the report that a job sends.

    A delivery with products of its own, or in another language than the workspace's, has a folder of its own.

    Raises:
        VocError: the day is not published, or a product is unknown.
    """
    of = job.delivery
    language = of.language or ws.voc.language
    own = bool(of.products) or language != ws.voc.language
    found = write_report(
        ws.published / "voc.duckdb",
        folder or ws.reports,
        job.day,
        language,
        period=job.period,
        products=of.products,
        name=of.name if own else None,
        images=images,
    )
    if found is None:
        raise VocError(f"there is no report of {job.day}")
    return found
