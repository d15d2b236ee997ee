"""The dispersion of daily counts against statsmodels, and what it must not take for scatter."""

from contextlib import closing
from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from warehouse.sql import load_macros

FIRST = date(2026, 10, 5)
WEEKDAYS = np.array([1.2, 1.1, 1.0, 1.0, 1.1, 0.7, 0.5])


def series(counts, transactions=None):
    """Rows of `dispersions`: counts (series × days), the key is the row's number."""
    keys, days = counts.shape
    return pl.DataFrame(
        {
            "key": np.repeat(np.arange(keys), days),
            "day": [FIRST + timedelta(days=d) for d in range(days)] * keys,
            "inquiry_count": counts.ravel(),
            "transaction_count": None if transactions is None else transactions.ravel(),
        },
        schema_overrides={"day": pl.Date, "transaction_count": pl.Int64},
    )


def dispersions(frame):
    with closing(duckdb.connect()) as connection:
        load_macros(connection)
        connection.register("series", frame.to_arrow())
        return connection.execute("FROM dispersions('series') ORDER BY key").pl()


def drawn(rng, mean, dispersion):
    """Counts of that mean with variance = dispersion × mean."""
    if dispersion == 1:
        return rng.poisson(mean)
    return rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion, np.shape(mean))


def test_it_is_that_of_a_poisson_regression_on_weekday_and_week():
    statsmodels = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(4)
    transactions = rng.integers(800, 1200, (6, 28))
    mean = transactions * 0.03 * np.tile(WEEKDAYS, 4) * np.repeat([1.0, 1.1, 0.9, 0.8], 7)
    counts = drawn(rng, mean, 2.0)
    found = dispersions(series(counts, transactions))
    days = [FIRST + timedelta(days=d) for d in range(28)]
    weekday = np.eye(7)[[d.weekday() for d in days]]
    week = np.eye(4)[[(days[-1] - d).days // 7 for d in days]][:, 1:]
    for key in range(6):
        fitted = statsmodels.GLM(
            counts[key],
            np.column_stack([weekday, week]),
            family=statsmodels.families.Poisson(),
            offset=np.log(transactions[key]),
        ).fit()
        fletcher = np.mean(counts[key] / fitted.mu)
        assert found["dispersion_estimate"][key] == pytest.approx(
            fitted.pearson_chi2 / fitted.df_resid / fletcher, rel=0.02
        )
        assert found["degrees"][key] == fitted.df_resid


@pytest.mark.parametrize("dispersion", [1.0, 2.0, 4.0])
def test_it_is_estimated_without_bias(dispersion):
    rng = np.random.default_rng(7)
    mean = np.tile(WEEKDAYS, 4) * rng.uniform(40, 120, (400, 1))
    found = dispersions(series(drawn(rng, mean, dispersion)))
    assert found["dispersion_estimate"].mean() == pytest.approx(dispersion, rel=0.06)
    assert found["dispersion"].min() >= 1


def test_neither_weekdays_nor_a_new_level_nor_an_incident_is_scatter():
    rng = np.random.default_rng(9)
    mean = np.tile(WEEKDAYS, 4) * np.repeat([40, 40, 80, 80], 7)
    still = np.tile(rng.poisson(40, (50, 28)), 1)
    moved = rng.poisson(mean, (50, 28))
    struck = rng.poisson(np.tile(WEEKDAYS, 4) * 40, (50, 28))
    struck[:, 9:11] *= 6
    means = [dispersions(series(counts))["dispersion_estimate"].mean() for counts in (still, moved, struck)]
    assert means == pytest.approx([1, 1, 1], abs=0.15)
    assert dispersions(series(struck))["days"].unique().to_list() == [28]


def test_few_days_say_nothing_and_the_allowance_shrinks_with_days():
    rng = np.random.default_rng(2)
    counts = drawn(rng, np.full((1, 28), 300.0), 20.0)
    assert dispersions(series(counts[:, :4]))["dispersion"].to_list() == [1.0]
    assert dispersions(series(counts[:, :0])).is_empty()
    allowances = []
    for days in (6, 14, 28):
        found = dispersions(series(counts[:, :days])).row(0, named=True)
        assert found["dispersion_estimate"] > 3
        allowances.append(found["dispersion"] / found["dispersion_estimate"])
    assert allowances == sorted(allowances, reverse=True)
    assert allowances[-1] == pytest.approx((2.1009220 / 1.9599640) ** 2, rel=1e-3)  # t at 18 degrees ÷ z


def test_no_inquiry_at_all_is_no_scatter():
    assert dispersions(series(np.zeros((1, 28), int)))["dispersion"].to_list() == [1.0]


def test_the_allowance_is_taken_back_where_there_is_no_overdispersion():
    rng = np.random.default_rng(8)
    found = dispersions(series(rng.poisson(50, (300, 28))))
    near = found.filter(pl.col("dispersion_estimate").is_between(0.95, 1.0))
    assert near.height > 10
    assert near["dispersion"].max() == 1
