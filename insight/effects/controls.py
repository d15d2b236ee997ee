"""Comparable steps: what hit all of them is not the doing of a change to one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl

from insight.alerts.baseline import Baseline, common_terms
from insight.alerts.calendar import design
from insight.alerts.series import Series

_COMMON_SD = 0.1  # of what may hit all steps at any one time, log rate
_FEWEST = 3  # steps that together stand for "everybody"


@dataclass(frozen=True)
class Controls:
    """What comparable steps did.

    Attributes:
        shift: log of how much they moved at the change.
        error: its standard error.
        course: days, log of what they had in common besides, against their own usual; 0 where it is mere noise.
    """

    shift: float
    error: float
    course: np.ndarray


def controls_of(
    series: Series,
    base: Baseline,
    own: tuple[str, str | None],
    changed: Collection[tuple[str, str | None]],
    days: slice,
    after: np.ndarray,
) -> Controls:
    """What hit everybody, at the change and day by day.

    Comparable are steps without a change of their own in the window: of the same product where there are enough of them,
    else of all products (another product's only, where the change is about a whole product). Their common move at the change
    is the median of their own moves, drawn to 0 as far as it may be chance; with it, the effect is a difference in differences.

    Args:
        series: counts.
        base: models of the same series.
        own: product and step of the change.
        changed: products and steps that were changed themselves (step null: the whole product).
        days: columns of the window.
        after: days of the window, 1 while the change has its effect.
    """
    rows = _rows(series, own, changed)
    quiet = Controls(0.0, 0.0, np.zeros(len(after)))
    if len(rows) < _FEWEST:
        return quiet
    terms = common_terms(design(series.first, series.last, base.country), base.through)[days]
    # The level of today's rate all along: a shift of the controls' own must stay visible.
    usual = np.exp(series.log_exposure[rows, days] + base.coef[rows, : terms.shape[1]] @ terms.T)
    # Clipped ratios, weighted by what they know: one step's outage must not move the control.
    ratio = np.clip(np.log((series.counts[rows, days] + 0.5) / (usual + 0.5)), -1, 1)
    weight = series.usable[rows, days] / (1 / np.maximum(usual, 0.5) + base.dispersion[rows, None])
    one, other = (weight * after).sum(axis=1), (weight * (1 - after)).sum(axis=1)
    known = (one > 0) & (other > 0)
    if known.sum() < _FEWEST:
        return quiet
    moves = (weight * ratio * after).sum(axis=1) / np.maximum(one, 1e-9)
    moves -= (weight * ratio * (1 - after)).sum(axis=1) / np.maximum(other, 1e-9)
    moves, spread = moves[known], (1 / np.maximum(one, 1e-9) + 1 / np.maximum(other, 1e-9))[known]
    middle = float(np.median(moves))
    scatter = max((1.4826 * float(np.median(np.abs(moves - middle)))) ** 2, float(np.median(spread)))
    variance = 1.57 * scatter / len(moves)  # of a median
    trust = _COMMON_SD**2 / (_COMMON_SD**2 + variance)
    total = np.maximum(weight.sum(axis=0), 1e-9)
    course = (weight * ratio).sum(axis=0) / total
    for side in (after, 1 - after):
        course = course - side * np.average(course, weights=total * side + 1e-12)
    signal = max(float(np.average(course**2 - 1 / total, weights=total)), 0.0)
    return Controls(middle * trust, float(np.sqrt(variance * trust)), course * signal / (signal + 1 / total))


def _rows(
    series: Series, own: tuple[str, str | None], changed: Collection[tuple[str, str | None]]
) -> np.ndarray:
    """Rows of the comparable steps."""
    product, step = own
    whole = {name for name, inner in changed if inner is None}
    free = [
        row
        for row in series.keys.with_row_index("at").filter(pl.col("level") == "step").to_dicts()
        if (row["product"], row["step"]) not in changed
        and row["product"] not in whole
        and (row["product"], row["step"]) != own
        and (step is not None or row["product"] != product)
    ]
    near = [row for row in free if row["product"] == product]
    return np.array([row["at"] for row in (near if len(near) >= _FEWEST else free)], int)
