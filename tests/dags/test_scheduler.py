"""The DAGs under `voc airflow`: a real scheduler, dag-processor, triggerer and web server, on loopback."""

from __future__ import annotations

import shutil
import sys
from datetime import date, datetime, timedelta

import pytest

from dags.commands.airflow import prepare
from tests.dags.rest import until
from tests.dags.services import at_work, voc_airflow
from tests.support import pipeline, published_content, write_jsonl
from warehouse.demo import write_demo_workspace
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(2400)]

QUICK = {"VOC_READY_AT": "00:00", "VOC_RETRY_SECONDS": "1", "VOC_NOTIFY": ""}
LAST = date(2026, 11, 15)


def sample(home, days):
    """A sample whose files arrive later: the inbox has those of customers and changes alone."""
    write_demo_workspace(home, days=days, inquiries=60 * days)
    Workspace.open(home).secret()
    (home / "inbox").rename(home / "later")
    for kind in ("chats", "calls", "tickets", "transactions"):
        (home / "inbox" / kind).mkdir(parents=True)
    for kind in ("customers", "changes"):
        shutil.copytree(home / "later" / kind, home / "inbox" / kind)


def deliver(home, *days):
    """Files of some days come into the inbox."""
    for day in days:
        for path in (home / "later").glob(f"*/*-{day}.*"):
            shutil.copy(path, home / "inbox" / path.parent.name / path.name)


def days_back(number):
    """So many days up to the sample's last, in order."""
    return [LAST - timedelta(days=back) for back in reversed(range(number))]


def overhead(airflow, home, run_id):
    """Print the seconds of a run, of its tasks and of the steps' own work (`pytest -s`)."""
    tasks = airflow.tasks("voc_daily", run_id)
    begin = min(datetime.fromisoformat(t["start_date"]) for t in tasks if t["start_date"])
    end = max(datetime.fromisoformat(t["end_date"]) for t in tasks if t["end_date"])
    for task in sorted(tasks, key=lambda t: t["start_date"] or ""):
        print(
            f"  {task['task_id']:<12} {task['map_index']:>3} {task['state']:<10} {task['duration'] or 0:6.1f} s"
        )
    steps = pipeline(home).store.scan("ops.runs").collect()
    own = steps.filter(steps["run_id"] == run_id)["seconds"].sum()
    print(
        f"run {(end - begin).total_seconds():.1f} s, tasks {sum(t['duration'] or 0 for t in tasks):.1f} s, steps {own:.1f} s"
    )


def test_a_due_run_starts_by_itself(tmp_path):
    by_hand, home = tmp_path / "by_hand", tmp_path / "w"
    sample(by_hand, 1)
    deliver(by_hand, LAST)
    shutil.copytree(by_hand, home)
    with voc_airflow(home, tmp_path / "servers", unpause=False, **QUICK) as (airflow, services):
        until("voc_daily is read", lambda: airflow.known("voc_daily"), within=60)
        airflow.call("/api/v2/dags/voc_daily", {"is_paused": False}, "PATCH")
        due = until("the due run", lambda: airflow.runs("voc_daily", run_type="scheduled"), within=60)[0]
        assert due["partition_key"]
        assert due["logical_date"] is None
        name = due["dag_run_id"]
        ended = airflow.ended("voc_daily", name, within=400)
        assert ended["state"] == "success", airflow.failures("voc_daily", name)
        assert services.heard() == {"127.0.0.1"}
        health = airflow.call("/api/v2/monitor/health")
        assert {part["status"] for part in health.values()} == {"healthy"}
        overhead(airflow, home, name)
    pipeline(by_hand).run()
    assert published_content(home) == published_content(by_hand)


@pytest.mark.heavy
def test_on_schedule_by_hand_and_by_backfill(tmp_path):
    """Three days by the due run, five by a backfill in which a task is killed, a late message by hand."""
    by_hand, home = tmp_path / "by_hand", tmp_path / "w"
    sample(by_hand, 8)
    early, rest = days_back(8)[:3], days_back(8)[3:]
    deliver(by_hand, *early)
    shutil.copytree(by_hand, home)
    with voc_airflow(home, tmp_path / "servers", **QUICK) as (airflow, services):

        def good(dag, run_id):
            assert airflow.ended(dag, run_id, within=600)["state"] == "success", airflow.failures(dag, run_id)

        def published(key):
            """The report's run that publishing starts."""
            found = until(
                f"a report of {key}", lambda: airflow.runs("voc_report", partition_key=str(key)), within=60
            )
            good("voc_report", found[-1]["dag_run_id"])

        due = until("the due run", lambda: airflow.runs("voc_daily", run_type="scheduled"), within=60)[0]
        good("voc_daily", due["dag_run_id"])
        overhead(airflow, home, due["dag_run_id"])
        published(early[-1])

        deliver(home, *rest)
        env, _ = prepare(Workspace.open(home), int(airflow.url.rsplit(":", 1)[1]))
        span = ["--from-date", str(rest[0]), "--to-date", str(rest[-1]), "--max-active-runs", "1"]
        command = [sys.executable, "-m", "airflow", "backfill", "create", "--dag-id", "voc_daily", *span]
        services.once("backfill", command, env)
        runs = airflow.runs("voc_daily", run_type="backfill")
        assert [run["partition_key"] for run in runs] == [str(day) for day in rest]
        second = runs[1]["dag_run_id"]
        runner = until(
            "metrics at work", lambda: at_work(services, airflow, "voc_daily", second, "metrics"), within=600
        )
        runner.kill()
        for run in runs:
            good("voc_daily", run["dag_run_id"])
            overhead(airflow, home, run["dag_run_id"])
        assert {t["task_id"]: t["try_number"] for t in airflow.tasks("voc_daily", second)}["metrics"] == 2
        published(rest[-1])

        # A message of an earlier day comes late; two runs without a date find it, and then nothing.
        late(home)
        for _ in range(2):
            good("voc_daily", airflow.trigger("voc_daily"))
        assert len(list(home.glob("published/voc-*.duckdb"))) <= 7
        # A day by its key, and again the days that need it.
        good("voc_daily", airflow.trigger("voc_daily", key=str(rest[-1])))
        good("voc_redo", airflow.trigger("voc_redo"))
        good("voc_maintenance", airflow.trigger("voc_maintenance"))
    pipeline(by_hand).run()
    for day in rest:
        deliver(by_hand, day)
        pipeline(by_hand).run()
    late(by_hand)
    pipeline(by_hand).run()
    assert published_content(home) == published_content(by_hand)


def late(home):
    """A chat of an earlier day arrives."""
    row = {
        "conversation_id": "late",
        "sent_at": f"{LAST - timedelta(days=2)} 08:00:00",
        "sender": "customer",
        "text": "提现没到账",
    }
    write_jsonl(home / "inbox/chats/late.jsonl", [row])
