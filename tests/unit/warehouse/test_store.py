"""Delta tables and the ledger on real files."""

from datetime import date

import polars as pl
import pytest
from deltalake import DeltaTable

from warehouse.contracts import contract
from warehouse.errors import VocError
from warehouse.ledger import DayRecord, Ledger, StepRecord
from warehouse.store import DayFiles, DayWriter, FileRef, Store

DAY, NEXT = date(2026, 11, 1), date(2026, 11, 2)
TABLE = "insight.inquiry_topics"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store", tmp_path / "raw")


def rows(*ids):
    return pl.DataFrame({"inquiry_id": list(ids)})


def ids(store, day=None):
    return store.scan(TABLE, None if day is None else [day]).collect()["inquiry_id"].sort().to_list()


def test_replacing_a_day_leaves_the_others(store):
    store.replace_day(TABLE, DAY, [rows("a"), rows("b")])
    store.replace_day(TABLE, NEXT, [rows("c")])
    result = store.replace_day(TABLE, DAY, [rows("d")])
    assert ids(store) == ["c", "d"]
    assert store.days(TABLE) == [DAY, NEXT]
    assert result.rows == 1
    assert len(result.files) == 1


def test_the_content_hash_is_that_of_the_rows(store):
    first = store.replace_day(TABLE, DAY, [rows("a", "b")])
    again = store.replace_day(TABLE, DAY, [rows("b"), rows("a")])
    other = store.replace_day(TABLE, DAY, [rows("a", "c")])
    assert first.content == again.content != other.content


def test_a_day_without_rows_is_a_day(store):
    store.replace_day(TABLE, DAY, [])
    assert store.days(TABLE) == [DAY]
    assert ids(store) == []


def test_an_error_leaves_the_day_as_it_was(store):
    store.replace_day(TABLE, DAY, [rows("a")])
    with pytest.raises(RuntimeError, match="stop"), DayWriter(store, TABLE, DAY) as writer:
        writer.write(rows("b"))
        raise RuntimeError("stop")
    assert ids(store) == ["a"]


def test_a_frame_that_breaks_the_contract_is_an_error(store):
    with pytest.raises(VocError):
        store.replace_day(TABLE, DAY, [pl.DataFrame({"inquiry": ["a"]})])


def test_any_delta_reader_reads_the_tables(store):
    store.replace_day(TABLE, DAY, [rows("a")])
    table = DeltaTable(str(store.table_dir(TABLE)))
    read = (
        pl.DataFrame(table.to_pyarrow_table())
        if hasattr(table, "to_pyarrow_table")
        else pl.read_delta(str(store.table_dir(TABLE)))
    )
    assert read["inquiry_id"].to_list() == ["a"]
    assert {field.name for field in table.schema().fields} == set(contract(TABLE).polars_schema())


def test_pinned_files_outlive_a_replacement(store):
    old = store.replace_day(TABLE, DAY, [rows("a")])
    store.replace_day(TABLE, DAY, [rows("b")])
    paths = [str(store.store_dir / ref.path) for ref in old.files]
    assert store.scan_files(TABLE, paths).collect()["inquiry_id"].to_list() == ["a"]


def test_files_of_a_landing_are_taken_back_by_number(store):
    def landed(text):
        return pl.DataFrame({"file": [text], "reason": ["x"]})

    store.append("ops.rejects", [landed("one")], landed_no=1)
    store.append("ops.rejects", [landed("two")], landed_no=2)
    assert store.drop_landed_above("ops.rejects", 1) == 1
    assert store.scan("ops.rejects").collect()["file"].to_list() == ["one"]
    assert store.drop_landed_above("ops.rejects", 1) == 0


def test_the_ledger_keeps_what_it_was_told(tmp_path):
    ledger = Ledger(tmp_path)
    files = DayFiles((FileRef("t/day=2026-11-01/x.parquet", 3),), 3, 2**63 + 5)
    record = DayRecord(DAY, {"conform": StepRecord({"raw": "1"}, {TABLE: files}, [{"check_name": "x"}])})
    ledger.save_open(record)
    assert Ledger(tmp_path).open_record(DAY) == record
    assert ledger.manifest(DAY) is None
    ledger.finish(record)
    assert Ledger(tmp_path).manifest(DAY) == record
    assert ledger.open_record(DAY) is None
    assert ledger.days() == [DAY]


def test_a_held_day_is_not_what_later_days_read(tmp_path):
    ledger = Ledger(tmp_path)
    good = DayRecord(DAY, {})
    ledger.finish(good)
    ledger.save_open(DayRecord(DAY, {}, held="a check failed"))
    assert ledger.current(DAY) == good
    assert [r.held for r in ledger.held()] == ["a check failed"]
