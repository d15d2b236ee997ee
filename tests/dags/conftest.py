"""Airflow for tests: a metadata database of its own, migrated once a session, before airflow is imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory):
    """A migrated metadata database."""
    if "airflow" in sys.modules:
        pytest.skip("airflow was imported before its home was set")
    home = tmp_path_factory.mktemp("airflow")
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__DAGS_FOLDER=str(ROOT / "dags"),
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
        AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    )
    from airflow.utils.db import initdb

    initdb()
    from airflow.models.pool import Pool

    Pool.create_or_update_pool("voc_writers", slots=1, description="", include_deferred=False)
    return home


@pytest.fixture
def load_dag(airflow_home, monkeypatch):
    """Gives a DAG as it is for a workspace."""

    def load(workspace, name="voc_daily"):
        import importlib

        monkeypatch.setenv("VOC_HOME", str(workspace))
        monkeypatch.setenv("VOC_RETRY_SECONDS", "0")
        monkeypatch.setenv("VOC_LATE_AFTER_HOURS", "0")  # dag.test() cannot read a deadline back
        for module in ("dags.runs", f"dags.{name}"):
            importlib.import_module(module)
            importlib.reload(sys.modules[module])
        return getattr(sys.modules[f"dags.{name}"], name)()

    return load
