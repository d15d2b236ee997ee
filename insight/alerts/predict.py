"""What a window of days should have brought: expected sum, its spread, tail probabilities.

The window's own days are taken out of what the model learned (a Newton step back), and days after the fit but before the
window are added (a Newton step ahead), so the expectation never leans on what it judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from insight.alerts import glm
from insight.alerts.baseline import Baseline, anscombe, common_terms, own_terms
from insight.alerts.calendar import CALENDAR_TERMS, SPECIAL_TERMS, design
from insight.alerts.series import Series

_ENOUGH_SERIES = 6  # that tell what a special day did to everybody
_TAIL = 0.025
_CAP = 3.5


@dataclass(frozen=True)
class Window:
    """A window of days of every series; all arrays are one number a series.

    Attributes:
        observed: inquiries; in a window of several days no day counts for more than `_CAP` standard deviations, so that
            one outbreak is no drift.
        expected: inquiries that were to be expected.
        variance: of the observed around the expected: chance, overdispersion, what the model does not know.
        spread: standard error of log(expected).
        exposure: transactions (days, where a series has none).
        days: usable days of the window.
        common: log factor that a special day had on everybody, as the other series show it.
        coef: series × terms, the coefficients as the other days leave them.
    """

    observed: np.ndarray
    expected: np.ndarray
    variance: np.ndarray
    spread: np.ndarray
    exposure: np.ndarray
    days: np.ndarray
    common: np.ndarray
    coef: np.ndarray

    def upper(self, tail: float = _TAIL) -> np.ndarray:
        """Quantile of what was to be expected: 97.5 % unless told."""
        return _quantile(1 - tail, self.expected, self.variance)

    def lower(self, tail: float = _TAIL) -> np.ndarray:
        """The other end."""
        return _quantile(tail, self.expected, self.variance)

    def p_high(self) -> np.ndarray:
        """Probability of so many inquiries or more."""
        r, p = _negative_binomial(self.expected, self.variance)
        return np.asarray(_distribution().sf(np.ceil(self.observed - 1e-9) - 1, r, p))

    def p_low(self) -> np.ndarray:
        """Probability of so few or fewer."""
        r, p = _negative_binomial(self.expected, self.variance)
        return np.asarray(_distribution().cdf(np.floor(self.observed + 1e-9), r, p))


def predict(base: Baseline, series: Series, last: date, days: int) -> Window:
    """The `days` days up to `last` of each series, judged by what the others say.

    Args:
        base: models, learned up to a day at or before `last`; rows as in `series`.
        series: counts that reach to `last`.
        last: last day of the window.
        days: length of the window.
    """
    end = series.column(last) + 1
    begin = max(end - days, 0)
    fitted = series.column(base.through) + 1
    common = common_terms(design(series.first, last, base.country), base.through)
    own = own_terms(base.shifts, series.first, end)
    k = base.dispersion[:, None]
    mean = np.exp(series.log_exposure[:, :end] + glm.linear(common, own, base.coef))
    counts, usable = series.counts[:, :end], series.usable[:, :end].astype(float)

    weight = np.zeros_like(mean)  # signed: days to take out, days to add
    weight[:, begin:fitted] = -base.weight[:, begin:fitted]
    if fitted < begin:
        new = slice(fitted, begin)
        residual = np.abs(anscombe(counts[:, new], mean[:, new], k))
        weight[:, new] = usable[:, new] / np.maximum(np.where(residual > 2.58, residual, 1.0) ** 2, 1)
    lo = min(begin, fitted)
    part = slice(lo, end)
    scale = weight[:, part] / (1 + k * mean[:, part])
    precision = np.linalg.inv(base.cov)
    precision += glm.information(common[part], own[:, part], scale * mean[:, part])
    cov = np.linalg.inv(precision)
    gradient = glm.score(common[part], own[:, part], scale * (counts[:, part] - mean[:, part]))
    coef = base.coef + np.clip(np.einsum("sij,sj->si", cov, gradient), -1.0, 1.0)

    inside = slice(begin, end)
    mean = np.exp(series.log_exposure[:, inside] + glm.linear(common[inside], own[:, inside], coef))
    mean *= usable[:, inside]
    seen = counts[:, inside] * usable[:, inside]
    if days > 1:
        reach = _CAP * np.sqrt(mean + k * mean**2)
        seen = np.clip(seen, np.maximum(mean - reach, 0), mean + np.maximum(reach, 1))
    observed = seen.sum(axis=1)
    expected = np.maximum(mean.sum(axis=1), 1e-9)
    direction = glm.score(common[inside], own[:, inside], mean) / expected[:, None]
    squared = np.einsum("si,sij,sj->s", direction, cov, direction)
    shared = np.zeros(len(observed))
    if days == 1 and usable[:, -1].any():
        shared, squared = _special_day(base, series, common[-1], observed, expected, squared, usable[:, -1])
        expected = expected * np.exp(shared)
    chance = expected + base.dispersion * (mean**2).sum(axis=1) * np.exp(2 * shared)
    chance *= _run_inflation(base.autocorrelation, end - begin)
    return Window(
        observed, expected, chance + expected**2 * np.expm1(np.minimum(squared, 4.0)), np.sqrt(squared),
        (np.exp(series.log_exposure[:, inside]) * usable[:, inside]).sum(axis=1), usable[:, inside].sum(axis=1),
        shared, coef,
    )  # fmt: skip


def _special_day(
    base: Baseline, series: Series, terms: np.ndarray, observed: np.ndarray, expected: np.ndarray,
    squared: np.ndarray, usable: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """On a holiday or festival: what it did to everybody, by the median series, and the spread that is left.

    A first 双11 cannot be known from history; that all steps rise together is told by the steps themselves. The total
    and the sources are not excused by it: if everything is far out of the usual, they say so.
    """
    columns = [2 + CALENDAR_TERMS.index(name) for name in SPECIAL_TERMS]
    size = terms[columns]
    unknown = float((size**2 * base.prior.uncertainty[[c - 2 for c in columns]]).sum())
    peers = series.level("step") & (usable > 0) & (expected >= 3)
    if peers.sum() < _ENOUGH_SERIES:
        peers = (usable > 0) & (expected >= 3)
    if not size.any() or peers.sum() < _ENOUGH_SERIES:
        return np.zeros(len(observed)), squared
    moved = np.log((observed[peers] + 0.5) / (expected[peers] + 0.5))
    spread = 1 / expected[peers] + base.dispersion[peers] + base.prior.spread[[c - 2 for c in columns]].max()
    own = 1.57 * float(spread.mean()) / peers.sum()  # variance of a median
    known = unknown + 0.01
    shared = float(np.median(moved)) * known / (known + own)
    left = np.maximum(squared - unknown, 0.25 * squared) + known * own / (known + own)
    excused = ~series.level("total", "source")
    return np.where(excused, shared, 0.0), np.where(excused, np.minimum(left, squared), squared)


def _run_inflation(rho: np.ndarray, days: int) -> np.ndarray:
    """How much wider a sum of autocorrelated days spreads than one of independent days."""
    lag = np.arange(1, days)
    return np.asarray(1 + 2 * ((1 - lag / days)[None, :] * rho[:, None] ** lag[None, :]).sum(axis=1))


def _distribution() -> Any:
    from scipy.stats import nbinom

    return nbinom


def _negative_binomial(mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Size and probability of scipy's negative binomial with this mean and variance."""
    variance = np.maximum(variance, mean * 1.0001 + 1e-12)
    return mean**2 / (variance - mean), mean / variance


def _quantile(level: float, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    r, p = _negative_binomial(mean, variance)
    return np.asarray(_distribution().ppf(level, r, p))
