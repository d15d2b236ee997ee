"""The DAG on a real metadata database: the same steps, the same content as `voc run`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from dags.steps import DAY_STEPS
from tests.support import new_workspace, pipeline, published_content, query, spoil, write_jsonl
from warehouse.demo import write_demo_workspace
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
ROOT = Path(__file__).parents[2]


def test_the_file_parses_lightly_and_without_a_workspace(airflow_home, tmp_path):
    code = (
        "import sys; from airflow.dag_processing.dagbag import DagBag\n"
        "bag = DagBag(sys.argv[1])\n"
        "assert not bag.import_errors, bag.import_errors\n"
        "assert list(bag.dags) == ['voc_daily'], list(bag.dags)\n"
        "heavy = [m for m in ('great_expectations', 'bertopic', 'duckdb', 'rjieba', 'opencc') if m in sys.modules]\n"
        "assert not heavy, heavy\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "dags")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr[-3000:]


def test_tasks_are_the_steps_in_order(load_dag, tmp_path):
    dag = load_dag(new_workspace(tmp_path / "w", voc="timezone: Europe/Berlin\n"))
    order = []
    task = dag.get_task("land")
    while task.downstream_task_ids:
        order.append(task.task_id)
        task = dag.get_task(
            next(t for t in sorted(task.downstream_task_ids) if t != "verdict")
            if task.downstream_task_ids != {"verdict"}
            else "verdict"
        )
    assert order == ["land", "plan", *(step.name for step in DAY_STEPS), "finish", "publish", "report"]
    assert dag.max_active_runs == 1
    assert "Europe/Berlin" in repr(dag.timetable)


def test_the_dag_publishes_what_voc_run_publishes(load_dag, tmp_path):
    by_hand = tmp_path / "by_hand"
    write_demo_workspace(by_hand, days=3, inquiries=240)
    Workspace.open(by_hand).secret()
    by_airflow = tmp_path / "by_airflow"
    shutil.copytree(by_hand, by_airflow)
    pipeline(by_hand).run()
    run = load_dag(by_airflow).test()
    assert run.state == "success"
    assert published_content(by_airflow) == published_content(by_hand)
    assert (by_airflow / "reports/2026-11-15/report.html").exists()
    # Again, with nothing new: no new version. Then a late message, by both ways.
    assert load_dag(by_airflow).test().state == "success"
    assert [p.name for p in by_airflow.glob("published/voc-*")] == ["voc-000001.duckdb"]
    for home in (by_hand, by_airflow):
        row = {
            "conversation_id": "late",
            "sent_at": "2026-11-14 08:00:00",
            "sender": "customer",
            "text": "提现没到账",
        }
        write_jsonl(home / "inbox/chats/late.jsonl", [row])
    pipeline(by_hand).run()
    assert load_dag(by_airflow).test().state == "success"
    assert published_content(by_airflow) == published_content(by_hand)


def test_a_held_day_fails_the_verdict_and_publishes_the_rest(load_dag, tmp_path):
    home = new_workspace(tmp_path / "w")
    rows = [
        {
            "conversation_id": f"c{n}",
            "sent_at": f"2026-11-0{n} 10:00:00",
            "sender": "customer",
            "text": "提现没到账",
        }
        for n in (1, 2)
    ]
    write_jsonl(home / "inbox/chats/a.jsonl", rows)
    pipeline(home).land()
    spoil(home, date(2026, 11, 1))
    run = load_dag(home).test()
    assert run.state == "failed"
    assert {t.task_id: t.state for t in run.get_task_instances()}["verdict"] == "failed"
    assert query(home, "SELECT DISTINCT day::VARCHAR FROM core.inquiries") == [("2026-11-02",)]
