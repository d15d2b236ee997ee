"""What the marts of a day start from: its facts, the pairs of channel and source, whether something is missing."""

from contextlib import closing
from datetime import date, timedelta

import duckdb
import pytest

from warehouse.contracts import load_contracts
from warehouse.sql import sql

DAY = date(2026, 11, 10)
TABLES = (
    "core.inquiries",
    "core.transactions",
    "insight.inquiry_journey",
    "insight.inquiry_topics",
    "insight.inquiry_sentiment",
)
BACK = ("core.inquiries", "core.transactions", "mart.sentiment_daily")


@pytest.fixture
def connection():
    with closing(duckdb.connect()) as opened:
        for schema in ("core", "insight", "mart"):
            opened.execute(f"CREATE SCHEMA {schema}")
        for name in TABLES:
            opened.execute(load_contracts()[name].duckdb_ddl().replace(" NOT NULL", ""))
        for name in BACK:
            ddl = load_contracts()[name].duckdb_ddl().replace(" NOT NULL", "")
            opened.execute(ddl.replace(name, f"{name}_back", 1))
        yield opened


def put(connection, table, **row):
    marks = ", ".join(f"${name}" for name in row)
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", row)


def inquiry(connection, inquiry_id, source="chats", *, counts=True):
    put(connection, "core.inquiries", inquiry_id=inquiry_id, source=source, channel="app", is_inquiry=counts)


def before(connection, source, days, *, counts=True, channel="app"):
    for back in days:
        put(
            connection,
            "core.inquiries_back",
            day=DAY - timedelta(days=back),
            source=source,
            channel=channel,
            is_inquiry=counts,
        )


def facts(connection):
    connection.execute(f"CREATE TABLE facts AS {sql('facts')}")


def partial(connection):
    facts(connection)
    return connection.execute(sql("partial"), {"day": DAY}).fetchall() == [(True,)]


def test_facts_are_the_inquiries_that_count(connection):
    inquiry(connection, "a")
    inquiry(connection, "b")
    inquiry(connection, "no", counts=False)
    put(
        connection,
        "insight.inquiry_journey",
        inquiry_id="a",
        product="w",
        step="pay",
        cause="fault",
        repeat_of="z",
    )
    put(connection, "insight.inquiry_sentiment", inquiry_id="a", sentiment=-0.5, emotion="angry", effort=0.2)
    put(connection, "insight.inquiry_journey", inquiry_id="no", product="w", step="pay")
    facts(connection)
    rows = connection.execute(
        "SELECT inquiry_id, product, step, cause, repeat_of, emotion FROM facts ORDER BY 1"
    ).fetchall()
    assert rows == [("a", "w", "pay", "fault", "z", "angry"), ("b", None, None, None, None, None)]


def test_pairs_are_those_of_today_and_of_days_with_inquiries(connection):
    inquiry(connection, "a")
    before(connection, "calls", [20], channel="phone")
    before(connection, "tickets", [3], counts=False, channel="ticket")
    facts(connection)
    assert sorted(connection.execute(sql("pairs")).fetchall()) == [("app", "chats"), ("phone", "calls")]


def test_a_day_is_partial_when_a_usual_source_is_missing(connection):
    inquiry(connection, "a", "chats")
    before(connection, "calls", [1, 2, 3, 4, 7])
    assert partial(connection)


@pytest.mark.parametrize("days", [[1, 2, 3, 4], [4, 5, 6, 7, 8], [1, 1, 1, 1, 1]])
def test_a_source_that_comes_now_and_then_is_not_missed(connection, days):
    inquiry(connection, "a", "chats")
    before(connection, "calls", days)
    assert not partial(connection)


def test_a_source_that_came_is_not_missed(connection):
    inquiry(connection, "a", "calls")
    before(connection, "calls", range(1, 8))
    assert not partial(connection)


@pytest.mark.parametrize(("today", "expected"), [(False, True), (True, False)])
def test_a_day_is_partial_without_transactions_where_there_were_some(connection, today, expected):
    inquiry(connection, "a")
    put(connection, "core.transactions_back", day=DAY - timedelta(days=1), product="w", transaction_count=5)
    if today:
        put(connection, "core.transactions", day=DAY, product="w", transaction_count=5)
    assert partial(connection) is expected
