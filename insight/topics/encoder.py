"""Optional: vectors of a sentence encoder (extra `encoder`), from a folder on this machine.

Slower by two to three orders of magnitude than the default and better on English. Vectors of the encoder and of the default never meet:
a registry moves from one to the other through its example problems (`move.moved`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from insight.topics.geometry import Vectors, unit
from warehouse.errors import ConfigError

_BATCH = 4_096
_BACKENDS = ("sentence_transformers", "model2vec")


@dataclass(frozen=True, eq=False)
class SentenceEncoder:
    """Any model with `encode(list of texts) -> rows`, behind the interface of `Embedder`.

    Attributes:
        model: the model.
        name: for people.
        version: changes with the model's files.
        dim: columns of a row.
    """

    model: Any
    name: str
    version: str
    dim: int

    def encode(self, texts: pl.Series) -> Vectors:
        """Float32 rows (n, dim) of length 1; zeros for an empty text. Equal texts are encoded once, so that they get equal rows."""
        plain = texts.cast(pl.String).fill_null("").str.strip_chars()
        distinct = plain.unique(maintain_order=True)
        rows = np.zeros((len(distinct), self.dim), np.float32)
        for at in range(0, len(distinct), _BATCH):
            part = distinct.slice(at, _BATCH).to_list()
            rows[at : at + len(part)] = np.asarray(self.model.encode(part), np.float32)
        rows[(distinct == "").to_numpy()] = 0
        places = pl.DataFrame({"text": plain}).join(
            pl.DataFrame({"text": distinct}).with_row_index("place"),
            on="text",
            how="left",
            maintain_order="left",
        )
        found: Vectors = unit(rows)[places["place"].to_numpy()]
        return found


def load_encoder(folder: Path, backend: str = "sentence_transformers") -> SentenceEncoder:
    """An encoder from a folder.

    Args:
        folder: where the model's files are; nothing is downloaded.
        backend: `sentence_transformers` or `model2vec`.

    Raises:
        ConfigError: no such folder or backend, or the backend is not installed.
    """
    if backend not in _BACKENDS:
        raise ConfigError(
            f"there is no encoder backend {backend!r}",
            expected=" or ".join(_BACKENDS),
            hint="mend it in voc.yaml",
        )
    if not folder.is_dir():
        raise ConfigError(
            f"no encoder at {folder}",
            expected="a folder with a model's files (config.json, weights, tokenizer)",
            hint="copy the model there, or leave the setting out: the default vectors need no model",
        )
    try:
        module = import_module(backend)
    except ImportError as error:
        raise ConfigError(
            f"the encoder at {folder} needs the package {backend}, which is not installed ({error})",
            expected=f"{backend} in this environment",
            hint="pip install 'wanqiu[encoder]', or leave the setting out: the default vectors need no model",
        ) from error
    model: Any
    if backend == "model2vec":
        model = module.StaticModel.from_pretrained(str(folder))
    else:
        model = module.SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    dim = int(np.asarray(model.encode(["."])).shape[1])
    return SentenceEncoder(model, f"{backend}:{folder.name}", f"{folder.name}-{_fingerprint(folder)}", dim)


def _fingerprint(folder: Path) -> str:
    """Hash of the model's files: names and contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:12]
