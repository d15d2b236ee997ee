"""Each mart's SQL on the tables of a YAML file: given rows, and the rows that must come out.

A file `marts/<mart>.<case>.yaml` has `params`, `journeys` (journeys.yaml, for obstacles), `given` (table -> rows; columns left out are null) and
`expect` (rows with the columns that the case is about, in the mart's order).
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from warehouse.config import Journeys
from warehouse.contracts import load_contracts
from warehouse.publish.levers import prepare_levers
from warehouse.publish.shrinkage import prepare_obstacles
from warehouse.sql import load_denominators, load_macros, load_rates, mart_file, sql

CASES = sorted((Path(__file__).parent / "marts").glob("*.yaml"))
# Tables that insight/steps.py prepares; the others are tables of contracts.
PREPARED = {
    "facts": "inquiry_id VARCHAR, source VARCHAR, channel VARCHAR, customer_key VARCHAR, product VARCHAR, step VARCHAR, cause VARCHAR, "
    "repeat_of VARCHAR, topic_id VARCHAR, sentiment DOUBLE, sentiment_label VARCHAR, emotion VARCHAR, effort DOUBLE",
    "pairs": "channel VARCHAR, source VARCHAR",
    "partial": "is_partial BOOLEAN",
    "dispersion": "product VARCHAR, step VARCHAR, dispersion DOUBLE",
    "segment_cells": "day DATE, obstacle_id VARCHAR, segment VARCHAR, value VARCHAR, inquiry_count BIGINT, customer_count BIGINT, "
    "known_inquiry_count BIGINT, known_customer_count BIGINT, base_share DOUBLE, shown BOOLEAN",
    "series": "key STRUCT(product VARCHAR, step VARCHAR), day DATE, inquiry_count BIGINT, transaction_count BIGINT",
}


def run(case):
    with closing(duckdb.connect()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        load_macros(connection)
        for schema in ("core", "insight", "mart", "ops"):
            connection.execute(f"CREATE SCHEMA {schema}")
        for table, spec in load_contracts().items():
            if not table.startswith("raw.") and table != "mart.verbatims":
                connection.execute(spec.duckdb_ddl().replace(" NOT NULL", ""))
        for table, columns in PREPARED.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
        load_denominators(connection)
        load_rates(connection)
        for table, rows in (case.get("given") or {}).items():
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join(f"${name}" for name in row)
                connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)
        if case["mart"] == "obstacles":
            prepare_obstacles(connection)
            prepare_levers(connection, Journeys.model_validate(case.get("journeys") or {}))
        return connection.execute(sql(f"marts/{case['mart']}"), case.get("params") or {}).pl()


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_given_gives_expected(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = run(case).to_dicts()
    expected = case["expect"]
    assert len(found) == len(expected), found
    for row, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            if isinstance(value, float):
                assert row[name] == pytest.approx(value, rel=1e-4), (name, row)
            else:
                assert row[name] == value, (name, row)


def test_every_mart_has_a_case():
    files = {path.stem for path in mart_file("mart.x").parent.glob("*.sql")}
    assert files == {path.name.split(".")[0] for path in CASES}


@pytest.mark.parametrize("mart", sorted({path.name.split(".")[0] for path in CASES}))
def test_a_mart_gives_the_columns_of_its_contract(mart):
    case = yaml.safe_load(next(p for p in CASES if p.name.startswith(mart + ".")).read_text(encoding="utf-8"))
    spec = load_contracts()[f"mart.{mart}"]
    assert set(run(case).columns) <= set(spec.polars_schema())
    required = {c.name for c in spec.columns if not c.nullable}
    assert required <= set(run(case).columns)


def test_denominators_are_public():
    with closing(duckdb.connect()) as connection:
        load_macros(connection)
        connection.execute("CREATE SCHEMA core")
        for table in ("core.steps", "core.transactions"):
            connection.execute(load_contracts()[table].duckdb_ddl())
        load_denominators(connection)
        assert connection.execute("FROM denominators()").pl().height == 0
        assert isinstance(connection.execute("FROM denominators()").pl(), pl.DataFrame)
