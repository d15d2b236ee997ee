"""voc demo: a sample workspace, run end to end."""

from __future__ import annotations

import time
from pathlib import Path

import click

from dags.commands.common import Progress, pipeline
from dags.commands.run import summary, tell
from warehouse.errors import ConfigError
from warehouse.workspace import Workspace

_DAYS = 28
_INQUIRIES = 12_000
_MARK = "demo"  # folder of the sample's truth; a workspace that has it was written by `voc demo`


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--days", default=_DAYS, show_default=True, type=click.IntRange(1, 730), help="Days of data.")
@click.option(
    "--inquiries", default=_INQUIRIES, show_default=True, type=click.IntRange(10), help="Inquiries in all."
)
@click.option("--seed", default=7, show_default=True, help="Another seed, another sample.")
@click.pass_context
def demo(ctx: click.Context, folder: Path | None, days: int, inquiries: int, seed: int) -> None:
    """Write a sample workspace of a made-up payment company and run it to a published warehouse.

    A folder that holds such a sample already is run again as it is; any other workspace is left alone.
    """
    home = folder or ctx.obj["home"]
    begin = time.perf_counter()
    if not (home / _MARK).exists():
        if home.exists() and any(home.iterdir()):
            raise ConfigError(f"{home} is not empty and no sample", hint="voc demo OTHER-FOLDER")
        click.echo(f"voc: writing sample data to {home}: {days} days, {inquiries:,} inquiries", err=True)
        from warehouse.demo import write_demo_workspace

        write_demo_workspace(home, days=days, inquiries=inquiries, seed=seed)
    ws = Workspace.open(home)
    work = pipeline(ws)
    outcome = work.run()
    if isinstance(work.progress, Progress):
        work.progress.close()
    tell(work, outcome)
    if outcome.published is None:
        return
    summary(outcome.published.path, ws.voc.language)
    link = ws.published / "voc.duckdb"
    click.echo(f"{time.perf_counter() - begin:.0f} s in all. The warehouse: {link}")
    given = "" if home == Path("workspace") else f" --home {home}"
    voc = _command()
    click.echo("what to type next:")
    click.echo(f"  {voc}{given} dashboard")
    click.echo(f"  {voc}{given} status")
    click.echo(
        f'  {voc}{given} sql "SELECT product, step, sum(inquiry_count) AS n FROM mart.inquiry_rate_daily GROUP BY ALL ORDER BY n DESC"'
    )
    click.echo(f"  {voc}{given} shell")


def _command() -> str:
    """How the person at the terminal reaches `voc`: by its name when the environment is active."""
    import shutil
    import sys

    beside = Path(sys.executable).parent / "voc"
    found = shutil.which("voc")
    if found is not None and Path(found).resolve() == beside.resolve():
        return "voc"
    try:
        return str(beside.relative_to(Path.cwd()))
    except ValueError:
        return str(beside)
