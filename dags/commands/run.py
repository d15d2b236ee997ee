"""voc run, voc publish."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from dags.commands.common import Day, Progress, pipeline, show_table, workspace
from dags.outcome import RunOutcome
from dags.pipeline import Pipeline
from warehouse.errors import HeldBackError

DAY = Day()


@click.command()
@click.option("--from", "first", type=DAY, help="First day to process again.")
@click.option("--to", "last", type=DAY, help="Last day to process again.")
@click.option("--day", type=DAY, help="One day to process again.")
@click.option("--step", help="One step alone, and what its result changes.")
@click.option("--json", "as_json", is_flag=True, help="The outcome as JSON.")
@click.pass_context
def run(
    ctx: click.Context,
    first: date | None,
    last: date | None,
    day: date | None,
    step: str | None,
    as_json: bool,
) -> None:
    """Land what is new, process the days that need it (or those named), publish, report.

    Safe to repeat, and to stop at any moment: the next run goes on where this one stopped.
    """
    ws = workspace(ctx)
    work = pipeline(ws)
    try:
        outcome = work.run(first=first, last=last, day=day, step=step)
    finally:
        if isinstance(work.progress, Progress):
            work.progress.close()
    tell(work, outcome, as_json=as_json)
    if outcome.published and not as_json:
        worst(outcome.published.path, ws.voc.language)
    problems = refused(outcome)
    if outcome.held or problems:
        raise HeldBackError(
            "; ".join([f"{d} is held back: {why}" for d, why in outcome.held.items()] + problems),
            hint="voc status   shows the failed checks and the rejects; mend the input and run again",
        )


def refused(outcome: RunOutcome) -> list[str]:
    """Files that this run refused whole, with the reason."""
    files = outcome.landing.files if outcome.landing else []
    return [
        f"{receipt.file} was refused: {receipt.reason}" for receipt in files if receipt.status == "refused"
    ]


def tell(work: Pipeline, outcome: RunOutcome, *, as_json: bool = False) -> None:
    """Say what a run did."""
    landing = outcome.landing
    if as_json:
        click.echo(
            json.dumps(
                {
                    "rows_read": landing.rows_read if landing else 0,
                    "rows_landed": landing.rows_landed if landing else 0,
                    "rows_rejected": landing.rows_rejected if landing else 0,
                    "rows_already": landing.rows_already if landing else 0,
                    "days_finished": [d.isoformat() for d in outcome.finished],
                    "days_held": {d.isoformat(): why for d, why in outcome.held.items()},
                    "published": str(outcome.published.path) if outcome.published else None,
                },
                ensure_ascii=False,
            )
        )
        return
    if landing:
        click.echo(
            f"landed {landing.rows_landed:,} of {landing.rows_read:,} rows "
            f"({landing.rows_already:,} already there, {landing.rows_rejected:,} rejected)"
        )
    if outcome.finished:
        days = outcome.finished
        span = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        click.echo(f"processed {len(days)} day{'s' if len(days) > 1 else ''} ({span})")
    else:
        click.echo("no day needed work")
    for remark in outcome.remarks:
        click.echo(f"not taken over: {remark}")
    if outcome.published:
        state = "published" if outcome.published.is_new else "already published:"
        click.echo(f"{state} version {outcome.published.version}: {outcome.published.path}")


@click.command()
@click.option("--relink", is_flag=True, help="After the workspace was moved: views hold absolute paths.")
@click.pass_context
def publish(ctx: click.Context, relink: bool) -> None:
    """Publish the good days again."""
    work = pipeline(workspace(ctx), quiet=True)
    found = work.publish(force=relink)
    work.save_runs()
    if found is not None:
        click.echo(
            f"{'published' if found.is_new else 'already published:'} version {found.version}: {found.path}"
        )


def summary(path: Path, language: str) -> None:
    """The short table after a demo or a run: totals, then the worst steps with their rates."""
    from contextlib import closing

    import duckdb

    from dashboards.queries import step_rates

    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        days, first, last, inquiries = connection.execute(
            "SELECT count(DISTINCT day), min(day), max(day), count(*) FILTER (WHERE is_inquiry) FROM core.inquiries"
        ).fetchall()[0]
        (rejects,) = connection.execute("SELECT count(*) FROM ops.rejects").fetchall()[0]
        steps = connection.execute(step_rates(language), {"day": last}).fetchall()[:5]
    show_table(
        "",
        ["days", "first", "last", "inquiries", "rejected rows"],
        [[days, first, last, f"{inquiries:,}", f"{rejects:,}"]],
        right=(0, 3, 4),
    )
    show_table(
        "worst steps of the last 7 days (inquiries per 10,000 transactions, 95 % interval)",
        ["product", "step", "inquiries", "transactions", "per 10k", "interval", "7 days before"],
        [
            [p, s, f"{n:,}", f"{t:,}", f"{r:.1f}", f"{low:.1f}–{high:.1f}", "" if b is None else f"{b:.1f}"]
            for _, _, p, s, n, t, r, low, high, b in steps
        ],
        right=(2, 3, 4, 5, 6),
    )
    worst(path, language)


def worst(path: Path, language: str) -> None:
    """The five worst obstacles: rate with interval, trend, since when, cause and lever."""
    from contextlib import closing

    import duckdb

    from dashboards.queries import worst_obstacles

    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        obstacles = connection.execute(worst_obstacles(language)).fetchall()
    if not obstacles:
        return
    show_table(
        "worst obstacles of the last 28 days, by impact (trend: last 7 days against the 7 before)",
        ["product", "obstacle", "inquiries", "per 10k", "interval", "trend", "since", "cause", "lever"],
        [
            [
                p,
                label,
                f"{n:,}",
                "" if r is None else f"{r:.1f}",
                "" if r is None else f"{low:.1f}–{high:.1f}",
                "" if trend is None else f"× {trend:.2f}",
                since,
                cause,
                lever,
            ]
            for p, label, n, r, low, high, trend, since, cause, lever in obstacles
        ],
        right=(2, 3, 4, 5),
    )
