"""Texts to vectors: one row of length 1 a text, so that a dot product is a cosine.

The default learns from the workspace's own problems: every n-gram has a vector, and a text is the weighted sum of its n-grams' vectors.

- From `PPMI_FROM` problems on: truncated SVD of the positive pointwise mutual information between n-grams of one text (Levy and
  Goldberg, "Neural Word Embedding as Implicit Matrix Factorization", NeurIPS 2014; symmetric weighting of singular values after Levy,
  Goldberg and Dagan, TACL 2015, section 3.3). Each n-gram's vector has length sqrt(idf).
- Below that there is too little to learn co-occurrence from: TF-IDF, projected on its leading singular vectors (LSA).

What the vectors were not learned from still counts: an unknown n-gram has a direction of its own, made of its hash.

One space serves Chinese and English: fitted on both together, either loses next to nothing (see tests/benchmarks/topics.py).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from insight.topics.ngrams import (
    MAX_CHARACTERS,
    Hashes,
    Utf8,
    grams_of,
    hash_table,
    kernels,
    term_table,
    utf8,
)
from warehouse.errors import ConfigError, VocError

Vectors = NDArray[np.float32]

PPMI_FROM = 300  # distinct problems: measured on subsamples of three corpora, PPMI is better from about here
DIMENSIONS = 64
LSA_DIMENSIONS = 256
UNKNOWN = 0.75  # weight of an n-gram that is not known; at 1 it would cost known matters .001 of AUC, at this nothing
MAX_GRAMS = 20_000
FIT_TEXTS = 50_000
_FEW = 50  # texts below which even an n-gram of one text is kept
_FORMAT = 1


@runtime_checkable
class Embedder(Protocol):
    """Texts to vectors. Vectors of two versions never meet."""

    @property
    def name(self) -> str:
        """What made it, for people: `ppmi-64`."""

    @property
    def version(self) -> str:
        """Changes whenever a text's vector would."""

    @property
    def dim(self) -> int:
        """Columns of `encode`."""

    def encode(self, texts: pl.Series) -> Vectors:
        """Float32 rows (n, dim) of length 1; all zeros for a text that says nothing. The same text always gives the same row."""


@dataclass(frozen=True, eq=False)
class NgramEmbedder:
    """A text is the weighted sum of its n-grams' vectors.

    Attributes:
        kind: `ppmi` or `tfidf`.
        grams: hash of each known n-gram (see ngrams.py).
        vectors: its vector, the weight multiplied in.
        terms: table of the Chinese words that the longest match knows.
    """

    kind: str
    grams: Hashes = field(repr=False)
    vectors: Vectors = field(repr=False)
    terms: Hashes = field(repr=False)

    @property
    def name(self) -> str:
        """`ppmi-64` or `tfidf-256`."""
        return f"{self.kind}-{self.dim}"

    @property
    def dim(self) -> int:
        """Columns of a vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def version(self) -> str:
        """Hash of everything that a vector depends on."""
        digest = hashlib.sha256(
            f"{_FORMAT} {self.kind} {MAX_CHARACTERS} {UNKNOWN} {self.vectors.shape}".encode()
        )
        for part in (self.grams, self.vectors, self.terms):
            digest.update(np.ascontiguousarray(part).tobytes())
        return f"{self.name}-{digest.hexdigest()[:12]}"

    @cached_property
    def _table(self) -> tuple[Hashes, NDArray[np.int32]]:
        return hash_table(self.grams)

    @cached_property
    def _unknown(self) -> np.float32:
        """Length in each dimension of an n-gram that is not known: `UNKNOWN` of the longest known one."""
        longest = float(np.linalg.norm(self.vectors, axis=1).max(initial=0.0))
        return np.float32(UNKNOWN * longest / np.sqrt(self.dim))

    def encode(self, texts: pl.Series) -> Vectors:
        """Float32 rows (n, dim) of length 1; zeros for a text without letters or characters."""
        block = utf8(texts)
        out = np.empty((len(block), self.dim), np.float32)
        keys, slots = self._table
        kernels().encode(
            block.data,
            block.offsets,
            MAX_CHARACTERS,
            self.terms,
            keys,
            slots,
            self.vectors,
            self._unknown,
            out,
        )
        return out

    def save(self, folder: Path) -> None:
        """Write embedder.json and embedder.npz."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "embedder.npz", grams=self.grams, vectors=self.vectors, terms=self.terms)
        about = {"format": _FORMAT, "kind": self.kind, "name": self.name, "version": self.version}
        (folder / "embedder.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def load_embedder(folder: Path) -> NgramEmbedder:
    """What `save` wrote.

    Raises:
        VocError: the folder holds no embedder, one of another format, or one whose content is not what its version says.
    """
    try:
        about = json.loads((folder / "embedder.json").read_text(encoding="utf-8"))
        with np.load(folder / "embedder.npz", allow_pickle=False) as arrays:
            found = NgramEmbedder(
                about["kind"],
                arrays["grams"].astype(np.uint64),
                np.ascontiguousarray(arrays["vectors"], dtype=np.float32),
                arrays["terms"].astype(np.uint64),
            )
    except (OSError, ValueError, KeyError) as error:
        raise VocError(
            f"{folder} holds no readable embedder ({type(error).__name__}: {error})",
            expected="embedder.json and embedder.npz as a fit wrote them",
            hint="restore the folder from a copy, or fit again: voc topics refit --apply",
        ) from error
    if about.get("format") != _FORMAT or about.get("version") != found.version:
        raise VocError(
            f"the embedder in {folder} calls itself {about.get('version')} (format {about.get('format')})",
            expected=f"{found.version} (format {_FORMAT}), by its content",
            hint="restore the folder from a copy, or fit again: voc topics refit --apply",
        )
    return found


def fit_embedder(texts: pl.Series, seed: int = 0, dim: int | None = None) -> NgramEmbedder:
    """The default embedder of a workspace: PPMI-SVD, or TF-IDF where there are fewer than `PPMI_FROM` distinct problems.

    Args:
        texts: problems, null and empty ones are left out; equal ones count once; of more than `FIT_TEXTS` an even sample is used.
        seed: of the randomised SVD.
        dim: columns of a vector; default 64 for PPMI and up to 256 for TF-IDF.

    Raises:
        ConfigError: no text holds a word.
    """
    distinct = _distinct(texts)
    if len(distinct) >= PPMI_FROM:
        return fit_ppmi(distinct, seed, dim or DIMENSIONS)
    return fit_tfidf(distinct, seed, dim or LSA_DIMENSIONS)


def fit_ppmi(texts: pl.Series, seed: int = 0, dim: int = DIMENSIONS) -> NgramEmbedder:
    """PPMI-SVD over the n-grams of texts; see the module's text for the method."""
    return _fit("ppmi", texts, seed, dim)


def fit_tfidf(texts: pl.Series, seed: int = 0, dim: int = LSA_DIMENSIONS) -> NgramEmbedder:
    """TF-IDF on its leading singular vectors: with as many of them as texts, the plain TF-IDF cosine."""
    return _fit("tfidf", texts, seed, dim)


def _distinct(texts: pl.Series) -> pl.Series:
    plain = texts.cast(pl.String).drop_nulls()
    found = plain.filter(plain.str.strip_chars() != "").unique(maintain_order=True)
    return found.gather_every(-(-len(found) // FIT_TEXTS)) if len(found) > FIT_TEXTS else found


def _fit(kind: str, texts: pl.Series, seed: int, dim: int) -> NgramEmbedder:
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    distinct = _distinct(texts)
    terms = term_table(chinese_words(distinct))
    with threadpool_limits(1):  # the same sums in the same order, whatever the machine has
        counts, grams = _counts(utf8(distinct), terms)
        if counts.shape[1] == 0:
            raise ConfigError(
                f"none of {len(distinct)} distinct texts holds a word to learn from",
                expected="problems in Chinese or with letters",
                hint='look at core.inquiries.problem: voc sql "SELECT problem FROM core.inquiries LIMIT 20"',
            )
        learn = _ppmi_vectors if kind == "ppmi" else _tfidf_vectors
        vectors = learn(counts, min(dim, counts.shape[1]), seed)
    order = np.argsort(grams)
    return NgramEmbedder(kind, grams[order], np.ascontiguousarray(vectors[order], dtype=np.float32), terms)


def chinese_words(texts: pl.Series, least: int = 3) -> pl.Series:
    """Words of two to four Chinese characters that the segmenter finds at least `least` times, in order of the alphabet."""
    import rjieba

    cut = rjieba.Jieba().cut
    found = pl.Series(
        "word", [word for text in texts.to_list() for word in cut(text, False)], dtype=pl.String
    )
    return (
        found.to_frame()
        .filter(pl.col("word").str.contains(r"^\p{Han}{2,4}$"))
        .group_by("word")
        .len()
        .filter(pl.col("len") >= least)["word"]
        .sort()
    )


def _counts(texts: Utf8, terms: Hashes) -> tuple[Any, Hashes]:
    """Texts × n-grams (1 where a text has it), of the up to `MAX_GRAMS` n-grams in most texts (at least two)."""
    import scipy.sparse as sp

    hashes, ends = grams_of(texts, terms)
    known, place, count = np.unique(hashes, return_inverse=True, return_counts=True)
    often = np.flatnonzero(count >= (2 if len(texts) >= _FEW else 1))
    often = np.sort(often[np.argsort(-count[often], kind="stable")][:MAX_GRAMS])
    column = np.full(len(known), -1, np.int64)
    column[often] = np.arange(len(often))
    columns = column[place]
    rows = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))
    kept = columns >= 0
    ones = np.ones(int(kept.sum()), np.float32)
    return sp.csr_matrix((ones, (rows[kept], columns[kept])), shape=(len(texts), len(often))), known[often]


def _idf(counts: Any) -> NDArray[np.float64]:
    texts = np.asarray(counts.sum(axis=0), dtype=np.float64).ravel()
    return np.asarray(np.log((counts.shape[0] + 1) / (texts + 1)) + 1e-3)


def _ppmi_vectors(counts: Any, dim: int, seed: int) -> NDArray[np.float64]:
    import scipy.sparse as sp
    from sklearn.utils.extmath import randomized_svd

    together = sp.coo_matrix(counts.T @ counts)
    apart = together.row != together.col
    row, column, seen = together.row[apart], together.col[apart], together.data[apart].astype(np.float64)
    size = counts.shape[1]
    if len(seen) == 0:
        return np.asarray(np.eye(size, dim))
    sums = np.bincount(row, seen, size)
    information = np.log(seen * seen.sum() / (sums[row] * sums[column]))
    positive = information > 0
    matrix = sp.csr_matrix((information[positive], (row[positive], column[positive])), shape=(size, size))
    left, singular, _ = randomized_svd(matrix, dim, n_iter=4, random_state=seed)
    vectors = left * np.sqrt(singular)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9) * np.sqrt(_idf(counts))[:, None])


def _tfidf_vectors(counts: Any, dim: int, seed: int) -> NDArray[np.float64]:
    from sklearn.preprocessing import normalize
    from sklearn.utils.extmath import randomized_svd

    weight = _idf(counts)
    weighted = normalize(counts.multiply(weight).tocsr())
    _, _, right = randomized_svd(weighted, min(dim, *weighted.shape), n_iter=4, random_state=seed)
    return np.asarray(right.T * weight[:, None])
