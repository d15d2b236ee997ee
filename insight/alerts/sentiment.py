"""A rising share of negative inquiries: beta-binomial against the weeks before."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from insight.alerts.cells import conform
from insight.alerts.limits import Limits, q_values
from insight.alerts.series import Series

_BACK_DAYS = 56
_WINDOWS = (1, 7)
_TRIES = 1.8
_FEWEST = 20  # inquiries in a window
_FEWEST_BEFORE = 100  # inquiries behind a usual share
_LEVELS = ("total", "product", "step")
_OUTLIER = 2.58


def sentiment_drops(series: Series, day: date, limits: Limits) -> pl.DataFrame:
    """Series whose share of negative inquiries is out of the usual, on the day or over the last week.

    Days differ by more than chance (what people ask differs), so shares follow a beta-binomial whose spread is estimated
    over all series; days that were themselves out of the usual are left out of what is usual.

    Returns:
        Rows of `cells.FINDING`, kind sentiment_drop; observed, expected, expected_low and expected_high are shares, exposure
        the inquiries behind the observed one.
    """
    from scipy.stats import betabinom

    rows = np.flatnonzero(series.level(*_LEVELS))
    part, end = series.pick(rows), series.column(day) + 1
    counts = part.counts[:, :end] * part.usable[:, :end]
    negatives = part.negatives[:, :end] * part.usable[:, :end]
    found = []
    for days in _WINDOWS:
        before = slice(max(end - days - _BACK_DAYS, 0), max(end - days, 0))
        share, spread, behind = usual_shares(counts[:, before], negatives[:, before])
        n, negative = counts[:, end - days : end].sum(axis=1), negatives[:, end - days : end].sum(axis=1)
        unsure = share * (1 - share) / np.maximum(behind, 1)
        rho = np.clip(spread / days + unsure / np.maximum(share * (1 - share), 1e-9), 1e-6, 0.5)
        strength = 1 / rho - 1
        a, b = np.maximum(share * strength, 1e-9), np.maximum((1 - share) * strength, 1e-9)
        tested = (n >= _FEWEST) & (behind >= _FEWEST_BEFORE)
        tested &= part.usable[:, before].sum(axis=1) >= limits.history_days
        tested &= part.usable[:, end - 1]
        p = np.where(tested, betabinom.sf(negative - 1, n, a, b), 1.0)
        bounds = [betabinom.ppf(level, n, a, b) / np.maximum(n, 1) for level in (0.025, 0.975)]
        found.append((days, n, negative, share, bounds, tested, p))
    p = np.minimum(np.min([entry[-1] for entry in found], axis=0) * _TRIES, 1.0)
    tested = np.any([entry[-2] for entry in found], axis=0)
    q = q_values(p, tested)
    best = np.array([entry[-1] for entry in found]).argmin(axis=0)
    parts = []
    for number, (days, n, negative, share, bounds, _, _) in enumerate(found):
        flagged = tested & (best == number) & (q <= limits.false_discovery_rate * limits.rise_share)
        excess = negative - share * n
        flagged &= (excess >= limits.minimum_count) & (negative >= limits.minimum_drift * share * n)
        frame = part.keys.with_columns(
            pl.Series("row", rows),
            pl.lit("sentiment_drop").alias("kind"),
            pl.lit(1).alias("direction"),
            pl.lit(days).alias("window_days"),
            pl.Series("observed", negative / np.maximum(n, 1)),
            pl.Series("expected", share),
            pl.Series("expected_low", bounds[0]),
            pl.Series("expected_high", bounds[1]),
            pl.Series("exposure", n),
            pl.Series("p_value", p),
            pl.Series("q_value", q),
        )
        parts.append(frame.select(conform(frame)).filter(pl.Series(flagged)))
    return pl.concat(parts)


def usual_shares(counts: np.ndarray, negatives: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is usual: days that were themselves out of the usual are left out.

    Args:
        counts: series × days, inquiries.
        negatives: series × days, those of them whose share it is about.

    Returns:
        Usual share, spread between days (rho of the beta-binomial), inquiries behind it; one each a series.
    """
    kept = counts > 0
    share = spread = np.zeros(len(counts))
    for _ in range(2):
        n = np.where(kept, counts, 0)
        behind = n.sum(axis=1)
        share = (np.where(kept, negatives, 0).sum(axis=1) + 1) / (behind + 3)
        chance = share * (1 - share)
        square = np.where(kept, (negatives - n * share[:, None]) ** 2, 0).sum(axis=1)
        # E[(x - np)²] = n p (1-p) (1 + (n-1) rho)
        slope = chance * (n * np.maximum(n - 1, 0)).sum(axis=1)
        own = np.clip((square - chance * behind) / np.maximum(slope, 1e-9), 0, 0.3)
        centre = np.average(own, weights=slope + 1e-9)
        trust = kept.sum(axis=1) / (kept.sum(axis=1) + 60)
        spread = trust * own + (1 - trust) * centre
        sd = np.sqrt(
            np.maximum(counts, 1) * chance[:, None] * (1 + np.maximum(counts - 1, 0) * spread[:, None])
        )
        kept = (counts > 0) & (np.abs(negatives - counts * share[:, None]) <= _OUTLIER * np.maximum(sd, 1e-9))
    return share, spread, behind
