"""A day split over workers is the day: any number of parts, in any order, also with parts missing."""

from __future__ import annotations

import shutil
from datetime import date

import polars as pl
import pytest

from dags.daywork import SPLIT_STEPS
from dags.steps import DAY_STEPS, step_named
from tests.support import pipeline, published_content, table, write_jsonl
from warehouse.demo import write_demo_workspace
from warehouse.store.parts import Part, Parts
from warehouse.workspace import Workspace

DAYS = 3


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """A workspace with landed input, and what an undivided run publishes of it."""
    home = tmp_path_factory.mktemp("parts") / "w"
    write_demo_workspace(home, days=DAYS, inquiries=900)
    Workspace.open(home).secret()
    pipeline(home).land()
    whole = home.with_name("whole")
    shutil.copytree(home, whole)
    pipeline(whole).run()
    return home, published_content(whole)


def split_run(home, of, *, leave_out=()):
    """As the DAG does it: validate, the parts (the last first), the join, the other steps."""
    work = pipeline(home)
    days = work.plan()
    for day in days:
        work.begin_day(day)
        work.run_step(step_named("validate"), day)
        for number in reversed(range(of)):
            if number not in leave_out:
                pipeline(home).run_part(day, Part(number, of))
        work.join_parts(day, of)
    days = work.learn_topics(days)
    for day in days:
        for step in DAY_STEPS:
            work.run_step(step, day)
        work.finish_day(day)
    work.publish()
    return work


def test_eight_parts_publish_what_one_does(landed, tmp_path):
    home, content = landed
    shutil.copytree(home, tmp_path / "w")
    split_run(tmp_path / "w", 8)
    assert published_content(tmp_path / "w") == content
    assert not list((tmp_path / "w/store/_parts").glob("*/*"))
    # And the next run finds nothing to do.
    assert pipeline(tmp_path / "w").run().finished == []


def test_a_missing_part_is_made_up_for(landed, tmp_path):
    home, content = landed
    shutil.copytree(home, tmp_path / "w")
    split_run(tmp_path / "w", 3, leave_out=(1,))
    assert published_content(tmp_path / "w") == content


def test_parts_that_saw_different_input_are_not_joined(landed, tmp_path):
    home = tmp_path / "w"
    shutil.copytree(landed[0], home)
    work = pipeline(home)
    day = work.plan()[0]
    work.begin_day(day)
    work.run_step(step_named("validate"), day)
    pipeline(home).run_part(day, Part(0, 2))
    row = {
        "conversation_id": "late",
        "sent_at": f"{day} 08:00:00",
        "sender": "customer",
        "text": "提现没到账",
    }
    write_jsonl(home / "inbox/chats/late.jsonl", [row])
    later = pipeline(home)
    later.land()
    later.run_part(day, Part(1, 2))
    later.join_parts(day, 2)
    ids = table(home, "core.inquiries").filter(pl.col("day") == day)["inquiry_id"]
    assert ids.n_unique() == len(ids)
    assert "chats:late" in ids.to_list()
    kept = pipeline(home).ledger.open_record(day)
    assert kept is not None
    assert {step.name for step in SPLIT_STEPS} <= set(kept.steps)


def test_a_second_pass_writes_nothing_where_nothing_changed(landed, tmp_path):
    home = tmp_path / "w"
    shutil.copytree(landed[0], home)
    split_run(home, 2)
    day = date(2026, 11, 15)
    assert pipeline(home).run_part(day, Part(0, 2)) == 0
    assert Parts(pipeline(home).store).load(day, 2) == []


def test_every_inquiry_belongs_to_one_part():
    ids = pl.DataFrame({"inquiry_id": [f"chats:{n}" for n in range(1000)]})
    sizes = [ids.filter(Part(n, 7).holds("inquiry_id")).height for n in range(7)]
    assert sum(sizes) == 1000
    assert min(sizes) > 80
    with pytest.raises(ValueError, match="parts count from 0"):
        Part(7, 7)
