"""What the parts of housekeeping share: the Delta tables of a workspace, and swapping files in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import polars as pl
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from warehouse.contracts import contract, load_contracts
from warehouse.place import Kept
from warehouse.store import Store


def opened(store: Store, table: str) -> DeltaTable | None:
    """A table at its newest version; None when nothing was ever written."""
    return store._delta(table)


def table_names(store: Store) -> list[str]:
    """All tables that have been written."""
    return [name for name in load_contracts() if opened(store, name) is not None]


def swap(store: Store, table: str, old: pl.DataFrame, new: Sequence[AddAction], now: datetime) -> None:
    """Put files in the place of others in one commit; rows that come in meanwhile stay.

    Args:
        store: the tables.
        table: which of them.
        old: the files that go, as `Store.actions` gives them.
        new: the files that come; they have the same rows, so readers of changes need not look.
        now: when.

    Raises:
        CommitFailedError: another writer took away one of the files; nothing has changed.
    """
    delta = opened(store, table)
    if delta is None:
        raise ValueError(f"{table} has no files to swap")
    spec = contract(table)
    actions: list[AddAction | RemoveAction] = [
        RemoveAction(
            path=row["path"],
            data_change=False,
            deletion_timestamp=int(now.timestamp() * 1000),
            size=row["bytes"],
            partition_values=_partition(row["day"]),
        )
        for row in old.to_dicts()
    ]
    actions += [
        AddAction(
            path=action.path,
            size=action.size,
            partition_values=action.partition_values,
            modification_time=action.modification_time,
            data_change=False,
            stats=action.stats,
        )
        for action in new
    ]
    delta.create_write_transaction(
        actions, mode="append", schema=spec.arrow_schema(), partition_by=["day"] if spec.by_day else None
    )


def _partition(day: date | None) -> dict[str, str | None]:
    return {"day": day.isoformat()} if day else {}


def parquet_files(store: Store, table: str) -> list[Kept]:
    """Parquet files of a table's folder, whether the table names them or not."""
    found = store.place.files(store.table_dir(table), ".parquet")
    return [file for file in found if "_delta_log" not in file.path.parts]
