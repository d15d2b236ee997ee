"""CSV and TSV: records may hold newlines in quotes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from warehouse.landing.blocks import blocks
from warehouse.landing.chunks import BadLine, Chunk, RefusedFileError

_LONGEST_RECORD = 64 * 1024 * 1024  # bytes


def read_csv(path: Path, compressed: bool, separator: str, header: list[str] | None) -> Iterator[Chunk]:
    """CSV in blocks that end where a record ends: an even number of quotes before the newline."""
    names = header
    line = 1
    rest = b""
    parts = blocks(path, compressed)
    following = next(parts, None)
    while following is not None:
        data = rest + following
        following = next(parts, None)
        cut = _record_end(data) if following is not None else len(data)
        if not cut and len(data) > _LONGEST_RECORD:  # a quote that is never closed must not swallow the file
            cut = data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            names, line, chunk = _csv_block(data[:cut], separator, names, line, path)
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
    """The slow way, for quoted newlines and broken rows.

    A row over several lines that does not fit is a quote that was never closed: its first line is bad, and
    reading goes on at the second.
    """
    csv.field_size_limit(2**30)
    lines = data.decode("utf-8", errors="replace").splitlines(keepends=True)
    lines = _joined(lines)
    rows: list[list[str | None]] = []
    numbers: list[int] = []
    bad: list[BadLine] = []
    start = 0
    while start < len(lines):
        reader = csv.reader(iter(lines[start:]), delimiter=separator, strict=True)
        first = start
        try:
            for record in reader:
                following = start + reader.line_num
                if len(record) != len(names) and following - first > 1:
                    break
                _take(record, line + first, names, separator, rows, numbers, bad)
                first = following
            else:
                break
        except csv.Error:
            pass
        # The record at `first` opens a quote that nothing closes, or has text after a closing one.
        alone = next(csv.reader([lines[first]], delimiter=separator), [])
        if len(alone) == len(names) and lines[first].count('"') % 2 == 0:
            _take(alone, line + first, names, separator, rows, numbers, bad)
        else:
            shown = lines[first].strip()[:200]
            bad.append(BadLine(line + first, shown, "a quote that is not closed", "quotes in pairs"))
        start = first + 1
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.Series("line", numbers, dtype=pl.Int64)), bad


def _take(
    record: list[str],
    number: int,
    names: list[str],
    separator: str,
    rows: list[list[str | None]],
    numbers: list[int],
    bad: list[BadLine],
) -> None:
    """Put a record with the good rows, or with the bad lines."""
    if len(record) == len(names):
        rows.append([value if value != "" else None for value in record])
        numbers.append(number)
    elif not record:
        bad.append(BadLine(number, "", "an empty line", f"{len(names)} fields"))
    else:
        shown = separator.join(record)[:200]
        bad.append(BadLine(number, shown, f"{len(record)} fields", f"{len(names)} fields as in the header"))


def _joined(lines: list[str]) -> list[str]:
    """Lines as a newline ends them; `splitlines` also cuts at other marks, such as U+2028."""
    if all(text.endswith("\n") for text in lines[:-1]):
        return lines
    return [part + "\n" for part in "".join(lines).removesuffix("\n").split("\n")]
