"""voc correct: people's word on one inquiry."""

from __future__ import annotations

import getpass
from contextlib import closing

import click

from dags.commands.common import now, published_file, workspace
from warehouse.errors import ConfigError, nearest

CAUSES = (
    "awareness", "comprehension", "operation", "process", "fault", "policy", "trust", "service", "other",
)  # fmt: skip


@click.command()
@click.argument("inquiry_id")
@click.option("--product", help="The right product (id or name).")
@click.option("--step", help="The right step (id or name).")
@click.option("--cause", type=click.Choice(CAUSES), help="The right cause.")
@click.pass_context
def correct(
    ctx: click.Context, inquiry_id: str, product: str | None, step: str | None, cause: str | None
) -> None:
    """Correct the product, step or cause of an inquiry. Your word wins over everything and teaches the mapping."""
    import duckdb

    from warehouse.decisions import decide
    from warehouse.store import Store

    ws = workspace(ctx)
    if not (product or step or cause):
        raise ConfigError("nothing to correct", expected="--product, --step or --cause")
    with closing(duckdb.connect(str(published_file(ws)), read_only=True)) as connection:
        found = connection.execute(
            "SELECT i.day, coalesce(j.product, i.product) FROM core.inquiries AS i "
            "LEFT JOIN insight.inquiry_journey AS j USING (inquiry_id, day) WHERE i.inquiry_id = ?",
            [inquiry_id],
        ).fetchone()
    if found is None:
        raise ConfigError(
            f"there is no inquiry '{inquiry_id}'",
            expected="an id such as chats:abc",
            hint='voc sql "SELECT inquiry_id, problem FROM mart.verbatims LIMIT 20"',
        )
    day, present = found
    journeys = ws.journeys(day)
    names = journeys.names()
    if product is not None and product.lower() not in names:
        raise _unknown("product", product, list(names))
    chosen = names[product.lower()] if product else present
    if step is not None:
        steps = journeys.step_names(chosen) if chosen else {}
        if step.lower() not in steps:
            raise _unknown("step", step, list(steps))
        step = steps[step.lower()]
    told = {"product": chosen if product or step else None, "step": step, "cause": cause}
    value = {"day": day.isoformat(), **{name: word for name, word in told.items() if word}}
    decide(
        Store(ws.store_dir, ws.raw_dir, ws.place),
        at=now(),
        by=getpass.getuser(),
        kind="correct",
        target=inquiry_id,
        value=value,
    )
    click.echo(f"noted for {day}. next: voc run")


def _unknown(kind: str, name: str, known: list[str]) -> ConfigError:
    close = nearest(name, known)
    return ConfigError(
        f"there is no {kind} '{name}'",
        expected=", ".join(known) or f"a {kind} of journeys.yaml",
        hint=f"did you mean '{close[0]}'?" if close else None,
    )
