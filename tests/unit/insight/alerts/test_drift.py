import numpy as np
import pytest

from insight.alerts.baseline import fit_baseline
from insight.alerts.drift import drifts
from insight.alerts.fdr import q_values
from insight.alerts.limits import Limits
from insight.alerts.outbreak import rates
from insight.alerts.series import matrices

from .worlds import day_of, frames, world


def judged(counts, exposure, how=drifts):
    last = counts.shape[1] - 1
    series = matrices(*frames(counts, exposure), day_of(last))
    found = how(fit_baseline(series, day_of(last - 1)), series, day_of(last), Limits())
    return {row["step"]: row | other for row, other in zip(series.keys.to_dicts(), found.to_dicts(), strict=True) if row["level"] == "step"}  # fmt: skip


@pytest.mark.parametrize(("factor", "direction"), [(1.5, 1), (0.6, -1)])
def test_ten_days_of_another_rate_are_a_drift(factor, direction):
    counts, exposure = world(60, size=40.0)
    counts[3, -10:] = (counts[3, -10:] * factor).round()
    found = judged(counts, exposure)
    assert found["s3"]["is_flagged"]
    assert found["s3"]["direction"] == direction
    assert found["s3"]["drift_days"] in (7, 10, 14)
    assert [name for name, row in found.items() if row["is_flagged"]] == ["s3"]


def test_one_outbreak_is_no_drift():
    counts, exposure = world(60, size=40.0)
    counts[3, -3] *= 5
    assert not judged(counts, exposure)["s3"]["is_flagged"]


def test_a_series_too_young_for_the_window_is_not_tested():
    counts, exposure = world(20, size=40.0)
    counts[3, -10:] *= 2
    assert not any(row["is_tested"] for row in judged(counts, exposure).values())


def test_a_drift_reaches_no_verdict_from_one_day_but_an_outbreak_does():
    counts, exposure = world(60, size=40.0)
    counts[3, -1] *= 3
    found = judged(counts, exposure, rates)
    assert [name for name, row in found.items() if row["is_flagged"]] == ["s3"]
    assert found["s3"]["observed"] == counts[3, -1]


def test_small_counts_need_more_than_a_factor():
    counts, exposure = world(60, size=0.6)
    counts[3, -1] = 4  # seven times the usual, and still under the minimum
    assert not judged(counts, exposure, rates)["s3"]["is_flagged"]


def test_q_values_are_benjamini_hochberg_over_the_tested():
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(0)
    p = np.concatenate([rng.uniform(size=50), [1e-6, 1e-4, 0.003]])
    tested = rng.uniform(size=53) < 0.8
    found = q_values(p, tested)
    np.testing.assert_allclose(found[tested], multipletests(p[tested], method="fdr_bh")[1], rtol=1e-12)
    assert (found[~tested] == 1).all()
    assert (q_values(p, np.zeros(53, bool)) == 1).all()
    every = np.ones(53, bool)
    np.testing.assert_allclose(q_values(p, every, np.full(53, 7.0)), q_values(p, every))
    weight = np.where(np.arange(53) >= 50, 1.0, 0.1)
    assert (q_values(p, every, weight)[50:] < q_values(p, every)[50:]).all()
