"""What would be delivered, without doing it."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

from dashboards.delivery.due import Job, is_quiet, jobs
from dashboards.delivery.outcome import Item
from dashboards.delivery.written import known_day, published_days, report_of, store_of
from warehouse.config.report import Receiver
from warehouse.deliveries import UNSURE, Deliveries
from warehouse.errors import VocError
from warehouse.workspace import Workspace


def planned(
    ws: Workspace, *, day: date | None, now: datetime, period: str | None = None, again: bool = False
) -> list[Item]:
    """What `deliver` would do, without sending, recording or writing anything.

    Args:
        ws, day, now, period, again: as in `deliver`.

    Returns:
        Items whose status is the one that they would get: sent, waiting, skipped, failed (its report can't be
        written); or the one that they have: sent already, unsure.
    """
    deliveries = ws.voc.report.all_deliveries
    data = published_days(ws)
    known = Deliveries(store_of(ws), now=now)
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        for job in jobs(deliveries, known, day=known_day(day, data), data=data, period=period):
            for receiver in job.receivers:
                found.append(
                    Item(*job.key(receiver), *_foreseen(ws, job, receiver, known, now, again, Path(scratch)))
                )
    return found


def _foreseen(
    ws: Workspace, job: Job, receiver: Receiver, known: Deliveries, now: datetime, again: bool, scratch: Path
) -> tuple[str, int, str | None]:
    before = known.get(job.key(receiver))
    tries = before.attempts if before else 0
    if before is not None and before.status == "sent":
        return "already sent", tries, None
    if before is not None and before.status in UNSURE and not again:
        return "may have arrived", tries, before.reason
    if is_quiet(job.delivery.quiet, now, ws.timezone):
        return "would wait", tries, f"quiet hours {job.delivery.quiet}"
    if job.delivery.only_when == "something_happened":
        try:
            if not report_of(ws, job, folder=scratch).noteworthy:
                return "would be skipped", tries, "nothing happened"
        except VocError as error:
            return "would fail", tries, error.message
    return "would be sent", tries, before.reason if before else None
