"""SQL files: the macros of the contract, and a file for each mart, named after the table that it makes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_FOLDER = Path(__file__).parent


@cache
def sql(name: str) -> str:
    """Text of a file, by its name without `.sql` (`marts/topic_daily`)."""
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def mart_file(table: str) -> Path:
    """Where the SQL of a mart lies, if it has one."""
    return _FOLDER / "marts" / f"{table.split('.', 1)[1]}.sql"


def load_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros of the contract in a connection or file."""
    connection.execute(sql("macros"))


def load_denominators(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table macro `denominators()`; core.steps and core.transactions must be there."""
    connection.execute(sql("denominators"))


def load_rates(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table macros `rates`, `rate_changes`, `rate_changes_of` and `rate_changes_around`.

    The tables that they read must be there, and `denominators()`.
    """
    for name in ("rates", "rate_changes"):
        connection.execute(sql(name))
