"""What stands in a published file, and how it is built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Literal

import duckdb
import polars as pl

from warehouse.contracts import Contract, load_contracts
from warehouse.ledger import DayRecord
from warehouse.maintenance.compaction import APPENDED
from warehouse.publish.levers import prepare_levers
from warehouse.publish.shrinkage import prepare_obstacles
from warehouse.sql import load_denominators, load_macros, load_rates, mart_file, sql
from warehouse.store import Store
from warehouse.workspace import Workspace

_DEPENDENCIES = ("duckdb", "polars", "deltalake")


@dataclass(frozen=True)
class PublishedFile:
    """Rows of each materialised table of a file that was built."""

    path: Path
    rows: Mapping[str, int]


def source_digest(ws: Workspace, store: Store, manifests: Mapping[date, DayRecord]) -> str:
    """Fingerprint of everything that a published file is made from, what tells of runs and deliveries aside."""
    digest = hashlib.sha256()
    for day, record in manifests.items():
        for table, files in sorted(record.tables.items()):
            digest.update(f"{day} {table} {[ref.path for ref in files.files]}\n".encode())
    for spec in load_contracts().values():
        if spec.by_day or spec.table in ("ops.runs", "ops.deliveries"):
            continue
        # Compaction gives append-only tables other files and the same rows.
        appended = spec.table in APPENDED
        state = int(store.actions(spec.table)["rows"].sum()) if appended else store.file_paths(spec.table)
        digest.update(f"{spec.table} {state}\n".encode())
    for kind in ("journeys", "tags"):
        digest.update(repr(ws.config_history(kind)).encode())
    digest.update(package_version("wanqiu").encode())
    return digest.hexdigest()[:32]


def read_meta(path: Path) -> dict[str, str]:
    """`ops.meta` of a published file."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        return dict(connection.execute("SELECT key, value FROM ops.meta").fetchall())


def build_file(
    path: Path,
    ws: Workspace,
    store: Store,
    manifests: Mapping[date, DayRecord],
    *,
    version: int,
    digest: str,
    published_at: datetime,
) -> PublishedFile:
    """Build one published file.

    Row-level tables become views over the Parquet files that the manifests pin, everything else becomes
    a real table. Tables with a `.sql` of their own under `sql/marts` and no day are computed here, from
    the tables that stand in the file by then.

    Args:
        path: the file to make; replaced if it exists.
        ws: the workspace (journeys for `core.steps`, the newest one's levers).
        store: its tables.
        manifests: the good days.
        version: number of the published version.
        digest: fingerprint of the sources, kept in `ops.meta`.
        published_at: when, for `ops.meta`.
    """
    path.unlink(missing_ok=True)
    contracts = [spec for spec in load_contracts().values() if spec.published != "none"]
    rows: dict[str, int] = {}
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        load_macros(connection)
        for schema in dict.fromkeys(spec.table.split(".", 1)[0] for spec in contracts):
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        computed = [spec for spec in contracts if _mart_sql(spec) is not None]
        stored = [spec for spec in contracts if _mart_sql(spec) is None]
        for spec in stored:
            if spec.published == "view" and spec.by_day:
                _create_view(connection, spec, store, manifests)
            else:
                connection.execute(spec.duckdb_ddl())
                _fill(connection, spec, _source(spec, ws, store, manifests))
        load_denominators(connection)
        load_rates(connection)
        prepare_obstacles(connection)
        prepare_levers(connection, ws.journeys())
        connection.execute(sql("segment_cells"))
        for spec in _in_order(computed):
            query = (_mart_sql(spec) or Path()).read_text(encoding="utf-8")
            if spec.published == "view":
                connection.execute(f"CREATE VIEW {spec.table} AS {query}")
            else:
                connection.execute(spec.duckdb_ddl())
                connection.execute(f"INSERT INTO {spec.table} BY NAME {query}")
        _fill(connection, load_contracts()["ops.meta"], _meta(ws, manifests, version, digest, published_at))
        for spec in contracts:
            kind: Literal["TABLE", "VIEW"] = "VIEW" if spec.published == "view" else "TABLE"
            for statement in spec.comments_sql(kind):
                connection.execute(statement)
            if kind == "TABLE":
                found = connection.execute(f"SELECT count(*) FROM {spec.table}").fetchone()
                rows[spec.table] = int(found[0]) if found else 0
        connection.execute("CHECKPOINT")
    return PublishedFile(path, rows)


def _mart_sql(spec: Contract) -> Path | None:
    """The SQL of a table that is computed while publishing: marts over all history, and views."""
    path = mart_file(spec.table)
    return path if spec.table.startswith("mart.") and not spec.by_day and path.exists() else None


def _in_order(computed: list[Contract]) -> list[Contract]:
    """Tables before the views and tables that may read them: obstacles feed the views on them."""
    return sorted(
        computed, key=lambda spec: (spec.published == "view", spec.table != "mart.obstacles", spec.table)
    )


def _create_view(
    connection: duckdb.DuckDBPyConnection, spec: Contract, store: Store, manifests: Mapping[date, DayRecord]
) -> None:
    columns = ", ".join(f'"{name}"' for name in spec.polars_schema())
    paths = store.ready(pinned_paths(spec.table, store, manifests))
    if not paths:  # a table that no day has yet: its view is empty, with the right types
        connection.execute(spec.duckdb_ddl().replace(spec.table, "main._empty", 1))
        types = connection.execute("DESCRIBE main._empty").fetchall()
        connection.execute("DROP TABLE main._empty")
        nulls = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind, *_ in types)
        connection.execute(f"CREATE VIEW {spec.table} AS SELECT {nulls} WHERE false")
        return
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    connection.execute(
        f"CREATE VIEW {spec.table} AS SELECT {columns} FROM read_parquet([{files}], "
        "union_by_name = true, hive_partitioning = true, hive_types = {'day': DATE})"
    )


def pinned_paths(table: str, store: Store, manifests: Mapping[date, DayRecord]) -> list[str]:
    """Absolute paths of a table's files as the manifests pin them; empty files of quiet days left out."""
    return [
        path
        for record in manifests.values()
        if table in record.tables
        for path in store.pinned(
            ref for ref in record.tables[table].files if ref.rows or record.tables[table].rows
        )
    ]


def _source(
    spec: Contract, ws: Workspace, store: Store, manifests: Mapping[date, DayRecord]
) -> pl.LazyFrame | pl.DataFrame:
    if spec.table == "core.steps":
        return steps_table(ws)
    if spec.table == "ops.meta":
        return pl.DataFrame(schema=spec.polars_schema())
    if spec.by_day:
        return store.scan_files(spec.table, pinned_paths(spec.table, store, manifests))
    return store.scan(spec.table)


def steps_table(ws: Workspace) -> pl.DataFrame:
    """`core.steps`: every adopted version of journeys.yaml with the days for which it holds."""
    versions = ws.config_history("journeys")
    frames = []
    for number, version in enumerate(versions):
        following = versions[number + 1].valid_from if number + 1 < len(versions) else None
        frames.append(
            ws.journeys(version.valid_from or date.min)
            .step_table()
            .with_columns(
                pl.lit(version.valid_from, pl.Date).alias("valid_from"),
                pl.lit(following, pl.Date).dt.offset_by("-1d").alias("valid_to"),
            )
        )
    if not frames:
        frames = [
            ws.journeys()
            .step_table()
            .with_columns(pl.lit(None, pl.Date).alias("valid_from"), pl.lit(None, pl.Date).alias("valid_to"))
        ]
    return pl.concat(frames)


def _fill(connection: duckdb.DuckDBPyConnection, spec: Contract, source: pl.LazyFrame | pl.DataFrame) -> None:
    frame = source.collect() if isinstance(source, pl.LazyFrame) else source
    if frame.is_empty():
        return
    keys = [key for key in spec.key if key in frame.columns]
    columns = [name for name in spec.polars_schema() if name in frame.columns]
    connection.register("_incoming", frame.select(columns).sort(keys, maintain_order=True).to_arrow())
    connection.execute(f"INSERT INTO {spec.table} BY NAME SELECT * FROM _incoming")
    connection.unregister("_incoming")


def _meta(
    ws: Workspace, manifests: Mapping[date, DayRecord], version: int, digest: str, published_at: datetime
) -> pl.DataFrame:
    days = list(manifests)
    values = {
        "published_version": str(version),
        "published_at": published_at.isoformat(timespec="seconds"),
        "source_digest": digest,
        "timezone": ws.timezone,
        "language": ws.voc.language,
        "first_day": days[0].isoformat(),
        "last_day": days[-1].isoformat(),
        "day_count": str(len(days)),
        "voc_version": package_version("wanqiu"),
        "journeys_versions": json.dumps([v.digest for v in ws.config_history("journeys")]),
        "tags_versions": json.dumps([v.digest for v in ws.config_history("tags")]),
    } | {f"{name}_version": package_version(name) for name in _DEPENDENCIES}
    return pl.DataFrame({"key": list(values), "value": list(values.values())})
