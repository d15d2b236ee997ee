"""`levers` of journeys.yaml: what removes obstacles of a cause, and who is responsible for them.

A rule may hold for a cause, a product, a step of it, or any of these together. Of several that fit, lever and owner each
come from the most specific that names one: step before product before cause. `DEFAULTS` stand behind all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

import polars as pl
from pydantic import Field, field_validator, model_validator

from warehouse.config.loading import ConfigModel
from warehouse.errors import nearest

Cause = Literal[
    "awareness", "comprehension", "operation", "process", "fault", "policy", "trust", "service", "other"
]
Lever = Literal["product_fix", "user_education", "proactive_service", "service_planning"]
CAUSES: tuple[str, ...] = get_args(Cause)
LEVERS: tuple[str, ...] = get_args(Lever)

# What is not known is told before it is asked, what is not understood or not mastered is taught, what is broken,
# cumbersome or forbidden is changed in the product, service is planned; `other` says too little for a lever.
DEFAULTS: dict[str, str] = {
    "awareness": "proactive_service",
    "comprehension": "user_education",
    "operation": "user_education",
    "process": "product_fix",
    "fault": "product_fix",
    "policy": "product_fix",
    "trust": "proactive_service",
    "service": "service_planning",
}
SCHEMA: dict[str, Any] = {
    "product": pl.String,
    "step": pl.String,
    "cause": pl.String,
    "lever": pl.String,
    "owner": pl.String,
    "weight": pl.Int32,
}


def offer(name: str, known: Iterable[str]) -> str:
    """The nearest known name, else all of them."""
    names = list(known)
    close = nearest(name, names)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(names) or 'none'}"


class LeverRule(ConfigModel):
    """Where it holds (what is left out: everywhere), and the lever, the owner or both."""

    cause: Cause | None = None
    product: str | None = None
    step: str | None = None
    lever: Lever | None = None
    owner: str | None = Field(default=None, min_length=1)

    @field_validator("cause", "lever", mode="before")
    @classmethod
    def _known(cls, value: Any, info: Any) -> Any:
        known = CAUSES if info.field_name == "cause" else LEVERS
        if isinstance(value, str) and value not in known:
            raise ValueError(f"'{value}' is no {info.field_name}; {offer(value, known)}")
        return value

    @model_validator(mode="after")
    def _says_something(self) -> LeverRule:
        if not self.lever and not self.owner:
            raise ValueError("names neither lever nor owner")
        if self.step and not self.product:
            raise ValueError(f"step '{self.step}' needs its product")
        return self

    @property
    def place(self) -> tuple[str | None, str | None, str | None]:
        """Where it holds."""
        return self.product, self.step, self.cause

    @property
    def weight(self) -> int:
        """More is more specific; the defaults have 0."""
        return 1 + 4 * (self.step is not None) + 2 * (self.product is not None) + (self.cause is not None)


def lever_table(rules: Iterable[LeverRule]) -> pl.DataFrame:
    """One row a rule, the defaults among them: product, step, cause (null: any), lever, owner, weight."""
    rows: list[tuple[object, ...]] = [
        (None, None, cause, lever, None, 0) for cause, lever in DEFAULTS.items()
    ]
    rows += [(*rule.place, rule.lever, rule.owner, rule.weight) for rule in rules]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
