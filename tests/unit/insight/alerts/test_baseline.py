from datetime import date, timedelta

import numpy as np
import pytest

from insight.alerts.baseline import anchor_day, fit_baseline
from insight.alerts.models import Models
from insight.alerts.predict import predict
from insight.alerts.priors import pooled, wide
from insight.alerts.series import matrices

from .worlds import FIRST, day_of, frames, world


def quiet(days=60, **how):
    counts, exposure = world(days, **how)
    return counts, exposure, matrices(*frames(counts, exposure), day_of(days - 1))


def step(series, name):
    return int((series.keys["step"].fill_null("") == name).arg_max())


def test_a_quiet_day_lies_where_it_is_expected():
    _, exposure, series = quiet(120)
    base = fit_baseline(series, day_of(99))
    inside = total = 0
    for column in range(100, 120):
        window = predict(base, series, day_of(column), 1)
        steps = series.level("step")
        inside += ((window.observed >= window.lower()) & (window.observed <= window.upper()))[steps].sum()
        total += steps.sum()
        np.testing.assert_allclose(window.expected[steps] / exposure[:, column], 0.03, rtol=0.25)
    assert 0.91 <= inside / total <= 1.0


def test_the_expectation_knows_nothing_of_the_day_it_judges():
    counts, exposure, _ = quiet(60)
    other = counts.copy()
    other[:, 59] *= 5
    windows = []
    for table in (counts, other):
        series = matrices(*frames(table, exposure), day_of(59))
        windows.append(predict(fit_baseline(series, day_of(58)), series, day_of(59), 1))
    np.testing.assert_allclose(windows[0].expected, windows[1].expected, rtol=1e-9)


def test_a_window_inside_the_fit_is_taken_out_of_it():
    """Leaving seven days out by a Newton step is nearly a fit without them."""
    counts, exposure, series = quiet(60)
    counts[2, 53:] = counts[2, 53:] * 1.4
    series = matrices(*frames(counts, exposure), day_of(59))
    row = step(series, "s2")
    inside = predict(fit_baseline(series, day_of(58)), series, day_of(59), 7)
    before = predict(fit_baseline(series, day_of(52)), series, day_of(59), 7)
    assert inside.expected[row] == pytest.approx(before.expected[row], rel=0.04)
    assert inside.observed[row] > 1.25 * inside.expected[row]


def test_days_since_the_fit_are_added():
    counts, exposure, _ = quiet(70)
    counts[1, 58:] = counts[1, 58:] * 1.5
    series = matrices(*frames(counts, exposure), day_of(69))
    old = fit_baseline(series, day_of(57))
    row = step(series, "s1")
    moved = predict(old, series, day_of(69), 1).coef[:, 0] - old.coef[:, 0]
    assert moved[row] > 0.06
    assert moved[row] == moved[series.level("step")].max()


def test_an_outbreak_in_the_past_weighs_little():
    counts, exposure, series = quiet(60)
    spoiled = counts.copy()
    spoiled[3, 40:43] *= 6
    rows = step(series, "s3")
    clean = predict(fit_baseline(series, day_of(58)), series, day_of(59), 1).expected[rows]
    other = matrices(*frames(spoiled, exposure), day_of(59))
    dirty = predict(fit_baseline(other, day_of(58)), other, day_of(59), 1).expected[rows]
    assert dirty == pytest.approx(clean, rel=0.08)
    assert spoiled[3].mean() > 1.2 * counts[3].mean()  # a plain mean would have moved


def test_a_lasting_change_becomes_the_usual():
    counts, exposure, _ = quiet(120, size=40.0)
    counts[0, 60:] = counts[0, 60:] // 2
    series = matrices(*frames(counts, exposure), day_of(119))
    base, row = fit_baseline(series, day_of(118)), step(series, "s0")
    assert abs(base.shifts[row].max() - day_of(60).toordinal()) <= 5
    others = series.level("step").copy()
    others[row] = False
    assert not base.shifts[others].any()
    window = predict(base, series, day_of(119), 1)
    assert window.expected[row] / window.exposure[row] == pytest.approx(0.02, rel=0.12)


def test_a_first_festival_is_told_by_the_other_steps():
    """All steps but one double on a first 双11: nothing is unusual about those, and the quiet one is known as quiet."""
    days = (date(2026, 11, 11) - FIRST).days + 1
    counts, exposure = world(days, products=3, size=50.0)
    counts[:-1, -1] *= 2
    series = matrices(*frames(counts, exposure), day_of(days - 1))
    window = predict(fit_baseline(series, day_of(days - 2)), series, day_of(days - 1), 1)
    steps = series.level("step")
    quiet_one = steps & (series.keys["step"].fill_null("") == "s11").to_numpy()
    assert np.exp(window.common[steps]).max() == pytest.approx(2, rel=0.15)
    assert (window.observed <= window.upper(0.001))[steps].all()
    assert (window.observed < window.lower())[quiet_one].all()


def test_days_that_lack_something_teach_nothing():
    counts, exposure, _ = quiet(60)
    spoiled = counts.copy()
    spoiled[:, 30:33] //= 5
    clean, dirty = (
        matrices(*frames(table, exposure), day_of(59), [day_of(c) for c in (30, 31, 32)])
        for table in (counts, spoiled)
    )
    one, two = (fit_baseline(series, day_of(58)) for series in (clean, dirty))
    np.testing.assert_allclose(one.coef, two.coef, atol=1e-7)


def test_models_are_kept_and_know_when_they_no_longer_hold():
    _, _, series = quiet(70)
    models = Models.fit(series, day_of(62), "CN")
    again = Models.from_frame(models.to_frame())
    later = matrices(*frames(*world(77)), day_of(76))  # another draw: other counts
    assert again.hold_for(series, day_of(62), "CN")
    assert not again.hold_for(series, day_of(63), "CN")
    assert not again.hold_for(later, day_of(62), "CN")
    for days in (1, 14):
        one, two = (predict(m.for_series(series), series, day_of(66), days) for m in (models, again))
        np.testing.assert_allclose(one.expected, two.expected, rtol=1e-12)
        np.testing.assert_allclose(one.variance, two.variance, rtol=1e-12)


def test_a_new_series_leaves_the_others_models_as_they_are():
    counts, exposure, _ = quiet(70)
    topics = {0: {"t1": np.where(np.arange(70) >= 66, 6, 0)}}
    before = matrices(*frames(counts, exposure), day_of(69))
    after = matrices(*frames(counts, exposure, topics=topics), day_of(69))
    models = Models.fit(before, day_of(62), "CN")
    assert models.hold_for(after, day_of(62), "CN")
    base = models.for_series(after)
    assert base.days[after.level("topic")] == 0
    one, two = predict(base, after, day_of(69), 1), predict(models.base, before, day_of(69), 1)
    np.testing.assert_allclose(one.expected[after.level("step")], two.expected[before.level("step")])


@pytest.mark.parametrize(("back", "expected"), [(30, 1), (57, 7), (58, 1), (63, 6)])
def test_models_are_refitted_on_mondays_once_there_are_eight_weeks(back, expected):
    day = FIRST + timedelta(back)
    assert (day - anchor_day(day, FIRST)).days in range(1, 8)
    if back > 57:
        assert anchor_day(day, FIRST).weekday() == 6
    else:
        assert anchor_day(day, FIRST) == day - timedelta(1) or anchor_day(day, FIRST).weekday() == 6


def test_what_all_series_share_is_learned_and_the_unseen_stays_open():
    rng = np.random.default_rng(0)
    size = wide().mean.size
    truth = np.zeros(size)
    truth[:7] = [0.1, 0.1, 0.1, 0.1, 0.2, -0.3, -0.3]
    coef = truth + rng.normal(0, 0.1, (60, size))
    cov = np.broadcast_to(np.diag(np.full(size, 0.1**2)), (60, size, size)).copy()
    cov[:, 10, 10] = wide().variance[10]  # a festival that nobody saw
    coef[:, 10] = 0
    found = pooled(coef, cov)
    np.testing.assert_allclose(found.mean[:7], truth[:7] - truth[:7].mean(), atol=0.06)
    assert np.sqrt(found.spread[:7]).max() < 0.09
    assert found.uncertainty[10] == pytest.approx(wide().variance[10], rel=0.01)
    assert found.uncertainty[0] < 0.01
