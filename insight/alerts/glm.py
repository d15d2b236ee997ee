"""Negative-binomial regression of many series at once, with Gaussian priors on the coefficients.

    y[s, t] ~ NB(mean mu[s, t], variance mu + k[s] mu²),   log mu = offset + common[t] · b[s, :p] + own[s, t] · b[s, p:]

Iteratively reweighted least squares (McCullagh & Nelder 1989, section 2.5) over all series in one go; the priors make
it a penalised (MAP) fit, and the inverse of the final information matrix is the coefficients' covariance (Laplace).
With k = 0 it is Poisson regression. `statsmodels` fits one series at a time, which takes minutes for a thousand; the
tests hold this against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MAX_LOG = 30.0
_MAX_MOVE = 4.0  # of a coefficient in one iteration: a far start must not overshoot


@dataclass(frozen=True)
class Fit:
    """Coefficients of each series.

    Attributes:
        coef: series × terms.
        cov: series × terms × terms.
        mean: series × days, the fitted means.
        leverage: series, the effective number of parameters (trace of the hat matrix).
    """

    coef: np.ndarray
    cov: np.ndarray
    mean: np.ndarray
    leverage: np.ndarray


def linear(common: np.ndarray, own: np.ndarray, coef: np.ndarray) -> np.ndarray:
    """The linear predictor without offset, series × days."""
    p = common.shape[1]
    return np.asarray(coef[:, :p] @ common.T + np.einsum("sth,sh->st", own, coef[:, p:]))


def information(common: np.ndarray, own: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """X'WX of each series, series × terms × terms; `weight` is series × days."""
    s, p, h = weight.shape[0], common.shape[1], own.shape[2]
    found = np.empty((s, p + h, p + h))
    squares = (common[:, :, None] * common[:, None, :]).reshape(len(common), -1)
    found[:, :p, :p] = (weight @ squares).reshape(s, p, p)
    for i in range(h):
        mixed = (weight * own[:, :, i]) @ common
        found[:, :p, p + i] = found[:, p + i, :p] = mixed
        for j in range(i, h):
            inner = np.einsum("st,st,st->s", weight, own[:, :, i], own[:, :, j])
            found[:, p + i, p + j] = found[:, p + j, p + i] = inner
    return found


def score(common: np.ndarray, own: np.ndarray, residual: np.ndarray) -> np.ndarray:
    """X'r of each series, series × terms; `residual` is series × days."""
    return np.concatenate([residual @ common, np.einsum("sth,st->sh", own, residual)], axis=1)


def fit(
    counts: np.ndarray,
    offset: np.ndarray,
    common: np.ndarray,
    own: np.ndarray,
    weight: np.ndarray,
    dispersion: np.ndarray,
    prior_mean: np.ndarray,
    prior_precision: np.ndarray,
    start: np.ndarray | None = None,
    iterations: int = 50,
    tolerance: float = 1e-8,
) -> Fit:
    """Fit all series.

    Args:
        counts: series × days.
        offset: series × days, log of the exposure.
        common: days × p, terms that all series share.
        own: series × days × h, terms of each series (h may be 0).
        weight: series × days, prior weights; 0 leaves a day out (its count may then be anything finite).
        dispersion: series, k of the variance mu + k mu².
        prior_mean: series × (p + h).
        prior_precision: series × (p + h), 1 / variance; 0: no prior (the terms must then be estimable).
        start: series × (p + h), first coefficients; default: the priors' means.
        iterations: at most.
        tolerance: largest move of a coefficient at which it ends.
    """
    coef = (prior_mean if start is None else start).astype(float).copy()
    k = dispersion[:, None]
    diagonal = np.arange(coef.shape[1])
    todo = np.arange(len(counts))  # series that have not converged
    for _ in range(iterations):
        o, w = own[todo], weight[todo]
        mean = np.exp(np.clip(offset[todo] + linear(common, o, coef[todo]), -_MAX_LOG, _MAX_LOG))
        scale = w / (1 + k[todo] * mean)
        gradient = score(common, o, scale * (counts[todo] - mean))
        gradient -= prior_precision[todo] * (coef[todo] - prior_mean[todo])
        matrix = information(common, o, scale * mean)
        matrix[:, diagonal, diagonal] += prior_precision[todo] + 1e-10
        move = np.linalg.solve(matrix, gradient[:, :, None])[:, :, 0]
        largest = np.abs(move).max(axis=1, initial=0.0)
        move *= np.minimum(1.0, _MAX_MOVE / np.maximum(largest, 1e-300))[:, None]
        coef[todo] += move
        todo = todo[largest > tolerance]
        if not len(todo):
            break
    mean = np.exp(np.clip(offset + linear(common, own, coef), -_MAX_LOG, _MAX_LOG))
    data = information(common, own, weight * mean / (1 + k * mean))
    full = data.copy()
    full[:, diagonal, diagonal] += prior_precision + 1e-10
    cov = np.linalg.inv(full)
    leverage = np.einsum("sij,sji->s", cov, data)
    return Fit(coef, cov, mean, leverage)


def dispersion_of(
    counts: np.ndarray, mean: np.ndarray, weight: np.ndarray, leverage: np.ndarray, kept: float = 1.0
) -> np.ndarray:
    """k of each series by Pearson's statistic: the k at which it equals its degrees of freedom (Breslow 1984).

    Args:
        counts: series × days.
        mean: series × days, fitted.
        weight: series × days; days with weight 0 do not count.
        leverage: series, effective number of parameters.
        kept: part of the squares that is left where large residuals were weighted down.

    Returns:
        series; 0 where there is no more than Poisson variance or no degree of freedom.
    """
    square = weight * (counts - mean) ** 2
    mean = np.maximum(mean, 1e-9)
    freedom = kept * (weight.sum(axis=1) - leverage)
    low, high = np.full(len(counts), -16.0), np.full(len(counts), 3.0)
    for _ in range(40):
        middle = (low + high) / 2
        k = np.exp(middle)[:, None]
        above = (square / (mean + k * mean**2)).sum(axis=1) > freedom
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    k = np.exp((low + high) / 2)
    return np.where((freedom > 0.5) & (k > 1e-6), k, 0.0)
