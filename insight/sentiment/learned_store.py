"""Learned models on disk: `models/<name>-<version>/` with model.npz and model.json, written once and never changed.

The version is a hash of the numbers themselves, so the same labels give the same version on every machine that
computes alike, and a file that was changed by hand is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from insight.sentiment.learned import LearnedModel
from insight.sentiment.learned_signals import SIGNALS
from warehouse.errors import VocError

_ARRAYS = {
    "bins": np.int32,
    "idf": np.float32,
    "weights": np.float32,
    "bias": np.float32,
    "signal_weights": np.float32,
}


def version_of(model: LearnedModel) -> str:
    """Twelve hexadecimal digits that stand for the model's content."""
    digest = hashlib.sha256("\x1f".join(model.labels).encode())
    for name, kind in _ARRAYS.items():
        digest.update(np.ascontiguousarray(getattr(model, name), kind).tobytes())
    return digest.hexdigest()[:12]


def save(models: Path, name: str, model: LearnedModel, about: Mapping[str, Any]) -> str:
    """Keep a model; one that is there already stays as it is.

    Args:
        models: the workspace's folder of models.
        name: `sentiment` or `emotion`.
        model: the model.
        about: what else model.json shall tell: scores, what it was made from.

    Returns:
        Its version.
    """
    version = version_of(model)
    folder = models / f"{name}-{version}"
    if folder.exists():
        return version
    making = models / f".{name}-{version}.{os.getpid()}"
    making.mkdir(parents=True, exist_ok=True)
    np.savez(making / "model.npz", **{array: getattr(model, array) for array in _ARRAYS})
    known = {
        "name": name,
        "version": version,
        "labels": list(model.labels),
        "features": len(model.bins),
        "signals": list(SIGNALS[: len(model.signal_weights)]),
    }
    text = json.dumps({**known, **about}, ensure_ascii=False, indent=1)
    (making / "model.json").write_text(text + "\n", encoding="utf-8")
    try:
        making.rename(folder)
    except OSError:  # of two that train alike at once, one is first
        shutil.rmtree(making)
    return version


@lru_cache(maxsize=8)
def load(models: Path, name: str, version: str) -> LearnedModel:
    """A model that was saved; kept in memory, as versions never change.

    Raises:
        VocError: it is not there, or not as it was written.
    """
    folder = models / f"{name}-{version}"
    hint = f"restore it from a backup, or `voc train {name} --use rules` to go on without it"
    try:
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        labels, signals = about["labels"], about["signals"]
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            model = LearnedModel(tuple(labels), **{array: arrays[array] for array in _ARRAYS})
    except FileNotFoundError as error:
        raise VocError(f"{folder}: the model is missing", hint=hint) from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        raise VocError(f"{folder}: cannot be read ({type(error).__name__}: {error})", hint=hint) from error
    if signals and tuple(signals) != SIGNALS:
        raise VocError(
            f"{folder}: learned with signals that this version of the program does not give ({', '.join(signals)})",
            expected=", ".join(SIGNALS),
            hint=f"voc train {name} labels.csv   learns again from the same labels",
        )
    if version_of(model) != version:
        raise VocError(
            f"{folder}: its content is not that of version {version}",
            expected="a folder as `voc train` wrote it",
            hint=hint,
        )
    return model
