"""JSON lines: one object a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from warehouse.landing.blocks import blocks
from warehouse.landing.chunks import BadLine, Chunk


def read_jsonl(path: Path, compressed: bool) -> Iterator[Chunk]:
    """Chunks of a file of JSON objects; nested values come as their JSON text."""
    line = 1
    for block in blocks(path, compressed):
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
