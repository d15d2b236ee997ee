import numpy as np
import pytest
import statsmodels.api as sm

from insight.alerts import glm


def problem(seed=0, series=5, days=80, own=1):
    rng = np.random.default_rng(seed)
    common = np.column_stack(
        [np.ones(days), np.linspace(-1, 1, days), (np.arange(days) % 7 == 0).astype(float)]
    )
    private = rng.normal(size=(series, days, own))
    offset = rng.normal(4, 0.5, (series, days))
    truth = rng.normal(0, 0.3, (series, 3 + own))
    truth[:, 0] -= 1
    mean = np.exp(offset + glm.linear(common, private, truth))
    return common, private, offset, rng.poisson(mean * rng.gamma(20, 1 / 20, mean.shape)), rng


@pytest.mark.parametrize("k", [0.0, 0.05, 0.4])
def test_without_priors_it_is_the_glm_of_statsmodels(k):
    common, own, offset, counts, rng = problem()
    weight = rng.uniform(0.2, 1.0, counts.shape)
    none = np.zeros((len(counts), 4))
    found = glm.fit(counts, offset, common, own, weight, np.full(len(counts), k), none, none)
    family = sm.families.NegativeBinomial(alpha=k) if k else sm.families.Poisson()
    for i in range(len(counts)):
        x = np.column_stack([common, own[i]])
        other = sm.GLM(counts[i], x, family=family, offset=offset[i], freq_weights=weight[i]).fit(tol=1e-12)
        np.testing.assert_allclose(found.coef[i], other.params, atol=1e-6)
        np.testing.assert_allclose(found.cov[i], other.cov_params(), rtol=1e-3, atol=1e-8)
        np.testing.assert_allclose(found.mean[i], other.fittedvalues, rtol=1e-5)
    np.testing.assert_allclose(found.leverage, 4, rtol=1e-6)


def test_a_prior_is_worth_its_precision():
    """A prior on the level alone is one more observation: the penalised optimum has zero gradient."""
    common, own, offset, counts, _ = problem(own=1)
    mean, precision = np.full((5, 4), 0.2), np.full((5, 4), 7.0)
    k = np.full(5, 0.1)
    found = glm.fit(counts, offset, common, own, np.ones_like(offset), k, mean, precision)
    gradient = glm.score(common, own, (counts - found.mean) / (1 + 0.1 * found.mean))
    np.testing.assert_allclose(gradient, precision * (found.coef - mean), atol=1e-4)


def test_a_day_of_weight_zero_does_not_matter():
    common, own, offset, counts, _ = problem()
    none, k = np.zeros((5, 4)), np.full(5, 0.05)
    weight = np.ones_like(offset)
    weight[:, 10:20] = 0
    spoiled = counts.copy()
    spoiled[:, 10:20] = 99_999
    one = glm.fit(counts, offset, common, own, weight, k, none, none)
    two = glm.fit(spoiled, offset, common, own, weight, k, none, none)
    np.testing.assert_allclose(one.coef, two.coef, atol=1e-7)


def test_series_without_a_count_stay_finite():
    common, own, offset, counts, _ = problem()
    counts[0] = 0
    found = glm.fit(
        counts,
        offset,
        common,
        own,
        np.ones_like(offset),
        np.zeros(5),
        np.zeros((5, 4)),
        np.full((5, 4), 0.25),
    )
    assert np.isfinite(found.coef).all()
    assert found.mean[0].sum() < 4


def test_dispersion_is_found_again():
    rng = np.random.default_rng(3)
    k = np.array([0.0, 0.02, 0.1, 0.3])
    mean = np.full((4, 4000), 40.0)
    counts = rng.poisson(
        mean
        * np.where(
            k[:, None] > 0,
            rng.gamma(1 / np.maximum(k, 1e-9)[:, None], np.maximum(k, 1e-9)[:, None], mean.shape),
            1,
        )
    )
    found = glm.dispersion_of(counts, mean, np.ones_like(mean), np.ones(4))
    np.testing.assert_allclose(found, k, rtol=0.12, atol=0.005)
