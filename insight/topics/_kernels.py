# numba types these functions itself, from what they are called with:
# ruff: noqa: ANN001, ANN202
# mypy: disable-error-code="no-untyped-def, no-untyped-call, assignment"
"""Inner loops of the topics, compiled by numba on first use: `ngrams.kernels()` gives them compiled.

All are single-threaded and walk texts one by one in a fixed order, so that a text's result does not depend on its neighbours or on
how a day was cut into batches.
"""

from __future__ import annotations

import numpy as np

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_WORD = np.uint64(0x9E3779B97F4A7C15)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)
_GRAM = np.uint64(0x165667B19E3779F9)
_TERM = np.uint64(0x27D4EB2F165667C5)
_EDGE = np.uint64(1)  # stands for the beginning and the end of a word
_MAX_WORD = 64
_MAX_RUN = 512
_MAX_STRANGE = 128  # n-grams of a text that are not known
LONGEST_TERM = 4  # characters of a Chinese word


def _mix(h: np.uint64) -> np.uint64:
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xFF51AFD7ED558CCD)
    h ^= h >> np.uint64(33)
    h *= np.uint64(0xC4CEB9FE1A85EC53)
    h ^= h >> np.uint64(33)
    return h


def _kind(c: int) -> int:
    """0 separator, 1 letter or digit of a word, 2 character of a language without spaces."""
    if c < 128:
        return 1 if (48 <= c <= 57) or (97 <= c <= 122) or (65 <= c <= 90) else 0
    if c < 0xC0 or c == 0xD7 or c == 0xF7:
        return 0
    if 0x2000 <= c < 0x2E80 or 0x3000 <= c < 0x3040 or 0xFF00 <= c < 0xFFF0 or 0xE000 <= c < 0xF900:
        return 0
    if 0x2E80 <= c < 0xAC00 or 0xF900 <= c < 0xFB00 or 0x20000 <= c < 0x32000 or 0x0E00 <= c < 0x0F00:
        return 2
    if 0xFE00 <= c < 0xFE70 or c >= 0x1F000:
        return 0
    return 1


def _term(run, begin, end):
    h = _SEED
    for j in range(begin, end):
        h = (h ^ run[j]) * _PRIME
    return _mix(h ^ _TERM)


def _wide(run, length, terms, out, n):
    """n-grams of a run without spaces: characters, pairs, and words by the longest match (`terms`: their hashes)."""
    for j in range(length):
        out[n] = _mix((_SEED ^ run[j]) * _PRIME)
        n += 1
        if j > 0:
            out[n] = _mix(((_SEED ^ run[j - 1]) * _PRIME ^ run[j]) * _PRIME)
            n += 1
    j = 0
    mask = np.uint64(terms.shape[0] - 1)
    while j < length:
        step = 1
        h = np.uint64(0)
        for width in range(min(LONGEST_TERM, length - j), 1, -1):
            h = _term(run, j, j + width)
            at = h & mask
            while terms[at] != 0 and terms[at] != h:
                at = (at + np.uint64(1)) & mask
            if terms[at] == h:
                step = width
                break
        if step == 1:
            h = _term(run, j, j + 1)
        out[n] = h
        n += 1
        j += step
    return n


def _letters(word, length, last_word, out, n):
    """The word, the pair with the word before, and its runs of three and four letters."""
    word[0] = _EDGE
    word[length + 1] = _EDGE
    h = _SEED
    for j in range(1, length + 1):
        h = (h ^ word[j]) * _PRIME
    h = _mix(h ^ _WORD)
    out[n] = h
    n += 1
    if last_word != 0:
        out[n] = _mix(last_word * _PRIME ^ h ^ _PAIR)
        n += 1
    for width in range(3, 5):
        for j in range(0, length + 3 - width):
            g = _SEED
            for k in range(j, j + width):
                g = (g ^ word[k]) * _PRIME
            out[n] = _mix(g ^ _GRAM)
            n += 1
    return n, h


def _mark_end(data, i, end):
    """Past the `]` that closes a mark such as [手机号] opened before `i`; `i` itself where none is near."""
    for j in range(i, min(end, i + 40)):
        if data[j] == 93:
            return j + 1
        if data[j] == 91:
            return i
    return i


def grams(data, begin, end, limit, terms, out):
    """Hashes of the n-grams of one text into `out`; gives how many."""
    n = 0
    room = out.shape[0] - 3 * _MAX_RUN - 4 * _MAX_WORD
    word = np.empty(_MAX_WORD + 2, np.uint64)
    run = np.empty(_MAX_RUN, np.uint64)
    letters = 0
    wide = 0
    last_word = np.uint64(0)
    i = begin
    seen = 0
    while True:
        c = 0
        kind = 0
        done = i >= end or seen >= limit or n >= room
        if not done:
            b = data[i]
            if b < 0x80:
                c = np.int64(b)
                i += 1
            elif b < 0xE0:
                c = (np.int64(b & 0x1F) << 6) | np.int64(data[i + 1] & 0x3F)
                i += 2
            elif b < 0xF0:
                c = (
                    (np.int64(b & 0x0F) << 12)
                    | (np.int64(data[i + 1] & 0x3F) << 6)
                    | np.int64(data[i + 2] & 0x3F)
                )
                i += 3
            else:
                c = (
                    (np.int64(b & 0x07) << 18)
                    | (np.int64(data[i + 1] & 0x3F) << 12)
                    | (np.int64(data[i + 2] & 0x3F) << 6)
                    | np.int64(data[i + 3] & 0x3F)
                )
                i += 4
            seen += 1
            kind = _kind(c)
            if c == 91:
                i = _mark_end(data, i, end)
            if 48 <= c <= 57:
                c = 48
            if c == 39 and letters > 0:  # an apostrophe stands inside its word and says nothing
                continue
        if kind != 1 and letters > 0:
            if not (letters == 1 and word[1] == np.uint64(48)):
                n, last_word = _letters(word, letters, last_word, out, n)
            letters = 0
        if wide > 0 and (kind != 2 or wide == _MAX_RUN):
            n = _wide(run, wide, terms, out, n)
            wide = 0
            last_word = np.uint64(0)
        if kind == 1 and letters < _MAX_WORD:
            if not (c == 48 and letters > 0 and word[letters] == np.uint64(48)):  # digits in a row are one
                letters += 1
                word[letters] = np.uint64(c)
        elif kind == 2:
            run[wide] = np.uint64(c)
            wide += 1
        if done:
            break
    return n


def find(keys, slots, h):
    """Row of hash `h` in the open-addressing table (keys: hash per slot, 0 empty; slots: row per slot), -1 if absent."""
    mask = np.uint64(keys.shape[0] - 1)
    at = h & mask
    while keys[at] != 0:
        if keys[at] == h:
            return slots[at]
        at = (at + np.uint64(1)) & mask
    return np.int32(-1)


def table(hashes, keys, slots):
    """Fill an open-addressing table with hashes (distinct, not 0), whose rows are their places."""
    mask = np.uint64(keys.shape[0] - 1)
    for row in range(hashes.shape[0]):
        at = hashes[row] & mask
        while keys[at] != 0:
            at = (at + np.uint64(1)) & mask
        keys[at] = hashes[row]
        slots[at] = row


def terms_of(data, offsets, out):
    """Hash of each text taken as one Chinese word."""
    run = np.empty(_MAX_RUN, np.uint64)
    for i in range(offsets.shape[0] - 1):
        n = 0
        j = offsets[i]
        while j < offsets[i + 1] and n < _MAX_RUN and data[j] >= 0xE0 and data[j] < 0xF0:
            run[n] = np.uint64(
                (np.int64(data[j] & 0x0F) << 12)
                | (np.int64(data[j + 1] & 0x3F) << 6)
                | np.int64(data[j + 2] & 0x3F)
            )
            n += 1
            j += 3
        out[i] = _term(run, 0, n)


def collect(data, offsets, limit, terms, out, ends):
    """Distinct hashes of each text, sorted, one text after the other into `out`; ends[i] is where text i ends.

    Gives the texts that fitted into `out`.
    """
    buffer = np.empty(limit * 8 + 4096, np.uint64)
    at = 0
    for i in range(offsets.shape[0] - 1):
        n = grams(data, offsets[i], offsets[i + 1], limit, terms, buffer)
        if at + n > out.shape[0]:
            return i
        part = np.sort(buffer[:n])
        previous = np.uint64(0)
        for j in range(n):
            if part[j] != previous:
                previous = part[j]
                out[at] = previous
                at += 1
        ends[i] = at
    return offsets.shape[0] - 1


def encode(data, offsets, limit, terms, keys, slots, vectors, unknown, out):
    """Sum of the (weighted) vectors of each text's distinct n-grams, scaled to length 1; zeros where a text has none.

    An n-gram that is not known gets a direction made of its hash, `unknown` long in each dimension: texts about a matter that
    nobody had heard of when the vectors were learned lie together, and away from everything else.
    """
    d = vectors.shape[1]
    buffer = np.empty(limit * 8 + 4096, np.uint64)
    strange = np.empty(_MAX_STRANGE, np.uint64)
    last = np.full(vectors.shape[0], -1, np.int64)  # text in which a row was seen last: repeats count once
    for i in range(offsets.shape[0] - 1):
        n = grams(data, offsets[i], offsets[i + 1], limit, terms, buffer)
        m = 0
        for k in range(d):
            out[i, k] = 0.0
        for j in range(n):  # in the order of the text: the same text, the same sum
            h = buffer[j]
            row = find(keys, slots, h)
            if row >= 0:
                if last[row] != i:
                    last[row] = i
                    for k in range(d):
                        out[i, k] += vectors[row, k]
                continue
            before = m >= _MAX_STRANGE
            for k in range(m):
                if strange[k] == h:
                    before = True
                    break
            if before:
                continue
            strange[m] = h
            m += 1
            bits = h
            for k in range(d):
                if k % 64 == 0:
                    bits = _mix(bits + np.uint64(k + 1))
                if (bits >> np.uint64(k % 64)) & np.uint64(1) != 0:
                    out[i, k] += unknown
                else:
                    out[i, k] -= unknown
        s = np.float32(0.0)
        for k in range(d):
            s += out[i, k] * out[i, k]
        if s > 0:
            f = np.float32(1.0) / np.sqrt(s)
            for k in range(d):
                out[i, k] *= f


def nearest(vectors, centres, index, cosine):
    """Best centre of each row and its dot product; the first of equals wins. -1 where the row is all zeros."""
    d = vectors.shape[1]
    for i in range(vectors.shape[0]):
        best = np.float32(-2.0)
        at = -1
        for c in range(centres.shape[0]):
            s = np.float32(0.0)
            for k in range(d):
                s += vectors[i, k] * centres[c, k]
            if s > best:
                best = s
                at = c
        empty = True
        for k in range(d):
            if vectors[i, k] != 0:
                empty = False
                break
        index[i] = -1 if empty else at
        cosine[i] = 0.0 if empty else best


def nearest_two(vectors, centres, owner, first, second, best, rest):
    """Of each row the owner of its nearest centre and the nearest other owner, with the cosines; -1 for a row of zeros."""
    d = vectors.shape[1]
    for i in range(vectors.shape[0]):
        one = np.int64(-1)
        two = np.int64(-1)
        high = np.float32(-2.0)
        low = np.float32(-2.0)
        size = np.float32(0.0)
        for k in range(d):
            size += vectors[i, k] * vectors[i, k]
        if size > 0:
            for c in range(centres.shape[0]):
                s = np.float32(0.0)
                for k in range(d):
                    s += vectors[i, k] * centres[c, k]
                if s > high:
                    if one != owner[c]:
                        two = one
                        low = high
                    one = owner[c]
                    high = s
                elif s > low and owner[c] != one:
                    two = owner[c]
                    low = s
        first[i] = one
        second[i] = two
        best[i] = high
        rest[i] = low


_EXACT = (
    "_mix",
    "_kind",
    "_term",
    "_wide",
    "_letters",
    "_mark_end",
    "grams",
    "find",
    "table",
    "terms_of",
    "collect",
)
_FAST = ("encode", "nearest", "nearest_two")  # sums may be taken in the order that suits the processor


def compile_all() -> None:
    """Put the compiled form of each function in its place. (Heavy libraries are imported inside functions.)"""
    import numba

    for names, fast in ((_EXACT, False), (_FAST, True)):
        for name in names:
            globals()[name] = numba.njit(cache=True, nogil=True, fastmath=fast)(globals()[name])
