"""Housekeeping, once a week: old raw text, small files, files that nothing names any more, Airflow's own old runs.

What is removed: raw chats, calls and tickets older than `privacy.raw_retention_days`; files of tables that neither
a day nor a kept published version names; published files beyond `keep_versions` that are older than a week; rows of
Airflow's metadata older than `VOC_AIRFLOW_KEEP_DAYS` (90), where `VOC_AIRFLOW_DB` says how to reach its database.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import CronTriggerTimetable, chain, dag, task

from dags import runs


@dag(
    dag_id="voc_maintenance",
    schedule=CronTriggerTimetable("0 3 * * 0", timezone=runs.timezone()),
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=runs.DEFAULTS,
    tags=["wanqiu"],
    doc_md=__doc__,
)
def voc_maintenance() -> None:
    """Retention, compaction, vacuum, metadata."""

    def work(name: str) -> Any:
        @task(task_id=name)
        def part() -> str:
            from dags.commands.common import now
            from dags.commands.maintain import maintain

            with runs.final_errors():
                return maintain(runs.workspace(), step=name, now=now())

        return part()

    @task(pool="default_pool")
    def metadata() -> str:
        """`airflow db clean`, as the operator: tasks have no access to Airflow's database of their own."""
        import subprocess
        import sys

        from airflow.sdk.exceptions import AirflowSkipException

        from dags.commands.common import now

        database = os.environ.get("VOC_AIRFLOW_DB")
        if not database:
            raise AirflowSkipException("VOC_AIRFLOW_DB is not set: see dags/README.md, what to clean by hand")
        before = now() - timedelta(days=int(os.environ.get("VOC_AIRFLOW_KEEP_DAYS", "90")))
        command = ["db", "clean", "--clean-before-timestamp", before.isoformat(), "--skip-archive", "--yes"]
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *command],
            env={**os.environ, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"airflow db clean ended with {done.returncode}: {done.stderr[-500:]}")
        return f"rows before {before:%Y-%m-%d} removed"

    chain(work("retention"), work("compact"), work("vacuum"), metadata())


voc_maintenance()
