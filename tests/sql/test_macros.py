"""The macros of the contract against exact Poisson limits."""

from contextlib import closing

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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


@settings(max_examples=200, deadline=None)
@given(
    count=st.integers(0, 5_000_000),
    transactions=st.integers(1, 10**9),
    dispersion=st.floats(1, 20, allow_nan=False),
)
def test_limits_are_those_of_the_effective_count(count, transactions, dispersion):
    with closing(duckdb.connect()) as opened:
        load_macros(opened)
        low, rate, high = limits(opened, count, transactions, dispersion)
    effective = count / dispersion
    scale = dispersion * 10_000 / transactions
    # Between whole numbers up to 10 the limits run straight, which is off by little; above, Byar's formula is.
    assert low <= rate <= high
    step = dispersion**-0.75  # 1 for a Poisson count
    assert high == pytest.approx(chi2.ppf(0.975, 2 * (effective + step)) / 2 * scale, rel=0.03)
    exact = chi2.ppf(0.025, 2 * effective) / 2 * scale if count else 0
    assert low == pytest.approx(exact, rel=0.015, abs=0.03 * scale)


@pytest.mark.parametrize(("part", "whole"), [(0, 10), (3, 10), (10, 10), (25, 50), (1, 4000), (399, 400)])
def test_limits_of_a_share_are_wilsons(connection, part, whole):
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    found = connection.execute(
        "SELECT share_low($p, $w), share_high($p, $w)", {"p": part, "w": whole}
    ).fetchone()
    assert found == pytest.approx(proportion.proportion_confint(part, whole, method="wilson"), abs=1e-12)
    assert connection.execute("SELECT share_low(0, 0), share_high(1, NULL)").fetchone() == (None, None)


def test_an_obstacle_keeps_its_id(connection):
    ids = connection.execute(
        "SELECT obstacle_id('w', 'pay', NULL, 'fault'), obstacle_id('w', 'pay', 't1', NULL), obstacle_id('w', NULL, NULL, NULL)"
    ).fetchone()
    assert ids[0] == "oe05f6bb1f9bb"
    assert len(set(ids)) == 3
