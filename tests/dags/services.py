"""Servers for tests: on free loopback ports, each in a process group of its own, ended whatever happens."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

from dags.commands.airflow import sign_in
from tests.dags.rest import Airflow, until

HOST = "127.0.0.1"
VOC = Path(sys.executable).with_name("voc")


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_parent() -> None:
    """Linux ends the process when the test is killed, so that nothing stays behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


@dataclass
class Services:
    """Processes that a test started; leaving the block ends them and their children, and no others."""

    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    scratch: list[Path] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)
        for place in self.scratch:
            shutil.rmtree(place, ignore_errors=True)

    def start(self, name: str, command: list[str], env: dict[str, str] | None = None, **more: Any) -> None:
        """Start a process; what it says goes to `<name>.log`."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                command,
                env=env,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
                preexec_fn=_end_with_parent,
                **more,
            )

    def once(self, name: str, command: list[str], env: dict[str, str]) -> None:
        """Run a command to its end.

        Raises:
            RuntimeError: it failed.
        """
        self.start(name, command, env)
        status = self.running[name].wait(120)
        if status != 0:
            raise RuntimeError(f"{name} ended with {status}: {self.said(name)}")
        self.running.pop(name)

    def stop(self, name: str, *, within: float = 20) -> None:
        """End a process and its children: politely, then by force."""
        process = self.running.pop(name)
        family = self._family(process.pid)
        if process.poll() is None:
            process.terminate()
        psutil.wait_procs(family, timeout=within)
        for member in family:
            if member.is_running():
                member.kill()
        process.wait(10)

    def tree(self) -> list[psutil.Process]:
        """All processes that are at work for the test."""
        return [member for process in self.running.values() for member in self._family(process.pid)]

    def heard(self) -> set[str]:
        """The addresses that they listen on."""
        found = set()
        for process in self.tree():
            try:
                sockets = process.net_connections(kind="inet")
            except psutil.NoSuchProcess:
                continue
            found |= {s.laddr.ip for s in sockets if s.status == psutil.CONN_LISTEN}
        return found

    def alive(self) -> None:
        """Fail if one of them ended by itself."""
        for name, process in self.running.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with {process.returncode}: {self.said(name)}")

    def said(self, name: str) -> str:
        """The end of what a process said."""
        return self.whole(name)[-3000:]

    def whole(self, name: str) -> str:
        """All that a process said."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    @staticmethod
    def _family(pid: int) -> list[psutil.Process]:
        try:
            parent = psutil.Process(pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def redis(services: Services) -> str:
    """A Redis without persistence; returns its URL."""
    port = free_port()
    command = ["redis-server", "--bind", HOST, "--port", str(port), "--save", "", "--appendonly", "no"]
    services.start("redis", [*command, "--dir", str(services.folder)])
    wait_for_port(services, port)
    return f"redis://{HOST}:{port}/0"


def postgres_programs() -> Path | None:
    """Where PostgreSQL's programs are: the distribution keeps `initdb` off the path."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda p: int(p.parent.name))


def postgres(services: Services) -> str:
    """A PostgreSQL cluster; returns `user:password@host:port/database`."""
    programs = postgres_programs()
    assert programs is not None
    port = free_port()
    # Not below pytest's folder: PostgreSQL refuses to run as root, and another user may not look in there.
    place = Path(tempfile.mkdtemp(prefix="voc-postgres-"))
    services.scratch.append(place)
    data, secret = place / "data", place / "password"
    data.mkdir()
    secret.write_text("airflow")
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = {"user": "postgres", "group": "postgres"}
        for path in (place, data, secret):
            shutil.chown(path, **user)
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "airflow", "--auth", "scram-sha-256", "--pwfile", secret, "-N"],
        check=True, capture_output=True, cwd=data.parent, **user,
    )  # fmt: skip
    # fsync off: this cluster lives as long as the test.
    options = ["-h", HOST, "-p", str(port), "-k", "", "-c", "fsync=off", "-c", "max_connections=100"]
    services.start("postgres", [str(programs / "postgres"), "-D", str(data), *options], **user)
    wait_for_port(services, port)
    ready = [str(programs / "pg_isready"), "-h", HOST, "-p", str(port)]
    until(
        "PostgreSQL",
        lambda: not subprocess.run(ready, capture_output=True, check=False).returncode,
        within=30,
    )
    return f"airflow:airflow@{HOST}:{port}/postgres"


def wait_for_port(services: Services, port: int, *, within: float = 60) -> None:
    """Wait until a server answers; an error if one of them ends before."""

    def answers() -> bool:
        services.alive()
        with socket.socket() as probe:
            return probe.connect_ex((HOST, port)) == 0

    until(f"port {port}", answers, within=within, every=0.2)


def at_work(services: Services, airflow: Airflow, dag: str, run_id: str, task: str) -> psutil.Process | None:
    """The process that runs a task's own code; none while the task does not run."""
    running = [t for t in airflow.tasks(dag, run_id) if t["task_id"] == task and t["state"] == "running"]
    for process in services.tree():
        try:
            if running and running[0]["id"] in " ".join(process.cmdline()):
                return process
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return None


@contextmanager
def voc_airflow(
    home: Path, folder: Path, *, unpause: bool = True, **variables: str
) -> Iterator[tuple[Airflow, Services]]:
    """`voc airflow --unpause` on a workspace, until the block is left."""
    port = free_port()
    with Services(folder) as services:
        env = {**os.environ, **variables}
        for name in ("AIRFLOW_HOME", "AIRFLOW__CORE__DAGS_FOLDER", "VOC_AIRFLOW_DB", "VOC_LATE_AFTER_HOURS"):
            env.pop(name, None)
        services.start(
            "voc",
            [str(VOC), "--home", str(home), "airflow", "--port", str(port), *["--unpause"] * unpause],
            {**env, "PYTHONUNBUFFERED": "1"},
        )

        def up() -> bool:
            services.alive()
            return "Ctrl-C stops Airflow." in services.said("voc")

        until("voc airflow", up, within=180)
        url = f"http://{HOST}:{port}"
        password = services.said("voc").split("password ")[1].split()[0]
        yield Airflow(url, sign_in(url, password)), services
