"""The daily run on Airflow: the steps of `dags/steps.py`, a task each, over the days that need work.

The same code as `voc run`, one step at a time instead of one day at a time: a step works its days in date
order, so look-backs see what they would see there. XCom carries days and counts, never frames. A day that
a check holds back does not stop the others; the last task fails and says which and why.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, task
from airflow.sdk.definitions.timetables.trigger import CronTriggerTimetable

from dags.steps import DAY_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from dags.pipeline import Pipeline

_HOME = Path(os.environ.get("VOC_HOME", "workspace"))
_DAY: dict[str, Any] = {"type": ["null", "string"], "format": "date"}


def _timezone() -> str:
    """The workspace's time zone, so that the run falls into its morning."""
    from warehouse.workspace import Workspace

    workspace = Workspace(_HOME)
    return workspace.timezone if workspace.voc_file.exists() else "Asia/Shanghai"


def _pipeline(run_id: str | None) -> Pipeline:
    from dags.commands.common import now
    from dags.pipeline import Pipeline
    from warehouse.workspace import Workspace

    return Pipeline(Workspace.open(_HOME), run_id=run_id or "airflow", clock=now)


def _day_task(name: str) -> Callable[..., Any]:
    """A task that runs one step over the open days, in order."""

    @task(task_id=name)
    def work(days: list[str], run_id: str | None = None) -> list[str]:
        from datetime import date

        from dags.pipeline import LEARNING
        from dags.steps import step_named

        pipeline = _pipeline(run_id)
        chosen = [date.fromisoformat(day) for day in days]
        if name == LEARNING:
            chosen = pipeline.learn_topics(chosen)  # and the earlier days that a new topic changes
        else:
            for day in chosen:
                pipeline.run_step(step_named(name), day)
        pipeline.save_runs()
        return [day.isoformat() for day in chosen]

    return work


@dag(
    dag_id="voc_daily",
    schedule=CronTriggerTimetable(os.environ.get("VOC_SCHEDULE", "30 6 * * *"), timezone=_timezone()),
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2},
    params={
        "first": Param(None, **_DAY, description="First day to process again; empty: the days that need it"),
        "last": Param(None, **_DAY, description="Last day to process again"),
    },
    tags=["wanqiu"],
    doc_md=__doc__,
)
def voc_daily() -> None:
    """Land, process the open days, publish, report."""

    @task
    def land(run_id: str | None = None) -> dict[str, int]:
        pipeline = _pipeline(run_id)
        result = pipeline.land()
        pipeline.save_runs()
        refused = [f.file for f in result.files if f.status == "refused"]
        return {
            "read": result.rows_read,
            "landed": result.rows_landed,
            "rejected": result.rows_rejected,
            "refused": len(refused),
        }

    @task
    def plan(
        landed: dict[str, int], params: dict[str, Any] | None = None, run_id: str | None = None
    ) -> list[str]:
        from datetime import date

        chosen = {name: date.fromisoformat(text) for name, text in (params or {}).items() if text}
        pipeline = _pipeline(run_id)
        days = pipeline.plan(first=chosen.get("first"), last=chosen.get("last"))
        for day in days:
            pipeline.begin_day(day, force_from=DAY_STEPS[0].name if chosen else None)
        return [day.isoformat() for day in days]

    @task
    def finish(days: list[str], run_id: str | None = None) -> dict[str, str]:
        from datetime import date

        pipeline = _pipeline(run_id)
        for day in days:
            pipeline.finish_day(date.fromisoformat(day))
        return {day.isoformat(): why for day, why in pipeline.outcome.held.items()}

    @task
    def publish(held: dict[str, str], run_id: str | None = None) -> dict[str, str]:
        pipeline = _pipeline(run_id)
        pipeline.publish()
        pipeline.save_runs()
        return held

    @task
    def report(held: dict[str, str], run_id: str | None = None) -> dict[str, str]:
        _pipeline(run_id).report()
        return held

    @task(retries=0)
    def verdict(held: dict[str, str], landed: dict[str, int]) -> None:
        from airflow.sdk.exceptions import AirflowFailException

        if held or landed["refused"]:
            told = [f"{day} is held back: {why}" for day, why in held.items()]
            if landed["refused"]:
                told.append(f"{landed['refused']} file(s) were refused whole: see ops.files")
            raise AirflowFailException("; ".join(told))

    landed: Any = land()
    days: Any = plan(landed)
    for step in DAY_STEPS:
        days = _day_task(step.name)(days)
    held: Any = finish(days)
    for task_ in (publish, report):
        held = task_(held)
    verdict(held, landed)


voc_daily()
