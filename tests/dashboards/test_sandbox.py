"""SQL that people write: what it may read, and how much of it."""

import time

import polars as pl
import pytest

from dashboards import sandbox
from dashboards.data import Warehouse
from dashboards.questions.examples import EXAMPLES
from warehouse.errors import VocError


@pytest.fixture(scope="module")
def warehouse(files):
    with Warehouse(files["filled"]) as found:
        yield found


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS x", "FROM mart.obstacles", "WITH a AS (SELECT 1 AS x) SELECT * FROM a;", "DESCRIBE core.inquiries",
        "SHOW ALL TABLES", "SUMMARIZE mart.obstacles", "EXPLAIN SELECT 1", "SELECT rate_per_10k(3, 40)", "FROM denominators()",
        "SELECT * FROM mart.verbatims ORDER BY day DESC",
    ],
)  # fmt: skip
def test_reading_is_allowed(warehouse, query):
    assert sandbox.run(warehouse, query).frame.height >= 1


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_saved_example_runs(warehouse, name):
    answer = sandbox.run(warehouse, EXAMPLES[name][1])
    assert answer.frame.width >= 3
    assert (
        answer.frame.height >= 1 or name == "why_moved"
    )  # the sample made for tests has no mart.rate_changes


@pytest.mark.parametrize(
    "query",
    [
        "", "SELECT 1; SELECT 2", "DROP TABLE core.steps", "INSERT INTO ops.meta VALUES ('a', 'b')", "CREATE TEMP TABLE t AS SELECT 1",
        "ATTACH ':memory:' AS x", "SET memory_limit = '90GB'", "INSTALL httpfs", "LOAD httpfs", "CALL pragma_version()",
        "COPY (SELECT 1) TO '/tmp/x.csv'", "EXPORT DATABASE '/tmp/x'", "USE core", "CHECKPOINT", "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/y.csv'",
        "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')", "SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')", "SELECT * FROM sqlite_scan('/tmp/a', 'b')",
        "SELECT getenv('HOME')", "SELECT nothing FROM nowhere", "SELEC 1",
    ],
)  # fmt: skip
def test_everything_else_is_refused_in_words(warehouse, query):
    with pytest.raises(VocError) as refused:
        sandbox.run(warehouse, query)
    assert refused.value.message
    assert len(refused.value.message.splitlines()) <= 6


def test_rows_are_limited_and_the_order_is_kept(warehouse):
    answer = sandbox.run(warehouse, "SELECT i FROM range(100000) AS t(i) ORDER BY i DESC", rows=50)
    assert answer.cut
    assert answer.frame["i"].to_list() == list(range(99_999, 99_949, -1))
    assert not sandbox.run(warehouse, "SELECT i FROM range(50) AS t(i)", rows=50).cut


def test_a_slow_query_is_stopped_and_the_next_one_runs(warehouse):
    begin = time.perf_counter()
    with pytest.raises(VocError, match="stopped after"):
        sandbox.run(
            warehouse,
            "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) = 1",
            seconds=0.5,
        )
    assert time.perf_counter() - begin < 5
    assert sandbox.run(warehouse, "SELECT 1 AS x").frame.item() == 1


def test_a_query_too_large_for_memory_fails_and_the_next_one_runs(warehouse):
    query = "SELECT list(md5(i::VARCHAR)) AS l, count(*) FROM range(60000000) AS t(i) GROUP BY i % 1000 ORDER BY length(l[1])"
    with pytest.raises(VocError):
        sandbox.run(warehouse, query, seconds=20)
    assert sandbox.run(warehouse, "SELECT 1 AS x").frame.item() == 1


def test_nothing_written_by_a_query_stays(warehouse):
    before = warehouse.path.stat().st_mtime_ns
    for query in ("DELETE FROM ops.meta", "UPDATE ops.meta SET value = 'x'"):
        with pytest.raises(VocError):
            sandbox.run(warehouse, query)
    assert warehouse.path.stat().st_mtime_ns == before
    assert isinstance(warehouse.sql("SELECT * FROM ops.meta"), pl.DataFrame)
