"""Character and word n-grams of many short texts, as 64-bit hashes.

Chinese (and other scripts without spaces): single characters, pairs of neighbours, and words by the longest match. Words of letters:
the word, pairs of neighbouring words, and runs of three and four letters inside `<word>`. Digits all look alike (an order number is
no topic), punctuation only separates, marks such as [手机号] say nothing. Texts are read straight from Arrow's UTF-8 buffers; no
Python object per text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

MAX_CHARACTERS = (
    400  # of a text: what a problem is about is said by then, and one long text must not stall a batch
)
Hashes = NDArray[np.uint64]


class Utf8(NamedTuple):
    """Texts as one block of UTF-8: text i is data[offsets[i]:offsets[i + 1]]."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.offsets.shape[0]) - 1

    def slices(self, size: int) -> Iterator[Utf8]:
        """Consecutive slices of `size` texts."""
        for at in range(0, self.offsets.shape[0] - 1, size):
            yield Utf8(self.data, self.offsets[at : at + size + 1])


@cache
def kernels() -> Any:
    """The compiled functions (numba is imported on first use only)."""
    from insight.topics import _kernels

    _kernels.compile_all()
    return _kernels


def utf8(texts: pl.Series) -> Utf8:
    """Lower-case UTF-8 of texts (null: empty)."""
    plain = texts.cast(pl.String).fill_null("").str.to_lowercase().rechunk()
    array: Any = plain.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    if offsets is None or len(array) == 0:
        return Utf8(np.zeros(0, np.uint8), np.zeros(len(array) + 1, np.int64))
    first = array.offset
    ends = np.frombuffer(offsets, dtype=np.int64)[first : first + len(array) + 1]
    return Utf8(np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(0, np.uint8), ends)


def term_table(terms: pl.Series) -> Hashes:
    """Open-addressing table of the Chinese words that the longest match knows (0: empty slot)."""
    block = utf8(terms)
    hashes = np.zeros(len(block), np.uint64)
    kernels().terms_of(block.data, block.offsets, hashes)
    return hash_table(np.unique(hashes))[0]


def hash_table(hashes: Hashes) -> tuple[Hashes, NDArray[np.int32]]:
    """Open-addressing table of distinct hashes: (hash of each slot, row of each slot)."""
    size = 1 << max(1, int(np.ceil(np.log2(2.5 * len(hashes) + 2))))
    keys, slots = np.zeros(size, np.uint64), np.zeros(size, np.int32)
    kernels().table(hashes, keys, slots)
    return keys, slots


def grams_of(texts: Utf8, terms: Hashes) -> tuple[Hashes, NDArray[np.int64]]:
    """Distinct n-grams of each text: (hashes, one text after the other; where each text ends)."""
    parts, ends, at = [], [], 0
    for part in texts.slices(20_000):
        size = int(part.offsets[-1] - part.offsets[0])
        out = np.empty(4 * size + 16 * len(part) + 8_192, np.uint64)
        end = np.zeros(len(part), np.int64)
        done = kernels().collect(part.data, part.offsets, MAX_CHARACTERS, terms, out, end)
        assert done == len(part), "the buffer holds every n-gram of its texts"  # noqa: S101
        parts.append(out[: end[-1]].copy())
        ends.append(end + at)
        at += int(end[-1])
    if not parts:
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    return np.concatenate(parts), np.concatenate(ends)
