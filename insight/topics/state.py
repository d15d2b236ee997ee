"""Topics as a workspace keeps them: versions of registry and embedder in `models/`, never changed once written.

models/topics.json            which version holds from which day (`warehouse.models`)
models/topics/<version>/      registry.json, registry.npz, lineage.parquet, about.json
models/embedders/<version>/   embedder.json, embedder.npz
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from insight.topics.embedder import NgramEmbedder, load_embedder
from insight.topics.registry import Event, Registry
from insight.topics.tables import LINEAGE, lineage_table, load_registry, save_registry

NAME = "topics"


@dataclass(frozen=True, eq=False)
class State:
    """What topics are assigned with.

    Attributes:
        registry: topics and their centres.
        embedder: of the same vectors.
        lineage: all that ever happened, in `insight.topic_lineage`'s columns.
        created: ids of topics that this version adds for the days on which they began.
        about: how it was learned: distinct problems, days, scores of the ways that were tried.
    """

    registry: Registry
    embedder: NgramEmbedder
    lineage: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LINEAGE))
    created: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Names the registry by its content."""
        return self.registry.version

    def after(
        self, registry: Registry, events: Iterable[Event], at: datetime, created: Sequence[str] = ()
    ) -> State:
        """The state that follows, with what led to it."""
        told = lineage_table(events, at)
        lineage = pl.concat([self.lineage, told]).unique(maintain_order=True)
        return replace(self, registry=registry, lineage=lineage, created=tuple(created))


def save(models: Path, state: State) -> str:
    """Write a state's version, if it is not there yet; returns its name."""
    embedder = models / "embedders" / state.embedder.version
    if not embedder.exists():
        _whole(embedder, state.embedder.save)

    def write(folder: Path) -> None:
        save_registry(state.registry, folder)
        state.lineage.write_parquet(folder / "lineage.parquet")
        about = {"created": list(state.created), **state.about}
        (folder / "about.json").write_text(
            json.dumps(about, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8"
        )

    folder = models / NAME / state.version
    if not folder.exists():
        _whole(folder, write)
    return state.version


def _whole(folder: Path, write: Any) -> None:
    """A folder appears whole or not at all."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    write(temporary)
    try:
        temporary.replace(folder)
    except OSError:  # another process was faster: a version is named by its content
        shutil.rmtree(temporary)


def load(models: Path, version: str) -> State:
    """A version that `save` wrote.

    Raises:
        VocError: it is missing or damaged.
    """
    return _load(models / NAME / version, models / "embedders")


@lru_cache(maxsize=4)  # versions never change
def _load(folder: Path, embedders: Path) -> State:
    registry = load_registry(folder)
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    return State(
        registry,
        _embedder(embedders / registry.embedder_version),
        pl.read_parquet(folder / "lineage.parquet"),
        tuple(about.pop("created")),
        about,
    )


@lru_cache(maxsize=2)
def _embedder(folder: Path) -> NgramEmbedder:
    return load_embedder(folder)
