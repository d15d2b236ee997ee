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
    return home


@pytest.fixture
def load_dag(airflow_home, monkeypatch):
    """Gives the DAG as it is for a workspace."""

    def load(workspace):
        import importlib

        import dags.voc_daily

        monkeypatch.setenv("VOC_HOME", str(workspace))
        module = importlib.reload(dags.voc_daily)
        return module.voc_daily()

    return load
