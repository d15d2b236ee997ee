"""Slow drifts: the last one or two weeks together against what was to be expected of them.

A window-limited chart in the manner of Höhle & Paul 2008: the sum over the last w days against the model without these days.
Unlike Page's CUSUM it needs no size of the shift to look for, and its number (a week's inquiries against the usual) can
be said in one sentence. Several window lengths are tried; the smallest p-value is multiplied by what their number is worth.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from insight.alerts.baseline import Baseline
from insight.alerts.fdr import q_values
from insight.alerts.limits import Limits
from insight.alerts.outbreak import frame_of
from insight.alerts.predict import predict
from insight.alerts.series import Series

WINDOWS = (7, 10, 14)
_TRIES = 1.6  # independent tests that the overlapping windows are worth, by simulation of undisturbed series
_TELLING = (
    0.15  # relative standard deviation of the window, up to which a drift to 1.5 × can be told from chance
)
_BLIND_WEIGHT = 0.1  # of the other series in the false-discovery budget: they must have moved by far more
_BEFORE = 14  # days outside the window that a model must have learned from
_WORTH_A_TEST = 2.0  # inquiries expected a day


def drifts(
    base: Baseline, series: Series, day: date, limits: Limits, known: np.ndarray | None = None
) -> pl.DataFrame:
    """The last days of each series against what was to be expected of them.

    Args:
        base: models.
        series: counts up to the day.
        day: the day.
        limits: what an alert takes.
        known: series, whether people already know of an open episode.

    Returns:
        As `outbreak.rates`, and drift_days: the window that told most. Counts are sums over the window.
    """
    found = []
    for days in WINDOWS:
        window = predict(base, series, day, days)
        begun = series.usable[:, : series.column(day) + 1].sum(axis=1)
        tested = (begun >= days + _BEFORE) & (window.days >= days - 2)
        tested &= window.expected >= _WORTH_A_TEST * days
        high = np.where(tested, np.minimum(window.p_high() * _TRIES, 1), 1.0)
        low = np.where(tested, np.minimum(window.p_low() * _TRIES, 1), 1.0)
        found.append((days, window, tested, high, low))
    best = np.array([np.minimum(high, low) for _, _, _, high, low in found]).argmin(axis=0)
    tested = np.any([entry[2] for entry in found], axis=0)
    high = np.min([entry[3] for entry in found], axis=0)
    low = np.min([entry[4] for entry in found], axis=0)
    noise = np.min([np.sqrt(entry[1].variance) / entry[1].expected for entry in found], axis=0)
    weight = np.where(noise <= _TELLING, 1.0, _BLIND_WEIGHT)
    q_high, q_low = (q_values(p, tested, weight, known) for p in (high, low))
    parts = []
    for number, (days, window, _, _, _) in enumerate(found):
        moved = np.abs(window.observed - window.expected) >= limits.minimum_count
        up = moved & (q_high <= limits.false_discovery_rate * limits.drift_share)
        up &= window.observed >= limits.minimum_drift * window.expected
        down = moved & (q_low <= limits.false_discovery_rate * limits.fall_share)
        down &= window.observed * limits.minimum_drift <= window.expected
        parts.append(
            frame_of(window, high, low, q_high, q_low, tested, up, down).with_columns(
                pl.lit(days).alias("drift_days"),
                pl.Series("row", np.where(best == number, np.arange(len(best)), -1)),
            )
        )
    return pl.concat(parts).filter(pl.col("row") >= 0).sort("row").drop("row")
