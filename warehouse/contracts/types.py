"""The types of contracts, and what they are in Polars, Arrow and DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

TypeName = Literal[
    "string",
    "bool",
    "int32",
    "int64",
    "float64",
    "date",
    "timestamp",
    "json",
    "list<string>",
    "list<float64>",
]

_DUCKDB = {
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
    "json": "VARCHAR",  # JSON text; a column of type JSON would need the extension in every reader
    "list<string>": "VARCHAR[]",
    "list<float64>": "DOUBLE[]",
}


def polars_type(name: TypeName) -> pl.DataType:
    """The Polars type; timestamps are microseconds in UTC."""
    import polars as pl

    known: dict[str, pl.DataType] = {
        "string": pl.String(),
        "bool": pl.Boolean(),
        "int32": pl.Int32(),
        "int64": pl.Int64(),
        "float64": pl.Float64(),
        "date": pl.Date(),
        "timestamp": pl.Datetime("us", "UTC"),
        "json": pl.String(),
        "list<string>": pl.List(pl.String()),
        "list<float64>": pl.List(pl.Float64()),
    }
    return known[name]


def arrow_type(name: TypeName) -> pa.DataType:
    """The Arrow type."""
    import pyarrow as pa

    known: dict[str, pa.DataType] = {
        "string": pa.string(),
        "bool": pa.bool_(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "float64": pa.float64(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", "UTC"),
        "json": pa.string(),
        "list<string>": pa.list_(pa.string()),
        "list<float64>": pa.list_(pa.float64()),
    }
    return known[name]


def duckdb_type(name: TypeName) -> str:
    """The DuckDB type."""
    return _DUCKDB[name]
