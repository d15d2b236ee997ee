"""Series of daily counts as dense matrices, and how the marts' rows become series.

A series is named by `KEY`; null means "all". Its level is what is named: total, product, step (product × step),
topic (product × step × topic), source, channel, segment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from warehouse.errors import VocError
from warehouse.hashing import stable_hash

KEY: tuple[str, ...] = ("product", "step", "topic_id", "source", "channel", "segment")
HISTORY_DAYS = 400  # a year and a month: a festival of last year is still seen


@dataclass(frozen=True)
class Series:
    """Counts of all series on consecutive days.

    Attributes:
        keys: a row a series: series_id, level, `KEY`.
        first: the day of column 0.
        counts: series × days, inquiries.
        negatives: series × days, inquiries with negative sentiment.
        log_exposure: series × days, log of the transactions; 0 where a series has none at all.
        exposed: series, whether it has transactions.
        usable: series × days: the series had begun, the day is complete, transactions are known.
    """

    keys: pl.DataFrame
    first: date
    counts: np.ndarray
    negatives: np.ndarray
    log_exposure: np.ndarray
    exposed: np.ndarray
    usable: np.ndarray

    @property
    def last(self) -> date:
        """The day of the last column."""
        return self.first + timedelta(days=self.counts.shape[1] - 1)

    def column(self, day: date) -> int:
        """The column of a day."""
        return (day - self.first).days

    def level(self, *names: str) -> np.ndarray:
        """Series, whether they are of one of these levels."""
        return self.keys["level"].is_in(names).to_numpy()

    def pick(self, rows: np.ndarray) -> Series:
        """Some of the series."""
        return Series(
            self.keys[np.flatnonzero(rows) if rows.dtype == bool else rows],
            self.first,
            self.counts[rows],
            self.negatives[rows],
            self.log_exposure[rows],
            self.exposed[rows],
            self.usable[rows],
        )


def series_id() -> pl.Expr:
    """A stable id of a series: 20 digits, a hash of its key."""
    digits = stable_hash(*KEY).reinterpret(signed=False)
    high, low = (digits // 2**32).cast(pl.UInt32), (digits % 2**32).cast(pl.UInt32)
    return pl.concat_str([high.cast(pl.String).str.zfill(10), low.cast(pl.String).str.zfill(10)])


def level_of() -> pl.Expr:
    """The level that a key names."""
    named = {name: pl.col(name).is_not_null() for name in KEY}
    return (
        pl.when(named["segment"])
        .then(pl.lit("segment"))
        .when(named["channel"])
        .then(pl.lit("channel"))
        .when(named["source"])
        .then(pl.lit("source"))
        .when(named["topic_id"])
        .then(pl.lit("topic"))
        .when(named["step"])
        .then(pl.lit("step"))
        .when(named["product"])
        .then(pl.lit("product"))
        .otherwise(pl.lit("total"))
    )


def history_of(rates: pl.DataFrame, obstacles: pl.DataFrame | None = None) -> pl.DataFrame:
    """The series that alerts look at, from the marts.

    Args:
        rates: rows of `mart.inquiry_rate_daily` (day, product, step, source, channel, inquiry_count, negative_count).
        obstacles: rows of `mart.obstacle_daily` (day, product, step, topic_id, inquiry_count, negative_count).

    Returns:
        `KEY`, day, inquiry_count, negative_count: total, products, steps, topics of steps, sources, channels (where
        there is more than one channel of a source).
    """
    counts = [pl.col("inquiry_count").sum().cast(pl.Int64), pl.col("negative_count").sum().cast(pl.Int64)]

    def level(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
        kept = frame.drop_nulls(names) if names else frame
        summed = kept.group_by("day", *names).agg(counts) if names else kept.group_by("day").agg(counts)
        absent = [pl.lit(None, pl.String).alias(name) for name in KEY if name not in names]
        return summed.with_columns(absent).select(*KEY, "day", "inquiry_count", "negative_count")

    manifold = (
        rates.group_by("source")
        .agg(pl.col("channel").n_unique().alias("n"))
        .filter(pl.col("n") > 1)
        .select("source")
    )
    parts = [
        level(rates),
        level(rates, "product"),
        level(rates, "product", "step"),
        level(rates, "source"),
        level(rates.join(manifold, on="source", how="semi"), "channel"),
    ]
    if obstacles is not None:
        parts.append(level(obstacles, "product", "step", "topic_id"))
    return pl.concat(parts).sort(*KEY, "day", nulls_last=True)


def exposures_of(denominators: pl.DataFrame) -> pl.DataFrame:
    """Transactions under each product × step, product (step null) and all products (both null).

    Args:
        denominators: day, product, step (null: the product's base), transaction_count; several rows of one day,
            product and step (channels) are summed.
    """
    summed = denominators.group_by("day", "product", "step").agg(pl.col("transaction_count").sum())
    whole = (
        summed.filter(pl.col("step").is_null())
        .group_by("day")
        .agg(pl.col("transaction_count").sum())
        .with_columns(product=pl.lit(None, pl.String), step=pl.lit(None, pl.String))
    )
    return pl.concat([summed, whole.select(summed.columns)])


def matrices(
    history: pl.DataFrame,
    exposures: pl.DataFrame,
    through: date,
    partial: Sequence[date] = (),
    anchor: date | None = None,
) -> Series:
    """Dense matrices from rows.

    Args:
        history: `KEY`, day, inquiry_count, negative_count; a day without a row of a series counts 0.
        exposures: day, product, step, transaction_count, as `exposures_of` gives them. A series takes those of its
            product and step; one whose product or step has none is a plain count.
        through: the last day; later rows are not looked at.
        partial: days that lack something; no model learns from them.
        anchor: `HISTORY_DAYS` are looked back at from here; default: from `through`.

    Raises:
        VocError: a column is missing, or there is no row up to `through`.
    """
    missing = [
        name for name in (*KEY, "day", "inquiry_count", "negative_count") if name not in history.columns
    ]
    if missing:
        raise VocError(
            f"the history of alerts lacks the column {missing[0]}",
            expected=", ".join((*KEY, "day", "inquiry_count", "negative_count")),
            hint="make it with insight.alerts.series.history_of",
        )
    since = (anchor or through) - timedelta(days=HISTORY_DAYS - 1)
    kept = history.filter(pl.col("day").is_between(since, through)).with_columns(pl.col(KEY).cast(pl.String))
    if kept.is_empty():
        raise VocError(f"no counts up to {through}", expected="rows of the days before", hint="voc run")
    first: date = kept["day"].min()  # type: ignore[assignment]
    width = (through - first).days + 1
    kept = kept.with_columns(series_id=series_id(), column=(pl.col("day") - first).dt.total_days())
    keys = (
        kept.unique("series_id")
        .with_columns(level=level_of())
        .select("series_id", "level", *KEY)
        .sort("level", *KEY, nulls_last=False)
        .with_row_index("row")
    )
    kept = kept.join(keys.select("series_id", "row"), on="series_id")
    row, column = kept["row"].to_numpy(), kept["column"].to_numpy()
    counts, negatives = np.zeros((len(keys), width)), np.zeros((len(keys), width))
    np.add.at(counts, (row, column), kept["inquiry_count"].fill_null(0).to_numpy())
    np.add.at(negatives, (row, column), kept["negative_count"].fill_null(0).to_numpy())

    exposure = _exposure(keys, exposures, first, width)
    exposed = (exposure > 0).sum(axis=1) > width / 2
    exposure = np.where(exposed[:, None], exposure, 1.0)
    seen = np.zeros(width, bool)  # a day on which nothing at all came is missing, not quiet
    seen[np.unique(column[kept["inquiry_count"].fill_null(0).to_numpy() > 0])] = True
    seen[[(day - first).days for day in partial if first <= day <= through]] = False
    begun = np.cumsum(counts, axis=1) > 0
    usable = begun & seen & (exposure > 0)
    return Series(
        keys.drop("row"),
        first,
        counts,
        negatives,
        np.log(np.where(exposure > 0, exposure, 1.0)),
        exposed,
        usable,
    )


def first_day(history: pl.DataFrame, through: date) -> date:
    """The first day of the history, or `through` where there is none before."""
    first = history.filter(pl.col("day") <= through)["day"].min()
    return first if isinstance(first, date) else through


def _exposure(keys: pl.DataFrame, exposures: pl.DataFrame, first: date, width: int) -> np.ndarray:
    """Transactions of each series on each day, 0 where unknown."""
    found = np.zeros((len(keys), width))
    rows = keys.select("row", "product", "step").join(
        exposures.with_columns(column=(pl.col("day") - first).dt.total_days()).filter(
            pl.col("column").is_between(0, width - 1)
        ),
        on=["product", "step"],
        nulls_equal=True,
    )
    found[rows["row"].to_numpy(), rows["column"].to_numpy()] = (
        rows["transaction_count"].fill_null(0).to_numpy()
    )
    return found
