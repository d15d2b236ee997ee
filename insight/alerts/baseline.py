"""The usual course of each series: the model behind every alert on counts.

A quasi-likelihood regression of the Farrington–Noufaily family (Farrington et al. 1996; Noufaily et al. 2013): negative
binomial, exposure as offset, trend, weekday, holiday and festival terms, past outbreaks weighted down by their Anscombe
residuals. In place of Farrington's same weeks of earlier years, which a young workspace does not have, coefficients have
priors learned from all series (`priors`), and old days count for less. A level that changed for good is found by a score
test along the residuals (Höhle & Paul 2008) and gets a term of its own, so that a fix or a release ends up in the usual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from insight.alerts import glm
from insight.alerts.calendar import CALENDAR_TERMS, Design, design
from insight.alerts.priors import LEVEL_SD, SHIFT_SD, TREND_SD, Prior, pooled, pooled_dispersion, wide
from insight.alerts.series import Series

HALF_LIFE_DAYS = 90.0
SHIFTS = 2  # lasting shifts of the level that a series may have within its history
TERMS: tuple[str, ...] = (
    "level",
    "trend",
    *CALENDAR_TERMS,
    *(f"before_shift_{n}" for n in range(1, SHIFTS + 1)),
)
_OUTLIER = 2.58  # Noufaily et al. 2013, section 3.3
_KEPT_SQUARE = 0.934  # of the squared residuals of a quiet series, what is left after that weighting (normal, per weight)
_SHIFT_SCORE = 4.5  # |z| of a lasting shift; of a year's days, one in a thousand series has one by chance
_SHIFT_BEFORE, _SHIFT_AFTER = (
    10,
    21,
)  # days on either side of a shift: anything shorter is an outbreak or a drift to be told
_RHO_DAYS = 300.0  # weight of the common autocorrelation against a series' own, in days
_CHUNK = 128  # series at a time where an array has a row for each day and term


@dataclass(frozen=True)
class Baseline:
    """Models of all series as of a day.

    Attributes:
        through: the last day that was learned from.
        terms: names of the coefficients; `trend` is in 30 days from `through`, `before_shift_n` holds before a shift.
        coef: series × terms.
        cov: series × terms × terms.
        dispersion: series, k of the variance mu + k mu².
        autocorrelation: series, of one day's Pearson residual with the next one's.
        shifts: series × SHIFTS, first day (ordinal) of the new level; 0: none.
        days: series, days learned from.
        weight: series × days, what each day weighed (outbreaks weigh little).
        first: day of column 0 of `weight`.
        prior: of the calendar terms.
        country: of the holidays.
    """

    through: date
    terms: tuple[str, ...]
    coef: np.ndarray
    cov: np.ndarray
    dispersion: np.ndarray
    autocorrelation: np.ndarray
    shifts: np.ndarray
    days: np.ndarray
    weight: np.ndarray
    first: date
    prior: Prior
    country: str

    def pick(self, rows: np.ndarray) -> Baseline:
        """Some of the series."""
        names = ("coef", "cov", "dispersion", "autocorrelation", "shifts", "days", "weight")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})


def common_terms(days: Design, through: date) -> np.ndarray:
    """Level, trend and calendar of each day, days × terms."""
    ahead = np.arange(len(days.matrix)) - (through - days.first).days
    return np.column_stack([np.ones(len(ahead)), ahead / 30.0, days.matrix])


def own_terms(shifts: np.ndarray, first: date, width: int) -> np.ndarray:
    """Series × days × SHIFTS: whether a day lies before each shift."""
    ordinal = first.toordinal() + np.arange(width)
    return np.asarray(ordinal[None, :, None] < shifts[:, None, :], float)


def fit_baseline(series: Series, through: date, country: str = "CN", prior: Prior | None = None) -> Baseline:
    """Learn the usual course of each series from the days up to `through`.

    Args:
        series: counts; days after `through` are not looked at.
        through: the last day to learn from.
        country: whose public holidays count.
        prior: of the calendar terms; default: learned from these series.
    """
    width = series.column(through) + 1
    counts, offset = series.counts[:, :width], series.log_exposure[:, :width]
    usable = series.usable[:, :width].astype(float)
    common = common_terms(design(series.first, through, country), through)
    recent = 0.5 ** ((width - 1 - np.arange(width)) / HALF_LIFE_DAYS)
    learn = _Learner(counts, offset, common, usable, recent, series.first)
    if prior is None:
        learn.refit(wide(), np.full(len(counts), 0.05))
        calendar = slice(2, 2 + len(CALENDAR_TERMS))
        prior = pooled(learn.fit.coef[:, calendar], learn.fit.cov[:, calendar, calendar])
    learn.refit(prior, learn.measure_dispersion() if learn.done else np.full(len(counts), 0.05))
    learn.refit(prior, learn.measure_dispersion())
    for slot in range(SHIFTS):
        if learn.find_shift(slot):
            learn.refit(prior, learn.measure_dispersion())
    for _ in range(2):
        learn.weigh_outbreaks_down()
        learn.refit(prior, learn.measure_dispersion())
    return Baseline(
        through, TERMS, learn.fit.coef, learn.fit.cov, learn.k, learn.autocorrelation(), learn.shifts,
        usable.sum(axis=1).astype(int), learn.weight, series.first, prior, country,
    )  # fmt: skip


class _Learner:
    """The rounds of one fit: each uses what the one before found."""

    def __init__(
        self, counts: np.ndarray, offset: np.ndarray, common: np.ndarray, usable: np.ndarray, recent: np.ndarray, first: date
    ) -> None:  # fmt: skip
        self.counts, self.offset, self.common, self.usable, self.first = counts, offset, common, usable, first
        self.recent = recent
        self.calm = np.ones_like(usable)
        self.shifts = np.zeros((len(counts), SHIFTS), int)
        self.own = own_terms(self.shifts, first, counts.shape[1])
        exposure = (usable * np.exp(offset)).sum(axis=1)
        self.level = np.log(((usable * counts).sum(axis=1) + 0.5) / np.maximum(exposure, 1e-9))
        self.k = np.zeros(len(counts))
        self.fit: glm.Fit
        self.done = self.weighed = False

    @property
    def weight(self) -> np.ndarray:
        return np.asarray(self.usable * self.recent * self.calm)

    def refit(self, prior: Prior, k: np.ndarray) -> None:
        size = len(self.counts)
        mean = np.concatenate([[0.0], prior.mean, np.zeros(SHIFTS)])
        variance = np.concatenate([[TREND_SD**2], prior.variance, np.full(SHIFTS, SHIFT_SD**2)])
        means = np.column_stack([self.level, np.broadcast_to(mean, (size, len(mean)))])
        precision = np.column_stack(
            [np.full(size, 1 / LEVEL_SD**2), np.broadcast_to(1 / variance, (size, len(mean)))]
        )
        self.k = k
        start = self.fit.coef if self.done else None
        self.fit = glm.fit(
            self.counts, self.offset, self.common, self.own, self.weight, k, means, precision, start
        )
        self.done = True

    def measure_dispersion(self) -> np.ndarray:
        weight = self.usable * self.calm
        kept = _KEPT_SQUARE if self.weighed else 1.0
        raw = glm.dispersion_of(self.counts, self.fit.mean, weight, self.fit.leverage, kept)
        facts = 0.5 * (weight * (self.fit.mean / (1 + self.k[:, None] * self.fit.mean)) ** 2).sum(axis=1)
        return pooled_dispersion(raw, facts)

    def find_shift(self, slot: int) -> bool:
        """Look for a lasting shift of each series; tells whether any has one."""
        found = np.zeros(len(self.counts), bool)
        for begin in range(0, len(self.counts), _CHUNK):
            rows = slice(begin, begin + _CHUNK)
            z = self._shift_scores(rows)
            best = np.abs(z).argmax(axis=1)
            strong = np.abs(z[np.arange(len(z)), best]) > _SHIFT_SCORE
            self.shifts[rows, slot] = np.where(strong, self.first.toordinal() + best, 0)
            found[rows] = strong
        self.own = own_terms(self.shifts, self.first, self.counts.shape[1])
        return bool(found.any())

    def _shift_scores(self, rows: slice) -> np.ndarray:
        """Score test of "another level before day t" for each t, series × days."""
        mean, own = self.fit.mean[rows], self.own[rows]
        spread = 1 + self.k[rows, None] * mean
        root = np.sqrt(mean * spread)
        clipped = np.clip((self.counts[rows] - mean) / root, -3, 3) * root  # one outbreak is no new level
        weight = self.weight[rows]
        terms = np.concatenate([np.broadcast_to(self.common, (len(own), *self.common.shape)), own], axis=2)
        size = weight * mean / spread
        gathered = np.cumsum(size[:, :, None] * terms, axis=1)
        explained = np.einsum("sti,sti->st", gathered @ self.fit.cov[rows], gathered)
        variance = np.cumsum(size, axis=1) - explained
        gained = np.cumsum(weight * clipped / spread, axis=1)
        z = np.zeros_like(mean)
        z[:, 1:] = (gained / np.sqrt(np.maximum(variance, 1e-6)))[:, :-1]
        before = np.cumsum(self.usable[rows], axis=1)
        after = before[:, -1:] - before
        allowed = np.zeros_like(z, bool)
        allowed[:, 1:] = ((before >= _SHIFT_BEFORE) & (after >= _SHIFT_AFTER) & (variance > 1.0))[:, :-1]
        return np.where(allowed, z, 0.0)

    def weigh_outbreaks_down(self) -> None:
        """Noufaily et al. 2013: a day whose Anscombe residual s passes 2.58 weighs 1/s²; low days as well."""
        residual = anscombe(self.counts, self.fit.mean, self.k[:, None])
        self.weighed = True
        self.calm = np.where(np.abs(residual) > _OUTLIER, 1 / np.maximum(residual**2, 1), 1.0)

    def autocorrelation(self) -> np.ndarray:
        """Of neighbouring days' residuals, drawn towards the mean of all series; never negative."""
        mean = self.fit.mean
        pearson = (self.counts - mean) / np.sqrt(np.maximum(mean * (1 + self.k[:, None] * mean), 1e-9))
        pearson = np.clip(pearson, -3, 3) * self.usable
        days = self.usable.sum(axis=1)
        raw = (pearson[:, 1:] * pearson[:, :-1]).sum(axis=1) / np.maximum((pearson**2).sum(axis=1), 1e-9)
        raw += 1 / np.maximum(days, 1)  # residuals around a fitted level repel each other
        centre = np.average(raw, weights=np.maximum(days, 1e-9))
        return np.asarray(np.clip((raw * days + centre * _RHO_DAYS) / (days + _RHO_DAYS), 0.0, 0.7))


def anscombe(counts: np.ndarray, mean: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Anscombe residuals as Farrington et al. 1996 use them (2/3 power), scaled by the dispersion."""
    spread = 1 + k * mean
    return np.asarray(
        1.5 * (counts ** (2 / 3) - mean ** (2 / 3)) / np.maximum(mean, 1e-9) ** (1 / 6) / np.sqrt(spread)
    )


def anchor_day(day: date, first: date) -> date:
    """The day up to which the models behind `day` learned: the last Sunday before, the day before in young workspaces.

    Models are refitted weekly on fixed days of the data, so a run that comes back finds its models unchanged; the days
    since then are added by `predict` in one step, without another fit.
    """
    before = day - timedelta(days=1)
    if (before - first).days < 56:
        return before
    return before - timedelta(days=(before.weekday() + 1) % 7)
