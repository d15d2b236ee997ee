"""Drifts: the last one or two weeks together against what was to be expected of them.

A window-limited chart in the manner of Höhle & Paul 2008: the sum over the last w days against the model without these days.
Unlike Page's CUSUM it needs no size of the shift to look for, and its number (a week's inquiries against the usual) can
be said in one sentence. Several window lengths are tried; the smallest p-value is multiplied by what their number is worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from insight.alerts import glm
from insight.alerts.baseline import Baseline, common_terms, own_terms
from insight.alerts.calendar import design
from insight.alerts.limits import Limits, q_values
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


SUDDEN, GRADUAL = "sudden", "gradual"
_LOOK_BACK = 21  # days among which a lasting change is looked for
_LASTING = 3  # days that it has lasted at least
_SUDDEN_DAYS, _GRADUAL_DAYS = (1, 2), (5, 7, 10, 14)  # from the first to the full size of a change
_CLEARER = (
    5.0  # in chi²: the one is twelve times as likely as the other; by simulation wrong in about one of twenty
)


@dataclass(frozen=True)
class Course:
    """How a lasting change came about.

    Attributes:
        shape: `SUDDEN`, `GRADUAL`, or None where the days fit both.
        since: about when it began.
    """

    shape: str | None
    since: date


def course(base: Baseline, series: Series, row: int, day: date, days: int) -> Course:
    """Whether a drift came at once or by and by: a change that takes one or two days against one that takes a week or two.

    On the day that a drift is first told its days mostly fit both, and nothing is said then.

    Each is a ramp up to a plateau, by weighted least squares on the days' ratios to what the rest of the series lets expect,
    over all first days and lengths.

    Args:
        base: models.
        series: counts up to the day.
        row: the series.
        day: last day of the window.
        days: length of the window that was flagged.
    """
    one = np.array([row])
    model, part = base.pick(one), series.pick(one)
    coef = predict(model, part, day, days).coef
    end = series.column(day) + 1
    span = slice(max(end - _LOOK_BACK, 0), end)
    common = common_terms(design(series.first, day, base.country), base.through)
    own = own_terms(model.shifts, series.first, end)
    mean = np.exp(part.log_exposure[:, :end] + glm.linear(common, own, coef))[0, span]
    ratio = part.counts[0, span] / np.maximum(mean, 1e-9) - 1
    weight = part.usable[0, span] * mean / (1 + base.dispersion[row] * mean)
    at = np.arange(len(mean))
    best: dict[str, tuple[float, int]] = {}
    for shape, lengths in ((SUDDEN, _SUDDEN_DAYS), (GRADUAL, _GRADUAL_DAYS)):
        tried = [
            (_gain(np.clip((at - first + 1) / length, 0, 1), ratio, weight), first)
            for length in lengths
            for first in range(max(len(at) - _LASTING + 1, 1))
        ]
        best[shape] = max(tried)
    (sudden, _), (gradual, _) = best[SUDDEN], best[GRADUAL]
    likelier = SUDDEN if sudden >= gradual else GRADUAL
    clear = abs(sudden - gradual) >= _CLEARER
    since = day - timedelta(days=len(at) - 1 - best[likelier][1])
    return Course(likelier if clear else None, since)


def _gain(shape: np.ndarray, ratio: np.ndarray, weight: np.ndarray) -> float:
    """What a change of this shape explains, in chi²."""
    return float((weight * shape * ratio).sum() ** 2 / max(float((weight * shape**2).sum()), 1e-9))
