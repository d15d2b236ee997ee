"""The published file as a report reads it: all of it, or a team's products alone.

Questions are asked of views with the tables' own names, so that every question of the dashboards answers for a team
without knowing of teams.
"""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from dashboards.data import Warehouse, real_path
from dashboards.questions.base import Question, literal
from warehouse.errors import VocError, nearest
from warehouse.sql import load_denominators, load_macros

_MEMORY = "1GB"
_TABLES = """
SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'voc'
UNION ALL
SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'voc' AND NOT internal
"""
_OWN = """
FROM voc.{table}
WHERE product IN ({products})
"""
# Of a team: topics from its own obstacles; its dispersion as a whole is the largest of its products', which is no less
# than that of their sum. Alerts about the data concern everybody.
_OF_TEAM = {
    "mart.topic_daily": """
        SELECT
            day, topic_id, sum(inquiry_count)::BIGINT AS inquiry_count, sum(customer_count)::BIGINT AS customer_count,
            sum(negative_count)::BIGINT AS negative_count,
            sum(inquiry_count) / sum(sum(inquiry_count)) OVER (PARTITION BY day) AS inquiry_share
        FROM voc.mart.obstacle_daily
        WHERE product IN ({products})
        GROUP BY day, topic_id
    """,
    "mart.dispersion_daily": """
        FROM voc.mart.dispersion_daily WHERE product IN ({products})
        UNION ALL BY NAME
        SELECT day, max(dispersion) AS dispersion
        FROM voc.mart.dispersion_daily
        WHERE product IN ({products}) AND step IS NULL
        GROUP BY day
    """,
    "mart.alerts": """
        FROM voc.mart.alerts
        WHERE product IN ({products}) OR (product IS NULL AND kind IN ('data_missing', 'data_strange'))
    """,
}
_BY_PRODUCT = ("core.steps", "core.transactions", "core.changes")


class Source(Warehouse):
    """A published file, open for one report; keeps the questions that it was asked.

    Args:
        published: the file or the link to it.
        products: ids of the products; empty: all.

    Raises:
        NotPublishedError: nothing was published yet.
        VocError: a product is unknown.
    """

    def __init__(self, published: Path, products: Sequence[str] = ()) -> None:
        self.path = real_path(published)
        self.products = tuple(products)
        self.asked: OrderedDict[str, Question] = OrderedDict()
        self._answers = OrderedDict()
        self._lock = threading.Lock()
        self._spill = tempfile.TemporaryDirectory(prefix="voc-report-")  # where too large a query goes on
        self._connection = duckdb.connect(
            config={"memory_limit": _MEMORY, "temp_directory": self._spill.name}
        )
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file and take away what was spilled."""
        super().close()
        self._spill.cleanup()

    def __enter__(self) -> Source:
        return self

    def _open(self) -> None:
        con = self._connection
        con.execute(f"ATTACH {literal(str(self.path))} AS voc (READ_ONLY)")
        self.meta = dict(con.execute("SELECT key, value FROM voc.ops.meta").fetchall())
        con.execute(f"SET GLOBAL TimeZone = {literal(self.timezone)}")
        self._check_products()
        load_macros(con)
        for schema in ("core", "insight", "mart", "ops"):
            con.execute(f"CREATE SCHEMA {schema}")
        for schema, name in con.execute(_TABLES).fetchall():
            if (schema, name) not in (("mart", "inquiry_rate_weekly"), ("mart", "inquiry_rate_monthly")):
                con.execute(f"CREATE VIEW {schema}.{name} AS {self._rows(schema, name)}")
        load_denominators(con)
        first, last = con.execute("SELECT min(day), max(day) FROM mart.inquiry_rate_daily").fetchall()[0]
        whole = con.execute("SELECT min(day), max(day) FROM voc.mart.inquiry_rate_daily").fetchall()[0]
        # A team without an inquiry today still has a report of today.
        self.first_day: date | None = whole[0] if first is not None else None
        self.last_day: date | None = whole[1] if last is not None else None

    def _check_products(self) -> None:
        known = [
            product
            for (product,) in self._connection.execute(
                "SELECT DISTINCT product FROM voc.core.steps UNION "
                "SELECT DISTINCT product FROM voc.mart.inquiry_rate_daily WHERE product IS NOT NULL ORDER BY ALL"
            ).fetchall()
        ]
        for product in self.products:
            if product not in known:
                close = nearest(product, known)
                raise VocError(
                    f"product '{product}' is not in the published file",
                    hint=f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known) or 'none'}",
                )

    def _rows(self, schema: str, name: str) -> str:
        table = f"{schema}.{name}"
        if not self.products:
            return f"FROM voc.{table}"
        products = ", ".join(literal(product) for product in self.products)
        if table in _OF_TEAM:
            return _OF_TEAM[table].format(products=products)
        if table in _BY_PRODUCT or (schema == "mart" and self.has(table, "product")):
            return _OWN.format(table=table, products=products)
        return f"FROM voc.{table}"

    def has(self, table: str, column: str) -> bool:
        """Whether a table of the file has a column. Asks for that table alone: the catalogue reads all Parquet files."""
        try:
            self._connection.execute(f'SELECT "{column}" FROM voc.{table} LIMIT 0')
        except (duckdb.BinderException, duckdb.CatalogException):
            return False
        return True

    def answer(self, name: str, question: Question) -> pl.DataFrame:
        """The answer to a question that the report keeps under a name, for whoever checks its numbers."""
        self.asked[name] = question
        return self.frame(question)
