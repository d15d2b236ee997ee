"""Airflow's REST interface for tests, and waiting for what it tells."""

from __future__ import annotations

import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dags.commands.airflow import call


def until(what: str, found: Callable[[], Any], *, within: float, every: float = 0.5) -> Any:
    """Wait until `found` gives something true; returns it.

    Raises:
        TimeoutError: it did not.
    """
    limit = time.monotonic() + within
    while time.monotonic() < limit:
        result = found()
        if result:
            return result
        time.sleep(every)
    raise TimeoutError(f"{what}: not within {within:.0f} s")


@dataclass
class Airflow:
    """Airflow's REST interface, as a person would use it."""

    url: str
    token: str

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """What it answers."""
        for attempt in range(5):
            try:
                return call(self.url, path, body, token=self.token, method=method)
            except urllib.error.HTTPError as error:
                raise AssertionError(f"{path}: {error.code} {error.read()[:500]!r}") from error
            except (urllib.error.URLError, TimeoutError):
                if attempt == 4 or method == "POST" or body is not None:
                    raise
                time.sleep(2)

    def known(self, dag: str) -> bool:
        """Whether a DAG was read."""
        return any(found["dag_id"] == dag for found in self.call("/api/v2/dags?limit=100")["dags"])

    def runs(self, dag: str, **those: str) -> list[dict[str, Any]]:
        """Runs of a DAG that have these fields, oldest first."""
        found = self.call(f"/api/v2/dags/{dag}/dagRuns?limit=100&order_by=run_after")["dag_runs"]
        return [run for run in found if all(run[key] == value for key, value in those.items())]

    def run(self, dag: str, run_id: str) -> dict[str, Any]:
        """One run."""
        return next(run for run in self.runs(dag) if run["dag_run_id"] == run_id)

    def tasks(self, dag: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        path = f"/api/v2/dags/{dag}/dagRuns/{quote(run_id, safe='')}/taskInstances?limit=200"
        return list(self.call(path)["task_instances"])

    def trigger(self, dag: str, *, conf: dict[str, Any] | None = None, key: str | None = None) -> str:
        """Start a run without a date; returns its name."""
        body = {"logical_date": None, "conf": conf or {}, **({"partition_key": key} if key else {})}
        return str(self.call(f"/api/v2/dags/{dag}/dagRuns", body)["dag_run_id"])

    def ended(self, dag: str, run_id: str, *, within: float) -> dict[str, Any]:
        """Wait for the end of a run."""

        def over() -> dict[str, Any] | None:
            run = self.run(dag, run_id)
            return run if run["state"] in ("success", "failed") else None

        found: dict[str, Any] = until(f"{dag} {run_id}", over, within=within, every=1)
        return found

    def failures(self, dag: str, run_id: str) -> str:
        """What failed in a run, for an assertion's message."""
        states = {(t["task_id"], t["map_index"]): t["state"] for t in self.tasks(dag, run_id)}
        return f"{run_id}: {states}"
