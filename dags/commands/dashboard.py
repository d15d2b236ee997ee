"""voc dashboard: the pages, on this machine alone."""

from __future__ import annotations

import getpass
import logging
import socket
import threading
from pathlib import Path
from typing import Any

import click

from dags.commands.common import now, workspace
from warehouse.errors import ConfigError
from warehouse.workspace import Workspace

_HOST = "127.0.0.1"


def options(port: int, *, browser: bool) -> dict[str, Any]:
    """Streamlit's settings: bound to this machine, nothing sent anywhere, no error details on a page."""
    from dashboards.palette import theme_options

    return {
        "server.address": _HOST,
        "server.port": port,
        "server.headless": not browser,
        "server.fileWatcherType": "none",
        "server.allowedHosts": [_HOST, "localhost"],
        "server.maxUploadSize": 1,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "viewer",
        "client.disableDataExport": True,  # its CSV would carry formulas; the pages' own does not
        "runner.magicEnabled": False,
        "logger.hideWelcomeMessage": True,  # it would ask an outside server for this machine's address
        "logger.level": "warning",
        **theme_options(),
    }


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user, as in some containers
        return ""


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True


def serve(ws: Workspace, port: int, *, browser: bool, published: Path | None = None) -> None:
    """Run the server in this process until it is stopped.

    Args:
        ws: the workspace; its journal takes the decisions.
        port: on 127.0.0.1.
        browser: whether to open a browser.
        published: another published file than the workspace's; then the pages are for looking only.
    """
    from streamlit.web import bootstrap

    from dashboards import setup
    from dashboards.pages import start

    looking = published is not None
    setup.configure(
        setup.Setup(
            published=published or ws.published / "voc.duckdb",
            home=None if looking else ws.home,
            clock=now,
            person=_person(),
        )
    )
    logging.getLogger("dashboards").setLevel(logging.INFO)
    chosen = {name.replace(".", "_"): value for name, value in options(port, browser=browser).items()}
    bootstrap.load_config_options(chosen)
    threading.Thread(target=start.warm, daemon=True).start()  # the first person need not wait for imports
    bootstrap.run(str(Path(start.__path__[0]) / "app.py"), False, [], chosen)


@click.command()
@click.option("--port", default=8501, show_default=True, help="Port of the pages.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Look at an exported file instead.",
)
@click.pass_context
def dashboard(ctx: click.Context, port: int, no_browser: bool, file: Path | None) -> None:
    """Open the dashboards, bound to 127.0.0.1; Ctrl-C stops them."""
    ws = workspace(ctx)
    if not _free(port):
        raise ConfigError(f"port {port} is in use", hint=f"voc dashboard --port {port + 1}")
    click.echo(f"dashboards: http://{_HOST}:{port}   (Ctrl-C stops them)")
    if file is None and not (ws.published / "voc.duckdb").exists():
        click.echo("nothing was published yet; the pages fill after: voc run", err=True)
    serve(ws, port, browser=not no_browser, published=file)
