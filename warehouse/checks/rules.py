"""Contracts as rules on rows, and rules as columns that Great Expectations can judge.

A rule on a column is one expectation, and an expectation costs Great Expectations 4–5 ms whatever the size
of the batch. So rules of one kind share a measured column ("the first required column that is missing",
"the smallest of all columns that may not be negative"), which is one expectation; only where it fails are
its columns judged one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from warehouse.checks.text import TEXT_RULES, text_expected, text_kept
from warehouse.contracts import Contract
from warehouse.hashing import stable_hash

Severity = Literal["fail", "warn"]
JOURNEYS = "journeys.yaml"  # what a `reference` of a raw table is to: names as sources give them


@dataclass(frozen=True)
class Rule:
    """One rule of the rows of a table.

    Attributes:
        name: not_null, in_set, between, unique, reference, or one of `text.TEXT_RULES`.
        column: the column (the first key column for `unique`).
        low, high: of `between`, and of `text_length` in characters.
        values: of `in_set`.
        to: table of `reference`, or `JOURNEYS`.
    """

    name: str
    column: str
    severity: Severity
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    to: str | None = None

    @property
    def expected(self) -> str:
        """The rule in words."""
        if self.name == "not_null":
            return "no null"
        if self.name == "in_set":
            return "one of " + ", ".join(self.values)
        if self.name == "unique":
            return "each key once"
        if self.name == "reference":
            return f"known to {self.to}"
        if self.name in ("no_nul", "masked"):
            return text_expected(self.name)
        low = "" if self.low is None else f"at least {self.low:g}"
        high = "" if self.high is None else f"at most {self.high:g}"
        bounds = " and ".join(part for part in (low, high) if part)
        return f"{bounds} characters" if self.name == "text_length" else bounds

    def bad(self) -> pl.Expr:
        """Whether a row breaks the rule (`in_set` and `between` leave nulls to `not_null`)."""
        column = pl.col(self.column)
        if self.name == "not_null":
            return column.is_null()
        if self.name == "in_set":
            return column.is_not_null() & ~column.is_in(list(self.values))
        if self.name == "between":
            outside = column.cast(pl.Float64).is_nan()  # no number lies between no bounds
            if self.low is not None:
                outside = outside | (column < self.low)
            if self.high is not None:
                outside = outside | (column > self.high)
            return outside.fill_null(False)
        return pl.col(measured_name(self)).fill_null(True).not_()


def measured_name(rule: Rule) -> str:
    """Column that holds whether a row keeps a `unique` or `reference` rule."""
    return f"__{rule.name}__{rule.column}"


def rules_of(spec: Contract) -> list[Rule]:
    """All rules on rows that follow from a contract."""
    rules = [Rule("not_null", c.name, c.severity) for c in spec.columns if not c.nullable]
    rules += [Rule("in_set", c.name, c.severity, values=tuple(c.values)) for c in spec.columns if c.values]
    rules += [
        Rule("between", c.name, c.severity, low=c.min, high=c.max)
        for c in spec.columns
        if c.min is not None or c.max is not None
    ]
    if spec.key:
        rules.append(Rule("unique", spec.key[0], "fail"))
    rules += [
        Rule("reference", c.column, c.severity, to=c.to)
        for c in spec.checks
        if c.check == "reference" and c.column is not None
    ]
    for c in spec.columns:
        if c.pii == "masked" and c.type == "string":
            # Warnings: a shape that only looks like a phone number must not hold back a day.
            rules += [Rule("no_nul", c.name, "warn"), Rule("masked", c.name, "warn")]
    rules += [
        Rule("text_length", c.column, c.severity, low=c.min, high=c.max)
        for c in spec.checks
        if c.check == "text_length" and c.column is not None
    ]
    if spec.table.startswith("raw.") and spec.by_day:
        names = {c.name for c in spec.columns}
        rules += [
            Rule("reference", c, "warn", to=JOURNEYS) for c in ("product", "step") if {"product", c} <= names
        ]
    return rules


def columns_of(spec: Contract, rules: Sequence[Rule]) -> list[str]:
    """Columns that the rules and the keys need."""
    also = ["product"] if any(rule.to in ("core.steps", JOURNEYS) for rule in rules) else []
    return list(dict.fromkeys([*spec.key, *(rule.column for rule in rules), *also]))


def light(frame: pl.LazyFrame, spec: Contract, rules: Sequence[Rule]) -> pl.LazyFrame:
    """The frame with text rules judged and long or personal texts reduced to whether they are there.

    Args:
        frame: the columns of `columns_of`.
        spec: the contract.
        rules: from `rules_of`.
    """
    judged = [
        text_kept(rule.name, rule.column, rule.low, rule.high).alias(measured_name(rule))
        for rule in rules
        if rule.name in TEXT_RULES
    ]
    needed = {*spec.key, *(rule.column for rule in rules if rule.name in ("in_set", "reference"))}
    texts = [
        rule.column
        for rule in rules
        if rule.column not in needed
        and spec.column(rule.column).type == "string"
        and spec.column(rule.column).pii in ("masked", "personal")
    ]
    there = [pl.when(pl.col(c).is_not_null()).then(pl.lit("")).alias(c) for c in dict.fromkeys(texts)]
    return frame.with_columns(judged).with_columns(there)


@dataclass(frozen=True)
class Group:
    """Rules that share a measured column: not_null, in_set of one column, one pair of bounds, all others."""

    name: str
    rules: tuple[Rule, ...]


def groups_of(rules: Sequence[Rule]) -> list[Group]:
    """Rules put together so that each group is one expectation."""
    found: dict[tuple[object, ...], list[Rule]] = {}
    for rule in rules:
        key: tuple[object, ...] = ("kept",)  # unique, reference, rules on text: the first that is broken
        if rule.name == "in_set":
            key = (rule.name, rule.column)
        elif rule.name in ("not_null", "between"):
            key = (rule.name, rule.low, rule.high)
        found.setdefault(key, []).append(rule)
    return [Group(f"m{number}", tuple(members)) for number, members in enumerate(found.values())]


def measure(frame: pl.DataFrame, groups: Sequence[Group]) -> pl.DataFrame:
    """The measured column of each group, and `row`, the number of the row in the batch."""
    made: list[pl.Expr] = []
    for group in groups:
        first = group.rules[0]
        columns = [rule.column for rule in group.rules]
        if first.name == "not_null":
            missing = pl.coalesce(pl.when(pl.col(c).is_null()).then(pl.lit(c)) for c in columns)
            made.append(missing.alias(group.name))
        elif first.name == "between":
            # The value that is furthest out; with both bounds, the first that breaks one. What is not a number
            # becomes infinite: pandas would take it for a null, and Great Expectations passes nulls over.
            far = -math.inf if first.high is None else math.inf
            values = [pl.col(c).cast(pl.Float64).fill_nan(far) for c in columns]
            if first.high is None:
                made.append(pl.min_horizontal(values).alias(group.name))
            elif first.low is None:
                made.append(pl.max_horizontal(values).alias(group.name))
            else:
                worst = pl.coalesce(
                    pl.when(rule.bad()).then(value) for rule, value in zip(group.rules, values, strict=True)
                )
                made.append(pl.coalesce(worst, *values).alias(group.name))
        elif first.name == "in_set":
            made.append(pl.col(first.column).alias(group.name))
        else:
            broken = pl.coalesce(
                pl.when(rule.bad()).then(pl.lit(measured_name(rule))) for rule in group.rules
            )
            made.append(broken.alias(group.name))
    return frame.select(*made).with_row_index("row")


def key_counts(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """Whether each row's key stands once; compared by hash, 8 bytes a row."""
    plain = [pl.col(name).cast(pl.String) for name in key]
    return ~frame.select(stable_hash(*plain).alias("h"))["h"].is_duplicated()
