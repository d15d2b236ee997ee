"""Rows of a SQL database, read on from a watermark: SQLite, and a real PostgreSQL where one can be started."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.support import NOW, new_workspace
from transforms.masking import mask_expr
from warehouse.landing import land
from warehouse.store import Store
from warehouse.workspace import Workspace

VOC = """
sources:
  tickets:
    sql:
      name: crm
      url: "{url}"
      query: "SELECT id, opened, body, changed FROM cases"
      watermark: changed
    columns: {{ticket_id: id, created_at: opened, description: body, updated_at: changed}}
"""
ROWS = [
    ("t1", "2026-11-01 09:00:00", "提现没到账", "2026-11-01 09:00:00"),
    ("t2", "2026-11-01 10:00:00", "账单看不懂", "2026-11-01 10:00:00"),
]


def landed(home):
    ws = Workspace.open(home)
    store = Store(ws.store_dir, ws.raw_dir)
    (receipt,) = land(ws, store, as_of=NOW, mask=mask_expr).files
    return receipt, store


def check_a_database(home, execute):
    """What must hold for any database: first all rows, then what is new or changed, corrections winning."""
    receipt, store = landed(home)
    assert (receipt.file, receipt.status, receipt.rows_landed) == ("tickets/crm.sql", "landed", 2), receipt
    receipt, _ = landed(home)
    assert (receipt.status, receipt.rows_read) == ("unchanged", 0)
    execute("UPDATE cases SET body = '账单多了一笔', changed = '2026-11-02 08:00:00' WHERE id = 't2'")
    execute("INSERT INTO cases VALUES ('t3', '2026-11-02 07:00:00', '支付失败', '2026-11-02 08:00:00')")
    receipt, store = landed(home)
    assert (receipt.rows_landed, receipt.rows_rejected) == (2, 0)
    assert receipt.rows_read < 4, "rows below the watermark are not asked for again"
    rows = store.scan("raw.tickets").collect().sort("landed_no", "ticket_id")
    assert rows["description"].to_list() == ["提现没到账", "账单看不懂", "账单多了一笔", "支付失败"]
    assert "2026-11-02" in receipt.reason


@pytest.fixture
def sqlite_file(tmp_path):
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE cases (id TEXT, opened TEXT, body TEXT, changed TEXT)")
        connection.executemany("INSERT INTO cases VALUES (?, ?, ?, ?)", ROWS)
    return path


def test_sqlite(tmp_path, sqlite_file):
    home = new_workspace(tmp_path / "w", voc=VOC.format(url=f"sqlite:///{sqlite_file}"))

    def execute(sql):
        with sqlite3.connect(sqlite_file) as connection:
            connection.execute(sql)

    check_a_database(home, execute)


def test_a_refused_row_at_the_watermark_is_told_of_once(tmp_path, sqlite_file):
    with sqlite3.connect(sqlite_file) as connection:
        connection.execute("INSERT INTO cases VALUES ('t9', '昨天', '坏时间', '2026-11-03 08:00:00')")
    home = new_workspace(tmp_path / "w", voc=VOC.format(url=f"sqlite:///{sqlite_file}"))
    receipt, _ = landed(home)
    assert (receipt.rows_landed, receipt.rows_rejected) == (2, 1)
    receipt, store = landed(home)
    assert receipt.status == "unchanged"
    assert store.scan("ops.rejects").collect().height == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:////nowhere/at/all.db", "no such database"),
        ("oracle://host/db", "'oracle' is not a kind of database"),
        ("postgresql://u:${CRM_PASSWORD_THAT_IS_NOT_SET}@127.0.0.1:1/x", "CRM_PASSWORD_THAT_IS_NOT_SET"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "crm"),
    ],
)
def test_a_database_out_of_reach_is_refused_without_its_password(tmp_path, url, told):
    home = new_workspace(tmp_path / "w", voc=VOC.format(url=url))
    receipt, _ = landed(home)
    assert receipt.status == "refused"
    assert told in receipt.reason
    assert "geheim" not in receipt.reason


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or (
        [Path(p)] if (p := shutil.which("initdb")) else []
    )
    return found[-1].parent if found else None


@pytest.fixture
def postgresql(tmp_path_factory):
    """A PostgreSQL of its own on 127.0.0.1, stopped afterwards."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here")
    user = {}
    folder = tmp_path_factory.mktemp("pg")
    if os.geteuid() == 0:  # the server refuses to run as root
        try:
            shutil.chown(folder, "postgres")
        except LookupError:
            pytest.skip("PostgreSQL cannot run as root, and there is no user postgres")
        for parent in (folder, *folder.parents):
            if parent != Path("/") and parent.owner() == "root" and parent != Path("/tmp"):  # noqa: S108
                parent.chmod(0o755)
        user = {"user": "postgres"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "voc", "-A", "trust", "-E", "UTF8"],
        check=True,
        capture_output=True,
        cwd=folder,
        **user,
    )
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **user,
    )  # fmt: skip
    url = f"postgresql://voc@127.0.0.1:{port}/postgres"
    try:
        from adbc_driver_postgresql import dbapi

        for _ in range(100):
            try:
                dbapi.connect(url).close()
                break
            except Exception:
                time.sleep(0.1)
        yield url, dbapi
    finally:
        server.terminate()
        server.wait(20)


def test_postgresql(tmp_path, postgresql):
    url, dbapi = postgresql

    def execute(sql):
        with dbapi.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            connection.commit()

    execute("CREATE TABLE cases (id TEXT, opened TIMESTAMP, body TEXT, changed TIMESTAMP)")
    for row in ROWS:
        execute("INSERT INTO cases VALUES ({})".format(", ".join(f"'{value}'" for value in row)))
    check_a_database(new_workspace(tmp_path / "w", voc=VOC.format(url=url)), execute)
