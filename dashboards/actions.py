"""People's decisions from the screens: the same records that the command line writes, waiting for the next run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from dashboards.setup import Setup
from warehouse.errors import VocError

if TYPE_CHECKING:
    from dashboards.data import Warehouse
    from warehouse.store import Store


def _store(setup: Setup) -> Store:
    from warehouse.store import Store
    from warehouse.workspace import Workspace

    if setup.home is None or setup.clock is None:
        raise VocError(
            "these pages were opened to look only", hint="voc dashboard   opens them on a workspace"
        )
    workspace = Workspace(setup.home)
    return Store(workspace.store_dir, workspace.raw_dir, workspace.place)


def decide(setup: Setup, *, by: str, kind: str, target: str, value: Mapping[str, Any] | None = None) -> None:
    """Write down a decision; it takes effect with the next run and locks nothing.

    Raises:
        VocError: nobody is named, the kind or status is unknown, or the pages are for looking only.
    """
    from warehouse.decisions import decide as append

    store = _store(setup)
    assert setup.clock is not None  # noqa: S101  _store has seen to it
    kept = {name: item for name, item in (value or {}).items() if item not in (None, "")}
    append(store, at=setup.clock(), by=by, kind=kind, target=target, value=kept)


def pending(setup: Setup, warehouse: Warehouse) -> pl.DataFrame:
    """Decisions that the published file does not hold yet, newest first: at, by, kind, target, value."""
    from warehouse.decisions import decisions

    if not setup.may_decide:
        return pl.DataFrame(schema=dict.fromkeys(("at", "by", "kind", "target", "value"), pl.String))
    journal = decisions(_store(setup))
    known = warehouse.sql('SELECT "at", "by", kind, target, value FROM ops.decisions')
    utc = pl.col("at").dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    return (
        journal.with_columns(utc)
        .join(
            known.with_columns(utc), on=["at", "by", "kind", "target", "value"], how="anti", nulls_equal=True
        )
        .sort("at", descending=True)
    )


def about(found: pl.DataFrame, *targets: str) -> list[dict[str, Any]]:
    """Those about given targets, with `value` as a dict."""
    chosen = found.filter(pl.col("target").is_in(list(targets)))
    return [row | {"value": json.loads(row["value"] or "{}")} for row in chosen.iter_rows(named=True)]
