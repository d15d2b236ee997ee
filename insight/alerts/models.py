"""Fitted models that can be kept, and that know whether they still hold."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from insight.alerts.baseline import Baseline, fit_baseline
from insight.alerts.priors import Prior
from insight.alerts.series import Series

_TAIL_DAYS = 21  # weights that predictions may look at: the longest window and a week
_NOTHING = -25.0  # log of a rate that is none
_MODEL_VERSION = 1  # raise it when the same counts would give other models


@dataclass(frozen=True)
class Models:
    """The models of all series and what they learned from.

    Attributes:
        base: the models.
        series_ids: row -> series.
        fingerprint: of the counts and exposures that they learned from.
    """

    base: Baseline
    series_ids: tuple[str, ...]
    fingerprint: str

    @classmethod
    def fit(cls, series: Series, anchor: date, country: str) -> Models:
        """Fit the series that had begun by `anchor`."""
        part = series.pick(begun(series, anchor))
        ids = tuple(part.keys["series_id"])
        return cls(fit_baseline(part, anchor, country), ids, fingerprint(part, anchor, country))

    def hold_for(self, series: Series, anchor: date, country: str) -> bool:
        """Whether a fit to these series up to `anchor` would give the same models again."""
        if self.base.through != anchor or self.base.first != series.first:
            return False
        return self.fingerprint == fingerprint(series.pick(begun(series, anchor)), anchor, country)

    def for_series(self, series: Series) -> Baseline:
        """The models in the order of `series`; one that began since then has 0 days behind it, and nothing is expected."""
        place = {name: row for row, name in enumerate(self.series_ids)}
        rows = np.array([place.get(name, -1) for name in series.keys["series_id"]])
        ordered = self.base.pick(np.maximum(rows, 0))
        coef = np.where(rows[:, None] < 0, 0.0, ordered.coef)
        coef[rows < 0, 0] = _NOTHING
        return replace(ordered, coef=coef, days=np.where(rows < 0, 0, ordered.days))

    def to_frame(self) -> pl.DataFrame:
        """A row a series, to be kept; `from_frame` reads it back."""
        base, size = self.base, len(self.series_ids)
        prior = json.dumps(
            [part.tolist() for part in (base.prior.mean, base.prior.spread, base.prior.uncertainty)]
        )
        return pl.DataFrame(
            {
                "series_id": list(self.series_ids),
                "through": [base.through] * size,
                "first": [base.first] * size,
                "width": [base.weight.shape[1]] * size,
                "country": [base.country] * size,
                "fingerprint": [self.fingerprint] * size,
                "terms": [list(base.terms)] * size,
                "coef": base.coef.tolist(),
                "cov": base.cov.reshape(size, -1).tolist(),
                "dispersion": base.dispersion,
                "autocorrelation": base.autocorrelation,
                "shifts": base.shifts.tolist(),
                "days": base.days,
                "weight": base.weight[:, -_TAIL_DAYS:].tolist(),
                "prior": [prior] * size,
            }
        )

    @classmethod
    def from_frame(cls, frame: pl.DataFrame) -> Models:
        """What `to_frame` wrote."""
        head = frame.row(0, named=True)
        terms = tuple(head["terms"])
        tail = np.array(frame["weight"].to_list(), float)
        weight = np.concatenate([np.ones((frame.height, head["width"] - tail.shape[1])), tail], axis=1)
        mean, spread, uncertainty = (np.array(part) for part in json.loads(head["prior"]))
        base = Baseline(
            head["through"], terms, np.array(frame["coef"].to_list()),
            np.array(frame["cov"].to_list()).reshape(-1, len(terms), len(terms)), frame["dispersion"].to_numpy(),
            frame["autocorrelation"].to_numpy(), np.array(frame["shifts"].to_list(), int), frame["days"].to_numpy(),
            weight, head["first"], Prior(mean, spread, uncertainty), head["country"],
        )  # fmt: skip
        return cls(base, tuple(frame["series_id"]), head["fingerprint"])


def begun(series: Series, anchor: date) -> np.ndarray:
    """Series, whether they had an inquiry by `anchor`."""
    return np.asarray(series.counts[:, : series.column(anchor) + 1].sum(axis=1) > 0)


def fingerprint(series: Series, through: date, country: str) -> str:
    """Of all that a fit up to `through` sees."""
    import hashlib

    width = series.column(through) + 1
    digest = hashlib.sha256(f"{_MODEL_VERSION};{through};{country};{series.first}".encode())
    digest.update("\n".join(series.keys["series_id"]).encode())
    for array in (series.counts, series.log_exposure, series.usable):
        digest.update(np.ascontiguousarray(array[:, :width]).tobytes())
    return digest.hexdigest()[:32]
