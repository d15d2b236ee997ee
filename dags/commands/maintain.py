"""voc maintain: housekeeping."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from dags.commands.common import now as present
from dags.commands.common import pipeline, workspace
from warehouse.errors import ConfigError, nearest
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from dags.pipeline import Pipeline

STEPS = ("retention", "compact", "vacuum")


@click.command()
@click.option("--dry-run", is_flag=True, help="Tell what would be done; change nothing.")
@click.option("--step", type=click.Choice(STEPS), help="One part alone (default: all, in this order).")
@click.pass_context
def command(ctx: click.Context, dry_run: bool, step: str | None) -> None:
    """Remove raw text older than voc.yaml allows, make many small files one, remove files that nothing names.

    Safe to repeat, and to stop at any moment.
    """
    click.echo(maintain(workspace(ctx), step=step, now=present(), dry_run=dry_run))


def maintain(ws: Workspace, *, step: str | None = None, now: datetime, dry_run: bool = False) -> str:
    """Do the housekeeping of a workspace and tell what was done, a line or more for each part.

    Args:
        ws: the workspace.
        step: one of `STEPS`; None: all.
        now: the present moment.
        dry_run: tell what would be done, change nothing.

    Raises:
        ConfigError: an unknown part.
        VocError: a published file can't be read, so that nobody knows which files it needs.
    """
    if step is not None and step not in STEPS:
        close = nearest(step, STEPS)
        raise ConfigError(
            f"no part of housekeeping is called '{step}'",
            expected=", ".join(STEPS),
            hint=f"--step {close[0]}" if close else None,
        )
    work = pipeline(ws, quiet=True)
    parts = {"retention": _retention, "compact": _compact, "vacuum": _vacuum}
    told = [part(work, now, dry_run) for name, part in parts.items() if step in (None, name)]
    return "\n".join(["dry run: nothing was changed"] * dry_run + told)


def _retention(work: Pipeline, now: datetime, dry_run: bool) -> str:
    from warehouse.maintenance.retention import retain

    with work._lock("inbox"):
        done = retain(work.ws, work.store, work.ledger, now=now, lock=work._lock, dry_run=dry_run)
    if done.limit is None:
        return "retention: raw text is kept (privacy.raw_retention_days is not set)"
    lines = [
        f"retention: raw text of {len(done.days)} day(s) before {done.limit} removed "
        f"({done.files} files, {_mb(done.bytes)})"
    ]
    lines += [f"  {day} is kept: {why}" for day, why in done.waiting.items()]
    if done.inbox_files:
        lines.append(
            f"  {done.inbox_files} file(s) of the inbox are older; they are yours to remove ({work.ws.inbox})"
        )
    return "\n".join(lines)


def _compact(work: Pipeline, now: datetime, dry_run: bool) -> str:
    from warehouse.maintenance.compaction import compact

    with work._lock("inbox"):
        done = compact(work.store, now=now, dry_run=dry_run)
    tables = ", ".join(f"{table} {count}" for table, count in done.tables.items())
    return (
        f"compact: {done.files} small files ({_mb(done.bytes)}) made {len(done.tables)}"
        + (f": {tables}" if tables else "")
        + f"; {done.checkpoints} logs summed up"
    )


def _vacuum(work: Pipeline, now: datetime, dry_run: bool) -> str:
    from warehouse.maintenance.vacuum import vacuum

    with work._lock("published"):
        done = vacuum(work.ws, work.store, work.ledger, now=now, dry_run=dry_run)
    lines = [f"vacuum: {done.files} files of {len(done.tables)} tables removed ({_mb(done.bytes)})"]
    lines += [f"  {table}: {count}" for table, count in done.tables.items()]
    if done.versions:
        lines.append(f"  published: {', '.join(done.versions)} ({_mb(done.version_bytes)})")
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
