"""Shrunk rates of obstacles: the empirical-Bayes Poisson–gamma model.

Three inquiries on forty transactions make a high rate and little knowledge. All obstacles' rates are taken as
drawn from one gamma distribution, which is fitted to them; an obstacle's own rate then moves towards its mean,
the more the fewer transactions it stands on. The method is that of Clayton & Kaldor (1987, Biometrics 43:671)
and DuMouchel (1999, The American Statistician 53:177) with one gamma component, fitted by maximising the
marginal (negative binomial) likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from warehouse.sql import sql

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    from numpy.typing import NDArray

LEAST = 5  # obstacles with transactions; fewer say nothing about how rates are spread
_SHAPES = (1e-2, 1e3)  # beyond these rates differ by more than any data, or not at all


@dataclass(frozen=True)
class Prior:
    """The fitted gamma distribution of rates (per transaction).

    Attributes:
        shape: as if so many inquiries
        transactions: had been seen on so many transactions.
        obstacle_count: fitted to so many obstacles.
        log_likelihood: of the counts under it.
    """

    shape: float
    transactions: float
    obstacle_count: int
    log_likelihood: float


def fit_prior(counts: NDArray[np.float64], exposures: NDArray[np.float64]) -> Prior | None:
    """The gamma distribution that makes the counts most likely; None for fewer than `LEAST` of them.

    Args:
        counts: events (need not be whole: overdispersed counts come divided by their dispersion).
        exposures: above 0, in the same order.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import digamma, gammaln

    if len(counts) < LEAST or counts.sum() <= 0:
        return None
    scale = float(exposures.sum() / counts.sum())  # transactions an inquiry: the search then runs near 1
    t = exposures / scale

    def negative(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shape, mean = np.exp(parameters)
        rate = shape / mean
        whole = t + rate
        value = (
            gammaln(counts + shape)
            - gammaln(shape)
            + shape * np.log(rate / whole)
            + counts * np.log(t / whole)
        )
        by_shape = (
            digamma(counts + shape)
            - digamma(shape)
            + np.log(rate / whole)
            + 1
            - (counts + shape) / whole / mean
        )
        by_mean = (counts + shape) * rate / whole - shape
        return -float(value.sum()), -np.array([by_shape.sum() * shape, by_mean.sum()])

    # The likelihood can be flat far out, so the search starts from both ends and the better one counts.
    found = min(
        (
            minimize(
                negative,
                np.log([start, float(np.mean(counts / t))]),
                jac=True,
                method="L-BFGS-B",
                bounds=[tuple(np.log(_SHAPES)), (None, None)],
                options={"ftol": 1e-13, "gtol": 1e-9, "maxiter": 500},
            )
            for start in (0.5, 5.0)
        ),
        key=lambda result: float(result.fun),
    )
    shape, mean = np.exp(found.x)
    constant = float(gammaln(counts + 1).sum())
    return Prior(float(shape), float(shape / mean * scale), len(counts), -float(found.fun) - constant)


def shrink(obstacles: pl.DataFrame) -> tuple[pl.DataFrame, Prior | None]:
    """Shrunk rates: obstacle_id, shrunk_per_10k, shrunk_per_10k_low, shrunk_per_10k_high; and the prior.

    The rate's posterior is gamma(shape + n/d, transactions + t/d) with n inquiries on t transactions and d the
    dispersion of the counts; its mean and 95 % limits are given. Obstacles without transactions have none.

    Args:
        obstacles: obstacle_id, inquiry_count, transaction_count, dispersion.
    """
    from scipy.special import gammaincinv

    known = obstacles.filter(pl.col("transaction_count") > 0).sort("obstacle_id")
    dispersion = known["dispersion"].cast(pl.Float64).to_numpy()
    counts = known["inquiry_count"].cast(pl.Float64).to_numpy() / dispersion
    exposures = known["transaction_count"].cast(pl.Float64).to_numpy() / dispersion
    prior = fit_prior(counts, exposures)
    if prior is None:
        empty = dict.fromkeys(("shrunk_per_10k", "shrunk_per_10k_low", "shrunk_per_10k_high"), pl.Float64)
        return pl.DataFrame(schema={"obstacle_id": pl.String, **empty}), None
    shape, transactions = counts + prior.shape, exposures + prior.transactions
    return pl.DataFrame(
        {
            "obstacle_id": known["obstacle_id"],
            "shrunk_per_10k": shape / transactions * 10_000,
            "shrunk_per_10k_low": gammaincinv(shape, 0.025) / transactions * 10_000,
            "shrunk_per_10k_high": gammaincinv(shape, 0.975) / transactions * 10_000,
        }
    ), prior


def prepare_obstacles(connection: duckdb.DuckDBPyConnection) -> None:
    """What the SQL of `mart.obstacles` reads: temporary tables `obstacle_window` and `shrunk`; fills `mart.rate_priors`."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE obstacle_window AS {sql('obstacle_window')}")
    window = connection.execute(
        "SELECT obstacle_id, inquiry_count, transaction_count, dispersion FROM obstacle_window"
    ).pl()
    shrunk, prior = shrink(window)
    connection.register("_shrunk", shrunk.to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE shrunk AS SELECT * FROM _shrunk")
    connection.unregister("_shrunk")
    if prior is not None:
        connection.execute(
            "INSERT INTO mart.rate_priors BY NAME SELECT 'obstacles' AS name, $shape AS shape, "
            "$transactions AS transaction_count, $shape / $transactions * 10000 AS mean_per_10k, "
            "$obstacles AS obstacle_count, $likelihood AS log_likelihood",
            {
                "shape": prior.shape,
                "transactions": prior.transactions,
                "obstacles": prior.obstacle_count,
                "likelihood": prior.log_likelihood,
            },
        )
