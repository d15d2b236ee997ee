"""voc status: where the workspace stands."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

import click

from dags.commands.common import now, pipeline, show_table, workspace
from dags.commands.report import what_to_do
from warehouse.workspace import Workspace

if TYPE_CHECKING:
    from warehouse.store import Store


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The state as JSON.")
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """Days, freshness, row counts, failed checks, rejects, published version."""
    found = state(workspace(ctx))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, default=str))
        return
    published = found["published"]
    show_table(
        str(found["workspace"]),
        ["", ""],
        [
            [
                "days processed",
                f"{found['days']['count']} ({found['days']['first']} to {found['days']['last']})",
            ],
            ["days waiting", ", ".join(found["days"]["waiting"]) or "none"],
            ["days held back", ", ".join(found["days"]["held"]) or "none"],
            ["days without raw text", found["days"]["sealed"]],
            ["newest input", found["newest_input"] or "none"],
            ["files", ", ".join(f"{n} {state}" for state, n in found["files"].items()) or "none"],
            ["rows", f"{found['rows']['landed']:,} landed, {found['rows']['rejected']:,} rejected"],
            [
                "published",
                f"version {published['version']} of {published['at']}" if published else "nothing yet",
            ],
        ],
    )
    for day, why in found["days"]["held"].items():
        click.echo(f"{day} is held back: {why}")
    if found["tables"]:
        show_table(
            "published tables",
            ["table", "rows"],
            [[t, f"{n:,}"] for t, n in found["tables"].items()],
            right=(1,),
        )
    if found["failed_checks"]:
        show_table(
            "failed checks of the last 7 days",
            ["day", "table", "column", "check", "severity", "observed", "expected"],
            [list(row.values()) for row in found["failed_checks"]],
        )
    if found["rejects"]:
        show_table(
            "rejected rows by reason",
            ["kind", "field", "reason", "rows", "first"],
            [list(row.values()) for row in found["rejects"]],
            right=(3,),
        )
    if found["deliveries"]:
        show_table(
            "reports that were not delivered",
            ["report", "day", "delivery", "to", "status", "tries", "reason"],
            [list(row.values()) for row in found["deliveries"]],
            right=(5,),
        )
        hint = what_to_do(row["status"] for row in found["deliveries"])
        if hint:
            click.echo(f"next: {hint}")


def state(ws: Workspace) -> dict[str, Any]:
    """The state of a workspace, as plain data."""
    import polars as pl

    work = pipeline(ws, quiet=True)
    processed = work.ledger.days()
    held = {str(record.day): record.held for record in work.ledger.held()}
    waiting = [str(day) for day in work.calendar() if str(day) not in held and work.needs_work(day)]
    files = work.store.scan("ops.files").collect()
    newest = files.sort("landed_no", maintain_order=True).unique("file", keep="last", maintain_order=True)
    rejects = work.store.scan("ops.rejects").collect()
    landed = cast("datetime | None", files["landed_at"].max())
    return {
        "workspace": str(ws.home),
        "days": {
            "count": len(processed),
            "first": str(processed[0]) if processed else None,
            "last": str(processed[-1]) if processed else None,
            "waiting": waiting,
            "held": held,
            "sealed": len(work.sealed),
        },
        "newest_input": f"{landed:%Y-%m-%d %H:%M} UTC ({_ago(landed)})" if landed is not None else None,
        "files": dict(newest.group_by("status", maintain_order=True).len().iter_rows()),
        "rows": {"landed": int(files["rows_landed"].sum()), "rejected": int(files["rows_rejected"].sum())},
        "rejects": rejects.sort("landed_no", "file", "line")
        .group_by(pl.col("file").str.split("/").list.first().alias("kind"), "field", "reason")
        .agg(pl.len().alias("rows"), pl.format("{}, line {}", "file", "line").first().alias("first"))
        .sort("rows", "kind", "field", "reason", descending=[True, False, False, False])
        .head(15)
        .to_dicts(),
        **_published(ws),
        "failed_checks": work.store.scan("ops.check_results", processed[-7:])
        .filter(~pl.col("success"))
        .select("day", "table_name", "column_name", "check_name", "severity", "observed", "expected")
        .sort("day", "table_name", "check_name", "column_name")
        .collect()
        .to_dicts(),
        "deliveries": _deliveries(work.store, processed[-1] if processed else None),
    }


def _deliveries(store: Store, last: date | None) -> list[dict[str, Any]]:
    """Reports of the last week that failed, wait or may not have arrived, newest word on each."""
    from warehouse.deliveries import undelivered

    names = ("period", "day", "delivery", "channel", "status", "attempts", "reason")
    found = undelivered(store, last)
    return [{name: getattr(delivery, name) for name in names} for delivery in found]


def _ago(moment: datetime) -> str:
    hours = (now() - moment).total_seconds() / 3600
    return f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago"


def _published(ws: Workspace) -> dict[str, Any]:
    import duckdb

    from warehouse.publish import newest_version
    from warehouse.publish.build import read_meta

    path = newest_version(ws.published)
    if path is None:
        return {"published": None, "tables": {}}
    meta = read_meta(path)
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        tables = connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables "
            "WHERE table_schema IN ('core', 'insight', 'mart', 'ops') ORDER BY ALL"
        ).fetchall()
        counts = {}
        for (name,) in tables:
            row = connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            counts[name] = int(row[0]) if row else 0
    return {
        "published": {
            "version": int(meta["published_version"]),
            "at": meta["published_at"],
            "path": str(path),
        },
        "tables": counts,
    }
