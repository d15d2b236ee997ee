"""voc sql, voc shell, voc export: the published warehouse, read-only."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dags.commands.common import published_file, workspace
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    import duckdb

    from warehouse.workspace import Workspace

FORMATS = ("table", "csv", "json", "parquet")


def connect(ws: Workspace, *, raw: bool = False) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can read the published file and its pinned files, and nothing else.

    Args:
        ws: the workspace.
        raw: also `raw.*`, the unmasked input, as temporary views; for operators.
    """
    import duckdb

    from warehouse.publish.access import restrict

    extra: list[str] = []
    connection = _with_raw(ws, extra) if raw else duckdb.connect(str(published_file(ws)), read_only=True)
    connection.execute(f"SET TimeZone = '{ws.timezone}'")
    restrict(connection, extra)
    return connection


def _with_raw(ws: Workspace, extra: list[str]) -> duckdb.DuckDBPyConnection:
    """The published file attached read-only, and views `raw.<kind>` over the unmasked input."""
    import duckdb

    from warehouse.store import Store

    store = Store(ws.store_dir, ws.raw_dir, ws.place)
    connection = duckdb.connect()
    path = str(published_file(ws)).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS voc (READ_ONLY)")
    connection.execute("ATTACH ':memory:' AS raw")
    for kind in ("chats", "calls", "tickets", "transactions", "customers", "changes"):
        paths = store.file_paths(f"raw.{kind}")
        extra += paths
        if paths:
            files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
            connection.execute(
                f"CREATE VIEW raw.{kind} AS SELECT * FROM read_parquet([{files}], "
                "union_by_name = true, hive_partitioning = true)"
            )
    connection.execute("USE voc")
    return connection


@click.command()
@click.argument("query")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--output", "-o", type=click.Path(path_type=Path), help="Write to a file (needed for parquet).")
@click.option("--limit", default=200, show_default=True, help="Rows shown as a table; 0 for all.")
@click.option("--raw", is_flag=True, help="With the unmasked input, as raw.*; for operators.")
@click.pass_context
def sql(
    ctx: click.Context, query: str, format_: str, as_json: bool, output: Path | None, limit: int, raw: bool
) -> None:
    """Query the published warehouse: voc sql "SELECT * FROM mart.obstacles ORDER BY rank LIMIT 10"."""
    import duckdb

    format_ = "json" if as_json else format_
    if format_ == "parquet" and output is None:
        raise ConfigError("Parquet is not for the terminal", hint="add --output FILE")
    with closing(connect(workspace(ctx), raw=raw)) as connection:
        try:
            found = connection.execute(query).pl()
        except duckdb.Error as error:
            raise ConfigError(
                str(error).strip(), hint='voc sql "SHOW ALL TABLES"   lists what there is'
            ) from error
    if format_ == "table":
        from dags.commands.common import show_table

        shown = found if not limit else found.head(limit)
        numbers = [i for i, dtype in enumerate(shown.dtypes) if dtype.is_numeric()]
        show_table("", shown.columns, shown.rows(), right=numbers)
        if found.height > shown.height:
            click.echo(f"{shown.height:,} of {found.height:,} rows; --limit 0 shows all", err=True)
    elif format_ == "parquet":
        found.write_parquet(output or Path())
    else:
        text = found.write_csv() if format_ == "csv" else found.write_json() + "\n"
        if output is None:
            click.echo(text, nl=False)
        else:
            output.write_text(text, encoding="utf-8")


@click.command()
@click.option("--raw", is_flag=True, help="With the unmasked input, as raw.*; for operators.")
@click.pass_context
def shell(ctx: click.Context, raw: bool) -> None:
    """An SQL prompt on the published warehouse: the DuckDB shell where it is installed, else our own."""
    ws = workspace(ctx)
    path = published_file(ws)
    program = shutil.which("duckdb")
    if program is not None and not raw and sys.stdin.isatty():
        sys.exit(subprocess.call([program, "-readonly", str(path)]))
    import duckdb

    with closing(connect(ws, raw=raw)) as connection:
        if sys.stdin.isatty():
            click.echo(f"{path.name}, read-only. End a statement with ; and leave with .quit")
        waiting = ""
        while True:
            try:
                line = input("" if not sys.stdin.isatty() else ("voc> " if not waiting else "...> "))
            except (EOFError, KeyboardInterrupt):
                break
            if line.strip() in (".quit", ".exit", "quit", "exit"):
                break
            waiting += line + "\n"
            if not waiting.strip().endswith(";"):
                continue
            try:
                click.echo(str(connection.sql(waiting)))
            except duckdb.Error as error:
                click.echo(str(error), err=True)
            waiting = ""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--days", type=int, help="Only the last N days.")
@click.pass_context
def export(ctx: click.Context, file: Path, days: int | None) -> None:
    """Write the published warehouse as one self-contained DuckDB file."""
    from warehouse.publish.export import export_file

    if file.exists():
        raise ConfigError(f"{file} exists already", hint="name another file, or remove it first")
    rows = export_file(published_file(workspace(ctx)), file, days=days)
    click.echo(f"{file}: {len(rows)} tables, {sum(rows.values()):,} rows")
