"""What a series' coefficients are like before its own data are seen: learned from all series (empirical Bayes).

A new or sparse series takes its weekday and festival pattern from the others; one with many counts keeps its own. For
each calendar term the series' estimates are combined as in a random-effects meta-analysis (DerSimonian & Laird 1986):
a common mean, and the spread of the series around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insight.alerts.calendar import CALENDAR_TERMS, WEEKDAYS

# Spread of a term (log rate) across companies and steps, before anything is seen.
WIDE: dict[str, float] = dict.fromkeys(WEEKDAYS, 0.5) | {
    "off_day": 0.4, "makeup_day": 0.3, "spring": 0.4, "festival": 0.5, "festival_near": 0.35,
    "month_start": 0.2, "month_end": 0.2,
}  # fmt: skip
LEVEL_SD = 2.0  # of the level around the plain mean rate
TREND_SD = 0.05  # log rate per 30 days
SHIFT_SD = 1.0  # of a lasting shift of the level
_USUAL_SPREAD, _USUAL_SERIES = 0.12, 4.0  # spread of series around the mean, worth so many series


@dataclass(frozen=True)
class Prior:
    """Of the calendar terms.

    Attributes:
        mean: terms.
        spread: terms, variance of series around the mean.
        uncertainty: terms, variance of the mean itself; large for a festival that was never seen.
    """

    mean: np.ndarray
    spread: np.ndarray
    uncertainty: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """Of a series that was not seen yet."""
        return np.asarray(self.spread + self.uncertainty)


def wide() -> Prior:
    """Before anything is seen."""
    variance = np.array([WIDE[name] ** 2 for name in CALENDAR_TERMS])
    return Prior(np.zeros(len(variance)), np.zeros(len(variance)), variance)


def pooled(coef: np.ndarray, cov: np.ndarray) -> Prior:
    """The prior that all series together suggest.

    Args:
        coef: series × calendar terms, fitted under `wide`.
        cov: series × calendar terms × calendar terms, their posterior covariance.
    """
    # Seven weekdays and a level say one thing too much: only what a weekday is above their mean can be compared.
    contrast = np.eye(len(CALENDAR_TERMS))
    contrast[: len(WEEKDAYS), : len(WEEKDAYS)] -= 1 / len(WEEKDAYS)
    coef = coef @ contrast.T
    variance = np.einsum("ij,sjk,ik->si", contrast, cov, contrast)
    base = wide().variance
    # What the data alone say: take the wide prior out again.
    own = 1 / np.maximum(1 / np.maximum(variance, 1e-9) - 1 / base, 1e-6)
    estimate = np.clip(coef * own / np.maximum(variance, 1e-9), -3.0, 3.0)
    seen = own < 4 * base
    weight = np.where(seen, 1 / own, 0.0)
    count = seen.sum(axis=0)
    total = np.maximum(weight.sum(axis=0), 1e-12)
    centre = (weight * estimate).sum(axis=0) / total
    scatter = (weight * (estimate - centre) ** 2).sum(axis=0)
    divisor = np.maximum(total - (weight**2).sum(axis=0) / total, 1e-12)
    found = np.clip((scatter - (count - 1)) / divisor, 0.0, 0.25)
    shared = np.maximum(count - 1, 0)
    spread = (shared * found + _USUAL_SERIES * _USUAL_SPREAD**2) / (shared + _USUAL_SERIES)
    precise = np.where(seen, 1 / (own + spread), 0.0)
    uncertainty = 1 / (precise.sum(axis=0) + 1 / base)
    mean = uncertainty * (precise * estimate).sum(axis=0)
    return Prior(mean, np.maximum(spread, 0.02**2), uncertainty)


def pooled_dispersion(dispersion: np.ndarray, facts: np.ndarray) -> np.ndarray:
    """k of each series, drawn towards the others': a series of a few weeks hardly knows its own.

    Args:
        dispersion: series, k by Pearson's statistic.
        facts: series, Fisher information about k, Σ ½ (mu / (1 + k mu))².
    """
    weight = np.maximum(facts, 1e-9)
    centre = float((weight * dispersion).sum() / weight.sum())
    for _ in range(3):  # a few wild series must not lift everyone's
        clipped = np.minimum(dispersion, 4 * centre + 0.01)
        centre = float((weight * clipped).sum() / weight.sum())
    spread = (0.7 * centre + 0.005) ** 2
    return np.asarray((dispersion * weight + centre / spread) / (weight + 1 / spread))
