"""The daily run: a run a day, named by its day.

The partition key is the day that the run is about: the run that fires at midnight is about the day that has
just ended, and waits until its files are expected (`VOC_READY_AT`, 06:30 in the workspace's time zone). It
lands what is new and works the day and whatever before it needs work, in date order. `airflow backfill create`
makes a run for each day from its first to its last. A run without a day takes every open day.

A day that a check holds back does not stop the others; the last task fails and says which and why.
"""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from airflow.sdk import CronPartitionTimetable, Param, dag, get_current_context, task
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from dags import notices, runs

if TYPE_CHECKING:
    from dags.pipeline import Pipeline

# At midnight, and not at 06:30: a backfill's dates are midnights, and a later hour would lose its last day.
_TIMETABLE = CronPartitionTimetable(
    "0 0 * * *", timezone=runs.timezone(), run_offset=-1, key_format="%Y-%m-%d"
)


def _deadline() -> DeadlineAlert | None:
    """Told of when the day is not published so many hours after midnight (or after a run by hand); 0: never."""
    hours = float(os.environ.get("VOC_LATE_AFTER_HOURS", "10"))
    if hours == 0:
        return None
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(hours=hours),
        callback=AsyncCallback(notices.late),
        name="published in time",
    )


def _open_days(steps: Pipeline) -> list[date]:
    day = runs.day_of(get_current_context())
    days = steps.plan(until=day)
    for chosen in days:
        steps.begin_day(chosen)
    landed = steps.calendar()
    if day is not None and day not in landed:
        notices.tell(notices.silence(day.isoformat(), landed[-1].isoformat() if landed else None))
    return days


@dag(
    dag_id="voc_daily",
    schedule=_TIMETABLE,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=runs.DEFAULTS,
    dagrun_timeout=timedelta(hours=30),
    deadline=_deadline(),
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Work up to this day; empty: the run's own day, or every open day",
        )
    },
    tags=["wanqiu"],
    doc_md=__doc__,
)
def voc_daily() -> None:
    """Land, process, publish."""

    @task.sensor(pool="default_pool", mode="reschedule", poke_interval=300, timeout=24 * 3600)
    def ready() -> bool:
        """Waits until the files of the day are expected; only a scheduled run has something to wait for."""
        from dags.commands.common import now

        context = get_current_context()
        day = runs.day_of(context)
        scheduled = str(getattr(context["dag_run"], "run_type", "")).endswith("scheduled")
        return day is None or not scheduled or now() >= runs.ready_at(day)

    runs.tasks(_open_days, after=ready())


voc_daily()
