"""Housekeeping: nothing that anybody needs is removed, and days whose raw text is gone keep what they became."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dags.commands.maintain import maintain
from tests.support import NOW, new_workspace, pipeline, published_content, query, table, write_jsonl
from warehouse.errors import ConfigError, VocError
from warehouse.maintenance.compaction import compact
from warehouse.maintenance.retention import retain
from warehouse.maintenance.vacuum import shown_files, vacuum
from warehouse.store import Store
from warehouse.workspace import Workspace

pytestmark = pytest.mark.slow

JOURNEYS = """
products:
  - id: wallet
    name: 钱包
    steps:
      - {id: withdraw, name: 提现, words: [提现]}
      - {id: pay, name: 支付, words: [支付]}
"""
LIMIT = date(2026, 11, 4)  # twelve days before NOW
DAYS = [date(2026, 11, n) for n in range(1, 8)]
SEALED = [day for day in DAYS if day < LIMIT]
KEPT = "privacy: {raw_retention_days: 12}\n"


def message(conversation, at, text="提现没到账", customer="U1", **more):
    return {
        "conversation_id": conversation,
        "sent_at": at,
        "sender": "customer",
        "text": text,
        "customer_id": customer,
        **more,
    }


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Seven days with a chat around every midnight, tickets whose parents are chats, and no limit for raw text yet."""
    home = new_workspace(tmp_path_factory.mktemp("maintenance") / "w", journeys=JOURNEYS)
    for day in DAYS:
        rows = [message(f"c{day}-{n}", f"{day} 1{n}:00:00", customer=f"U{n}") for n in range(3)]
        following = day + timedelta(days=1)
        if following in DAYS:
            rows += [
                message(f"night{day}", f"{day} 23:58:00", "支付失败了"),
                message(f"night{day}", f"{following} 00:02:00", "现在好了，我的手机号是13800138000"),
            ]
        write_jsonl(home / f"inbox/chats/{day}.jsonl", rows)
        ticket = {
            "ticket_id": f"t{day}",
            "created_at": f"{day} 20:00:00",
            "description": "提现没到账",
            "parent_id": f"c{day - timedelta(days=2)}-1",
        }
        write_jsonl(home / f"inbox/tickets/{day}.jsonl", [ticket])
    (home / "inbox/transactions/t.csv").write_text(
        "date,product,step,transactions\n" + "".join(f"{day},钱包,提现,1000\n" for day in DAYS)
    )
    pipeline(home).run()
    return home


@pytest.fixture
def home(ran, tmp_path):
    """A copy with the limit of twelve days, published by itself."""
    home = tmp_path / "w"
    shutil.copytree(ran, home, symlinks=True)
    (home / "voc.yaml").write_text(KEPT)
    pipeline(home).publish(force=True)
    return home


def kept(home, *, now=NOW, dry_run=False):
    work = pipeline(home)
    return retain(work.ws, work.store, work.ledger, now=now, dry_run=dry_run)


def raw_files(home):
    return {path.relative_to(home / "raw") for path in (home / "raw").rglob("*.parquet")}


def idle(home):
    """Whether the next run finds nothing to do."""
    outcome = pipeline(home).run()
    return outcome.finished == [] and not outcome.held


# Retention


def test_old_raw_text_goes_and_what_was_made_of_it_stays(home):
    before = published_content(home)
    rows = table(home, "raw.chats")
    done = kept(home)
    assert list(done.days) == SEALED
    assert done.waiting == {}
    assert done.files > 0
    assert done.bytes > 0
    assert idle(home)
    assert published_content(home) == before
    after = table(home, "raw.chats")
    old = after.filter(pl.col("day") < LIMIT)
    assert old.height == rows.filter(pl.col("day") < LIMIT).height
    for name in ("text", "conversation_id", "customer_id", "message_id", "attributes", "channel"):
        assert old[name].null_count() == old.height
    assert after.filter(pl.col("day") >= LIMIT)["text"].null_count() == 0
    # No hash that was made of words is left.
    words = set(rows["row_hash"]) | set(rows["key_hash"])
    assert not words & (set(old["row_hash"]) | set(old["key_hash"]))
    # Nor is a file with words, be it in the table or beside it.
    for path in raw_files(home):
        if path.parts[0] in ("chats", "tickets") and path.parts[1] < f"day={LIMIT}":
            assert path.name.startswith("sealed-")
            assert "text" not in pl.read_parquet_schema(home / "raw" / path)
            assert "description" not in pl.read_parquet_schema(home / "raw" / path)
    assert any(path.parts[0] == "transactions" for path in raw_files(home))
    again = kept(home)
    assert (again.days, again.files) == ((), 0)


def test_a_dry_run_changes_nothing(home):
    files = raw_files(home)
    done = kept(home, dry_run=True)
    assert list(done.days) == SEALED
    assert raw_files(home) == files
    assert not (home / "store/_sealed.json").exists()


def test_without_a_limit_everything_is_kept(home):
    (home / "voc.yaml").write_text("")
    files = raw_files(home)
    assert kept(home).days == ()
    assert raw_files(home) == files


def test_late_rows_of_a_sealed_day_are_refused_and_accounted_for(home):
    kept(home)
    before = published_content(home)
    day = SEALED[2]
    again = [message(f"c{day}-{n}", f"{day} 1{n}:00:00", customer=f"U{n}") for n in range(3)]
    correction = message(f"c{day}-1", f"{day} 11:00:00", "其实是支付失败", customer="U1")
    late = message("late", f"{day} 09:00:00")
    tail = message(f"night{SEALED[-1]}", f"{LIMIT} 00:09:00", "还是不行")
    fresh = message("fresh", f"{DAYS[-1]} 09:00:00", customer="U7")
    write_jsonl(home / "inbox/chats/late.jsonl", [*again, correction, late, tail, fresh])
    outcome = pipeline(home).run()
    (receipt,) = [file for file in outcome.landing.files if file.file == "chats/late.jsonl"]
    assert (receipt.rows_read, receipt.rows_landed, receipt.rows_rejected, receipt.rows_already) == (
        7,
        1,
        3,
        3,
    )
    found = table(home, "ops.rejects").filter(pl.col("file") == "chats/late.jsonl").sort("line")
    assert found["line"].to_list() == [4, 5, 6]
    assert found["field"].to_list() == ["sent_at"] * 3
    assert str(day) in found["reason"][0]
    assert str(SEALED[-1]) in found["reason"][2]
    assert found["reason"].str.contains("privacy.raw_retention_days", literal=True).all()
    assert outcome.finished == [DAYS[-1]]
    assert query(
        home, "SELECT count(*) FROM core.inquiries WHERE inquiry_id IN ('chats:late', 'chats:fresh')"
    ) == [(1,)]
    assert published_content(home)["core.turns"] != before["core.turns"]
    assert idle(home)


def test_late_transactions_of_a_sealed_day_change_its_rate(home):
    kept(home)
    before = published_content(home)
    (home / "inbox/transactions/fix.csv").write_text(
        f"date,product,step,transactions\n{SEALED[1]},钱包,提现,500\n"
    )
    outcome = pipeline(home).run()
    assert SEALED[1] in outcome.finished
    rates = "SELECT transaction_count FROM mart.inquiry_rate_daily WHERE step = 'withdraw' AND day = ?"
    assert query(home, rates, [SEALED[1]]) == [(500,)] * 2
    after = published_content(home)
    assert after["core.turns"] == before["core.turns"]
    assert after["core.inquiries"] == before["core.inquiries"]
    assert idle(home)


@pytest.mark.parametrize(
    "how", [{"first": DAYS[0], "last": DAYS[-1]}, {"step": "conform"}, {"step": "topics"}]
)
def test_a_forced_run_goes_over_sealed_days_from_their_inquiries_on(home, how):
    before = published_content(home)
    kept(home)
    seen = []
    outcome = pipeline(home, progress=lambda *told: seen.append(told)).run(**how)
    assert not outcome.held
    assert published_content(home) == before
    worked = {step for step, day, status in seen if status == "done" and day in SEALED}
    assert "topics" in worked
    assert not worked & {"validate", "conform"}
    assert how == {"step": "topics"} or ("conform", DAYS[-1], "done") in seen


def test_a_day_split_over_workers_knows_sealed_days_too(home):
    from warehouse.store.parts import Part

    before = published_content(home)
    kept(home)
    work = pipeline(home)
    day = SEALED[0]
    work.begin_day(day, force_from="validate")
    for number in range(2):
        pipeline(home).run_part(day, Part(number, 2))
    work.join_parts(day, 2)
    work.run_days([day])
    assert published_content(home) == before
    assert idle(home)


def test_the_first_kept_day_can_still_be_made_again(home):
    """Its look back finds parents of tickets and the beginning of the chat that came over midnight."""
    before = published_content(home)
    kept(home)
    write_jsonl(home / "inbox/chats/more.jsonl", [message("more", f"{LIMIT} 09:00:00", customer="U8")])
    outcome = pipeline(home).run()
    assert LIMIT in outcome.finished
    reasons = "SELECT not_inquiry_reason FROM core.inquiries WHERE inquiry_id = ?"
    assert query(home, reasons, [f"tickets:t{LIMIT}"]) == [("child",)]
    nights = "SELECT day, turn_count FROM core.inquiries WHERE inquiry_id = ?"
    assert query(home, nights, [f"chats:night{SEALED[-1]}"]) == [(SEALED[-1], 2)]
    assert published_content(home)["core.inquiries"][0] == before["core.inquiries"][0] + 1


def test_days_that_did_not_pass_stay_with_what_they_need(home):
    from tests.support import spoil

    held = SEALED[1]
    spoil(home, held).run()
    done = kept(home)
    assert set(done.days) == set(SEALED) - {held, SEALED[2]}
    assert "held back" in done.waiting[held]
    assert str(held) in done.waiting[SEALED[2]]  # the end of its conversation
    texts = table(home, "raw.chats").filter(pl.col("day").is_in([held, SEALED[2]]))
    assert texts["text"].null_count() == 0
    # Mended, it is processed with the end of its conversation, and both follow.
    work = pipeline(home)
    ghost = work.store.actions("raw.chats").filter(pl.col("path").str.contains("/part-"))
    from warehouse.maintenance.tables import swap

    swap(work.store, "raw.chats", ghost, [], NOW)
    outcome = pipeline(home).run()
    assert held in outcome.finished
    nights = "SELECT day, turn_count FROM core.inquiries WHERE inquiry_id = ?"
    assert query(home, nights, [f"chats:night{held}"]) == [(held, 2)]
    done = kept(home)
    assert list(done.days) == [held, SEALED[2]]
    assert idle(home)


def test_what_landed_and_was_not_processed_stays(home):
    write_jsonl(home / "inbox/chats/late.jsonl", [message("late", f"{SEALED[0]} 09:00:00")])
    pipeline(home).land()
    done = kept(home)
    assert SEALED[0] not in done.days
    assert "voc run" in done.waiting[SEALED[0]]
    pipeline(home).run()
    assert query(home, "SELECT count(*) FROM core.inquiries WHERE inquiry_id = 'chats:late'") == [(1,)]
    assert SEALED[0] in kept(home).days


def test_the_last_processed_day_stays_whatever_its_age(home):
    done = kept(home, now=NOW + timedelta(days=60))
    assert list(done.days) == DAYS[:-1]
    assert set(done.waiting) == {DAYS[-1]}


def test_a_lost_ledger_does_not_make_a_day_from_nothing(home):
    kept(home)
    shutil.rmtree(home / "store/_ledger")
    (home / "store/_sealed.json").unlink()
    outcome = pipeline(home).run()
    assert set(SEALED) <= set(outcome.held)
    assert "backup" in outcome.held[SEALED[0]]


def test_copies_of_remote_files_that_a_killed_landing_left_go(home):
    left = home / "raw/_fetched/x"
    left.mkdir(parents=True)
    (left / "a.jsonl").write_text("{}")
    kept(home)
    assert not (home / "raw/_fetched").exists()


# Compaction


def test_compaction_keeps_rows_and_their_order(home):
    work = pipeline(home)
    from warehouse.decisions import corrected_days, decide, decisions

    for n in range(20):
        decide(
            work.store,
            at=NOW,
            by="a",
            kind="correct",
            target=f"chats:x{n}",
            value={"day": "2026-11-02", "n": n},
        )
    for n in range(10):
        write_jsonl(
            home / f"inbox/chats/b{n}.jsonl", [message(f"b{n}", f"{DAYS[-1]} 0{n}:00:00"), message("b", "no")]
        )
        pipeline(home).run()
    before = published_content(home)
    said, corrected = decisions(work.store), corrected_days(work.store)
    names = ("ops.runs", "ops.files", "ops.rejects", "raw.spans")
    rows = {name: work.store.scan(name).collect() for name in names}
    done = compact(work.store, now=NOW)
    assert {"ops.runs", "ops.decisions", "ops.files", "ops.rejects"} <= set(done.tables)
    for name in done.tables:
        assert work.store.actions(name).height == 1
    assert decisions(Store(work.ws.store_dir, work.ws.raw_dir)).equals(said)
    assert corrected_days(work.store) == corrected
    for name in names:
        assert work.store.scan(name).collect().equals(rows[name])
    assert idle(home)
    assert published_content(home) == before
    # Later rows come after, and nothing is rewritten for a few of them.
    decide(work.store, at=NOW, by="a", kind="correct", target="chats:last", value={"day": "2026-11-02"})
    assert decisions(work.store)["target"][-1] == "chats:last"
    assert "ops.decisions" not in compact(work.store, now=NOW).tables


def test_rows_that_come_in_while_a_table_is_compacted_stay(home):
    from warehouse.decisions import decide, decisions
    from warehouse.maintenance.tables import opened, swap

    work = pipeline(home)
    for n in range(9):
        decide(work.store, at=NOW, by="a", kind="topic_pin", target=f"t{n}")
    old = work.store.actions("ops.decisions")
    made = work.store.write_file("ops.decisions", decisions(work.store), None, "A00000000")
    other = Store(work.ws.store_dir, work.ws.raw_dir)
    decide(other, at=NOW, by="b", kind="topic_pin", target="meanwhile")
    opened_before = opened(work.store, "ops.decisions")
    assert opened_before is not None
    swap(work.store, "ops.decisions", old, [made], NOW)
    assert sorted(decisions(other)["target"]) == sorted([*(f"t{n}" for n in range(9)), "meanwhile"])


def test_a_landing_that_was_cut_short_is_not_compacted_into_the_table(home):
    work = pipeline(home)
    row = pl.DataFrame([{"file": "x", "line": 1, "reason": "half", "landed_no": 999}])
    for n in range(9):
        work.store.append("ops.rejects", [row.with_columns(line=pl.lit(n))], landed_no=999)
    compact(work.store, now=NOW)
    assert table(home, "ops.rejects").filter(pl.col("reason") == "half").is_empty()


# Vacuum


def age(home, days):
    """Make every file look so many days older."""
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            status = path.stat()
            os.utime(path, (status.st_atime, status.st_mtime - days * 86400))


def swept(home, *, now=None, dry_run=False):
    work = pipeline(home)
    return vacuum(work.ws, work.store, work.ledger, now=now or datetime.now(UTC), dry_run=dry_run)


def test_vacuum_removes_what_nothing_names_and_readers_go_on(home):
    views = ("core.turns", "core.inquiries", "insight.inquiry_journey", "insight.inquiry_topics")
    reader = duckdb.connect(str((home / "published/voc.duckdb").resolve()), read_only=True)
    counts = [reader.execute(f"SELECT count(*) FROM {view}").fetchone() for view in views]
    pipeline(home).run(first=DAYS[0], last=DAYS[-1])  # every day is written again
    age(home, 30)
    before = published_content(home)
    orphan = home / "store/core.turns/day=2026-11-01/part-0000-000000000000.parquet"
    orphan.write_bytes(b"cut short")
    os.utime(orphan, (0, 0))
    planned = swept(home, dry_run=True)
    assert orphan.exists()
    done = swept(home)
    assert done == planned
    assert not orphan.exists()
    assert done.tables["core.turns"] >= 1
    with closing(reader):
        assert [reader.execute(f"SELECT count(*) FROM {view}").fetchone() for view in views] == counts
        for view in views:
            assert reader.execute(f"SELECT * FROM {view}").fetchall()
    assert published_content(home) == before
    assert idle(home)
    assert swept(home).files == 0
    for path in (home / "published").glob("voc-*.duckdb"):
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            for view in views:
                connection.execute(f"SELECT * FROM {view}").fetchall()


def test_vacuum_leaves_the_files_of_the_last_week(home):
    pipeline(home).run(first=DAYS[0], last=DAYS[-1])
    assert swept(home).files == 0


def test_files_that_left_their_table_within_the_week_stay(home):
    work = pipeline(home)
    from warehouse.decisions import decide

    for n in range(9):
        decide(work.store, at=NOW, by="a", kind="topic_pin", target=f"t{n}")
    age(home, 30)
    compact(work.store, now=NOW)
    assert swept(home).tables.get("ops.decisions", 0) == 0
    age(home, 8)
    assert swept(home).tables["ops.decisions"] == 9


def test_old_published_files_go_with_what_they_alone_name(home):
    (home / "voc.yaml").write_text("keep_versions: 2\n")
    for _ in range(3):
        pipeline(home).run(first=DAYS[0], last=DAYS[-1])
        pipeline(home).publish(force=True)
    age(home, 30)
    kept_content = published_content(home)
    done = swept(home)
    assert len(done.versions) >= 2
    assert len(list((home / "published").glob("voc-*.duckdb"))) == 2
    assert done.files > 0
    assert published_content(home) == kept_content


def test_a_published_file_that_does_not_open_stops_the_vacuum(home):
    age(home, 30)
    orphan = home / "store/core.turns/day=2026-11-01/part-0000-000000000000.parquet"
    orphan.write_bytes(b"cut short")
    os.utime(orphan, (0, 0))
    (home / "published/voc-000000.duckdb").write_bytes(b"no database")
    with pytest.raises(VocError, match="no file was removed"):
        swept(home)
    assert orphan.exists()


def test_work_in_progress_and_waiting_parts_are_spared(home):
    from dags.steps import step_named
    from warehouse.store.parts import Part

    write_jsonl(home / "inbox/chats/next.jsonl", [message("n1", "2026-11-08 10:00:00")])
    work = pipeline(home)
    work.land()
    day = date(2026, 11, 8)
    work.begin_day(day)
    work.run_step(step_named("validate"), day)
    work.run_part(day, Part(0, 2))
    work.run_part(day, Part(1, 2))
    age(home, 30)
    swept(home)
    work.join_parts(day, 2)
    assert "chats:n1" in table(home, "core.inquiries")["inquiry_id"].to_list()
    assert pipeline(home).run().finished == [day]


def test_views_name_their_files(home):
    newest = (home / "published/voc.duckdb").resolve()
    names = shown_files(newest)
    pinned = {
        ref.path.rpartition("/")[2]
        for record in pipeline(home).ledger.manifests().values()
        for ref in record.tables["core.turns"].files
    }
    assert pinned <= names


# Cut short


class Killed(BaseException):
    """Nobody catches this: what comes after it does not happen, as with kill -9."""


def cut(monkeypatch, at):
    """The machine stops before the `at`-th change on disk; returns how many there were so far."""
    from warehouse.maintenance import retention, sealed

    done = []

    def counted(function):
        def work(*args, **kwargs):
            done.append(function)
            if len(done) == at:
                raise Killed
            return function(*args, **kwargs)

        return work

    monkeypatch.setattr(sealed, "save", counted(sealed.save))
    monkeypatch.setattr(Store, "write_file", counted(Store.write_file))
    monkeypatch.setattr(retention, "swap", counted(retention.swap))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    return done


def test_retention_that_is_cut_short_anywhere_is_finished_by_the_next(home, tmp_path):
    whole = tmp_path / "whole"
    shutil.copytree(home, whole, symlinks=True)
    kept(whole)
    landed = {name: table(whole, name).sort(pl.all()) for name in ("raw.chats", "raw.tickets")}
    names = sorted(path.parent for path in raw_files(whole))
    at = 0
    while True:
        at += 1
        copy = tmp_path / f"cut{at}"
        shutil.copytree(home, copy, symlinks=True)
        with pytest.MonkeyPatch.context() as patch:
            cut(patch, at)
            try:
                kept(copy)
                break
            except Killed:
                pass
        assert pipeline(copy).plan() == [], f"cut before change {at}, days look changed"
        kept(copy)
        assert pipeline(copy).plan() == []
        for name, rows in landed.items():
            assert table(copy, name).sort(pl.all()).equals(rows), f"cut before change {at}: {name}"
        assert sorted(path.parent for path in raw_files(copy)) == names
        shutil.rmtree(copy)
    assert at > 15


KILL = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from dags.commands.maintain import maintain
from warehouse.maintenance import {module}
from warehouse.workspace import Workspace

left = [{after}]
function = {module}.{name}

def work(*args, **kwargs):
    left[0] -= 1
    if left[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return function(*args, **kwargs)

{module}.{name} = work
maintain(Workspace.open(Path(sys.argv[1])), now=datetime.fromisoformat(sys.argv[2]))
"""


@pytest.mark.kill
@pytest.mark.parametrize(("module", "name", "after"), [("retention", "swap", 2), ("compaction", "swap", 1)])
def test_killed_in_the_middle_the_next_run_and_housekeeping_are_right(home, module, name, after):
    for n in range(8):
        write_jsonl(
            home / f"inbox/chats/b{n}.jsonl", [message(f"b{n}", f"{DAYS[-1]} 0{n}:00:00"), message("b", "no")]
        )
        pipeline(home).land()
    pipeline(home).run()
    before = published_content(home)
    script = KILL.format(module=module, name=name, after=after)
    child = subprocess.run(
        [sys.executable, "-c", script, str(home), NOW.isoformat()], check=False, timeout=120
    )
    assert child.returncode == -signal.SIGKILL
    assert idle(home)
    assert published_content(home) == before
    maintain(Workspace.open(home), now=NOW)
    assert idle(home)
    assert published_content(home) == before
    assert table(home, "raw.chats").filter(pl.col("day") < LIMIT)["text"].null_count() > 0
    assert table(home, "raw.chats").filter(pl.col("day") < LIMIT)["text"].drop_nulls().is_empty()


# The command


def test_all_at_once_and_parts_by_name(home):
    before = published_content(home)
    assert "nothing was changed" in maintain(Workspace.open(home), now=NOW, dry_run=True)
    told = maintain(Workspace.open(home), now=NOW)
    assert "raw text of 3 day(s) before 2026-11-04 removed" in told
    assert "compact:" in told
    assert "vacuum:" in told
    assert "compact" not in maintain(Workspace.open(home), step="vacuum", now=NOW)
    assert idle(home)
    assert published_content(home) == before
    with pytest.raises(ConfigError, match="vacum"):
        maintain(Workspace.open(home), step="vacum", now=NOW)
