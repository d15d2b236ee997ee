"""What commands share: the workspace, the pipeline with progress, days as arguments, tables as output."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from dags.pipeline import Pipeline


class Day(click.ParamType[date]):
    """A day as YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse a day; another form is an error that shows the right one."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is not a day; expected YYYY-MM-DD, such as 2026-11-15", param, ctx)


def workspace(ctx: click.Context) -> Workspace:
    """The workspace that the command is about."""
    return Workspace.open(ctx.obj["home"])


def now() -> datetime:
    """The present moment; the only place where commands read the clock."""
    return datetime.now(UTC)


def pipeline(ws: Workspace, *, quiet: bool = False) -> Pipeline:
    """A pipeline that shows progress: a live line on a terminal, plain lines elsewhere."""
    from dags.pipeline import Pipeline

    run_id = f"{now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"
    return Pipeline(ws, run_id=run_id, clock=now, progress=None if quiet else Progress())


# Days pass in three rounds, since topics are learned from many days at once; what a round has come to.
_TOLD = {"conform": "read", "metrics": "counted"}


class Progress:
    """Says what is being done, on standard error, so that output stays clean for pipes."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._learning = False

    def __call__(self, step: str, day: date | None, status: str) -> None:
        """Note one event of the pipeline."""
        if self._live:
            where = f" {day}" if day else ""
            sys.stderr.write(f"\r\x1b[2K{where} {step} {'…' if status == 'start' else status}")
            if status == "held":
                sys.stderr.write("\n")
            sys.stderr.flush()
        elif status == "held":
            click.echo(f"voc: {day} held back at {step}", err=True)
        elif status == "start" and (day is None or (step == "topics" and not self._learning)):
            click.echo(f"voc: {step}", err=True)
        elif status == "start" and step in _TOLD:
            click.echo(f"voc: {day} {_TOLD[step]}", err=True)
        self._learning = step == "topics"

    def close(self) -> None:
        """Clear the live line."""
        if self._live:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()


def show_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, right: Sequence[int] = ()
) -> None:
    """Print a small table; `right` lists the columns that hold numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False)
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*["" if value is None else str(value) for value in row])
    console.print(table)


def published_file(ws: Workspace) -> Path:
    """The newest published file.

    Raises:
        ConfigError: nothing was published yet.
    """
    from warehouse.errors import ConfigError
    from warehouse.publish import newest_version

    found = newest_version(ws.published)
    if found is None:
        raise ConfigError(f"{ws.published}: nothing was published yet", hint="voc run")
    return found
