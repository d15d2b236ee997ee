"""Records that hold several turns, as one row a turn: `explode` and `unpivot` of voc.yaml."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from warehouse.config import SourceConfig
from warehouse.errors import nearest
from warehouse.landing.readers import RefusedFileError

_SPEAKER = {"chats": "sender", "calls": "speaker"}


def reshape(frame: pl.DataFrame, kind: str, source: SourceConfig, path: Path) -> pl.DataFrame:
    """One row a turn, in the order of the record; every turn keeps the line of its record.

    `explode` names the column that holds a list of turns (a list of records in Parquet, JSON text in
    other files); fields of a turn stand beside the record's own columns and win over them. `unpivot`
    gives role -> column: each record (or exploded turn) becomes one row a role whose column is filled, in
    the order of voc.yaml.

    Raises:
        RefusedFileError: a named column is missing, or `explode`'s holds no list.
    """
    if source.explode:
        frame = _exploded(frame, source.explode, path)
    if source.unpivot:
        frame = _unpivoted(frame, kind, source.unpivot, path)
    return frame


def _need(frame: pl.DataFrame, column: str, section: str, path: Path) -> None:
    if column in frame.columns:
        return
    known = [name for name in frame.columns if name != "line"]
    close = nearest(column, known)
    offer = f"; nearest: '{close[0]}'" if close else ""
    raise RefusedFileError(
        f"{path.name} has no column '{column}', which voc.yaml names in {section}{offer}",
        expected=f"one of: {', '.join(known)}",
    )


def _exploded(frame: pl.DataFrame, column: str, path: Path) -> pl.DataFrame:
    _need(frame, column, "explode", path)
    lists = frame[column]
    if lists.dtype == pl.String:
        lists = _decoded(lists, path)
    if not isinstance(lists.dtype, pl.List) or not isinstance(lists.dtype.inner, pl.Struct):
        raise RefusedFileError(
            f"{path.name}: column '{column}' holds {lists.dtype}", expected="a list of turns, each a record"
        )
    fields = {field.name for field in lists.dtype.inner.fields}
    kept = [name for name in frame.columns if name != column and name not in fields]
    # A record without turns stays as one row with empty fields: it is counted, and rejected with its reason.
    return (
        frame.select(kept)
        .with_columns(lists.alias(column))
        .explode(column, empty_as_null=True, keep_nulls=True)
        .unnest(column)
        .select(*[name for name in kept if name != "line"], *fields_in_order(lists.dtype), "line")
    )


def fields_in_order(dtype: pl.List) -> list[str]:
    """Field names of a list of records."""
    inner = dtype.inner
    return (
        [field.name for field in inner.fields if field.name != "line"] if isinstance(inner, pl.Struct) else []
    )


def _decoded(texts: pl.Series, path: Path) -> pl.Series:
    """JSON lists as text, to a list column; the types are those of the whole chunk."""
    lines = pl.DataFrame({"t": texts}).select(
        pl.concat_str(
            pl.lit('{"t":'), pl.col("t").fill_null("null").str.replace_all(r"[\r\n]", " "), pl.lit("}")
        )
    )
    data = "\n".join(lines.to_series().to_list()).encode()
    try:
        return pl.read_ndjson(io.BytesIO(data), infer_schema_length=None)["t"]
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise RefusedFileError(
            f"{path.name}: a list of turns is not valid JSON: {str(error).splitlines()[0]}",
            expected="a JSON list of records",
        ) from error


def _unpivoted(frame: pl.DataFrame, kind: str, roles: dict[str, str], path: Path) -> pl.DataFrame:
    if kind not in _SPEAKER:
        raise RefusedFileError(f"voc.yaml: sources.{kind}.unpivot", expected="unpivot is for chats and calls")
    for column in roles.values():
        _need(frame, column, "unpivot", path)
    others = [name for name in frame.columns if name not in roles.values() and name != "line"]
    parts = [
        frame.with_row_index("_record").select(
            "_record",
            pl.lit(order).alias("_order"),
            *others,
            pl.lit(role).alias(_SPEAKER[kind]),
            pl.col(column).cast(pl.String).alias("text"),
            "line",
        )
        for order, (role, column) in enumerate(roles.items())
    ]
    stacked = pl.concat(parts).sort("_record", "_order")
    said = pl.col("text").is_not_null() & (pl.col("text").str.strip_chars() != "")
    # A record in which nobody says anything keeps one row, so that it is counted and rejected.
    kept = said | ((~said.any()).over("_record") & (pl.col("_order") == 0))
    return stacked.filter(kept).drop("_record", "_order")
