"""The report of a day, written and delivered once the day is published.

Runs when the warehouse was published; the partition key is the last published day. On the last day of a week
or a month it delivers the week's or month's report too, to those who asked for them. Nothing is delivered twice;
what quiet hours hold back goes out when they end.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.sdk import Param, PartitionedAssetTimetable, dag, get_current_context, task

from dags import runs


@dag(
    dag_id="voc_report",
    schedule=PartitionedAssetTimetable(assets=runs.PUBLISHED),
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=runs.DEFAULTS | {"pool": "default_pool", "execution_timeout": timedelta(minutes=30)},
    params={
        "day": Param(
            None, type=["null", "string"], format="date", description="Empty: the last published day"
        )
    },
    tags=["wanqiu"],
    doc_md=__doc__,
)
def voc_report() -> None:
    """Write and deliver."""

    @task
    def write() -> str | None:
        day = runs.day_of(get_current_context())
        with runs.final_errors():
            found = runs.pipeline().report(day)
        return str(found) if found else None

    @task.sensor(mode="reschedule", poke_interval=900, timeout=24 * 3600)
    def send() -> bool:
        """Delivers; looks again while quiet hours hold something back."""
        from dags.commands.common import now
        from dags.connections import resolve
        from dashboards.delivery import deliver

        day = runs.day_of(get_current_context())
        with runs.final_errors():
            outcome = deliver(runs.workspace(), day=day, now=now(), resolve=resolve)
        if outcome.failed:
            raise RuntimeError("; ".join(str(item) for item in outcome.failed))
        return not outcome.waiting

    write() >> send()


voc_report()
