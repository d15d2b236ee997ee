"""SQL that people write themselves: one reading statement, on the published file alone, with limits."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass

import duckdb
import polars as pl

from dashboards.data import Warehouse
from warehouse.errors import VocError

ROWS = 2_000
SECONDS = 15.0
_READING = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


@dataclass(frozen=True)
class Answer:
    """Rows of a query.

    Attributes:
        frame: at most as many rows as were allowed.
        cut: whether there are more.
        seconds: how long it took.
    """

    frame: pl.DataFrame
    cut: bool
    seconds: float


def run(warehouse: Warehouse, query: str, *, rows: int = ROWS, seconds: float = SECONDS) -> Answer:
    """Run one SELECT (also WITH, FROM, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN).

    The connection can read the published file and its pinned files and nothing else (see `Warehouse`); it
    cannot write, attach, copy or change a setting.

    Args:
        warehouse: the published file.
        query: what the person wrote.
        rows: rows that are fetched at most.
        seconds: after which the query is interrupted.

    Raises:
        VocError: no, more than one, or another kind of statement; an error in it; too slow; too large.
    """
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise VocError(_first_lines(error)) from error
    if len(statements) != 1 or statements[0].type not in _READING:
        raise VocError(
            f"{len(statements)} statements"
            if len(statements) != 1
            else f"a {statements[0].type.name} statement",
            expected="one SELECT (or FROM, WITH, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN)",
            hint="the published file is for reading",
        )
    is_select = statements[0].type == duckdb.StatementType.SELECT
    begin = time.perf_counter()
    with closing(warehouse.cursor()) as connection:
        timer = threading.Timer(seconds, connection.interrupt)
        timer.start()
        try:
            text = statements[0].query
            found = connection.sql(text).limit(rows + 1).pl() if is_select else connection.execute(text).pl()
        except duckdb.InterruptException as error:
            raise VocError(
                f"stopped after {seconds:.0f} seconds",
                hint="ask for fewer days (WHERE day >= …) or use the marts; voc sql has no time limit",
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise VocError("the query needs too much memory", hint="ask for fewer days or columns") from error
        except duckdb.Error as error:
            raise VocError(_first_lines(error)) from error
        finally:
            timer.cancel()
    return Answer(found.head(rows), found.height > rows, time.perf_counter() - begin)


def _first_lines(error: Exception) -> str:
    return "\n".join(str(error).strip().splitlines()[:6])
