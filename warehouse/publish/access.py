"""Read-only connections that can reach the published file and its pinned files, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

_PATH = re.compile(r"'((?:[^']|'')+\.parquet)'")


def pinned_files(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Paths of the Parquet files that the views of a published file read."""
    rows = connection.execute("SELECT sql FROM duckdb_views() WHERE NOT internal").fetchall()
    found = {path.replace("''", "'") for (sql,) in rows for path in _PATH.findall(sql)}
    return sorted(found)


def restrict(connection: duckdb.DuckDBPyConnection, extra: Sequence[str] = ()) -> None:
    """Lock a connection where people run SQL of their own.

    Only the pinned files (and `extra`) can be read; no other file, no network, no extension, and no
    setting that would open them again.
    """
    paths = [*pinned_files(connection), *extra]
    connection.execute("SET allowed_paths = $paths", {"paths": paths}) if paths else None
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
