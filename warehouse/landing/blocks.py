"""Text files as blocks of UTF-8 that end at a line's end, whatever their encoding."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import polars as pl

CHUNK_BYTES = 32 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


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


def blocks(path: Path, compressed: bool) -> Iterator[bytes]:
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
