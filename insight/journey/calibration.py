"""Confidence that means what it says: of the inquiries mapped with confidence c, a share of about c is right.

The evidence for a step (`scoring.py`) has no scale of its own; a logistic regression on its score, its margin and the part that a step's own words have in it (Platt
1999, Probabilistic Outputs for Support Vector Machines) turns it into a probability. `reliability` shows how well
that holds on inquiries whose step is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

_SCORE_MOST, _MARGIN_MOST, _OWN_MOST = 2.0, 1.5, 1.0  # more tells nothing more
_FEW = 60  # compared inquiries below which the built-in calibration stays
_RIDGE = 1.0


class Calibration(NamedTuple):
    """Log odds of being right = base + by_score · score + by_margin · margin + by_own · own."""

    base: float
    by_score: float
    by_margin: float
    by_own: float


# Fitted on 270 labelled real questions on two credit products (the halves of tests/benchmarks/journey.py that are not
# held out), rounded; to be replaced by what a workspace's own given and corrected inquiries say.
DEFAULT = Calibration(-0.4, 0.75, 2.1, 0.0)


def confidence(calibration: Calibration) -> pl.Expr:
    """Probability (0–1) that the best step is right, from the columns score, margin and own of `scoring.ranked`."""
    odds = (
        calibration.base
        + calibration.by_score * pl.col("score").clip(0.0, _SCORE_MOST)
        + calibration.by_margin * pl.col("margin").clip(0.0, _MARGIN_MOST)
        + calibration.by_own * pl.col("own").clip(0.0, _OWN_MOST)
    )
    return 1.0 / (1.0 + (-odds).exp())


def fit_calibration(compared: pl.DataFrame, start: Calibration = DEFAULT) -> Calibration:
    """The calibration that fits best, held to `start` by a ridge; `start` itself where there is little to go by.

    Args:
        compared: score, margin, own, right (whether the best step was the right one).
    """
    if compared.height < _FEW:
        return start
    right = compared["right"].cast(pl.Float64).to_numpy()
    features = np.column_stack(
        [
            np.ones(compared.height),
            compared["score"].clip(0.0, _SCORE_MOST).to_numpy(),
            compared["margin"].clip(0.0, _MARGIN_MOST).to_numpy(),
            compared["own"].clip(0.0, _OWN_MOST).to_numpy(),
        ]
    )
    begin = np.asarray(start, dtype=np.float64)
    weights = begin.copy()
    for _ in range(50):  # Newton's method; four parameters, a convex loss
        chance = 1.0 / (1.0 + np.exp(-features @ weights))
        slope = features.T @ (chance - right) + _RIDGE * (weights - begin)
        bend = (features * (chance * (1 - chance))[:, None]).T @ features + _RIDGE * np.eye(len(begin))
        step = np.linalg.solve(bend, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Calibration(*(float(weight) for weight in weights))


def reliability(decided: pl.DataFrame, truth: pl.DataFrame, bins: int = 10) -> pl.DataFrame:
    """Is confidence to be believed? A row a bin that has inquiries, and method.

    Returns method, from, to, count, confidence (mean), accuracy, low, high (95 % Wilson interval of accuracy).

    Args:
        decided: inquiry_id, product, step, confidence, method (of `steps_of`); unmapped ones are left out.
        truth: inquiry_id, product, step: known otherwise, such as corrections or a labelled sample.
        bins: of equal width between 0 and 1.
    """
    z = 1.959963984540054
    share, n = pl.col("accuracy"), pl.col("count")
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt()
    return (
        decided.filter(pl.col("step").is_not_null())
        .join(truth.select("inquiry_id", _p="product", _s="step"), on="inquiry_id")
        .with_columns(
            (pl.col("confidence") * bins).floor().clip(0, bins - 1).alias("_bin"),
            ((pl.col("product") == pl.col("_p")) & (pl.col("step") == pl.col("_s")))
            .fill_null(False)
            .alias("right"),
        )
        .group_by("method", "_bin")
        .agg(
            pl.len().alias("count"),
            pl.col("confidence").mean(),
            pl.col("right").cast(pl.Float64).mean().alias("accuracy"),
        )
        .sort("method", "_bin")
        .select(
            "method",
            (pl.col("_bin") / bins).alias("from"),
            ((pl.col("_bin") + 1) / bins).alias("to"),
            "count",
            "confidence",
            "accuracy",
            (middle - half).alias("low"),
            (middle + half).alias("high"),
        )
    )


def calibration_error(table: pl.DataFrame) -> float:
    """Expected calibration error (0–1): mean distance of confidence and accuracy over bins, weighted by count.

    Args:
        table: result of `reliability`.
    """
    if table.is_empty():
        return 0.0
    distance = (pl.col("confidence") - pl.col("accuracy")).abs()
    return float(table.select((distance * pl.col("count")).sum() / pl.col("count").sum()).item())
