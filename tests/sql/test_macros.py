"""The macros of the contract against exact Poisson limits."""

from contextlib import closing

import duckdb
import pytest
from scipy.stats import chi2

from warehouse.sql import load_macros


@pytest.fixture(scope="module")
def connection():
    with closing(duckdb.connect()) as opened:
        load_macros(opened)
        yield opened


def limits(connection, count, transactions=10_000, dispersion=1):
    return connection.execute(
        "SELECT rate_low($n, $t, dispersion := $d), rate_per_10k($n, $t), rate_high($n, $t, dispersion := $d)",
        {"n": count, "t": transactions, "d": dispersion},
    ).fetchone()


@pytest.mark.parametrize("count", range(10))
def test_small_counts_are_exact(connection, count):
    low, rate, high = limits(connection, count)
    assert rate == count
    assert low == pytest.approx(chi2.ppf(0.025, 2 * count) / 2 if count else 0, rel=1e-9)
    assert high == pytest.approx(chi2.ppf(0.975, 2 * count + 2) / 2, rel=1e-9)


@pytest.mark.parametrize("count", [11, 12, 20, 57, 300, 12_345, 10_000_000])
def test_large_counts_are_close(connection, count):
    low, _, high = limits(connection, count)
    assert low == pytest.approx(chi2.ppf(0.025, 2 * count) / 2, rel=2e-3)
    assert high == pytest.approx(chi2.ppf(0.975, 2 * count + 2) / 2, rel=2e-3)


def test_there_is_no_step_where_the_formula_changes(connection):
    below, above = limits(connection, 10), limits(connection, 10.001)
    assert above[0] == pytest.approx(below[0], rel=1e-2)
    assert above[2] == pytest.approx(below[2], rel=1e-2)


def test_rates_scale_and_no_transactions_give_null(connection):
    assert limits(connection, 30, 120_000)[1] == 2.5
    assert limits(connection, 3, 0) == (None, None, None)
    assert limits(connection, 3, None) == (None, None, None)
    assert limits(connection, None, 10) == (None, None, None)


def test_dispersion_widens(connection):
    plain, wide = limits(connection, 100), limits(connection, 100, dispersion=4)
    assert wide[2] - wide[0] == pytest.approx(2 * (plain[2] - plain[0]), rel=0.05)
    assert limits(connection, 100, dispersion=0.5) == plain
