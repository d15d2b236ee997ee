"""Days that need work again: late data, a correction, an edited configuration, or days named here.

Runs when the asset `wanqiu://inbox` is updated (by whoever delivers files) or by hand. Without parameters it
takes the days whose input is no longer what it was; with them, those days from that step on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Param, dag, get_current_context

from dags import runs
from dags.steps import DAY_STEPS

if TYPE_CHECKING:
    from dags.pipeline import Pipeline

_DAY: dict[str, Any] = {"type": ["null", "string"], "format": "date"}


def _days(steps: Pipeline) -> list[date]:
    given = get_current_context()["params"]
    first, last = (date.fromisoformat(given[name]) if given[name] else None for name in ("first", "last"))
    days = steps.plan(first=first, last=last)
    if given["step"] and not (first or last):
        days = steps.calendar()
    named = bool(first or last or given["step"])
    for day in days:
        steps.begin_day(day, force_from=(given["step"] or DAY_STEPS[0].name) if named else None)
    return days


@dag(
    dag_id="voc_redo",
    schedule=[runs.INBOX],
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=runs.DEFAULTS,
    dagrun_timeout=timedelta(hours=30),
    params={
        "first": Param(None, **_DAY, description="First day to process again; empty: the days that need it"),
        "last": Param(None, **_DAY, description="Last day to process again"),
        "step": Param(
            None,
            type=["null", "string"],
            enum=[None, *(step.name for step in DAY_STEPS)],
            description="Process again from this step on; empty: from the first",
        ),
    },
    tags=["wanqiu"],
    doc_md=__doc__,
)
def voc_redo() -> None:
    """Land, process the days that need it, publish."""
    runs.tasks(_days)


voc_redo()
