"""What the DAGs share: the day that a run is about, its workspace, retries, pools, and the tasks of a run.

A run is about a day, or about all days that need work. The day is the run's partition key (scheduled and
backfill runs), else its parameter `day`, else its logical date; a run that has none of these, as Airflow's
manual and asset-triggered runs, takes every open day.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, get_current_context, task

from dags import notices
from dags.steps import DAY_STEPS, LEARNING, step_named

if TYPE_CHECKING:
    from dags.pipeline import Pipeline
    from warehouse.workspace import Workspace

HOME = Path(os.environ.get("VOC_HOME", "workspace"))
INBOX = Asset("wanqiu://inbox")  # updated by whoever delivers files, so that voc_redo looks at them
PUBLISHED = Asset("wanqiu://published")  # partitioned by the last day that was published

# One slot: whatever changes a table, a day's record or the published file waits for its turn.
WRITERS = os.environ.get("VOC_WRITERS_POOL", "voc_writers")
_CHUNKS = 8  # tasks that a long history is dealt out to

DEFAULTS: dict[str, Any] = {
    "owner": "wanqiu",
    "pool": WRITERS,
    "retries": int(os.environ.get("VOC_RETRIES", "3")),
    "retry_delay": timedelta(seconds=float(os.environ.get("VOC_RETRY_SECONDS", "30"))),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "execution_timeout": timedelta(hours=3),
    "on_failure_callback": notices.failed,
}


def timezone() -> str:
    """The workspace's time zone; Asia/Shanghai while there is no workspace."""
    from warehouse.workspace import Workspace

    found = Workspace(HOME)
    return found.timezone if found.voc_file.exists() else "Asia/Shanghai"


def day_of(context: Mapping[str, Any]) -> date | None:
    """The day that a run is about; None: all open days."""
    given = (context.get("params") or {}).get("day")
    if given:
        return date.fromisoformat(given)
    run = context["dag_run"]
    if getattr(run, "partition_key", None):
        return date.fromisoformat(str(run.partition_key)[:10])
    logical: datetime | None = getattr(run, "logical_date", None)
    return logical.astimezone(ZoneInfo(timezone())).date() if logical else None


def ready_at(day: date) -> datetime:
    """When a day's files are expected to be there: `VOC_READY_AT` (06:30) of the next day, local time."""
    hour, _, minute = os.environ.get("VOC_READY_AT", "06:30").partition(":")
    return datetime.combine(day + timedelta(days=1), time(int(hour), int(minute or 0)), ZoneInfo(timezone()))


def workspace() -> Workspace:
    """The workspace of `VOC_HOME`."""
    from warehouse.workspace import Workspace

    return Workspace.open(HOME)


def pipeline() -> Pipeline:
    """The steps at work, under the name of this run."""
    from dags.commands.common import now
    from dags.pipeline import Pipeline

    return Pipeline(workspace(), run_id=get_current_context()["dag_run"].run_id, clock=now)


@contextmanager
def final_errors() -> Iterator[None]:
    """A wrong configuration fails at once: trying again would not mend it."""
    from airflow.sdk.exceptions import AirflowFailException

    from warehouse.errors import ConfigError

    try:
        yield
    except ConfigError as error:
        raise AirflowFailException(str(error)) from error


def day_step(name: str) -> Callable[..., Any]:
    """A task that runs one step over some days in date order, so that look-backs see what they would see there."""

    @task(task_id=name, trigger_rule="none_failed")
    def work(days: list[str]) -> list[str]:
        with final_errors():
            steps = pipeline()
            chosen = [date.fromisoformat(day) for day in days]
            if name == LEARNING:
                chosen = steps.learn_topics(chosen)  # and the earlier days that a new topic changes
            else:
                for day in chosen:
                    steps.run_step(step_named(name), day)
            steps.save_runs()
            return [day.isoformat() for day in chosen]

    return work


def tasks(plan: Callable[[Pipeline], list[date]], *, after: Any = None) -> None:
    """The tasks from landing to publishing: what `voc run` does, with a day's texts mapped over workers.

    Args:
        plan: chooses the days, in date order.
        after: a task that must be done before.
    """

    @task
    def land() -> dict[str, int]:
        with final_errors():
            steps = pipeline()
            result = steps.land()
            steps.save_runs()
        refused = [f.file for f in result.files if f.status == "refused"]
        return {
            "read": result.rows_read,
            "landed": result.rows_landed,
            "rejected": result.rows_rejected,
            "refused": len(refused),
        }

    @task(task_id="plan")
    def planned(landed: dict[str, int]) -> list[str]:
        with final_errors():
            return [day.isoformat() for day in plan(pipeline())]

    @task
    def validate(days: list[str]) -> list[dict[str, Any]]:
        """Checks of what landed; returns the parts of days that are read side by side."""
        with final_errors():
            steps = pipeline()
            for day in days:
                steps.run_step(DAY_STEPS[0], date.fromisoformat(day))
            steps.save_runs()
            return dealt(days, steps.ws.voc.shards)

    @task(pool="default_pool", map_index_template="{{ label }}", retries=DEFAULTS["retries"] + 1)
    def texts(part: dict[str, Any]) -> int:
        """conform, tag and sentiment of some days, or of a part of their inquiries."""
        from warehouse.store.parts import Part

        get_current_context()["label"] = part["label"]  # type: ignore[typeddict-unknown-key]
        steps = pipeline()
        with final_errors():
            share = Part(part["number"], part["of"])
            return sum(steps.run_part(date.fromisoformat(day), share) for day in part["days"])

    @task(trigger_rule="none_failed")
    def join(days: list[str], parts: list[dict[str, Any]]) -> list[str]:
        """Commits what the parts wrote, with the checks of its tables."""
        steps = pipeline()
        for part in parts:
            if part["number"] == 0:
                for day in part["days"]:
                    steps.join_parts(date.fromisoformat(day), part["of"])
        steps.save_runs()
        return days

    @task(trigger_rule="none_failed")
    def finish(days: list[str]) -> dict[str, str]:
        steps = pipeline()
        for day in days:
            steps.finish_day(date.fromisoformat(day))
        return {day.isoformat(): why for day, why in steps.outcome.held.items()}

    @task(trigger_rule="none_failed", outlets=[PUBLISHED])
    def publish(held: dict[str, str]) -> dict[str, str]:
        steps = pipeline()
        found = steps.publish()
        steps.save_runs()
        if found is not None and found.days:
            get_current_context()["outlet_events"][PUBLISHED].add_partitions(found.days[-1].isoformat())
        return held

    @task(trigger_rule="none_failed", retries=0, pool="default_pool")
    def verdict(held: dict[str, str], landed: dict[str, int]) -> None:
        """Fails, after everything good was published, if a day was held back or a file refused."""
        from airflow.sdk.exceptions import AirflowFailException

        told = [f"{day} is held back: {why}" for day, why in held.items()]
        if landed["refused"]:
            told.append(f"{landed['refused']} file(s) were refused whole: see ops.files")
        if told:
            raise AirflowFailException("; ".join(told))

    landed: Any = land()
    if after is not None:
        after >> landed
    days: Any = planned(landed)
    parts: Any = validate(days)
    read = texts.expand(part=parts)
    days = join(days, parts)
    read >> days
    for step in DAY_STEPS:
        if not step.by_inquiry and step is not DAY_STEPS[0]:
            days = day_step(step.name)(days)
    held: Any = finish(days)
    held = publish(held)
    verdict(held, landed)


def dealt(days: list[str], shards: int) -> list[dict[str, Any]]:
    """The parts that map over tasks: days in date order, dealt out in blocks, each as many times as there are shards."""
    width = -(-len(days) // _CHUNKS) or 1
    blocks = [days[at : at + width] for at in range(0, len(days), width)]
    return [
        {"days": block, "number": number, "of": shards, "label": _label(block, number, shards)}
        for block in blocks
        for number in range(shards)
    ]


def _label(block: list[str], number: int, shards: int) -> str:
    span = block[0] if len(block) == 1 else f"{block[0]} to {block[-1]}"
    return span if shards == 1 else f"{span}, part {number + 1} of {shards}"
