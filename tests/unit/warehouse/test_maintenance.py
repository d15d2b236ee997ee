"""Small parts of housekeeping, and what must hold for any conversations: the days that are kept read as before."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support import NOW, new_workspace, write_jsonl
from warehouse.errors import VocError
from warehouse.landing import land
from warehouse.landing.records import day_state, landed_records, read_day
from warehouse.ledger import DayRecord, Ledger, StepRecord
from warehouse.maintenance import sealed
from warehouse.maintenance.retention import retain
from warehouse.maintenance.vacuum import shown_files
from warehouse.publish.versions import old_versions
from warehouse.store import Store
from warehouse.workspace import Workspace

FIRST = date(2026, 11, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(9)]
LIMIT = DAYS[5]  # ten days before NOW

# (conversation, message, day, version): a message may be delivered again, on another day too
messages = st.tuples(st.integers(0, 4), st.integers(0, 7), st.integers(0, 8), st.integers(0, 2))


def written(path, rows):
    return write_jsonl(
        path,
        [
            {
                "conversation_id": f"c{conversation}",
                "message_id": f"c{conversation}m{message}",
                "sent_at": f"{DAYS[day]} 1{message}:00:00",
                "sender": "customer",
                "text": f"第{version}版",
                "updated_at": f"2026-11-10 0{version}:00:00",
            }
            for conversation, message, day, version in rows
        ],
    )


def landing(home):
    ws = Workspace.open(home)
    store = Store(ws.store_dir, ws.raw_dir)
    return ws, store, land(ws, store, as_of=NOW, mask=lambda value: value)


def conversations(store, day):
    found = [raw["chats"] for raw in read_day(store, day)]
    return pl.concat(found).sort("key_hash") if found else pl.DataFrame()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(messages, min_size=1, max_size=25),
    later=st.lists(messages, max_size=10),
    held=st.sets(st.integers(0, 4), max_size=1),
)
@example(first=[(0, 0, 3, 0), (0, 1, 4, 0), (0, 2, 5, 0), (1, 0, 8, 0)], later=[(0, 3, 5, 0)], held=set())
@example(first=[(0, 0, 3, 0), (0, 0, 6, 1), (1, 0, 8, 0)], later=[(0, 1, 6, 0)], held=set())
@example(first=[(0, 0, 1, 0), (0, 1, 2, 0), (1, 0, 8, 0)], later=[(0, 1, 2, 1)], held={1})
def test_days_that_are_kept_read_as_before(tmp_path_factory, first, later, held):
    home = new_workspace(tmp_path_factory.mktemp("kept") / "w", voc="privacy: {raw_retention_days: 10}\n")
    written(home / "inbox/chats/1.jsonl", first)
    ws, store, _ = landing(home)
    ledger = Ledger(ws.store_dir)
    state = day_state(store)
    for day in DAYS:
        if DAYS.index(day) in held:
            ledger.save_open(DayRecord(day, {}, held="a check"))
        else:
            inputs = {"raw": state.get(day, "")}
            steps = {name: StepRecord(inputs, {}) for name in sealed.SETTLED_STEPS}
            ledger.finish(DayRecord(day, steps))
    before = {day: conversations(store, day) for day in DAYS}
    hashes = store.scan("raw.chats", columns=["record_hash"]).unique().collect()["record_hash"]
    known = {day: set(landed_records(store, "chats", [day], hashes)) for day in DAYS}

    retain(ws, store, ledger, now=NOW)

    shut = sealed.sealed_days(store)
    assert day_state(store) == state
    assert shut <= {day for day in DAYS if day < LIMIT} - {DAYS[n] for n in held}
    for day in sorted(set(DAYS) - shut):
        assert conversations(store, day).equals(before[day]), day
        assert set(landed_records(store, "chats", [day], hashes)) == known[day]
    texts = store.scan("raw.chats").filter(pl.col("day").is_in(sorted(shut))).collect()
    if not held:
        assert texts["text"].null_count() == texts.height
        assert shut == {day for day in DAYS if day < LIMIT and known[day]}

    # Later rows: each is landed, refused or there already, and no sealed day changes.
    written(home / "inbox/chats/2.jsonl", [*later, *first])
    _, store, result = landing(home)
    (receipt,) = [file for file in result.files if file.file == "chats/2.jsonl"]
    assert receipt.rows_read == len(later) + len(first)
    assert receipt.rows_read == receipt.rows_landed + receipt.rows_rejected + receipt.rows_already
    now = day_state(store)
    if not held:  # else a conversation of the held day may go on past a sealed one: its later steps run again, its text is not read
        assert {day: now.get(day) for day in shut} == {day: state.get(day) for day in shut}
    assert store.scan("raw.chats").filter(pl.col("day").is_in(sorted(shut))).collect().height == texts.height
    for day in sorted(set(DAYS) - shut):
        began = conversations(store, day)
        if not began.is_empty():
            assert began["text"].null_count() == 0  # nothing is made of rows without words


def test_what_is_kept_of_a_row_knows_it_again_and_not_its_words():
    rows = pl.DataFrame({"record_hash": [1, 1, 2, 1], "row_hash": [7, 7 + 2**16, 7, 8]})
    kept = rows.select(sealed.kept_hash().alias("h"))["h"].to_list()
    assert kept[0] == kept[1], "rows that differ above the lowest 16 bits can't be told apart"
    assert len({kept[0], kept[2], kept[3]}) == 3


def test_the_record_is_read_as_written(tmp_path):
    store = Store(tmp_path / "store", tmp_path / "raw")
    assert sealed.load(store) == {}
    record = {DAYS[1]: {"chats": ["day=2026-11-02/L00000001-a.parquet"]}, DAYS[0]: {}}
    sealed.save(store, record)
    assert sealed.load(store) == record
    assert sealed.sealed_days(store) == {DAYS[0], DAYS[1]}


def test_views_of_a_published_file_name_files_with_quotes_and_commas(tmp_path):
    folder = tmp_path / "it's, here"
    folder.mkdir()
    names = {"a, 'b'.parquet", "c.parquet"}
    with closing(duckdb.connect(str(tmp_path / "voc-000001.duckdb"))) as connection:
        for name in names:
            quoted = str(folder / name).replace("'", "''")
            connection.execute(f"COPY (SELECT 1 AS n) TO '{quoted}' (FORMAT parquet)")
        files = ", ".join("'" + str(folder / name).replace("'", "''") + "'" for name in sorted(names))
        connection.execute(f"CREATE VIEW v AS SELECT n FROM read_parquet([{files}]) WHERE n <> 0")
    assert shown_files(tmp_path / "voc-000001.duckdb") == names


def test_a_file_that_is_no_database_names_itself_and_the_way_out(tmp_path):
    path = tmp_path / "voc-000001.duckdb"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(VocError, match="no file was removed") as found:
        shown_files(path)
    assert "voc maintain" in str(found.value)


def test_published_files_are_kept_by_number_and_by_age(tmp_path):
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for number, days in [(1, 30), (2, 6), (3, 30), (4, 30), (10, 8)]:
        path = tmp_path / f"voc-{number:06d}.duckdb"
        path.touch()
        at = (now - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
    assert [p.name for p in old_versions(tmp_path, keep=2, now=now)] == [
        "voc-000001.duckdb",
        "voc-000003.duckdb",
    ]
    assert old_versions(tmp_path, keep=5, now=now) == []
