"""The DAGs on a real metadata database: the same steps, the same content as `voc run`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from dags.steps import DAY_STEPS
from tests.support import new_workspace, pipeline, published_content, query, spoil, write_jsonl
from warehouse.demo import write_demo_workspace
from warehouse.workspace import Workspace

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
DAGS = ["voc_daily", "voc_maintenance", "voc_redo", "voc_report"]


def test_all_dags_parse_lightly_and_without_a_workspace(airflow_home, tmp_path):
    code = (
        "import sys, time; from airflow.dag_processing.dagbag import DagBag\n"
        "begin = time.process_time(); bag = DagBag(sys.argv[1]); seconds = time.process_time() - begin\n"
        "assert not bag.import_errors, bag.import_errors\n"
        f"assert sorted(bag.dags) == {DAGS}, list(bag.dags)\n"
        "heavy = [m for m in ('great_expectations', 'bertopic', 'duckdb', 'rjieba', 'opencc', 'sklearn', 'numba', 'scipy')"
        " if m in sys.modules]\n"
        "assert not heavy, heavy\n"
        "assert seconds < 3, f'{seconds:.2f} s of CPU'  # Airflow gives up after 30 s, and parses every minute\n"
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


@pytest.mark.parametrize("name", DAGS)
def test_every_dag_says_what_it_is_and_is_watched(load_dag, tmp_path, name):
    dag = load_dag(new_workspace(tmp_path / "w"), name)
    assert dag.doc_md
    assert "wanqiu" in dag.tags
    assert dag.max_active_runs == 1
    for task in dag.tasks:
        assert task.owner == "wanqiu"
        assert task.on_failure_callback
        assert task.execution_timeout
        assert task.pool in ("voc_writers", "default_pool")
        if task.task_id != "verdict":
            assert task.retries >= 3
            assert task.retry_exponential_backoff


def test_tasks_are_the_steps_in_order(load_dag, tmp_path):
    dag = load_dag(new_workspace(tmp_path / "w", voc="timezone: Europe/Berlin\n"))
    order = [task.task_id for task in dag.topological_sort()]
    days = [step.name for step in DAY_STEPS if not step.by_inquiry]
    assert order == [
        "ready",
        "land",
        "plan",
        "validate",
        "texts",
        "join",
        *days[1:],
        "finish",
        "publish",
        "verdict",
    ]
    assert "Europe/Berlin" in repr(dag.timetable)
    # Whatever changes the store waits for the one slot; what runs side by side leaves receipts alone.
    assert {t.task_id for t in dag.tasks if t.pool == "default_pool"} == {"ready", "texts", "verdict"}


def test_a_backfill_has_a_run_for_each_day_to_the_last(load_dag, tmp_path):
    from airflow.serialization.encoders import coerce_to_core_timetable

    dag = load_dag(new_workspace(tmp_path / "w", voc="timezone: America/New_York\n"))
    timetable = coerce_to_core_timetable(dag.timetable)
    found = timetable.iter_partition_dagrun_infos(
        earliest=datetime(2026, 10, 30, tzinfo=UTC), latest=datetime(2026, 11, 3, tzinfo=UTC)
    )
    # Five days, over the end of summer time.
    assert [info.partition_key for info in found] == [
        "2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03",
    ]  # fmt: skip


def test_the_day_of_a_run(load_dag, tmp_path):
    from dags import runs

    load_dag(new_workspace(tmp_path / "w", voc="timezone: Asia/Shanghai\n"))

    def day(params=None, **run):
        return runs.day_of({"params": params, "dag_run": SimpleNamespace(**run)})

    assert day(partition_key="2026-11-20", logical_date=None) == date(2026, 11, 20)
    assert day({"day": "2026-11-18"}, partition_key="2026-11-20") == date(2026, 11, 18)
    assert day(partition_key=None, logical_date=datetime(2026, 11, 19, 20, tzinfo=UTC)) == date(2026, 11, 20)
    assert day({"day": None}, partition_key=None, logical_date=None) is None
    assert runs.ready_at(date(2026, 11, 20)) == datetime(
        2026, 11, 21, 6, 30, tzinfo=ZoneInfo("Asia/Shanghai")
    )


def test_days_and_shards_are_dealt_out():
    from dags.runs import dealt

    days = [f"2026-11-{n:02d}" for n in range(1, 21)]
    assert dealt([], 4) == []
    blocks = dealt(days, 1)
    assert [day for block in blocks for day in block["days"]] == days
    assert len(blocks) <= 8
    assert blocks[0]["label"] == "2026-11-01 to 2026-11-03"
    one = dealt(days[:1], 3)
    assert [(p["number"], p["of"], p["label"]) for p in one][1] == (1, 3, "2026-11-01, part 2 of 3")


@pytest.mark.parametrize("shards", [1, 8])
def test_the_dag_publishes_what_voc_run_publishes(load_dag, tmp_path, shards):
    by_hand = tmp_path / "by_hand"
    write_demo_workspace(by_hand, days=3, inquiries=240)
    Workspace.open(by_hand).secret()
    with (by_hand / "voc.yaml").open("a") as file:
        file.write(f"\nshards: {shards}\n")
    by_airflow = tmp_path / "by_airflow"
    shutil.copytree(by_hand, by_airflow)
    pipeline(by_hand).run()
    run = load_dag(by_airflow).test()
    assert run.state == "success"
    mapped = [t for t in run.get_task_instances() if t.task_id == "texts"]
    assert len(mapped) == 3 * shards
    assert published_content(by_airflow) == published_content(by_hand)
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
    assert load_dag(by_airflow, "voc_redo").test(logical_date=None).state == "success"
    assert published_content(by_airflow) == published_content(by_hand)


def test_a_run_works_up_to_its_day(load_dag, tmp_path, caplog):
    home = tmp_path / "w"
    write_demo_workspace(home, days=3, inquiries=120)
    assert load_dag(home).test(logical_date=None, run_conf={"day": "2026-11-14"}).state == "success"
    assert query(home, "SELECT max(day)::VARCHAR FROM core.inquiries") == [("2026-11-14",)]
    # Without any date: every open day. A day of which nothing has landed is told of.
    assert load_dag(home).test(logical_date=None).state == "success"
    assert query(home, "SELECT max(day)::VARCHAR FROM core.inquiries") == [("2026-11-15",)]
    assert load_dag(home).test(logical_date=None, run_conf={"day": "2026-11-16"}).state == "success"
    assert "nothing has landed for 2026-11-16; the last day with data is 2026-11-15" in caplog.text


def test_named_days_are_done_again(load_dag, tmp_path):
    home = tmp_path / "w"
    write_demo_workspace(home, days=3, inquiries=120)
    pipeline(home).run()
    ask = {"first": "2026-11-14", "last": "2026-11-14", "step": "sentiment"}
    before = time.time()
    assert load_dag(home, "voc_redo").test(logical_date=None, run_conf=ask).state == "success"
    written = [
        p.parent.name
        for p in home.glob("store/insight.inquiry_feelings/day=*/*")
        if p.stat().st_mtime > before
    ]
    assert set(written) == {"day=2026-11-14"}
    kept = [p for p in home.glob("store/core.inquiries/day=*/*") if p.stat().st_mtime > before]
    assert kept == []


def test_a_held_day_fails_the_verdict_and_publishes_the_rest(load_dag, tmp_path, caplog):
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
    assert "2026-11-01 is held back: validate" in caplog.text
    assert "next: voc status" in caplog.text


def test_a_wrong_configuration_is_not_tried_again(load_dag, tmp_path, caplog):
    home = new_workspace(tmp_path / "w", voc="timezon: Asia/Shanghai\n")
    with pytest.raises(Exception, match="timezon"):
        load_dag(home)
    good = new_workspace(tmp_path / "v")
    dag = load_dag(good)
    (good / "journeys.yaml").write_text("productz: []\n")
    run = dag.test(logical_date=None)
    assert run.state == "failed"
    states = {t.task_id: t.state for t in run.get_task_instances()}
    assert states["land"] == "failed"
    assert "productz" in caplog.text
