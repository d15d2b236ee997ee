"""Contracts from their files, and frames held to them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from warehouse.contracts.models import Contract, parse
from warehouse.errors import VocError, nearest

if TYPE_CHECKING:
    import polars as pl

_FOLDER = Path(__file__).parent
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCHEMAS = ("raw", "core", "insight", "mart", "ops")


@lru_cache(maxsize=1)
def load_contracts() -> dict[str, Contract]:
    """All contracts by table name: raw, core, insight, mart, ops, each in alphabetical order."""
    found = {}
    for path in sorted(
        _FOLDER.glob("*.*.yaml"), key=lambda p: (_SCHEMAS.index(p.name.split(".")[0]), p.name)
    ):
        loaded = parse(yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER))  # noqa: S506  safe loader
        if loaded.table != path.name.removesuffix(".yaml"):
            raise VocError(f"{path}: describes {loaded.table}", expected="the table of its file name")
        found[loaded.table] = loaded
    return found


def contract(table: str) -> Contract:
    """The contract of a table.

    Raises:
        VocError: there is none; the nearest name is given.
    """
    found = load_contracts().get(table)
    if found is None:
        close = nearest(table, load_contracts())
        raise VocError(f"no table '{table}'", hint=f"did you mean {close[0]}?" if close else None)
    return found


def empty_frame(table: str) -> pl.DataFrame:
    """A frame without rows in a table's columns and types."""
    import polars as pl

    return pl.DataFrame(schema=contract(table).polars_schema())


def conform_frame(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Select and cast a frame to a table's columns, in order; missing nullable columns become null.

    Raises:
        VocError: a required column is missing, a column is unknown, or a value does not fit its type.
    """
    import polars as pl

    spec = contract(table)
    schema = spec.polars_schema()
    missing = [c.name for c in spec.columns if not c.nullable and c.name not in frame.columns]
    unknown = [name for name in frame.columns if name not in schema]
    if missing or unknown:
        raise VocError(
            f"a frame for {table} lacks {missing} and has unknown {unknown}",
            expected=f"the columns of warehouse/contracts/{table}.yaml",
        )
    present = set(frame.columns)
    try:
        return frame.select(
            (pl.col(name).cast(dtype) if name in present else pl.lit(None, dtype)).alias(name)
            for name, dtype in schema.items()
        )
    except pl.exceptions.InvalidOperationError as error:
        raise VocError(f"a frame for {table} does not fit its contract: {error}") from error
