"""One self-contained DuckDB file, to carry elsewhere."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

from warehouse.contracts import load_contracts
from warehouse.sql import load_denominators, load_macros, load_rates, mart_file


def export_file(published: Path, target: Path, *, days: int | None = None) -> dict[str, int]:
    """Copy a published warehouse, rows instead of references, into `target`.

    Args:
        published: a published file.
        target: the file to make; must not exist.
        days: only the last so many days of tables by day; None for all.

    Returns:
        Table -> rows copied.
    """
    rows: dict[str, int] = {}
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    with closing(duckdb.connect(str(temporary))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        load_macros(connection)
        connection.execute(f"ATTACH '{str(published).replace(chr(39), chr(39) * 2)}' AS source (READ_ONLY)")
        views = []
        for spec in load_contracts().values():
            if spec.published == "none":
                continue
            schema = spec.table.split(".", 1)[0]
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            mart = mart_file(spec.table)
            if spec.published == "view" and not spec.by_day and mart.exists():
                views.append((spec, mart.read_text(encoding="utf-8")))
                continue
            connection.execute(spec.duckdb_ddl())
            where = ""
            if days is not None and spec.by_day:
                where = f" WHERE day > (SELECT max(day) FROM source.core.inquiries) - {int(days)}"
            connection.execute(f"INSERT INTO {spec.table} BY NAME SELECT * FROM source.{spec.table}{where}")
            found = connection.execute(f"SELECT count(*) FROM {spec.table}").fetchone()
            rows[spec.table] = int(found[0]) if found else 0
            for statement in spec.comments_sql("TABLE"):
                connection.execute(statement)
        load_denominators(connection)
        load_rates(connection)
        for spec, sql in views:
            connection.execute(f"CREATE VIEW {spec.table} AS {sql}")
            for statement in spec.comments_sql("VIEW"):
                connection.execute(statement)
        connection.execute("DETACH source")
        connection.execute("CHECKPOINT")
    temporary.replace(target)
    return rows
