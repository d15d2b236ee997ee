"""Levers and owners of obstacles, as the newest journeys.yaml has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from warehouse.config import Journeys


def prepare_levers(connection: duckdb.DuckDBPyConnection, journeys: Journeys) -> None:
    """What the SQL of `mart.obstacles` reads: the temporary table `levers` (see `config/levers.py`)."""
    connection.register("_levers", journeys.lever_table().to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE levers AS SELECT * FROM _levers")
    connection.unregister("_levers")
