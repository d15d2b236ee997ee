"""The `voc` command. Commands live in `dags/commands/`, one module a group, imported when they are used."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from warehouse.errors import ConfigError, HeldBackError, VocError

# command -> (module, function, one line of help). Help is here so that `voc --help` imports nothing.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("dags.commands.workspace", "init", "Write a new, commented workspace."),
    "check": ("dags.commands.workspace", "check", "Check configuration and inputs; change nothing."),
    "run": ("dags.commands.run", "run", "Process the days that need it, or those named."),
    "status": ("dags.commands.status", "status", "Days, freshness, rows, failed checks, rejects, version."),
    "report": ("dags.commands.report", "report", "Write the report; --send delivers it."),
    "publish": ("dags.commands.run", "publish", "Publish again (--relink after moving the workspace)."),
    "sql": ("dags.commands.query", "sql", "Query the published warehouse, read-only."),
    "shell": ("dags.commands.query", "shell", "An SQL prompt on the published warehouse."),
    "export": ("dags.commands.query", "export", "One self-contained DuckDB file to carry elsewhere."),
    "dashboard": ("dags.commands.dashboard", "dashboard", "Open the dashboards."),
    "correct": ("dags.commands.correct", "correct", "Correct the product, step or cause of an inquiry."),
    "label": ("dags.commands.learn", "label", "Draw a sample of problems for people to label."),
    "train": ("dags.commands.learn", "train", "Learn sentiment or emotion from labels; used where better."),
    "topics": ("dags.commands.topics", "topics", "Look after the topics: list, rename, merge, split, refit."),
    "words": ("dags.commands.words", "words", "Look after the lexicon: propose, keep, refuse words."),
    "maintain": ("dags.commands.maintain", "command", "Housekeeping: old raw text, small and unused files."),
    "demo": ("dags.commands.demo", "demo", "A sample workspace, run end to end."),
    "airflow": ("dags.commands.airflow", "airflow", "Airflow with these DAGs on this workspace."),
}


class _Group(click.Group):
    """Imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[name]
        command: click.Command = getattr(import_module(module), function)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from warehouse.errors import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = nearest(args[0], COMMANDS)
            offer = f"did you mean 'voc {close[0]}'?" if close else "voc --help lists the commands"
            raise ConfigError(f"there is no command '{args[0]}'", hint=offer)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, _, help_) in COMMANDS.items()])


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    envvar="VOC_HOME",
    default="workspace",
    show_default="./workspace",
    type=click.Path(path_type=Path),
    help="The workspace (also: VOC_HOME).",
)
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.version_option(package_name="wanqiu", prog_name="voc")
@click.pass_context
def cli(ctx: click.Context, home: Path, debug: bool) -> None:
    """万求 Wanqiu: which steps of a product make customers ask for help, how often, and why."""
    ctx.obj = {"home": home, "debug": debug}


def main(argv: list[str] | None = None) -> None:
    """Run `voc`; exit status 0 done, 1 held back or refused, 2 wrong command or configuration."""
    arguments = sys.argv[1:] if argv is None else argv
    debug = "--debug" in arguments
    # --debug is accepted anywhere on the line, as people add it after a command has failed.
    arguments = (["--debug"] if debug else []) + [a for a in arguments if a != "--debug"]
    try:
        status: Any = cli.main(arguments, prog_name="voc", standalone_mode=False)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        error.show()
        status = 2
    except click.Abort:
        click.echo("stopped", err=True)
        status = 130
    except VocError as error:
        if debug:
            raise
        click.echo(f"voc: {error}", err=True)
        status = 1 if isinstance(error, HeldBackError) else 2
    except BrokenPipeError:
        status = 0  # the reader of a pipe went away, as `voc sql … | head` does
        sys.stderr.close()
    except Exception as error:
        if debug:
            raise
        click.echo(f"voc: {type(error).__name__}: {error}", err=True)
        click.echo("  next: the same command with --debug shows where this comes from", err=True)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)
