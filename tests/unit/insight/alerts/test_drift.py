import numpy as np
import pytest

from insight.alerts.baseline import fit_baseline
from insight.alerts.cells import FINDING
from insight.alerts.drift import Course, course, drifts
from insight.alerts.limits import Limits, q_values
from insight.alerts.outbreak import rates
from insight.alerts.sentences import Evidence, Labels, explain
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


def ratio_of(kind, days=60):
    at = np.arange(days)
    if kind == "sudden":
        return np.where(at >= days - 9, 1.8, 1.0)
    return 1 + 0.8 * np.clip((at - (days - 15)) / 14, 0, 1)


@pytest.mark.parametrize("kind", ["sudden", "gradual"])
def test_a_step_and_a_ramp_are_told_apart_once_they_can_be(kind):
    found = []
    for seed in (1, 2, 3):
        counts, exposure = world(60, size=150.0, seed=seed, unrest=0.002)
        counts[3] = (counts[3] * ratio_of(kind)).round()
        last = day_of(59)
        series = matrices(*frames(counts, exposure), last)
        row = series.keys["step"].to_list().index("s3")
        found.append(course(fit_baseline(series, day_of(58)), series, row, last, 14))
    assert {one.shape for one in found} == {kind}
    if kind == "sudden":
        assert all(abs((one.since - day_of(51)).days) <= 1 for one in found)
    else:
        assert all(-5 <= (one.since - day_of(45)).days <= 5 for one in found)


def test_where_days_fit_both_nothing_is_said():
    counts, exposure = world(60, size=20.0, unrest=0.05)
    counts[3, -3:] = (counts[3, -3:] * 1.3).round()
    series = matrices(*frames(counts, exposure), day_of(59))
    row = series.keys["step"].to_list().index("s3")
    assert course(fit_baseline(series, day_of(58)), series, row, day_of(59), 7).shape is None


@pytest.mark.parametrize(
    ("shape", "zh", "en"),
    [
        (
            "sudden",
            "从8月1日前后起突然升高，一直持续到现在",
            "a sudden rise since about 1 Aug that has lasted",
        ),
        ("gradual", "从8月1日前后起逐渐升高", "a gradual rise since about 1 Aug"),
        (None, "已持续多日，不是单日波动", "and has been so for days, not just on one"),
    ],
)
def test_the_sentence_says_how_it_came(shape, zh, en):
    row = dict.fromkeys(FINDING) | {
        "kind": "rate_drift", "level": "step", "product": "p", "step": "s", "window_days": 7, "direction": 1,
        "observed": 150.0, "expected": 100.0, "expected_low": 80.0, "expected_high": 120.0, "exposure": 7000.0,
    }  # fmt: skip
    said = explain(row, day_of(30), Labels(), Evidence(course=Course(shape, day_of(26))))
    assert zh in said[0]
    assert en in said[1]
