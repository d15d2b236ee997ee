"""Contracts as rules on rows, and rules as columns that Great Expectations can judge.

A rule on a column is one expectation, and an expectation costs Great Expectations 4–5 ms whatever the size
of the batch. So rules of one kind share a measured column ("the first required column that is missing",
"the smallest of all columns that may not be negative"), which is one expectation; only where it fails are
its columns judged one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from warehouse.contracts import Contract
from warehouse.hashing import stable_hash

Severity = Literal["fail", "warn"]


@dataclass(frozen=True)
class Rule:
    """One rule of the rows of a table.

    Attributes:
        name: not_null, in_set, between, unique or reference.
        column: the column (the first key column for `unique`).
        low, high: of `between`.
        values: of `in_set`.
        to: table of `reference`.
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
        low = "" if self.low is None else f"at least {self.low:g}"
        high = "" if self.high is None else f"at most {self.high:g}"
        return " and ".join(part for part in (low, high) if part)

    def bad(self) -> pl.Expr:
        """Whether a row breaks the rule (`in_set` and `between` leave nulls to `not_null`)."""
        column = pl.col(self.column)
        if self.name == "not_null":
            return column.is_null()
        if self.name == "in_set":
            return column.is_not_null() & ~column.is_in(list(self.values))
        if self.name == "between":
            outside = pl.lit(False)
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
    return rules


def columns_of(spec: Contract, rules: Sequence[Rule]) -> list[str]:
    """Columns that the rules and the keys need."""
    also = ["product"] if any(rule.name == "reference" and rule.to == "core.steps" for rule in rules) else []
    return list(dict.fromkeys([*spec.key, *(rule.column for rule in rules), *also]))


@dataclass(frozen=True)
class Group:
    """Rules that share a measured column: not_null, in_set of one column, one pair of bounds, one key."""

    name: str
    rules: tuple[Rule, ...]


def groups_of(rules: Sequence[Rule]) -> list[Group]:
    """Rules put together so that each group is one expectation."""
    found: dict[tuple[object, ...], list[Rule]] = {}
    for rule in rules:
        key: tuple[object, ...] = (
            (rule.name, rule.column)
            if rule.name not in ("not_null", "between")
            else (rule.name, rule.low, rule.high)
        )
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
            # The value that is furthest out; with both bounds, the first that breaks one.
            values = [pl.col(c).cast(pl.Float64) for c in columns]
            if first.high is None:
                made.append(pl.min_horizontal(values).alias(group.name))
            elif first.low is None:
                made.append(pl.max_horizontal(values).alias(group.name))
            else:
                worst = pl.coalesce(
                    pl.when(rule.bad()).then(pl.col(rule.column).cast(pl.Float64)) for rule in group.rules
                )
                made.append(pl.coalesce(worst, *values).alias(group.name))
        elif first.name == "in_set":
            made.append(pl.col(first.column).alias(group.name))
        else:
            made.append(pl.col(measured_name(first)).alias(group.name))
    return frame.select(*made).with_row_index("row")


def key_counts(frame: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """Whether each row's key stands once; compared by hash, 8 bytes a row."""
    plain = [pl.col(name).cast(pl.String) for name in key]
    return ~frame.select(stable_hash(*plain).alias("h"))["h"].is_duplicated()
