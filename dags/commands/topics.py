"""voc topics: look after the registry of topics."""

from __future__ import annotations

import getpass
import json
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from dags.commands.common import Day, now, pipeline, published_file, show_table, workspace
from warehouse.errors import ConfigError

if TYPE_CHECKING:
    from insight.topics.state import State

_FROM = click.option(
    "--since",
    type=Day(),
    help="From this day on; days that were processed are done again. Default: the next new day.",
)


@click.group()
def topics() -> None:
    """Look after the registry of topics. What you decide survives every refit; it holds from the next run on."""


def _state(ctx: click.Context) -> State:
    from insight.topics.state import NAME, load
    from warehouse.models import Models

    ws = workspace(ctx)
    version = Models(ws.models, ws.place).history(NAME).newest()
    if version is None:
        raise ConfigError(
            "no topics were learned yet",
            hint="voc run   learns them from the first 28 days (200 problems at least)",
        )
    return load(ws.models, version)


def _counts(ctx: click.Context, days: int) -> dict[str, int]:
    import duckdb

    sql = (
        "SELECT topic_id, sum(inquiry_count)::BIGINT FROM mart.topic_daily WHERE topic_id IS NOT NULL "
        "AND day > (SELECT max(day) FROM mart.topic_daily) - ? GROUP BY topic_id"
    )
    with closing(duckdb.connect(str(published_file(workspace(ctx))), read_only=True)) as connection:
        return dict(connection.execute(sql, [days]).fetchall())


@topics.command("list")
@click.option("--days", default=28, show_default=True, help="Inquiries of the last so many days.")
@click.option("--all", "everything", is_flag=True, help="Also retired and merged ones.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.pass_context
def list_(ctx: click.Context, days: int, everything: bool, as_json: bool) -> None:
    """All topics, the largest first."""
    state, counts = _state(ctx), _counts(ctx, days)
    groups = {group.group_id: group.label for group in state.registry.groups}
    found = [topic for topic in state.registry.topics if topic.live or everything]
    found.sort(key=lambda topic: (-counts.get(topic.topic_id, 0), topic.topic_id))
    if as_json:
        rows = [
            {
                "topic_id": t.topic_id, "label": t.label, "group": groups.get(t.group_id or ""), "status": t.status,
                "inquiries": counts.get(t.topic_id, 0), "keywords": list(t.keywords),
            }
            for t in found
        ]  # fmt: skip
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    show_table(
        f"topics and their inquiries of the last {days} days",
        ["topic", "label", "group", "status", "inquiries", "since"],
        [
            [t.topic_id, t.label + (" ✎" if t.renamed else "") + (" 📌" if t.pinned else ""),
             groups.get(t.group_id or ""), t.status, f"{counts.get(t.topic_id, 0):,}", t.first_day]
            for t in found
        ],
        right=(4,),
    )  # fmt: skip


@topics.command()
@click.argument("topic_id")
@click.pass_context
def show(ctx: click.Context, topic_id: str) -> None:
    """One topic: keywords, examples, where it lies and what became of it."""
    registry = _state(ctx).registry
    topic = registry.topic(topic_id)
    click.echo(f"{topic.topic_id}  {topic.label}  ({topic.status})")
    if topic.merged_into:
        click.echo(f"  merged into {registry.current(topic_id).topic_id} {registry.current(topic_id).label}")
    group = next((g.label for g in registry.groups if g.group_id == topic.group_id), None)
    click.echo(f"  group     {group or '–'}")
    click.echo(f"  keywords  {' '.join(topic.keywords)}")
    click.echo(f"  days      {topic.first_day} … {topic.last_day}   radius {topic.radius:.2f}")
    for example in topic.examples:
        click.echo(f"  · {example}")


def _decide(
    ctx: click.Context, kind: str, target: str, value: dict[str, Any], since: date | None = None
) -> None:
    from warehouse.decisions import decide
    from warehouse.store import Store

    ws = workspace(ctx)
    if since:
        value["since"] = since.isoformat()
    decide(
        Store(ws.store_dir, ws.raw_dir, ws.place),
        at=now(),
        by=getpass.getuser(),
        kind=kind,
        target=target,
        value=value,
    )


def _noted(since: date | None) -> None:
    when = f"from {since} on" if since else "from the next new day on"
    click.echo(f"noted; it holds {when}. next: voc run")


@topics.command()
@click.argument("topic_id")
@click.argument("label")
@click.pass_context
def rename(ctx: click.Context, topic_id: str, label: str) -> None:
    """Give a topic (or a group, g_…) a name of your own."""
    registry = _state(ctx).registry
    if topic_id not in {group.group_id for group in registry.groups}:
        registry.topic(topic_id)
    if not label.strip():
        raise ConfigError("a label must not be empty", expected="a short name")
    _decide(ctx, "topic_rename", topic_id, {"label": label.strip()})
    click.echo("noted. next: voc run")


@topics.command()
@click.argument("topic_ids", nargs=-1, required=True)
@click.option("--into", required=True, help="The topic that takes their problems.")
@_FROM
@click.pass_context
def merge(ctx: click.Context, topic_ids: tuple[str, ...], into: str, since: date | None) -> None:
    """Make several topics one."""
    from insight.topics.registry import merge as merged

    merged(_state(ctx).registry, topic_ids, into, "check")  # an error here, not in the next run
    for topic_id in topic_ids:
        if topic_id != into:
            _decide(ctx, "topic_merge", topic_id, {"into": into}, since)
    _noted(since)


@topics.command()
@click.argument("topic_id")
@click.option("--parts", default=2, show_default=True, type=click.IntRange(2, 8))
@_FROM
@click.pass_context
def split(ctx: click.Context, topic_id: str, parts: int, since: date | None) -> None:
    """Divide a topic along its problems; the largest part keeps the id."""
    _live(ctx, topic_id)
    _decide(ctx, "topic_split", topic_id, {"parts": parts}, since)
    _noted(since)


@topics.command()
@click.argument("topic_id")
@_FROM
@click.pass_context
def retire(ctx: click.Context, topic_id: str, since: date | None) -> None:
    """Assign nothing to a topic any more; it stays on record."""
    _live(ctx, topic_id)
    _decide(ctx, "topic_retire", topic_id, {}, since)
    _noted(since)


@topics.command()
@click.argument("topic_id")
@click.option("--off", is_flag=True, help="Let refits change it again.")
@click.pass_context
def pin(ctx: click.Context, topic_id: str, off: bool) -> None:
    """Keep a topic as it is through every refit."""
    _live(ctx, topic_id)
    _decide(ctx, "topic_pin", topic_id, {"pinned": not off})
    _noted(None)


def _live(ctx: click.Context, topic_id: str) -> None:
    from insight.topics.registry import pin as pinned

    pinned(_state(ctx).registry, topic_id)  # raises where it cannot be meant


@topics.command()
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@click.pass_context
def lineage(ctx: click.Context, as_json: bool) -> None:
    """What happened to topics: created, renamed, merged, split, retired, refit; oldest first."""
    from insight.topics.state import NAME
    from warehouse.models import Models

    found = _state(ctx).lineage
    if as_json:
        click.echo(found.write_json())
        return
    show_table("", list(found.columns), found.rows())
    ws = workspace(ctx)
    used = Models(ws.models, ws.place).history(NAME).used
    show_table(
        "versions", ["from day", "version"], [[since or "the beginning", version] for since, version in used]
    )


@topics.command()
@click.option("--apply", "apply_", is_flag=True, help="Use it from the next new day on, whatever it changes.")
@click.pass_context
def refit(ctx: click.Context, apply_: bool) -> None:
    """Learn again from the last 28 days and say what would change; ids stay."""
    from insight.topics.days import refitted

    work = pipeline(workspace(ctx), quiet=True)
    days = work.ledger.days()
    record = work.ledger.manifest(days[-1]) if days else None
    if record is None:
        raise ConfigError("no day was processed yet", hint="voc run")
    _state(ctx)
    told = refitted(work.run_of(record), apply=apply_)
    click.echo(told)
