"""What a reader of files gives: some rows at a time, bad lines apart."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from warehouse.errors import VocError


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read at all."""

    line: int
    found: str
    reason: str
    expected: str


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file.

    Attributes:
        frame: the rows as text, with `line` (int64) as the last column.
        bad: lines that could not be read.
    """

    frame: pl.DataFrame
    bad: list[BadLine] = field(default_factory=list)


class RefusedFileError(VocError):
    """A file that cannot be used as a whole."""
