"""Secrets of deliveries under Airflow: from the environment, or from Airflow's connections and variables."""

from __future__ import annotations

import os


def resolve(name: str) -> str:
    """The value behind `${NAME}`: the environment's, else the URI of the Airflow connection of that name.

    Raises:
        KeyError: neither has it.
    """
    if name in os.environ:
        return os.environ[name]
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = BaseHook.get_connection(name.lower())
    except AirflowNotFoundException as error:
        raise KeyError(name) from error
    return str(connection.get_uri())
