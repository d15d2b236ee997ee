"""Files as frames of text: one chunk after another, with line numbers, bad lines apart.

Every column comes as text (Parquet: in its own type), so that a wrong value can be shown as it was
found. Memory holds one chunk, whatever the file's size.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import polars as pl

from warehouse.errors import VocError

CHUNK_BYTES = 32 * 1024 * 1024
_CHUNK_ROWS = 500_000
_BOM = b"\xef\xbb\xbf"


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

    @property
    def rows(self) -> int:
        """Rows read, good and bad."""
        return self.frame.height + len(self.bad)


class RefusedFileError(VocError):
    """A file that cannot be used as a whole."""


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
        chunks = _parquet(path, compressed)
    elif form == "jsonl":
        chunks = _jsonl(path, compressed)
    else:
        chunks = _csv(path, compressed, "\t" if form == "tsv" else ",", header)
    yield from _ahead(chunks)


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Read one chunk ahead in another thread: parsing and typing keep both cores busy."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        following = reader.submit(next, chunks, None)
        while (chunk := following.result()) is not None:
            following = reader.submit(next, chunks, None)
            yield chunk


def _open(path: Path, compressed: bool) -> BinaryIO:
    return gzip.open(path, "rb") if compressed else path.open("rb")  # type: ignore[return-value]


def _encoding(sample: bytes) -> str:
    """UTF-8 or GB18030, by what the bytes are."""
    if _is_utf8(sample[: sample.rfind(b"\n") + 1] or sample):
        return "utf-8"
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start >= len(sample) - 4:  # a character cut by the sample's end
            return "utf-8"
        return "gb18030"
    return "utf-8"


def _blocks(path: Path, compressed: bool) -> Iterator[bytes]:
    """UTF-8 blocks that end at a line's end."""
    with _open(path, compressed) as handle:
        first = handle.read(CHUNK_BYTES)
        encoding = _encoding(first)
        rest = b""
        block = first.removeprefix(_BOM)
        while block:
            data = rest + block
            cut = data.rfind(b"\n") + 1
            if cut == 0:
                rest = data
            else:
                rest = data[cut:]
                yield _utf8(data[:cut], encoding)
            block = handle.read(CHUNK_BYTES)
        if rest:
            yield _utf8(rest, encoding)


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8; by Polars' check, ten times as fast as decoding."""
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _utf8(data: bytes, encoding: str) -> bytes:
    if encoding == "utf-8":
        return data if _is_utf8(data) else data.decode("utf-8", errors="replace").encode()
    return data.decode(encoding, errors="replace").encode()


# JSON lines


def _jsonl(path: Path, compressed: bool) -> Iterator[Chunk]:
    line = 1
    for block in _blocks(path, compressed):
        lines = block.count(b"\n") + (not block.endswith(b"\n"))
        yield _jsonl_block(block, line, lines)
        line += lines


def _jsonl_block(block: bytes, first: int, lines: int) -> Chunk:
    """One block: as a whole where every line is an object of the first lines' keys, else line by line."""
    keys = _keys(block)
    if keys and b"\n\n" not in block:
        try:
            frame = pl.read_ndjson(block, schema=dict.fromkeys(keys, pl.String))
        except (pl.exceptions.PolarsError, ValueError):
            frame = None
        if frame is not None and frame.height == lines and not _unknown_keys(block, frame, keys):
            numbers = pl.int_range(first, first + lines, dtype=pl.Int64, eager=True).alias("line")
            return Chunk(frame.with_columns(numbers))
    return _line_by_line(block, first)


def _keys(block: bytes) -> list[str]:
    found: dict[str, None] = {}
    head = block[: 256 * 1024].split(b"\n")[:50]
    for raw in head:
        try:
            row = json.loads(raw)
        except ValueError:
            continue
        if not isinstance(row, dict):
            return []
        found |= dict.fromkeys(row)
    return list(found)


def _unknown_keys(block: bytes, frame: pl.DataFrame, keys: list[str]) -> bool:
    """Whether some line may have a key that the first lines did not have.

    Counts `":` as it stands between a key and its value: as many as there are values, and no more, means
    that every key is known. A text that holds `":` makes the count larger and costs the slow way, no more.
    """
    marks = block.count(b'":')
    values = sum(frame.height - frame[key].null_count() for key in keys)
    return marks > values + block.count(b'":null') + block.count(b'": null')


def _line_by_line(block: bytes, first: int) -> Chunk:
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    bad: list[BadLine] = []
    for number, raw in enumerate(io.BytesIO(block), start=first):
        text = raw.decode("utf-8", errors="replace").strip()
        if not text:
            bad.append(BadLine(number, "", "an empty line", "one JSON object a line"))
            continue
        try:
            row = json.loads(text)
        except ValueError as error:
            cut = "the last line is cut short" if not raw.endswith(b"\n") else "not valid JSON"
            bad.append(BadLine(number, text[:200], f"{cut}: {error}", "one JSON object a line"))
            continue
        if not isinstance(row, dict):
            bad.append(BadLine(number, text[:200], f"a JSON {type(row).__name__}", "one JSON object a line"))
            continue
        rows.append({key: _as_text(value) for key, value in row.items()})
        numbers.append(number)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    frame = pl.DataFrame(
        {key: [row.get(key) for row in rows] for key in keys}, schema=dict.fromkeys(keys, pl.String)
    )
    return Chunk(frame.with_columns(pl.Series("line", numbers, dtype=pl.Int64)), bad)


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


# CSV


def _csv(path: Path, compressed: bool, separator: str, header: list[str] | None) -> Iterator[Chunk]:
    """CSV in blocks that end where a record ends: an even number of quotes before the newline."""
    names = header
    line = 1
    rest = b""
    for block in _blocks(path, compressed):
        data = rest + block
        cut = _record_end(data)
        rest = data[cut:]
        if cut:
            names, line, chunk = _csv_block(data[:cut], separator, names, line, path)
            if chunk is not None:
                yield chunk
    if rest:
        names, line, chunk = _csv_block(rest, separator, names, line, path)
        if chunk is not None:
            yield chunk


def _record_end(data: bytes) -> int:
    if data.count(b'"') % 2 == 0:
        return len(data)
    cut = len(data)
    while cut > 0:
        cut = data.rfind(b"\n", 0, cut)
        if cut < 0:
            return 0
        if data.count(b'"', 0, cut) % 2 == 0:
            return cut + 1
    return 0


def _csv_block(
    data: bytes, separator: str, names: list[str] | None, line: int, path: Path
) -> tuple[list[str], int, Chunk | None]:
    if names is None:
        head, _, data = data.partition(b"\n")
        import csv

        parsed = next(csv.reader([head.decode("utf-8").rstrip("\r\n")], delimiter=separator), [])
        names = [name.strip() for name in parsed]
        if not any(names):
            raise RefusedFileError(f"{path.name}: no header line", expected="column names in line 1")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise RefusedFileError(f"{path.name}, line 1: column '{twice[0]}' stands twice")
        line = 2
    if not data.strip():
        return names, line + data.count(b"\n"), None
    frame, bad = _parse_csv(data, separator, names, line)
    return names, line + data.count(b"\n"), Chunk(frame, bad)


def _parse_csv(
    data: bytes, separator: str, names: list[str], line: int
) -> tuple[pl.DataFrame, list[BadLine]]:
    quoted_newlines = data.count(b'"') > 0 and _has_quoted_newline(data)
    quote = '"' if b'"' in data else None
    if not quoted_newlines:
        try:
            frame = pl.read_csv(
                data,
                has_header=False,
                new_columns=names,
                separator=separator,
                quote_char=quote,
                schema=dict.fromkeys(names, pl.String),
                truncate_ragged_lines=False,
            )
        except (pl.exceptions.PolarsError, ValueError):
            frame = None
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        if (
            frame is not None
            and frame.height == lines
            and not _short_rows(data, frame, separator, len(names))
        ):
            numbers = pl.int_range(line, line + lines, dtype=pl.Int64, eager=True).alias("line")
            return frame.with_columns(numbers), []
    return _csv_by_record(data, separator, names, line)


def _short_rows(data: bytes, frame: pl.DataFrame, separator: str, width: int) -> bool:
    """Whether some row may have too few fields: fewer separators than full rows would have."""
    return data.count(separator.encode()) < frame.height * (width - 1)


def _has_quoted_newline(data: bytes) -> bool:
    return any(part.count(b"\n") for part in data.split(b'"')[1::2])


def _csv_by_record(
    data: bytes, separator: str, names: list[str], line: int
) -> tuple[pl.DataFrame, list[BadLine]]:
    import csv

    rows: list[list[str | None]] = []
    numbers: list[int] = []
    bad: list[BadLine] = []
    reader = csv.reader(io.StringIO(data.decode("utf-8", errors="replace"), newline=""), delimiter=separator)
    before = 0
    try:
        for record in reader:
            number = line + before
            before = reader.line_num
            if not record:
                bad.append(BadLine(number, "", "an empty line", f"{len(names)} fields"))
            elif len(record) != len(names):
                shown = separator.join(record)[:200]
                bad.append(
                    BadLine(number, shown, f"{len(record)} fields", f"{len(names)} fields as in the header")
                )
            else:
                rows.append([value if value != "" else None for value in record])
                numbers.append(number)
    except csv.Error as error:
        bad.append(BadLine(line + before, "", f"not readable as CSV: {error}", "a CSV record"))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.Series("line", numbers, dtype=pl.Int64)), bad


# Parquet


def _parquet(path: Path, compressed: bool) -> Iterator[Chunk]:
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
