"""The built-in knowledge of steps: what customers say at kinds of steps that journeys have everywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field

from warehouse.config.loading import ConfigModel, read_config


class Concept(ConfigModel):
    """A kind of step: how such a step is called, and what customers say about it."""

    anchors: list[str] = Field(min_length=1)
    says: list[str] = Field(min_length=1)
    weak: list[str] = Field(default_factory=list)


class Concepts(ConfigModel):
    """concepts.yaml."""

    concepts: dict[str, Concept]


class Stop(ConfigModel):
    """stop.yaml: what carries no step, and words that only look like a single character that does."""

    say_nothing: list[str]
    never: list[str]


@cache
def concepts() -> dict[str, Concept]:
    """Concept by name, as built in."""
    return read_config(Path(__file__).with_name("concepts.yaml"), Concepts).concepts


@cache
def stop() -> Stop:
    """The built-in words without a step."""
    return read_config(Path(__file__).with_name("stop.yaml"), Stop)
