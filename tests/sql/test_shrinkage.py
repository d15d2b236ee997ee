"""Shrunk rates: the fit against scipy, and what shrinking must and must not do."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import gamma, nbinom

from warehouse.publish.shrinkage import LEAST, fit_prior, shrink

MANY = st.lists(
    st.tuples(st.integers(0, 400), st.integers(20, 2_000_000)), min_size=LEAST, max_size=60
).filter(lambda cells: sum(count for count, _ in cells) > 0)


def frame(cells, dispersion=1.0):
    return pl.DataFrame(
        {
            "obstacle_id": [f"o{n:03}" for n in range(len(cells))],
            "inquiry_count": [count for count, _ in cells],
            "transaction_count": [exposure for _, exposure in cells],
            "dispersion": [dispersion] * len(cells),
        },
        schema_overrides={"transaction_count": pl.Int64},
    )


def drawn(seed, obstacles=150, shape=0.8, transactions=600.0):
    rng = np.random.default_rng(seed)
    exposures = np.exp(rng.uniform(np.log(500), np.log(2_000_000), obstacles)).round()
    rates = rng.gamma(shape, 1 / transactions, obstacles)
    return [(int(n), int(t)) for n, t in zip(rng.poisson(rates * exposures), exposures, strict=True)], rates


def test_the_fit_is_the_most_likely_one():
    cells, _ = drawn(1)
    counts, exposures = (np.array(side, float) for side in zip(*cells, strict=True))
    prior = fit_prior(counts, exposures)

    def negative(parameters):
        shape, rate = np.exp(parameters)
        return -nbinom.logpmf(counts, shape, rate / (rate + exposures)).sum()

    best = minimize(
        negative, np.log([1.0, 1000.0]), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-8}
    )
    assert [prior.shape, prior.transactions] == pytest.approx(np.exp(best.x), rel=1e-3)
    assert prior.log_likelihood == pytest.approx(-best.fun, rel=1e-6)


def test_it_finds_the_distribution_that_rates_came_from():
    fits = [shrink(frame(drawn(seed, obstacles=400)[0]))[1] for seed in range(5)]
    assert np.mean([fit.shape for fit in fits]) == pytest.approx(0.8, rel=0.1)
    assert np.mean([fit.transactions for fit in fits]) == pytest.approx(600, rel=0.15)


def test_shrunk_rates_are_nearer_to_the_truth_and_their_intervals_hold_it():
    nearer, held = [], []
    for seed in range(10):
        cells, rates = drawn(seed)
        found, _ = shrink(frame(cells))
        truth = rates * 10_000
        raw = np.array([n / t * 10_000 for n, t in cells])
        shrunk = found["shrunk_per_10k"].to_numpy()
        nearer.append(np.square(shrunk - truth).mean() / np.square(raw - truth).mean())
        low, high = (found[f"shrunk_per_10k_{end}"].to_numpy() for end in ("low", "high"))
        held.append(((low <= truth) & (truth <= high)).mean())
    assert np.mean(nearer) < 0.95
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


def test_three_inquiries_on_forty_transactions_do_not_lead_the_list():
    cells, _ = drawn(3)
    cells += [(3, 40), (4000, 200_000)]
    found, prior = shrink(frame(cells))
    few, many = found["shrunk_per_10k"][-2:]
    assert few < 750 / 5
    assert many == pytest.approx(200, rel=0.01)
    assert few == pytest.approx((prior.shape + 3) / (prior.transactions + 40) * 10_000)


@settings(max_examples=60, deadline=None)
@given(MANY)
def test_each_rate_lies_between_its_own_and_the_mean_and_within_its_limits(cells):
    found, prior = shrink(frame(cells))
    mean = prior.shape / prior.transactions * 10_000
    for (count, exposure), rate, low, high in zip(
        cells, *(found[f"shrunk_per_10k{end}"] for end in ("", "_low", "_high")), strict=True
    ):
        own = count / exposure * 10_000
        assert min(own, mean) * (1 - 1e-9) <= rate <= max(own, mean) * (1 + 1e-9)
        assert low < high
        assert low <= gamma.ppf(0.5, prior.shape + count) / (prior.transactions + exposure) * 10_000 <= high


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 149))
def test_one_inquiry_more_moves_little_and_keeps_the_order_of_the_others(seed, index):
    cells, _ = drawn(seed)
    before = shrink(frame(cells))[0]["shrunk_per_10k"].to_numpy()
    count, exposure = cells[index]
    after = shrink(frame([*cells[:index], (count + 1, exposure), *cells[index + 1 :]]))[0][
        "shrunk_per_10k"
    ].to_numpy()
    others = np.arange(len(cells)) != index
    assert np.abs(after[others] / before[others] - 1).max() < 0.1
    assert after[index] > before[index]
    ranks = [np.argsort(np.argsort(-side[others], kind="stable")) for side in (before, after)]
    assert np.abs(ranks[0] - ranks[1]).max() <= 3
    assert (
        set(np.argsort(-before[others])[:10]) == set(np.argsort(-after[others])[:10])
        or np.abs(np.diff(np.sort(before[others])[::-1][9:11])) < 0.02 * np.sort(before[others])[-10]
    )


def test_dispersion_counts_as_less_knowledge():
    cells, _ = drawn(5)
    plain, wide = shrink(frame(cells))[0], shrink(frame(cells, dispersion=4.0))[0]
    widths = [(f["shrunk_per_10k_high"] - f["shrunk_per_10k_low"]).to_numpy() for f in (plain, wide)]
    assert (widths[1] > widths[0]).mean() > 0.9


def test_too_few_obstacles_and_no_transactions_have_no_shrunk_rate():
    found, prior = shrink(frame([(3, 100)] * (LEAST - 1)))
    assert found.is_empty()
    assert prior is None
    assert shrink(frame([(0, 100)] * 10))[1] is None
    found, prior = shrink(frame([(3, 100), (1, 50), (2, 70), (9, 900), (4, 300), (7, None), (7, 0)]))
    assert found.height == 5
    assert prior.obstacle_count == 5


def test_the_order_of_obstacles_does_not_matter():
    cells, _ = drawn(6)
    given_frame = frame(cells)
    assert shrink(given_frame)[0].equals(shrink(given_frame.reverse())[0])
