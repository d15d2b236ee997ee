"""voc airflow: Airflow on this workspace, on this machine alone."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import click

from dags.commands.common import workspace
from warehouse.errors import ConfigError
from warehouse.workspace import Workspace, write_atomically

_HOST = "127.0.0.1"
_DAGS = Path(__file__).parents[1]


def environment(ws: Workspace, port: int) -> dict[str, str]:
    """Airflow's environment: everything under `<workspace>/.airflow`, bound to this machine, these DAGs alone."""
    home = ws.home / ".airflow"
    return {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "VOC_HOME": str(ws.home),
        "VOC_AIRFLOW_DB": f"sqlite:///{home}/airflow.db",  # for the clean-up of voc_maintenance
        "AIRFLOW__CORE__DAGS_FOLDER": str(_DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{_HOST}:{port}/execution/",
        "AIRFLOW__API__HOST": _HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://{_HOST}:{port}",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        # A scheduler that was killed is noticed within a minute, and its tasks run again.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def prepare(ws: Workspace, port: int) -> tuple[dict[str, str], str]:
    """Make the metadata database and the password on first use; returns environment and password."""
    env = environment(ws, port)
    home = Path(env["AIRFLOW_HOME"])
    home.mkdir(mode=0o700, exist_ok=True)
    passwords = Path(env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    if not passwords.exists():
        write_atomically(passwords, json.dumps({"admin": secrets.token_urlsafe(12)}))
        passwords.chmod(0o600)
    for name in ("JWT_SECRET", "FERNET_KEY"):
        kept = home / f".{name.lower()}"
        if not kept.exists():
            write_atomically(kept, _fernet() if name == "FERNET_KEY" else secrets.token_urlsafe(32))
            kept.chmod(0o600)
        section = "CORE" if name == "FERNET_KEY" else "API_AUTH"
        env[f"AIRFLOW__{section}__{name}"] = kept.read_text().strip()
    return env, str(json.loads(passwords.read_text())["admin"])


def _fernet() -> str:
    import base64

    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@click.command()
@click.option("--port", default=8080, show_default=True, help="Port of the web page.")
@click.option(
    "--unpause", is_flag=True, help="Switch all DAGs on: the run of the last due day starts at once."
)
@click.pass_context
def airflow(ctx: click.Context, port: int, unpause: bool) -> None:
    """Start Airflow with these DAGs on this workspace, bound to 127.0.0.1; Ctrl-C stops it."""
    ws = workspace(ctx)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            raise ConfigError(f"port {port} is taken", hint=f"voc airflow --port {port + 1}") from error
    env, password = prepare(ws, port)
    logs = Path(env["AIRFLOW_HOME"]) / "logs"
    logs.mkdir(exist_ok=True)
    program = [sys.executable, "-m", "airflow"]
    click.echo("voc: preparing Airflow's metadata database", err=True)
    _airflow(env, "db", "migrate")
    pool = env.get("VOC_WRITERS_POOL", "voc_writers")
    _airflow(env, "pools", "set", pool, "1", "Wanqiu: one writer of the store at a time")
    commands = {
        "api-server": ["api-server", "--host", _HOST, "--port", str(port)],
        "scheduler": ["scheduler", "--skip-serve-logs"],  # its log server would listen on all interfaces
        "dag-processor": ["dag-processor"],
        "triggerer": ["triggerer", "--skip-serve-logs"],
    }
    running: dict[str, subprocess.Popen[bytes]] = {}
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    try:
        for name, arguments in commands.items():
            with (logs / f"{name}.log").open("ab") as log:
                running[name] = subprocess.Popen(
                    [*program, *arguments], env=env, stdout=log, stderr=log, start_new_session=True
                )
        _wait_until_up(port, running, logs)
        click.echo(f"Airflow: http://{_HOST}:{port}   user admin   password {password}")
        if unpause:
            names = switch_on(f"http://{_HOST}:{port}", password)
            click.echo(f"On: {', '.join(names)}. Ctrl-C stops Airflow.")
        else:
            click.echo("The DAGs are paused until you switch them on there. Ctrl-C stops Airflow.")
        while all(process.poll() is None for process in running.values()):
            time.sleep(1)
        ended = next(name for name, process in running.items() if process.poll() is not None)
        raise ConfigError(f"airflow {ended} ended by itself", hint=f"see {logs / (ended + '.log')}")
    except KeyboardInterrupt:
        click.echo("stopping Airflow", err=True)
    finally:
        _stop(running)


def _airflow(env: dict[str, str], *arguments: str) -> None:
    """One command of Airflow's own.

    Raises:
        ConfigError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "airflow", *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ConfigError(
            f"airflow {' '.join(arguments[:2])} failed:\n{done.stderr[-2000:]}",
            hint=f"remove {env['AIRFLOW_HOME']} and try again",
        )


def call(
    url: str, path: str, body: Any = None, *, token: str | None = None, method: str | None = None
) -> Any:
    """What Airflow's REST interface answers, as JSON.

    Raises:
        urllib.error.HTTPError: it refused.
    """
    request = urllib.request.Request(  # noqa: S310 - our own address
        url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        },
        method=method,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")


def sign_in(url: str, password: str) -> str:
    """A token for the REST interface."""
    return str(call(url, "/auth/token", {"username": "admin", "password": password})["access_token"])


def switch_on(url: str, password: str, *, within: float = 120) -> list[str]:
    """Unpause all DAGs, once they were read.

    Raises:
        ConfigError: they were not read in time.
    """
    wanted = {path.stem for path in _DAGS.glob("voc_*.py")}
    limit = time.monotonic() + within
    token = sign_in(url, password)
    while time.monotonic() < limit:
        found = {dag["dag_id"] for dag in call(url, "/api/v2/dags?limit=100", token=token)["dags"]}
        if wanted <= found:
            for name in sorted(wanted):
                call(url, f"/api/v2/dags/{name}", {"is_paused": False}, token=token, method="PATCH")
            return sorted(wanted)
        time.sleep(1)
    raise ConfigError(
        f"Airflow has not read the DAGs {sorted(wanted - found)} after {within:.0f} s",
        hint="airflow dags list-import-errors, or its log of the dag-processor, says why",
    )


def _wait_until_up(port: int, running: dict[str, subprocess.Popen[bytes]], logs: Path) -> None:
    """Wait for the web page; an error if a process ends before."""
    limit = time.monotonic() + 120
    while time.monotonic() < limit:
        for name, process in running.items():
            if process.poll() is not None:
                raise ConfigError(
                    f"airflow {name} ended while starting", hint=f"see {logs / (name + '.log')}"
                )
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex((_HOST, port)) == 0:
                return
        time.sleep(0.5)
    raise ConfigError("Airflow did not come up within two minutes", hint=f"see {logs}")


def _stop(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """End the processes that were started, with their children."""
    for process in running.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
    limit = time.monotonic() + 15
    for process in running.values():
        try:
            process.wait(max(0.1, limit - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
