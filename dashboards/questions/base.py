"""A question to the published file: SQL with named parameters, which can be shown and run again by anyone."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import dedent
from typing import Any

from dashboards.filters import Filters

_PARAMETER = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True)
class Question:
    """SQL and the values of its parameters.

    Attributes:
        sql: one statement with parameters `$name`.
        parameters: name -> value, those of the statement alone, in order of name.
    """

    sql: str
    parameters: tuple[tuple[str, Hashable], ...] = ()

    def text(self) -> str:
        """The statement with its values written in, as it can be pasted into any DuckDB."""
        values = dict(self.parameters)
        return _PARAMETER.sub(lambda found: literal(values[found.group(1)]), self.sql) + ";"


def literal(value: Any) -> str:
    """A value as SQL: quoted, with quotes doubled; a zero byte, which no statement can hold, by its number."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    text = "'" + str(value).replace("'", "''") + "'"
    return "(" + text.replace("\x00", "' || chr(0) || '") + ")" if "\x00" in text else text


def ask(sql: str, filters: Filters | None = None, **parameters: Any) -> Question:
    """A question; of all the values given it keeps those that the statement names."""
    text = dedent(sql).strip()
    given = (filters.parameters() if filters else {}) | parameters
    named = sorted(set(_PARAMETER.findall(text)))
    return Question(text, tuple((name, _frozen(given[name])) for name in named))


def _frozen(value: Any) -> Hashable:
    frozen: Hashable = tuple(value) if isinstance(value, list) else value
    return frozen


# Pieces of WHERE clauses. Each begins with a condition or with " AND ".


def in_periods(f: Filters) -> str:
    """Days of the period and of the one it is compared with."""
    now = "day BETWEEN $start AND $end"
    return f"({now} OR day BETWEEN $base_start AND $base_end)" if f.compares else now


def in_trend() -> str:
    """Days of the charts."""
    return "day BETWEEN $trend_start AND $end"


def chosen(f: Filters, *names: str) -> str:
    """Conditions for the columns that are chosen, of those named; all four when none is named."""
    names = names or ("product", "step", "channel", "source")
    return "".join(f" AND {name} = ${name}" for name in names if getattr(f, name) is not None)


def denominator_rows(f: Filters, days: str, *, steps: str) -> str:
    """Rows of transactions under the rates: day, product, step, transaction_count.

    Args:
        f: with a channel, only its own transactions where a step's transactions carry channels; where
            they carry none, all of them, so that rates by channel add up.
        days: condition on the days.
        steps: condition on the steps, such as `step IS NULL` (products) or `step IS NOT NULL`.
    """
    rows = f"SELECT day, product, step, transaction_count FROM denominators() WHERE {days} AND {steps}{chosen(f, 'product')}"
    if f.channel is None:
        return rows
    own = "bool_or(channel IS NOT NULL) OVER (PARTITION BY day, product, step)"
    return f"{rows} QUALIFY NOT {own} OR channel = $channel"


def scatter_rows(f: Filters, days: str) -> str:
    """Dispersion of daily counts: day, product, step (nulls for the whole), dispersion. Empty where the file has none."""
    if f.scatters:
        return f"SELECT day, product, step, dispersion FROM mart.dispersion_daily WHERE {days}"
    return "SELECT NULL::DATE AS day, NULL::VARCHAR AS product, NULL::VARCHAR AS step, 1.0 AS dispersion WHERE false"


def own_scatter(f: Filters) -> str:
    """The condition for the dispersion of the whole selection."""
    product = "product = $product" if f.product is not None else "product IS NULL"
    return f"{product} AND {own_step(f)}"


def own_step(f: Filters) -> str:
    """The condition for the denominator of the whole selection: the step's, else the products'."""
    return "step = $step" if f.step is not None else "step IS NULL"
