"""Files as frames of text: one chunk after another, with line numbers, bad lines apart.

Every column comes as text (Parquet: in its own type), so that a wrong value can be shown as it was
found. Memory holds two chunks, whatever the file's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from warehouse.ahead import ahead
from warehouse.landing.chunks import BadLine, Chunk, RefusedFileError
from warehouse.landing.columnar import read_parquet
from warehouse.landing.delimited import read_csv
from warehouse.landing.jsonl import read_jsonl

__all__ = ["BadLine", "Chunk", "RefusedFileError", "read_chunks"]


def read_chunks(path: Path, form: str, *, compressed: bool, header: list[str] | None) -> Iterator[Chunk]:
    """Chunks of a file.

    Args:
        path: the file.
        form: jsonl, csv, tsv or parquet.
        compressed: whether it is gzipped.
        header: column names of a file that has no header line.

    Raises:
        RefusedFileError: the file is not of its form.
    """
    if form == "parquet":
        chunks = read_parquet(path, compressed)
    elif form == "jsonl":
        chunks = read_jsonl(path, compressed)
    else:
        chunks = read_csv(path, compressed, "\t" if form == "tsv" else ",", header)
    yield from ahead(chunks)
