"""tags.yaml: rules that tag an inquiry."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from warehouse.config.journeys import Names
from warehouse.config.loading import ConfigModel


class TagRule(ConfigModel):
    """One tag: words of which any must stand, all must stand, none may stand; or a regular expression.

    Attributes:
        any: at least one of these (or `pattern`).
        all: each of these.
        not_: none of these.
        pattern: a regular expression.
        sources: only inquiries of these sources (chats, calls, tickets); empty: all.
        products: only inquiries that the source gave one of these products; empty: all.
    """

    id: str = Field(min_length=1)
    names: Names = Field(default_factory=Names, alias="name")
    any: list[str] = Field(default_factory=list)
    all: list[str] = Field(default_factory=list)
    not_: list[str] = Field(default_factory=list, alias="not")
    pattern: str | None = None
    sources: list[Literal["chats", "calls", "tickets"]] = Field(default_factory=list)
    products: list[str] = Field(default_factory=list)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _says_something(self) -> TagRule:
        if not (self.any or self.all or self.pattern):
            raise ValueError(f"tag '{self.id}' has neither any, all nor pattern, so it can never apply")
        return self


class Tags(ConfigModel):
    """The whole of tags.yaml."""

    tags: list[TagRule] = Field(default_factory=list)

    @model_validator(mode="after")
    def _unique(self) -> Tags:
        ids = [tag.id for tag in self.tags]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"tag '{twice[0]}' is defined twice")
        return self
