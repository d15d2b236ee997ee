"""Whether a rate has really moved."""

from __future__ import annotations

from math import log, sqrt
from typing import Literal

Direction = Literal["up", "down", "same"]
_Z = 2.576  # 99 %: a page shows many rates at once


def direction(
    now: int | None,
    base: int | None,
    before: int | None,
    base_before: int | None,
    dispersion: float | None = 1.0,
) -> Direction:
    """Whether one Poisson rate differs from another, by the log of their ratio.

    Args:
        now, base: inquiries and transactions of the period.
        before, base_before: of the one before.
        dispersion: variance ÷ mean of the counts; 1 for Poisson.

    Returns:
        `same` also where there is nothing to compare.
    """
    if not now or not before or not base or not base_before:
        return "same"
    z = log((now / base) / (before / base_before)) / sqrt(max(dispersion or 1, 1) * (1 / now + 1 / before))
    return "same" if abs(z) < _Z else "up" if z > 0 else "down"


def share_direction(now: int | None, of: int | None, before: int | None, of_before: int | None) -> Direction:
    """Whether one share differs from another (two proportions, normal approximation)."""
    if now is None or before is None or not of or not of_before:
        return "same"
    pooled = (now + before) / (of + of_before)
    if pooled in (0, 1):
        return "same"
    z = (now / of - before / of_before) / sqrt(pooled * (1 - pooled) * (1 / of + 1 / of_before))
    return "same" if abs(z) < _Z else "up" if z > 0 else "down"
