"""Which series had a day out of the usual (Farrington et al. 1996; Noufaily et al. 2013)."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from insight.alerts.baseline import Baseline
from insight.alerts.limits import Limits, q_values
from insight.alerts.predict import Window, predict
from insight.alerts.series import Series

_WORTH_A_TEST = (
    0.5  # inquiries expected a day; rarer series are judged through the step or product they belong to
)


def rates(
    base: Baseline, series: Series, day: date, limits: Limits, known: np.ndarray | None = None
) -> pl.DataFrame:
    """The day of each series against what was to be expected of it.

    Args:
        base: models.
        series: counts up to the day.
        day: the day.
        limits: what an alert takes.
        known: series, whether people already know of an open episode.

    Returns:
        A row a series, in the order of `series`: observed, expected, expected_low, expected_high (95 % prediction
        interval), expected_spread (standard error of log expected), exposure, p_value, q_value, direction (1 above,
        -1 below), is_tested, is_flagged.
    """
    window = predict(base, series, day, 1)
    enough = (base.days >= limits.history_days) & (window.days == 1)
    tested = enough & (window.expected >= _WORTH_A_TEST)
    fdr = limits.false_discovery_rate
    high, low = window.p_high(), window.p_low()
    q_high, q_low = q_values(high, tested, known=known), q_values(low, tested, known=known)
    up = (
        (q_high <= fdr * limits.rise_share)
        & (window.observed >= limits.minimum_count)
        & (window.observed - window.expected >= limits.minimum_count)
        & (window.observed >= limits.minimum_ratio * window.expected)
    )
    down = (
        (q_low <= fdr * limits.fall_share)
        & (window.expected - window.observed >= limits.minimum_count)
        & (window.observed * limits.minimum_ratio <= window.expected)
    )
    return frame_of(window, high, low, q_high, q_low, tested, up, down)


def frame_of(
    window: Window, high: np.ndarray, low: np.ndarray, q_high: np.ndarray, q_low: np.ndarray,
    tested: np.ndarray, up: np.ndarray, down: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    """The numbers of a window and its tests, side by side."""
    above = window.observed >= window.expected
    return pl.DataFrame(
        {
            "observed": window.observed,
            "expected": window.expected,
            "expected_low": window.lower(),
            "expected_high": window.upper(),
            "expected_spread": window.spread,
            "variance": window.variance,
            "exposure": window.exposure,
            "common": window.common,
            "p_value": np.where(above, high, low),
            "q_value": np.where(above, q_high, q_low),
            "direction": np.where(above, 1, -1),
            "is_tested": tested,
            "is_flagged": tested & (up | down),
        },
        schema_overrides={"direction": pl.Int8},
    )
