"""Publishing: atomic for readers, read-only and closed where people write SQL of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl
import pytest

from tests.support import NOW, new_workspace, published_content, query
from warehouse.ledger import DayRecord, Ledger, StepRecord
from warehouse.publish import publish
from warehouse.publish.access import restrict
from warehouse.publish.export import export_file
from warehouse.store import Store
from warehouse.workspace import Workspace

DAY = date(2026, 11, 1)
READER = """
import sys, time, duckdb
from pathlib import Path
link = Path(sys.argv[1])
stop = Path(sys.argv[2])
reads = 0
highest = 0
while not stop.exists():
    connection = duckdb.connect(str(link.resolve()), read_only=True)
    topics = connection.execute("SELECT count(*), count(DISTINCT day) FROM insight.inquiry_topics").fetchone()
    tokens = connection.execute("SELECT count(*), count(DISTINCT day) FROM insight.inquiry_tokens").fetchone()
    transactions = connection.execute("SELECT sum(transaction_count) FROM core.transactions").fetchone()[0]
    connection.close()
    assert topics == tokens, (topics, tokens)
    assert topics[0] == transactions, (topics, transactions)
    assert topics[0] >= highest, "an older version came back"
    highest = topics[0]
    reads += 1
print(reads, highest)
"""


def write_day(store: Store, ledger: Ledger, day: date, rows: int) -> None:
    """A day whose three tables tell the same number."""
    ids = pl.DataFrame({"inquiry_id": [f"i{n}" for n in range(rows)]})
    tables = {
        "insight.inquiry_topics": store.replace_day("insight.inquiry_topics", day, [ids]),
        "insight.inquiry_tokens": store.replace_day("insight.inquiry_tokens", day, [ids]),
        "core.transactions": store.replace_day(
            "core.transactions", day, [pl.DataFrame({"product": ["w"], "transaction_count": [rows]})]
        ),
    }
    ledger.finish(DayRecord(day, {"x": StepRecord({}, tables)}))


@pytest.fixture
def workspace(tmp_path):
    ws = Workspace.open(new_workspace(tmp_path / "w"))
    return ws, Store(ws.store_dir, ws.raw_dir), Ledger(ws.store_dir)


@pytest.mark.slow
def test_readers_see_whole_versions_while_fifty_are_published(workspace, tmp_path):
    ws, store, ledger = workspace
    write_day(store, ledger, DAY, 1)
    publish(ws, store, ledger, now=NOW)
    stop = tmp_path / "stop"
    script = tmp_path / "reader.py"
    script.write_text(textwrap.dedent(READER))
    command = [sys.executable, str(script), str(ws.published / "voc.duckdb"), str(stop)]
    reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for number in range(2, 52):
            write_day(store, ledger, DAY + timedelta(days=number % 3), number)
            publish(ws, store, ledger, now=NOW)
    finally:
        stop.touch()
        out, err = reader.communicate(timeout=60)
    assert reader.returncode == 0, err
    reads, highest = map(int, out.split())
    assert reads > 10
    assert highest > 51


def test_publishing_the_same_again_makes_no_new_version(workspace):
    ws, store, ledger = workspace
    write_day(store, ledger, DAY, 2)
    first = publish(ws, store, ledger, now=NOW)
    second = publish(ws, store, ledger, now=NOW + timedelta(days=1))
    assert (first.is_new, second.is_new, second.version) == (True, False, 1)
    assert publish(ws, store, ledger, now=NOW, force=True).version == 2


def test_a_publish_that_failed_leaves_the_last_file(workspace, monkeypatch):
    ws, store, ledger = workspace
    write_day(store, ledger, DAY, 2)
    publish(ws, store, ledger, now=NOW)
    before = published_content(ws.home)
    write_day(store, ledger, DAY, 3)
    monkeypatch.setattr("warehouse.publish.build.load_denominators", lambda connection: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(ws, store, ledger, now=NOW)
    monkeypatch.undo()
    assert published_content(ws.home) == before
    publish(ws, store, ledger, now=NOW)
    assert not list(ws.published.glob(".voc-*"))
    assert query(ws.home, "SELECT count(*) FROM insight.inquiry_topics") == [(3,)]


def test_old_versions_go_and_young_ones_stay(workspace):
    ws, store, ledger = workspace
    for rows in range(1, 9):
        write_day(store, ledger, DAY, rows)
        publish(ws, store, ledger, now=NOW)
    assert len(list(ws.published.glob("voc-*.duckdb"))) == 8
    week_ago = datetime.now(UTC) - timedelta(days=8)
    for path in ws.published.glob("voc-0*.duckdb"):
        os.utime(path, (week_ago.timestamp(), week_ago.timestamp()))
    write_day(store, ledger, DAY, 9)
    publish(ws, store, ledger, now=datetime.now(UTC))
    assert len(list(ws.published.glob("voc-*.duckdb"))) == 5


def test_every_table_and_column_has_a_comment(demo_home):
    bare = "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND schema_name IN ('core', 'insight', 'mart', 'ops') AND comment IS NULL"
    assert query(demo_home, bare) == [(0,)]
    tables = "SELECT count(*) FROM (SELECT comment FROM duckdb_tables() WHERE NOT internal UNION ALL SELECT comment FROM duckdb_views() WHERE NOT internal) WHERE comment IS NULL"
    assert query(demo_home, tables) == [(0,)]


def test_the_macros_are_in_the_file(demo_home):
    ((low, rate, high),) = query(
        demo_home, "SELECT rate_low(3, 10000), rate_per_10k(3, 10000), rate_high(3, 10000, dispersion := 2)"
    )
    assert low < rate == 3 < high


def test_where_people_run_sql_only_the_pinned_files_can_be_read(demo_home, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with closing(
        duckdb.connect(str((demo_home / "published/voc.duckdb").resolve()), read_only=True)
    ) as connection:
        restrict(connection)
        assert connection.execute("SELECT count(*) > 0 FROM core.turns").fetchone() == (True,)
        for forbidden in (
            f"FROM read_csv('{secret}')",
            f"FROM read_parquet('{demo_home}/raw/chats/*/*.parquet')",
            f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            f"ATTACH '{tmp_path}/x.duckdb' AS x",
            "SET enable_external_access = true",
            "INSTALL httpfs",
            "DELETE FROM mart.alerts",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(forbidden)
    assert not (tmp_path / "out.csv").exists()


def test_an_export_stands_alone(demo_home, tmp_path):
    target = tmp_path / "carry.duckdb"
    rows = export_file((demo_home / "published/voc.duckdb").resolve(), target, days=3)
    assert rows["core.inquiries"] > 0
    with closing(duckdb.connect(str(target), read_only=True)) as connection:
        connection.execute("SET enable_external_access = false")
        assert connection.execute("SELECT count(DISTINCT day) FROM core.inquiries").fetchone() == (3,)
        assert connection.execute("SELECT count(*) > 0 FROM mart.verbatims").fetchone() == (True,)
        assert connection.execute("SELECT rate_per_10k(1, 10000)").fetchone() == (1.0,)
        assert connection.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
        ).fetchone() == (0,)


def test_nothing_unmasked_is_published(demo_home):
    assert query(
        demo_home, r"SELECT count(*) FROM core.turns WHERE regexp_matches(text, '(^|\D)1[3-9]\d{9}(\D|$)')"
    ) == [(0,)]
    assert query(demo_home, "SELECT count(*) FROM core.turns WHERE text LIKE '%[手机号]%'")[0][0] > 0
    assert query(demo_home, "SELECT count(*) FROM core.inquiries WHERE customer_key LIKE 'U0%'") == [(0,)]
    published = b"".join(path.read_bytes() for path in (demo_home / "published").glob("voc-*.duckdb"))
    assert b"U0000" not in published
