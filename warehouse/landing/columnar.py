"""Parquet, batch by batch."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from warehouse.landing.chunks import Chunk, RefusedFileError

_CHUNK_ROWS = 500_000


def read_parquet(path: Path, compressed: bool) -> Iterator[Chunk]:
    """Chunks of a Parquet file; columns keep their types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source: Path | io.BytesIO = io.BytesIO(gzip.decompress(path.read_bytes())) if compressed else path
    try:
        file = pq.ParquetFile(source)
        line = 1
        for batch in file.iter_batches(batch_size=_CHUNK_ROWS):
            frame = pl.DataFrame(pl.from_arrow(batch))
            numbers = pl.int_range(line, line + frame.height, dtype=pl.Int64, eager=True).alias("line")
            line += frame.height
            yield Chunk(frame.with_columns(numbers))
    except (pa.ArrowInvalid, OSError) as error:
        raise RefusedFileError(f"{path.name}: not readable as Parquet: {error}") from error
