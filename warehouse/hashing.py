"""Hashes that may be stored: the same on every machine and with every version of Polars."""

from __future__ import annotations

import hashlib
from pathlib import Path

import polars as pl
import polars_hash  # noqa: F401  registers the `nchash` and `chash` namespaces

_SEPARATOR = "\x1f"
_NULL = "\x00"


def _text(column: str | pl.Expr) -> pl.Expr:
    expr = pl.col(column) if isinstance(column, str) else column
    return expr.cast(pl.String).fill_null(_NULL)


def stable_hash(*columns: str | pl.Expr) -> pl.Expr:
    """XXH3 (64 bits) of one or more columns, as int64.

    Signed, because Delta has no unsigned integers. Polars' own `hash` may change with any release; this one is written to disk. Null and the empty
    string give different hashes, and so do ("a", "bc") and ("ab", "c").
    """
    parts = [_text(column) for column in columns]
    joined = parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=_SEPARATOR)
    expr: pl.Expr = joined.nchash.xxh3_64()  # type: ignore[attr-defined]
    return expr.reinterpret(signed=True)


def keyed_pseudonym(column: str | pl.Expr, key: bytes) -> pl.Expr:
    """HMAC-SHA256 of a column under the workspace's key: 32 hexadecimal characters; null stays null."""
    expr = pl.col(column) if isinstance(column, str) else column
    hashed: pl.Expr = expr.cast(pl.String).chash.hmac_sha256(key=key.hex())  # type: ignore[attr-defined]
    return hashed.str.slice(0, 32)


def content_hash(frame: pl.DataFrame) -> int:
    """A hash of a frame's rows that does not depend on their order (sum of row hashes modulo 2^64).

    Lists and floats are hashed by their text, floats rounded to six significant digits, so that two
    runs that agree within the promised 1e-6 agree here too.
    """
    if frame.is_empty():
        return 0
    parts = []
    for name, dtype in sorted(frame.schema.items()):
        column = pl.col(name)
        if isinstance(dtype, pl.List):
            column = column.list.eval(pl.element().cast(pl.String)).list.join(_SEPARATOR)
        elif dtype.is_float():
            column = column.round_sig_figs(6)
        parts.append(column)
    hashes = frame.select(stable_hash(*parts).alias("h"))["h"]
    low = int((hashes & 0xFFFFFFFF).sum())  # in two halves: one sum could overflow
    high = int((hashes // 2**32).sum())
    return (low + (high << 32)) % 2**64


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
