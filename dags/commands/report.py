"""voc report: write it, deliver it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import click

from dags.commands.common import Day, now, pipeline, show_table, workspace
from warehouse.errors import ConfigError, HeldBackError
from warehouse.workspace import Workspace

DAY = Day()


@click.command()
@click.option("--day", type=DAY, help="Default: the last published day.")
@click.option("--period", type=click.Choice(["day", "week", "month"]), help="The week's or month's report.")
@click.option("--send", is_flag=True, help="Deliver to those that voc.yaml names under report.")
@click.option("--again", is_flag=True, help="Also send what may have arrived already (see voc status).")
@click.option("--dry-run", is_flag=True, help="Say what would be sent where; send and write nothing.")
@click.pass_context
def report(
    ctx: click.Context, day: date | None, period: str | None, send: bool, again: bool, dry_run: bool
) -> None:
    """Write the report of a day, week or month; with --send, deliver what was not delivered.

    --send without --period delivers the day's report, on the last day of a week or month theirs too, and what failed
    or waited for the end of quiet hours within a week. Nothing is delivered twice.
    """
    ws = workspace(ctx)
    if again and not (send or dry_run):
        raise ConfigError("--again says what to send", hint="voc report --send --again")
    if (send or dry_run) and not ws.voc.report.all_deliveries:
        raise ConfigError(
            f"{ws.voc_file}: nobody receives the report",
            hint="add  report: {recipients: [team@example.com]}  or deliveries; voc.yaml of `voc init` shows how",
        )
    if dry_run:
        _plan(ws, day, period, again=again)
        return
    click.echo(str(_write(ws, day, period)))
    if send:
        _send(ws, day, period, again=again)


def _write(ws: Workspace, day: date | None, period: str | None) -> object:
    if period in (None, "day"):
        return pipeline(ws, quiet=True).report(day)
    from dashboards.report import write_report

    return write_report(ws.published / "voc.duckdb", ws.reports, day, ws.voc.language, period=period)


def _plan(ws: Workspace, day: date | None, period: str | None, *, again: bool) -> None:
    from dashboards.delivery import planned

    found = planned(ws, day=day, now=now(), period=period, again=again)
    if not found:
        click.echo("nothing is due")
        return
    show_table(
        "",
        ["report", "day", "delivery", "to", "", "reason"],
        [[i.period, i.day, i.delivery, i.channel, i.status, i.reason] for i in found],
    )


def _send(ws: Workspace, day: date | None, period: str | None, *, again: bool) -> None:
    from dashboards.delivery import deliver

    outcome = deliver(ws, day=day, now=now(), period=period, again=again)
    for item in (*outcome.sent, *outcome.waiting, *outcome.skipped):
        click.echo(str(item))
    if outcome.already:
        click.echo(f"{len(outcome.already)} delivered before")
    if not any((outcome.sent, outcome.waiting, outcome.skipped, outcome.already, outcome.failed)):
        click.echo("nothing is due")
    if outcome.failed:
        raise HeldBackError(
            "\n".join(str(item) for item in outcome.failed),
            hint=what_to_do(item.status for item in outcome.failed),
        )


def what_to_do(statuses: Iterable[str]) -> str:
    """The next thing to do about reports that were not delivered."""
    found = set(statuses)
    hints = []
    if "failed" in found:
        hints.append("mend what the reason says; voc report --send tries again")
    if found & {"unsure", "sending"}:
        hints.append(
            "look whether it arrived; if not, voc report --day DAY --send --again sends it once more"
        )
    return "; ".join(hints)
