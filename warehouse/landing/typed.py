"""Text to typed columns; what does not fit is rejected with the reason, or kept as an attribute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import polars as pl

from warehouse.contracts import contract
from warehouse.landing.mapping import REQUIRED, input_columns
from warehouse.landing.times import EXPECTED_DATE, EXPECTED_TIME, local_day, to_date, to_utc

_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before this, a time is a default value of some system
_AHEAD = timedelta(days=2)  # clocks and time zones may differ by hours, not by more
_WHEN = {
    "chats": "sent_at",
    "calls": "started_at",
    "tickets": "created_at",
    "transactions": "date",
    "changes": "date",
}
_NUMBER = {"int64": "a whole number", "float64": "a number"}


@dataclass(frozen=True)
class Typed:
    """Rows of a chunk in their types.

    Attributes:
        good: our columns, `line`, `attributes`, and `day` where the kind has one.
        rejects: file-less rows of `ops.rejects`: line, field, value, reason, expected.
    """

    good: pl.DataFrame
    rejects: pl.DataFrame


class _Judge:
    """Collects the first reason for which each row is refused."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.bad = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
        self.found: list[pl.DataFrame] = []

    def refuse(self, rows: pl.Series, name: str, values: pl.Series, reason: str, expected: str) -> None:
        new = rows.fill_null(False) & ~self.bad
        if not new.any():
            return
        self.bad = self.bad | new
        self.found.append(
            pl.DataFrame(
                {"line": self.frame["line"].filter(new), "value": values.filter(new).cast(pl.String)}
            )
            .with_columns(field=pl.lit(name), reason=pl.lit(reason), expected=pl.lit(expected))
            .select("line", "field", "value", "reason", "expected")
        )


def reject_schema() -> dict[str, pl.DataType]:
    """Columns of the rejects of one chunk."""
    text = pl.String()
    return {"line": pl.Int64(), "field": text, "value": text, "reason": text, "expected": text}


def typed(
    frame: pl.DataFrame,
    kind: str,
    extras: list[str],
    *,
    timezone: str,
    as_of: datetime,
    mask: Callable[[pl.Expr], pl.Expr],
) -> Typed:
    """Type the rows of a chunk.

    A required value that is missing or wrong refuses the row. An optional value that is wrong (a rating
    of 9, a resolution time that is no time) does not cost the row: it becomes null, and is kept as it
    was found among the attributes.

    Args:
        frame: our columns as text (or Parquet's own types), `line`, extra columns.
        kind: kind of input.
        extras: names of the extra columns, kept as attributes.
        timezone: of times that name none.
        as_of: the moment of landing; later times than two days after it are refused.
        mask: hides personal data in the values shown in rejects.
    """
    spec = contract(f"raw.{kind}")
    required = REQUIRED[kind]
    judge = _Judge(frame)
    columns: dict[str, pl.Series] = {}
    kept: dict[str, pl.Series] = {}
    for name in input_columns(kind):
        column = spec.column(name)
        given = _present(frame[name])
        if name in required:
            judge.refuse(given.is_null(), name, frame[name].cast(pl.String), "empty", f"a value of {name}")
        value, wrong, expected = _convert(given, column.type, timezone)
        if column.values is not None:
            value = value.str.strip_chars().str.to_lowercase()
            wrong = value.is_not_null() & ~value.is_in(column.values)
            expected = ", ".join(column.values)
        if name == _WHEN.get(kind) and wrong is not None:
            far = _far_off(value, as_of)
            judge.refuse(
                wrong,
                name,
                frame[name],
                "not a time" if column.type == "timestamp" else "not a day",
                expected,
            )
            limit = f"between 2000 and {(as_of + _AHEAD):%Y-%m-%d}; if the year is right, check the clock"
            judge.refuse(far, name, frame[name], "far off", limit)
        low = column.min if column.severity == "fail" or name == "csat" else None
        high = column.max if column.severity == "fail" or name == "csat" else None
        if column.type in _NUMBER and (low is not None or high is not None):
            outside = pl.repeat(False, len(value), dtype=pl.Boolean, eager=True)
            outside = outside if low is None else outside | (value < low)
            outside = outside if high is None else outside | (value > high)
            if name in required:
                judge.refuse(outside, name, frame[name], "out of range", f"{low:g} or more")
            else:
                wrong = outside if wrong is None else wrong | outside
                value = value.zip_with(
                    ~outside.fill_null(False),
                    pl.Series([None], dtype=value.dtype).new_from_index(0, len(value)),
                )
        if wrong is not None and wrong.any():
            if name in required:
                judge.refuse(
                    wrong, name, frame[name], f"not {_article(column.type, column.values)}", expected
                )
            else:
                kept[name] = (
                    frame[name]
                    .cast(pl.String)
                    .zip_with(
                        wrong.fill_null(False),
                        pl.Series([None], dtype=pl.String).new_from_index(0, len(value)),
                    )
                )
        columns[name] = value.alias(name)
    good = pl.DataFrame(columns).with_columns(frame["line"], _attributes(frame, extras, kept))
    if kind in _WHEN:
        when = good[_WHEN[kind]]
        day = when if when.dtype == pl.Date else local_day(when, timezone)
        good = good.with_columns(day.alias("day")) if spec.by_day else good
    rejects = pl.concat(judge.found) if judge.found else pl.DataFrame(schema=reject_schema())
    if not rejects.is_empty():
        good = good.filter(~judge.bad)
        rejects = rejects.with_columns(mask(pl.col("value").str.slice(0, 200)))
    return Typed(good, rejects)


def _article(kind: str, values: list[str] | None) -> str:
    if values is not None:
        return "a known value"
    return _NUMBER.get(kind, "readable")


def _present(values: pl.Series) -> pl.Series:
    """Values with the empty ones null: nothing but white space, or a word that exports write for nothing."""
    if values.dtype != pl.String:
        return values
    stripped = values.str.strip_chars()
    empty = (stripped == "") | stripped.is_in(["null", "NULL", "None", "NaN", "\\N"])
    if not empty.any():
        return values
    return values.zip_with(
        ~empty.fill_null(True), pl.Series([None], dtype=pl.String).new_from_index(0, len(values))
    )


def _convert(given: pl.Series, kind: str, timezone: str) -> tuple[pl.Series, pl.Series | None, str]:
    """A column in its type, which rows did not fit, and what was expected."""
    if kind == "timestamp":
        value = to_utc(given, timezone)
        return value, given.is_not_null() & value.is_null(), EXPECTED_TIME
    if kind == "date":
        value = to_date(given)
        return value, given.is_not_null() & value.is_null(), EXPECTED_DATE
    if kind in _NUMBER:
        texts = given.cast(pl.String).str.strip_chars().str.replace_all(",", "", literal=True)
        number = texts.cast(pl.Float64, strict=False)
        number = pl.select(pl.when(number.is_finite()).then(number)).to_series()
        if kind == "int64":
            whole = texts.cast(pl.Int64, strict=False)
            rounded = pl.select(pl.when(number == number.round()).then(number)).to_series()
            number = whole.zip_with(whole.is_not_null(), rounded.cast(pl.Int64, strict=False))
        return number, given.is_not_null() & number.is_null(), _NUMBER[kind]
    return given.cast(pl.String), None, "text"


def _far_off(value: pl.Series, as_of: datetime) -> pl.Series:
    last = as_of + _AHEAD
    if value.dtype == pl.Date:
        return (value < _EARLIEST.date()) | (value > last.date())
    return (value < _EARLIEST) | (value > last)


def _attributes(frame: pl.DataFrame, extras: list[str], kept: dict[str, pl.Series]) -> pl.Series:
    columns = [frame[name] for name in extras] + [values.alias(name) for name, values in kept.items()]
    if not columns:
        return pl.Series("attributes", [None], dtype=pl.String).new_from_index(0, frame.height)
    plain = [_jsonable(column) for column in columns]
    encoded = pl.DataFrame(plain).select(pl.struct(pl.all()).struct.json_encode().alias("attributes"))[
        "attributes"
    ]
    empty = pl.DataFrame(plain).select(pl.all_horizontal(pl.all().is_null()))[:, 0]
    return encoded.zip_with(~empty, pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)).alias(
        "attributes"
    )


def _jsonable(column: pl.Series) -> pl.Series:
    """Types that JSON has no form for become text."""
    if column.dtype.is_temporal() or column.dtype in (pl.Decimal, pl.Binary, pl.Categorical):
        return column.cast(pl.String, strict=False)
    return column
