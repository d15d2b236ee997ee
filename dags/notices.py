"""What the operator is told when a task fails or a day is late: the day, the step and the next thing to do.

Every notice goes to the log. Where `VOC_NOTIFY` names places (Apprise URLs, separated by spaces), it is sent
there too; what cannot be sent is logged without the place, since a URL may hold a secret.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from typing import Any

log = logging.getLogger("wanqiu.notices")

_NEXT = {
    "land": "voc check   names the file and the line that cannot be read",
    "plan": "voc check   shows what is wrong with the configuration",
    "publish": "voc publish   tells why; readers keep the version before",
    "verdict": "voc status   shows the failed checks; mend the input, then run voc_redo",
    "write": "voc report   tells why",
    "send": "voc status   shows what was not delivered; voc report --send tries again",
}


def failure(
    dag: str, task: str, day: str | None, attempt: int, error: object, *, part: str | None = None
) -> str:
    """What is said of a task that failed for good."""
    about = f" of {day}" if day else ""
    which = f" ({part})" if part else ""
    hint = _NEXT.get(task, "voc status, then clear the task: a step that is run again gives the same rows")
    return f"wanqiu: {task}{which}{about} failed in {dag} after {attempt} tries: {error}\nnext: {hint}"


def lateness(dag: str, day: str | None, deadline: str) -> str:
    """What is said of a run that is not done by its deadline."""
    about = day or "the open days"
    return (
        f"wanqiu: {about} not published by {deadline} ({dag})\n"
        "next: the run's page in Airflow shows the task it waits for; voc status shows the newest published day"
    )


def silence(day: str, last: str | None) -> str:
    """What is said of a day of which nothing has landed."""
    return (
        f"wanqiu: nothing has landed for {day}; the last day with data is {last or 'none at all'}\n"
        "next: look after the export; once its files are in the inbox, run voc_redo"
    )


def tell(text: str) -> None:
    """Log a notice and send it to the places of `VOC_NOTIFY`; never raises."""
    log.error(text)
    places = os.environ.get("VOC_NOTIFY", "").split()
    if not places:
        return
    try:
        from apprise import Apprise

        from dashboards.delivery.others import overheard

        title, _, body = text.partition("\n")
        with overheard():
            sender = Apprise()
            known = [sender.add(place) for place in places]
            arrived = all(known) and sender.notify(title=title, body=body or title)
        if not arrived:
            log.error("a notice was not delivered to all places of VOC_NOTIFY")
    except Exception as error:
        log.error("a notice was not sent: %s", type(error).__name__)


def failed(context: Mapping[str, Any]) -> None:
    """Airflow's callback of a task that failed for good."""
    from dags.runs import day_of

    ti = context["ti"]
    day = day_of(context)
    error = str(context.get("exception") or "no reason given")
    part = f"part {ti.map_index}" if getattr(ti, "map_index", -1) >= 0 else None
    tell(failure(ti.dag_id, ti.task_id, day.isoformat() if day else None, ti.try_number, error, part=part))


async def late(context: Mapping[str, Any] | None = None, **_: Any) -> None:
    """Airflow's callback of a run that missed its deadline; runs in the triggerer."""
    run = (context or {}).get("dag_run", {})
    deadline = (context or {}).get("deadline", {}).get("deadline_time", "its deadline")
    await asyncio.to_thread(
        tell, lateness(run.get("dag_id", "voc_daily"), run.get("partition_key"), str(deadline))
    )
