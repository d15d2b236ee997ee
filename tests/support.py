"""What tests share: published content in a form that can be compared, small workspaces."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dags.pipeline import Pipeline
from warehouse.contracts import contract
from warehouse.hashing import content_hash
from warehouse.workspace import Workspace

SHARED = Path(__file__).parents[2] / "shared" / "data"
NOW = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)
# Names the run, not its result.
_RUN_METADATA = {
    "ops.runs": None,
    "ops.meta": None,
    "ops.check_results": ["run_id"],
    "ops.files": ["landed_at", "landed_no"],
    "ops.rejects": ["landed_no"],
}


def published_content(workspace: Path) -> dict[str, tuple[int, int]]:
    """Table -> rows and content hash of the newest published file, run metadata aside."""
    found = {}
    with closing(
        duckdb.connect(str((workspace / "published" / "voc.duckdb").resolve()), read_only=True)
    ) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        names = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables "
            "WHERE table_schema IN ('core', 'insight', 'mart', 'ops') ORDER BY ALL"
        ).fetchall()
        for (name,) in names:
            left_out = _RUN_METADATA.get(name, [])
            if left_out is None:
                continue
            frame = connection.execute(f"SELECT * FROM {name}").pl()
            found[name] = (frame.height, content_hash(frame.drop(left_out)))
    return found


def query(workspace: Path, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    """Rows of a query on the newest published file."""
    with closing(
        duckdb.connect(str((workspace / "published" / "voc.duckdb").resolve()), read_only=True)
    ) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(sql, parameters or []).fetchall()


def new_workspace(
    home: Path, *, journeys: str = "products: []\n", voc: str = "", tags: str = "tags: []\n"
) -> Path:
    """A workspace without input."""
    for kind in ("chats", "calls", "tickets", "transactions", "customers", "changes"):
        (home / "inbox" / kind).mkdir(parents=True, exist_ok=True)
    (home / "voc.yaml").write_text(voc, encoding="utf-8")
    (home / "journeys.yaml").write_text(journeys, encoding="utf-8")
    (home / "tags.yaml").write_text(tags, encoding="utf-8")
    return home


def write_jsonl(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """Rows as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def pipeline(home: Path, *, now: datetime = NOW, progress: Callable[..., None] | None = None) -> Pipeline:
    """A pipeline with a fixed clock."""
    return Pipeline(Workspace.open(home), run_id="test", clock=lambda: now, progress=progress)


def spoil(home: Path, day: date) -> Pipeline:
    """Add a row to a landed day's chats that a check of severity `fail` refuses, as a broken landing would."""
    work = pipeline(home)
    row = work.store.scan("raw.chats", [day]).collect().head(1)
    ghost = row.with_columns(sender=pl.lit("ghost"), row_hash=pl.lit(5), key_hash=pl.lit(5))
    work.store.append("raw.chats", [ghost])
    return work


def table(home: Path, name: str) -> pl.DataFrame:
    """All rows of a table of the store."""
    return pipeline(home).store.scan(name).collect()


def with_all_columns(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """A frame with the columns of a table that it lacks, as nulls: a test names those it is about."""
    missing = {c: t for c, t in contract(name).polars_schema().items() if c not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype).alias(column) for column, dtype in missing.items())
