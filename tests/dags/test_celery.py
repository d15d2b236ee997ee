"""The DAGs on several workers: CeleryExecutor, Redis, PostgreSQL, two workers, a day in four parts.

Needs `redis-server` and PostgreSQL of the distribution, and Airflow's providers for Celery, Redis and PostgreSQL.
The store is a shared folder; `VOC_TEST_STORE_URL` names another place, such as s3://bucket/prefix.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.metadata import distributions
from importlib.util import find_spec

import pytest

from dags.commands.airflow import prepare, sign_in, switch_on
from tests.dags.rest import Airflow, until
from tests.dags.services import (
    HOST,
    Services,
    at_work,
    free_port,
    postgres,
    postgres_programs,
    redis,
    wait_for_port,
)
from tests.dags.test_scheduler import QUICK, days_back, deliver, overhead, sample
from tests.support import pipeline, published_content
from warehouse.workspace import Workspace


def _missing() -> list[str]:
    found = [] if shutil.which("redis-server") else ["redis-server"]
    found += [] if postgres_programs() else ["PostgreSQL (initdb)"]
    found += [module for module in ("celery", "redis", "psycopg2", "asyncpg") if find_spec(module) is None]
    # Asked of the distributions: looking for the module would import airflow, before its home is set.
    installed = {distribution.name for distribution in distributions()}
    return found + [name for name in ("apache-airflow-providers-celery",) if name not in installed]


pytestmark = [
    pytest.mark.airflow,
    pytest.mark.heavy,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(bool(_missing()), reason=f"not installed: {', '.join(_missing())}"),
]


def distributed(home, servers):
    """Two workers, and all else, on loopback; gives Airflow's interface."""
    port = free_port()
    env, password = prepare(Workspace.open(home), port)
    database, broker = postgres(servers), redis(servers)
    env |= QUICK | {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{database}",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+postgresql+psycopg2://{database}",
        "AIRFLOW__CELERY__BROKER_URL": broker,
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        "VOC_AIRFLOW_DB": f"postgresql+psycopg2://{database}",
    }
    command = [sys.executable, "-m", "airflow"]
    servers.once("migrate", [*command, "db", "migrate"], env)
    servers.once("pool", [*command, "pools", "set", "voc_writers", "1", "one writer"], env)
    servers.start("api", [*command, "api-server", "--host", HOST, "--port", str(port)], env)
    servers.start("scheduler", [*command, "scheduler", "--skip-serve-logs"], env)
    servers.start("dag-processor", [*command, "dag-processor"], env)
    servers.start("triggerer", [*command, "triggerer", "--skip-serve-logs"], env)
    for name in ("worker1", "worker2"):
        worker = ["celery", "worker", "--skip-serve-logs", "--celery-hostname", f"{name}@localhost"]
        servers.start(name, [*command, *worker], env)
    wait_for_port(servers, port, within=120)
    url = f"http://{HOST}:{port}"
    switch_on(url, password)
    return Airflow(url, sign_in(url, password))


def test_two_workers_publish_what_one_process_does(tmp_path):
    by_hand, home = tmp_path / "by_hand", tmp_path / "w"
    sample(by_hand, 3)
    deliver(by_hand, *days_back(3))
    shutil.copytree(by_hand, home)
    with (home / "voc.yaml").open("a") as file:
        file.write("\nshards: 4\n")
        if os.environ.get("VOC_TEST_STORE_URL"):
            file.write(f"store: {os.environ['VOC_TEST_STORE_URL']}\n")
    with Services(tmp_path / "servers") as servers:
        airflow = distributed(home, servers)
        due = until("the due run", lambda: airflow.runs("voc_daily", run_type="scheduled"), within=60)[0]
        name = due["dag_run_id"]
        runner = until(
            "texts at work", lambda: at_work(servers, airflow, "voc_daily", name, "texts"), within=300
        )
        runner.kill()
        ended = airflow.ended("voc_daily", name, within=900)
        assert ended["state"] == "success", airflow.failures("voc_daily", name)
        tasks = airflow.tasks("voc_daily", name)
        texts = [t for t in tasks if t["task_id"] == "texts"]
        assert len(texts) == 12
        assert max(t["try_number"] for t in texts) == 2
        # Both workers had a hand in it.
        assert all("succeeded in" in servers.whole(worker) for worker in ("worker1", "worker2"))
        assert servers.heard() == {HOST}
        overhead(airflow, home, name)
    with (by_hand / "voc.yaml").open("a") as file:
        file.write("\nshards: 4\n")
    pipeline(by_hand).run()
    assert published_content(home) == published_content(by_hand)
