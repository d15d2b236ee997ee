from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dags.steps import DAY_STEPS
from warehouse.contracts import conform_frame, contract, data_dictionary, empty_frame, load_contracts
from warehouse.errors import VocError

ROOT = Path(__file__).parents[3]


def test_the_dictionary_is_not_stale():
    written = (ROOT / "warehouse" / "DATA_DICTIONARY.md").read_text(encoding="utf-8")
    assert written == data_dictionary(), "run `make docs`"


def test_every_contract_makes_a_commented_table():
    with closing(duckdb.connect()) as connection:
        for spec in load_contracts().values():
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {spec.table.split('.')[0]}")
            connection.execute(spec.duckdb_ddl())
            for statement in spec.comments_sql("TABLE"):
                connection.execute(statement)
        bare = connection.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        ).fetchone()
    assert bare == (0,)


def test_every_table_that_a_step_writes_has_a_contract():
    for step in DAY_STEPS:
        for table in step.writes:
            assert contract(table).by_day


def test_frames_are_held_to_their_contract():
    frame = pl.DataFrame({"inquiry_id": ["a"], "day": ["2026-11-01"]}).with_columns(
        pl.col("day").str.to_date()
    )
    made = conform_frame(frame, "insight.inquiry_topics")
    assert made.schema == empty_frame("insight.inquiry_topics").schema
    with pytest.raises(VocError, match="unknown"):
        conform_frame(frame.with_columns(x=1), "insight.inquiry_topics")
    with pytest.raises(VocError, match="lacks"):
        conform_frame(frame.drop("inquiry_id"), "insight.inquiry_topics")
    with pytest.raises(VocError, match="does not fit"):
        conform_frame(frame.with_columns(similarity=pl.lit("high")), "insight.inquiry_topics")


def test_a_wrong_table_names_the_nearest():
    with pytest.raises(VocError, match=r"did you mean core\.inquiries"):
        contract("core.inquirys")
