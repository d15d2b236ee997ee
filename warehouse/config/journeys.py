"""journeys.yaml: products, their ordered steps, and what customers call them."""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import Field, field_validator, model_validator

from warehouse.config.levers import LeverRule, lever_table, offer
from warehouse.config.loading import ConfigModel
from warehouse.errors import nearest


class Names(ConfigModel):
    """A name in Chinese and English; one plain string stands for both."""

    zh: str | None = None
    en: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {"zh": value, "en": value} if isinstance(value, str) else value

    def all(self) -> list[str]:
        """The names that are given, Chinese first, each once."""
        return list(dict.fromkeys(name for name in (self.zh, self.en) if name))


class _Named(ConfigModel):
    id: str = Field(min_length=1)
    names: Names = Field(default_factory=Names, alias="name")
    words: list[str] = Field(default_factory=list)

    @field_validator("id")
    @classmethod
    def _plain_id(cls, value: str) -> str:
        if value != value.strip():
            raise ValueError("an id must not begin or end with white space")
        return value

    def label(self, language: str = "zh") -> str:
        """The name in a language, else in the other, else the id."""
        first, second = (self.names.zh, self.names.en) if language == "zh" else (self.names.en, self.names.zh)
        return first or second or self.id


class Step(_Named):
    """One step of a product's journey."""

    examples: list[str] = Field(default_factory=list)
    denominator: str | None = None


class Product(_Named):
    """A product and its steps, in the order in which a customer meets them."""

    denominator: str | None = None
    steps: list[Step] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Product:
        ids = [step.id for step in self.steps]
        twice = sorted({step for step in ids if ids.count(step) > 1})
        if twice:
            raise ValueError(f"product '{self.id}' has step '{twice[0]}' twice")
        wanted = [(f"step '{s.id}'", s.denominator) for s in self.steps] + [("the product", self.denominator)]
        for owner, name in wanted:
            if name is not None and name != "product" and name not in ids:
                close = nearest(name, ids)
                offer = f"; did you mean '{close[0]}'?" if close else f"; its steps: {', '.join(ids)}"
                raise ValueError(f"denominator '{name}' of {owner} is not a step of '{self.id}'{offer}")
        return self


class Journeys(ConfigModel):
    """The whole of journeys.yaml."""

    products: list[Product] = Field(default_factory=list)
    levers: list[LeverRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _unique(self) -> Journeys:
        ids = [product.id for product in self.products]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"product '{twice[0]}' is defined twice")
        return self

    @model_validator(mode="after")
    def _levers_fit(self) -> Journeys:
        steps = {product.id: [step.id for step in product.steps] for product in self.products}
        seen = set()
        for number, rule in enumerate(self.levers, start=1):
            if rule.product is not None and rule.product not in steps:
                raise ValueError(
                    f"levers, rule {number}: no product '{rule.product}'; {offer(rule.product, steps)}"
                )
            if rule.step is not None and rule.step not in steps[rule.product or ""]:
                known = steps[rule.product or ""]
                raise ValueError(
                    f"levers, rule {number}: '{rule.product}' has no step '{rule.step}'; {offer(rule.step, known)}"
                )
            if rule.place in seen:
                raise ValueError(
                    f"levers, rule {number}: a rule before holds for the same cause, product and step"
                )
            seen.add(rule.place)
        return self

    def lever_table(self) -> pl.DataFrame:
        """One row a rule of `levers` and of the defaults behind them, in the columns of `levers.SCHEMA`."""
        return lever_table(self.levers)

    def names(self) -> dict[str, str]:
        """Any id or name of a product, in lower case -> its id."""
        found: dict[str, str] = {}
        for product in self.products:
            for name in (product.id, *product.names.all()):
                found.setdefault(name.lower(), product.id)
        return found

    def step_names(self, product: str) -> dict[str, str]:
        """Any id or name of a step of `product`, in lower case -> its id; empty for an unknown product."""
        found: dict[str, str] = {}
        for step in next((p.steps for p in self.products if p.id == product), []):
            for name in (step.id, *step.names.all()):
                found.setdefault(name.lower(), step.id)
        return found

    def step_table(self) -> pl.DataFrame:
        """One row a step, in the columns of `core.steps` (without validity)."""
        rows = [
            {
                "product": product.id,
                "step": step.id,
                "step_no": number,
                "product_name_zh": product.label("zh"),
                "product_name_en": product.label("en"),
                "step_name_zh": step.label("zh"),
                "step_name_en": step.label("en"),
                "denominator_step": step.denominator or step.id,
                "product_denominator_step": product.denominator,
            }
            for product in self.products
            for number, step in enumerate(product.steps, start=1)
        ]
        schema: dict[str, Any] = {
            "product": pl.String,
            "step": pl.String,
            "step_no": pl.Int32,
            "product_name_zh": pl.String,
            "product_name_en": pl.String,
            "step_name_zh": pl.String,
            "step_name_en": pl.String,
            "denominator_step": pl.String,
            "product_denominator_step": pl.String,
        }
        return pl.DataFrame(rows, schema=schema)
