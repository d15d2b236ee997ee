"""Interrupted time series of one change (Bernal, Cummins & Gasparrini 2017).

    log mu = log(exposure) + level + trend + weekday and festivals + common(day) + beta · [day >= change]

Counts are negative binomial; exp(beta) is the rate ratio. Weekday and festival terms lean on what all series show
(`alerts.priors`), days far out of the usual (outages) weigh little. `common` is what comparable steps did beyond their own
calendar, at the change and day by day: what hit everybody is not credited to the change. The interval allows for days that resemble their
neighbours (Newey & West 1987) and never trusts the model more than its own information.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insight.alerts import glm
from insight.alerts.baseline import anscombe
from insight.alerts.priors import LEVEL_SD, Prior
from insight.effects.controls import Controls

TREND_SD = 0.07  # log rate per 30 days
_EFFECT_SD = 3.0  # of beta: next to no opinion beforehand
_CONTROL_MEAN, _CONTROL_SD = 0.5, 0.5  # of gamma
_OUTLIER = 2.58
_OWN_DISPERSION_DAYS = 60.0  # days that the common dispersion weighs


@dataclass(frozen=True)
class Effect:
    """What a change did.

    Attributes:
        beta: log of the rate ratio.
        error: its standard error.
        freedom: degrees of freedom of the interval.
        expected_without: inquiries of the days of the effect, had the change not been made.
        coef: all coefficients by name.
        dispersion: k of the variance mu + k mu².
        days: days used, those of weight 0 left out.
    """

    beta: float
    error: float
    freedom: float
    expected_without: float
    coef: dict[str, float]
    dispersion: float
    days: int

    def avoided(self, beta: float) -> float:
        """Inquiries avoided (negative: brought) if this were the log rate ratio."""
        return float(self.expected_without * np.exp(self.beta - beta) * (1 - np.exp(beta)))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Of beta."""
        from scipy.stats import t

        reach = float(t.ppf(0.5 + level / 2, self.freedom)) * self.error
        return self.beta - reach, self.beta + reach


def interrupted(
    counts: np.ndarray,
    log_exposure: np.ndarray,
    usable: np.ndarray,
    calendar: np.ndarray,
    names: Sequence[str],
    after: np.ndarray,
    controls: Controls,
    others: np.ndarray,
    prior: Prior,
    dispersion: float,
    *,
    pulse: bool = False,
) -> Effect:
    """Fit one change.

    Args:
        counts: days.
        log_exposure: days.
        usable: days, whether a day counts.
        calendar: days × calendar terms.
        names: of the calendar terms.
        after: days, 1 while the change has its effect.
        controls: what comparable steps did.
        others: days × changes that overlap, 1 where each holds.
        prior: of the calendar terms.
        dispersion: usual k of such series, which the series' own estimate is drawn towards.
        pulse: the effect lasts a few days (an incident): they are the matter, and weigh in full however unusual.
    """
    width = len(counts)
    middle = np.average(np.arange(width), weights=usable + 1e-9)
    trend = (np.arange(width) - middle) / 30.0
    design = np.column_stack([np.ones(width), trend, calendar, controls.course, after, others])
    at = 2 + calendar.shape[1] + 1
    exposure = float((usable * np.exp(log_exposure)).sum())
    level = np.log(((usable * counts).sum() + 0.5) / max(exposure, 1e-9))
    mean = np.concatenate([[level, 0.0], prior.mean, [_CONTROL_MEAN, 0.0], np.zeros(others.shape[1])])
    spread = np.concatenate(
        [
            [LEVEL_SD**2, TREND_SD**2],
            prior.variance,
            [_CONTROL_SD**2, _EFFECT_SD**2],
            np.full(others.shape[1], _EFFECT_SD**2),
        ]
    )
    none = np.zeros((1, width, 0))
    offset = (log_exposure + controls.shift * after)[None]
    y, weight = counts[None], usable.astype(float)[None]
    k = np.array([dispersion])
    fit = glm.fit(y, offset, design, none, weight, k, mean[None], 1 / spread[None])
    for _ in range(3):
        residual = np.abs(anscombe(y, fit.mean, k[:, None]))
        unusual = (residual > _OUTLIER) & ~(pulse & (after > 0))
        calm = weight / np.where(unusual, residual, 1.0) ** 2
        own = glm.dispersion_of(y, fit.mean, calm, fit.leverage, 0.934)
        n = calm.sum()
        k = (own * n + dispersion * _OWN_DISPERSION_DAYS) / (n + _OWN_DISPERSION_DAYS)
        fit = glm.fit(y, offset, design, none, calm, k, mean[None], 1 / spread[None], fit.coef)
    error, freedom = _error(y[0] - fit.mean[0], fit, design, calm[0], float(k[0]), at)
    error = float(np.hypot(error, controls.error))
    expected = fit.mean[0] * np.exp(-fit.coef[0, at]) * after * usable
    labels = (
        "level",
        "trend",
        *names,
        "controls",
        "change",
        *(f"other_{n}" for n in range(1, others.shape[1] + 1)),
    )
    coef = {name: float(value) for name, value in zip(labels, fit.coef[0], strict=True)}
    return Effect(
        float(fit.coef[0, at]), error, freedom, float(expected.sum()), coef, float(k[0]), int(usable.sum())
    )


def _error(
    residual: np.ndarray, fit: glm.Fit, design: np.ndarray, weight: np.ndarray, k: float, at: int
) -> tuple[float, float]:
    """Standard error of a coefficient and its degrees of freedom: the larger of model and Newey–West."""
    mean, cov = fit.mean[0], fit.cov[0]
    days = max(weight.sum(), 2.0)
    freedom = max(days - fit.leverage[0], 1.0)
    part = (weight * residual / (1 + k * mean))[:, None] * design
    lags = newey_west_lags(len(residual))
    meat = newey_west(part, lags) * days / freedom
    robust = float((cov @ meat @ cov)[at, at])
    return float(np.sqrt(max(robust, cov[at, at]))), freedom


def newey_west_lags(days: int) -> int:
    """Lags for so many days: 4 (n / 100)^(2/9), Newey & West 1994."""
    return int(4 * (days / 100) ** (2 / 9))


def newey_west(part: np.ndarray, lags: int) -> np.ndarray:
    """Long-run covariance of the sum of score contributions (days × terms), with Bartlett weights."""
    found = part.T @ part
    for lag in range(1, lags + 1):
        cross = part[lag:].T @ part[:-lag]
        found = found + (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(found)
