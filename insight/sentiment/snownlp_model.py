"""SnowNLP's model as arrays: what `insight.sentiment.snownlp_kernels` reads.

SnowNLP (https://github.com/isnowfy/snownlp, MIT) segments with a character-based generative model (Wang, Zong
and Su 2009, "Which is more suitable for Chinese word segmentation, the generative model or the discriminative
one?") and scores words with naive Bayes. It looks counts up in dictionaries of tuples and takes a logarithm at
every step; here each logarithm is taken once, by the same operations in the same order, so that sums of them are
equal to the last bit. The counts come from the installed package, nothing of it is kept in this project.
"""

from __future__ import annotations

import gc
import gzip
import hashlib
import importlib.util
import marshal
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from warehouse.errors import VocError

FIRST_HAN, LAST_HAN = 0x4E00, 0x9FA5  # what SnowNLP segments; the rest it splits at spaces
HAN = LAST_HAN - FIRST_HAN + 2  # codes of characters: 0 stands for the beginning
TAGS = "bmes"  # begin, middle, end of a word, single
_FORMAT = 1  # raise it when the arrays change their meaning: older files in the cache are left alone
_FNV_BASIS, _FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3
_MASK = 2**64 - 1

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Model:
    """The arrays. A character's code is 0 for the beginning of a run, else its place among Han characters from 1.

    Attributes:
        tag_logs: [code * 4 + tag] log-probability of a character with a tag that was never seen after the one before.
        pair_first: [code] the pairs that begin with it are pair_first[code] … pair_first[code + 1].
        pair_second: a pair's second character; ascending within a first one.
        pair_entry: entries of pair p are pair_entry[p] … pair_entry[p + 1].
        pair_tags, pair_logs: an entry: tag before * 4 + tag, and its log-probability.
        triple_first: triples that end with pair p are triple_first[p] … triple_first[p + 1].
        triple_before: a triple's character before the pair; ascending within a pair.
        triple_entry, triple_tags, triple_logs: as of pairs; tags are tag two before * 16 + tag before * 4 + tag.
        word_slots: open-addressing table of word numbers, -1 where empty; its size is a power of two.
        word_first, word_codes: code points of word w are word_codes[word_first[w]] … [word_first[w + 1]].
        word_logs: [w * 2 + class] log-probability of a word in negative (0) and positive (1) texts.
        word_stop: [w] whether SnowNLP leaves the word out.
        class_logs: prior of negative, prior of positive, then an unknown word in negative and in positive texts.
    """

    tag_logs: Floats
    pair_first: Ints
    pair_second: Ints
    pair_entry: Ints
    pair_tags: npt.NDArray[np.uint8]
    pair_logs: Floats
    triple_first: Ints
    triple_before: Ints
    triple_entry: Ints
    triple_tags: npt.NDArray[np.uint8]
    triple_logs: Floats
    word_slots: npt.NDArray[np.int32]
    word_first: Ints
    word_codes: npt.NDArray[np.uint32]
    word_logs: Floats
    word_stop: npt.NDArray[np.bool_]
    class_logs: Floats


@cache
def snownlp_model() -> Model:
    """The model of the installed SnowNLP; compiled once a machine (four seconds), then read from a cache.

    The cache is a file of plain arrays under the user's cache folder, named by the content of SnowNLP's own files.
    Without a place to write one, the model is compiled in every process.

    Raises:
        VocError: SnowNLP is not installed, or its files are not what this version knows.
    """
    spec = importlib.util.find_spec("snownlp")
    if spec is None or not spec.submodule_search_locations:
        raise VocError("SnowNLP is not installed", hint="install the project's requirements.lock")
    package = Path(next(iter(spec.submodule_search_locations)))
    parts = ("seg/seg.marshal.3", "sentiment/sentiment.marshal.3", "normal/stopwords.txt")
    try:
        contents = [(package / part).read_bytes() for part in parts]
    except OSError as error:
        raise VocError(
            f"{package}: SnowNLP without its model ({error})",
            expected=", ".join(parts),
            hint="pip install --force-reinstall snownlp==0.12.3",
        ) from error
    digest = hashlib.sha256(b"".join(hashlib.sha256(content).digest() for content in contents)).hexdigest()
    folder = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111  no error without a home
    file = Path(folder) / "wanqiu" / f"snownlp-{_FORMAT}-{digest[:16]}.npz"
    found = _read(file)
    if found is None:
        found = _compiled(*contents)
        _write(file, found)
    return found


def _read(file: Path) -> Model | None:
    """A model from the cache; None when there is none, or the file is damaged."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return Model(**{field.name: arrays[field.name] for field in fields(Model)})
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None


def _write(file: Path, model: Model) -> None:
    temporary = file.with_name(f".{file.stem}.{os.getpid()}.npz")
    with suppress(OSError):  # a read-only home costs four seconds a process, no more
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(temporary, **{field.name: getattr(model, field.name) for field in fields(Model)})
        temporary.replace(file)


def _compiled(seg: bytes, bayes: bytes, stop: bytes) -> Model:
    """The arrays from the content of SnowNLP's files."""
    with _no_collection():
        try:
            segmenter, classifier = (marshal.loads(_plain(content)) for content in (seg, bayes))  # noqa: S302
            return Model(
                **_segmentation(segmenter),
                **_words(classifier, {line.strip() for line in stop.decode().split("\n")}),
            )
        except (KeyError, ValueError, TypeError, EOFError) as error:
            raise VocError(
                f"SnowNLP's model has an unknown form ({type(error).__name__}: {error})",
                expected="the files of SnowNLP 0.12",
                hint="pip install --force-reinstall snownlp==0.12.3",
            ) from error


def _plain(content: bytes) -> bytes:
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


@contextmanager
def _no_collection() -> Iterator[None]:
    """Two million tuples come into being and none is garbage: looking for it takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _logs(values: Floats) -> Floats:
    """Logarithms by the C library, as SnowNLP takes them: NumPy's own may differ in the last bit."""
    return np.fromiter(map(math.log, values.tolist()), np.float64, len(values))


def _code(key: tuple[str, str]) -> int:
    """code * 4 + tag of a character with its tag, 0 at the beginning; -1 for what never stands in a Han run."""
    character, tag = key
    if tag == "BOS":
        return 0
    if len(character) != 1 or not FIRST_HAN <= ord(character) <= LAST_HAN:
        return -1
    return (ord(character) - FIRST_HAN + 1) * 4 + TAGS.index(tag)


def _segmentation(model: dict[str, Any]) -> dict[str, Any]:
    """Log-probabilities log(uni + bi + tri), interpolated as `CharacterBasedGenerativeModel.log_prob` does."""
    one, two, three = (float(model[name]) for name in ("l1", "l2", "l3"))
    unigrams, bigrams, trigrams = (model[name]["d"] for name in ("uni", "bi", "tri"))
    code = {key: _code(key) for key in unigrams}
    count = np.zeros(HAN * 4)
    for key, number in unigrams.items():
        if code[key] >= 0:
            count[code[key]] = number
    single = one * (count / float(model["uni"]["total"]))
    tag_logs = np.full(HAN * 4, -np.inf)
    seen = count > 0
    tag_logs[seen] = _logs(single[seen])

    def share(weighted: Floats, of: Floats) -> Floats:
        return np.divide(weighted, of, out=np.zeros_like(weighted), where=of != 0)

    rows = [(code[a], code[b], n) for (a, b), n in bigrams.items() if code[a] >= 0 and code[b] > 3]
    first, last, number = np.array(rows, np.int64).T
    values = single[last] + share(two * number, count[first])
    pair = (first // 4) * HAN + last // 4
    order = np.lexsort((first % 4 * 4 + last % 4, pair))
    pairs, pair_entry = _groups(pair[order])
    pair_of = {(int(f), int(e)): float(v) for f, e, v in zip(first, last, values, strict=True)}
    number_of = {(int(f), int(e)): float(n) for f, e, n in zip(first, last, number, strict=True)}
    number_of[0, 0] = float(bigrams.get((("", "BOS"), ("", "BOS")), 0))

    long = [
        (code[a], code[b], code[c], n)
        for (a, b, c), n in trigrams.items()
        if code[a] >= 0 and code[b] >= 0 and code[c] > 3
    ]
    before, middle, end, times = np.array(long, np.int64).T
    known = zip(middle.tolist(), end.tolist(), strict=True)
    base = np.fromiter((pair_of[key] for key in known), np.float64, len(long))
    known = zip(before.tolist(), middle.tolist(), strict=True)
    context = np.fromiter((number_of.get(key, 0.0) for key in known), np.float64, len(long))
    triple_values = base + share(three * times, context)
    ending = np.searchsorted(pairs, (middle // 4) * HAN + end // 4)
    triple = ending * HAN + before // 4
    tags = before % 4 * 16 + middle % 4 * 4 + end % 4
    triple_order = np.lexsort((tags, triple))
    triples, triple_entry = _groups(triple[triple_order])
    return {
        "tag_logs": tag_logs,
        "pair_first": np.searchsorted(pairs, np.arange(HAN + 1) * HAN),
        "pair_second": pairs % HAN,
        "pair_entry": pair_entry,
        "pair_tags": (first % 4 * 4 + last % 4)[order].astype(np.uint8),
        "pair_logs": _logs(values[order]),
        "triple_first": np.searchsorted(triples, np.arange(len(pairs) + 1) * HAN),
        "triple_before": triples % HAN,
        "triple_entry": triple_entry,
        "triple_tags": tags[triple_order].astype(np.uint8),
        "triple_logs": _logs(triple_values[triple_order]),
    }


def _groups(ordered: Ints) -> tuple[Ints, Ints]:
    """The distinct values of an ascending array, and where each begins (and the last one ends)."""
    distinct, begins = np.unique(ordered, return_index=True)
    return distinct, np.append(begins, len(ordered)).astype(np.int64)


def _words(model: dict[str, Any], stop: set[str]) -> dict[str, Any]:
    """Log-probabilities of words, and a hash table to find them."""
    classes = [model["d"]["neg"], model["d"]["pos"]]
    words = sorted({*classes[0]["d"], *classes[1]["d"], *stop} - {""})
    logs = np.empty((len(words), 2))
    constants = [math.log(c["total"]) - math.log(model["total"]) for c in classes]
    for place, known in enumerate(classes):
        counts = [float(known["d"].get(word, known["none"])) / known["total"] for word in words]
        logs[:, place] = _logs(np.array(counts))
        constants.append(math.log(float(known["none"]) / known["total"]))
    slots = np.full(1 << (2 * len(words)).bit_length(), -1, np.int32)
    for number, word in enumerate(words):
        place = word_hash(word) & (len(slots) - 1)
        while slots[place] >= 0:
            place = (place + 1) & (len(slots) - 1)
        slots[place] = number
    return {
        "word_slots": slots,
        "word_first": np.cumsum([0, *map(len, words)]).astype(np.int64),
        "word_codes": np.frombuffer("".join(words).encode("utf-32-le"), np.uint32),
        "word_logs": logs.ravel(),
        "word_stop": np.array([word in stop for word in words]),
        "class_logs": np.array(constants),
    }


def word_hash(word: str) -> int:
    """FNV-1a over code points, its halves folded; the kernel computes the same."""
    value = _FNV_BASIS
    for character in word:
        value = ((value ^ ord(character)) * _FNV_PRIME) & _MASK
    return value ^ (value >> 32)
