"""Data that are missing or strange: a silent source is a broken pipe until shown otherwise, not a good day."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from insight.alerts.calendar import features
from insight.alerts.cells import conform
from insight.alerts.limits import Limits
from insight.alerts.series import KEY, level_of, series_id

_BACK_DAYS = 28
_FEWEST_DAYS = 5  # days behind a usual number
_EXPECTED = 5.0  # a source that usually brings fewer may well bring none
_TIMES, _TIMES_SPECIAL = (
    4.0,
    12.0,
)  # transactions beyond so many times the usual (or below its inverse) are strange
_EXPECTED_TRANSACTIONS = 100.0


def data_findings(history: pl.DataFrame, exposures: pl.DataFrame, day: date, limits: Limits) -> pl.DataFrame:
    """Sources without inquiries, products and steps without transactions or with implausibly many or few.

    Args:
        history: `KEY`, day, inquiry_count, … (series named by a source alone are looked at).
        exposures: day, product, step, transaction_count.
        day: the day.
        limits: for the country's holidays.

    Returns:
        Rows of `cells.FINDING`, kinds data_missing and data_strange; observed and expected are inquiries of a source, or
        transactions. A product's finding stands for those of its steps.
    """
    kinds = features(day - timedelta(days=_BACK_DAYS), day, limits.country).select(
        "day",
        "weekday",
        "is_off",
        is_special=pl.col("is_off") | pl.col("spring") | pl.col("festival").is_not_null(),
    )
    sources = history.filter(
        pl.col("source").is_not_null(), *[pl.col(name).is_null() for name in KEY if name != "source"]
    ).select("source", "day", value=pl.col("inquiry_count").cast(pl.Float64))
    silent = _usual(sources, ["source"], kinds, day).filter(
        pl.col("observed") == 0, pl.col("expected") >= _EXPECTED, ~pl.col("is_off") | (pl.col("least") > 0)
    )
    silent = silent.with_columns(kind=pl.lit("data_missing"))

    named = exposures.select(
        "product", "step", "day", value=pl.col("transaction_count").cast(pl.Float64)
    ).filter(pl.col("product").is_not_null())
    usual = _usual(named, ["product", "step"], kinds, day).filter(
        pl.col("expected") >= _EXPECTED_TRANSACTIONS
    )
    times = pl.when("is_special").then(_TIMES_SPECIAL).otherwise(_TIMES)
    ratio = pl.col("observed") / pl.col("expected")
    strange = usual.with_columns(
        kind=pl.when(pl.col("observed") == 0)
        .then(pl.lit("data_missing"))
        .when((ratio > times) | (ratio < 1 / times))
        .then(pl.lit("data_strange"))
    ).filter(pl.col("kind").is_not_null())
    whole = strange.filter(pl.col("step").is_null()).select("product", "kind")
    strange = strange.filter(pl.col("step").is_null()).vstack(
        strange.filter(pl.col("step").is_not_null()).join(whole, on=["product", "kind"], how="anti")
    )
    parts = []
    for frame in (silent, strange):
        full = frame.with_columns(
            [pl.lit(None, pl.String).alias(name) for name in KEY if name not in frame.columns]
        ).with_columns(
            series_id=series_id(),
            level=level_of(),
            direction=pl.when(pl.col("observed") > pl.col("expected")).then(1).otherwise(-1),
            window_days=1,
        )
        parts.append(full.select(conform(full)))
    return pl.concat(parts)


def _usual(rows: pl.DataFrame, names: list[str], kinds: pl.DataFrame, day: date) -> pl.DataFrame:
    """Today's value of each group beside its median on like days; groups known for too short are left out.

    Like days are those of the same weekday within four weeks; where they are fewer than two, the days of the last week.

    Returns:
        names, observed, expected, expected_low, expected_high (least and most of the like days), least (of all days),
        is_off, is_special (of today).
    """
    today = kinds.filter(pl.col("day") == day).row(0, named=True)
    summed = rows.group_by(*names, "day").agg(pl.col("value").sum())
    before = summed.filter(
        pl.col("day") < day, pl.col("day") >= day - timedelta(days=_BACK_DAYS), pl.col("value") > 0
    )
    before = before.join(kinds, on="day")
    like = (
        before.group_by(names)
        .agg(
            days=pl.len(),
            last=pl.col("day").max(),
            least=pl.col("value").min(),
            same=pl.col("value").filter(pl.col("weekday") == today["weekday"]),
            week=pl.col("value").filter(pl.col("day") >= day - timedelta(days=7)),
        )
        .filter(pl.col("days") >= _FEWEST_DAYS, pl.col("week").list.len() >= _FEWEST_DAYS)
        .with_columns(like=pl.when(pl.col("same").list.len() >= 2).then("same").otherwise("week"))
        .with_columns(
            expected=pl.col("like").list.median(),
            expected_low=pl.col("like").list.min(),
            expected_high=pl.col("like").list.max(),
        )
    )
    seen = summed.filter(pl.col("day") == day).select(*names, observed="value")
    return like.join(seen, on=names, how="left", nulls_equal=True).select(
        *names,
        pl.col("observed").fill_null(0.0),
        "expected",
        "expected_low",
        "expected_high",
        "least",
        is_off=pl.lit(today["is_off"]),
        is_special=pl.lit(today["is_special"]),
    )
