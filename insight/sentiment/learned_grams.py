"""What a learned model of feeling sees of a text: hashed n-grams of characters and words.

A text is a row of tokens: a word of letters (English and the like), else a single character (Chinese, punctuation,
emoji). Features are all runs of one to three tokens, so single characters to triples for Chinese and words to
triples for English, and the runs of three and four letters within a word. Presence counts, not number. Nothing is
fitted, so a feature means the same in every model (the hashing trick: Weinberger et al. 2009).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BINS = 1 << 21
_SHIFT = np.uint64(64 - 21)
MAX_CHARACTERS = 2_000  # of a text: what a customer feels is said by then, and memory stays bounded
_LETTERS_BELOW = 0x2E80  # scripts with spaces between words stand below, CJK above
_MAX_WORD = 64
_PIECES = (3, 4)

Hashes = npt.NDArray[np.uint64]
_ODD = [
    np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xFF51AFD7ED558CCD)
]


def grams(texts: pl.Series) -> csr_matrix:
    """The features of each text: a sparse matrix texts × BINS of float32, 1 where a feature is present.

    Args:
        texts: strings; null reads as empty. Only the first MAX_CHARACTERS count.
    """
    from scipy.sparse import csr_matrix

    plain = (
        texts.cast(pl.String)
        .fill_null("")
        .str.slice(0, MAX_CHARACTERS)
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all("’", "'", literal=True)
        .str.replace_all(r"\d", "0")
    )
    lengths = plain.str.len_chars().to_numpy().astype(np.int64)
    codes = np.frombuffer("".join(plain.to_list()).encode("utf-32-le"), np.uint32)
    rows, hashes = _grams(codes, np.repeat(np.arange(len(texts), dtype=np.int64), lengths))
    keys = np.sort(rows * BINS + (hashes >> _SHIFT).astype(np.int64))
    keys = keys[
        np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    ]  # np.unique hashes first: ten times slower
    first = np.searchsorted(keys, np.arange(len(texts) + 1, dtype=np.int64) * BINS)
    return csr_matrix(
        (np.ones(len(keys), np.float32), (keys % BINS).astype(np.int32), first), shape=(len(texts), BINS)
    )


def _grams(
    codes: npt.NDArray[np.uint32], text: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], Hashes]:
    """Row and hash of every n-gram, some more than once."""
    if not len(codes):
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    space, letter = _kinds()
    low = np.minimum(codes, _LETTERS_BELOW)
    is_letter = letter[low]
    kept = ~(space[low] | (codes == 0x3000))
    fresh = np.ones(len(codes), np.bool_)
    fresh[1:] = ~(is_letter[1:] & is_letter[:-1] & (text[1:] == text[:-1]))
    fresh &= kept
    starts = np.flatnonzero(fresh)
    if not len(starts):
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    character = _mixed(codes.astype(np.uint64) + _ODD[0])
    token = np.cumsum(fresh) - 1  # of each character; -1 for spaces in front
    place = np.minimum(np.arange(len(codes)) - starts[np.maximum(token, 0)], _MAX_WORD)
    weight = np.where(kept, _powers()[place], np.uint64(0))
    tokens = _mixed(np.add.reduceat(character * weight, starts))
    of = text[starts]
    pairs = _mixed(tokens[:-1] * _ODD[1] + tokens[1:])
    triples = _mixed(pairs[:-1] * _ODD[2] + tokens[2:])
    near = of[:-1] == of[1:]
    nearer = of[:-2] == of[2:]
    rows = [of, of[:-1][near], of[:-2][nearer]]
    found = [tokens, pairs[near], triples[nearer]]
    for width in _PIECES:
        row, piece = _pieces(character, token, is_letter, width)
        rows.append(text[row])
        found.append(piece)
    return np.concatenate(rows), np.concatenate(found)


def _pieces(
    character: Hashes, token: npt.NDArray[np.int64], letter: npt.NDArray[np.bool_], width: int
) -> tuple[npt.NDArray[np.int64], Hashes]:
    """First character and hash of the runs of `width` letters within words; a word's ends make a difference."""
    count = len(character) - width + 1
    if count <= 0:
        return np.empty(0, np.int64), np.empty(0, np.uint64)
    at = np.flatnonzero(letter[:count] & letter[width - 1 :] & (token[:count] == token[width - 1 :]))
    value = np.full(len(at), width, np.uint64)
    for step in range(width):
        value = _mixed(value * _ODD[3] + character[at + step])
    begins = (at == 0) | (token[at - 1] != token[at])
    last = at + width - 1
    ends = (last == len(token) - 1) | (token[np.minimum(last + 1, len(token) - 1)] != token[at])
    ends |= ~letter[np.minimum(last + 1, len(token) - 1)]  # a space belongs to the token before it
    return at, _mixed(value + begins.astype(np.uint64) * _ODD[1] + ends.astype(np.uint64) * _ODD[2])


def _mixed(values: Hashes) -> Hashes:
    """The finalizer of MurmurHash3: every bit of the input moves every bit of the output."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


@cache
def _powers() -> Hashes:
    """Weights of a word's characters by their place; 0 beyond the longest word."""
    with np.errstate(over="ignore"):
        powers = np.cumprod(np.full(_MAX_WORD + 1, 0x100000001B3, np.uint64))
    powers[_MAX_WORD] = 0
    return powers.astype(np.uint64)


@cache
def _kinds() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether characters below _LETTERS_BELOW are spaces, and letters or digits; what stands above is neither."""
    characters = [chr(code) for code in range(_LETTERS_BELOW)]
    space = np.array([character.isspace() for character in characters] + [False])
    letter = np.array([character.isalnum() or character == "'" for character in characters] + [False])
    return space, letter
