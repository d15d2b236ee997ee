import json

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from insight.alerts.priors import Prior
from insight.alerts.sentences import Labels
from insight.effects.changes import EFFECT, change_effects, status_of
from insight.effects.controls import Controls
from insight.effects.model import interrupted, newey_west
from tests.unit.insight.alerts.worlds import day_of, frames, world

LABELS = Labels({"p0": ("钱包", "Wallet")}, {("p0", "s1"): ("提现", "Withdraw")})


def change(column, *, step="s1", product="p0", kind="release", name="c1", title="新入口", **more):
    return {
        "change_id": name, "day": day_of(column), "product": product, "step": step, "kind": kind, "title": title
    } | more  # fmt: skip


def effects(counts, exposure, *changes, last=None, **how):
    history, exposures = frames(counts, exposure, **how)
    day = day_of(counts.shape[1] - 1 if last is None else last)
    return change_effects(history, exposures, pl.DataFrame(list(changes)), day, labels=LABELS).to_dicts()


def test_a_fix_helped():
    counts, exposure = world(70)
    rng = np.random.default_rng(3)
    unchanged = counts[1, 40:].sum()
    counts[1, 40:] = rng.binomial(counts[1, 40:], 0.6)
    row = effects(counts, exposure, change(40))[0]
    assert row["verdict"] == "helped"
    assert row["ratio_low"] < 0.6 < row["ratio_high"] < 1
    assert row["avoided_low"] < unchanged - counts[1, 40:].sum() < row["avoided_high"]
    assert row["before_days"] == 40
    assert row["after_days"] == 30
    assert row["after_per_10k"] == pytest.approx(counts[1, 40:].sum() / exposure[1, 40:].sum() * 10_000)
    assert "有效" in row["explanation_zh"]
    assert "提现（钱包）" in row["explanation_zh"]
    assert f"{row['ratio']:.2f}" in row["explanation_zh"]
    assert "it helped" in row["explanation_en"]
    made = json.loads(row["parameters"])
    assert np.exp(made["coef"]["change"]) == pytest.approx(row["ratio"], rel=1e-5)


def test_what_changed_nothing_has_no_effect_and_what_harmed_is_worse():
    counts, exposure = world(70)
    counts[2, 40:] = (counts[2, 40:] * 1.6).round()
    none, worse = effects(counts, exposure, change(40, name="a"), change(40, step="s2", name="b"))
    assert none["verdict"] == "no_effect_seen"
    assert none["ratio_low"] < 1 < none["ratio_high"]
    assert none["avoided_low"] < 0 < none["avoided_high"]
    assert worse["verdict"] == "worse"
    assert worse["avoided_high"] < 0


@pytest.mark.parametrize(("last", "verdict"), [(45, "too_early"), (46, "helped")])
def test_the_verdict_comes_after_seven_days(last, verdict):
    counts, exposure = world(70)
    counts[1, 40:] //= 3
    row = effects(counts, exposure, change(40), last=last)[0]
    assert row["verdict"] == verdict
    assert (row["ratio"] is None) == (verdict == "too_early")


def test_nothing_after_the_day_is_looked_at():
    counts, exposure = world(70)
    other = counts.copy()
    other[:, 55:] *= 4
    one, two = (effects(table, exposure, change(40), last=54) for table in (counts, other))
    assert one == two
    assert effects(counts, exposure, change(60), last=54) == []


def test_what_hits_everybody_is_not_credited_to_the_change():
    counts, exposure = world(80, products=3)
    counts[:, 45:] = (counts[:, 45:] * 0.7).round()
    row = effects(counts, exposure, change(45))[0]
    assert row["verdict"] == "no_effect_seen"
    assert row["ratio"] > 0.8


def test_a_change_of_a_whole_product_and_of_one_topic():
    counts, exposure = world(70)
    topic = counts[1].copy()
    topic[40:] //= 2
    counts[4:, 40:] = (counts[4:, 40:] * 0.7).round()
    found = effects(
        counts, exposure, change(40, product="p1", step=None, name="a", topic_id=None),
        change(40, name="b", topic_id="t"), topics={1: {"t": topic}},
    )  # fmt: skip
    assert [(row["change_id"], row["verdict"]) for row in found] == [("a", "helped"), ("b", "helped")]
    assert "主题" in found[1]["explanation_zh"]


def test_overlapping_changes_say_so_and_are_told_apart_where_days_allow():
    counts, exposure = world(90)
    counts[1, 60:] //= 2
    first, second = effects(
        counts, exposure, change(45, name="a", title="公告"), change(60, name="b", title="新入口")
    )
    assert first["overlaps"] == ["b"]
    assert second["overlaps"] == ["a"]
    assert "公告" in second["explanation_zh"]
    assert first["verdict"] == "no_effect_seen"
    assert second["verdict"] == "helped"


def test_an_incident_is_measured_by_its_own_days():
    counts, exposure = world(70)
    usual = counts[1, 40:42].sum()
    counts[1, 40:42] *= 5
    row = effects(counts, exposure, change(40, kind="incident"))[0]
    assert row["verdict"] == "worse"
    assert -row["avoided_count"] == pytest.approx(4 * usual, rel=0.3)


def test_an_old_change_keeps_its_effect():
    counts, exposure = world(300)
    counts[1, 40:] = (counts[1, 40:] * 0.6).round()
    now = effects(counts, exposure, change(40), last=180)[0]
    later = effects(counts, exposure, change(40), last=299)[0]
    assert now == later


def test_a_change_of_an_unknown_place_is_listed():
    counts, exposure = world(40)
    row = effects(counts, exposure, change(20, product="x", step="y"))[0]
    assert (row["verdict"], row["ratio"], row["before_days"]) == ("too_early", None, 0)
    empty = change_effects(*frames(counts, exposure), pl.DataFrame([change(20)]).clear(), day_of(39))
    assert empty.is_empty()
    assert dict(empty.schema) == EFFECT


def test_the_model_without_priors_is_the_glm_of_statsmodels():
    rng = np.random.default_rng(5)
    days = 400
    calendar = np.column_stack([(np.arange(days) % 7 == d).astype(float) for d in range(6)])
    after = (np.arange(days) >= 250).astype(float)
    controls = rng.normal(0, 0.2, days)
    offset = np.full(days, 8.0)
    counts = rng.poisson(
        np.exp(offset - 5 - 0.3 * after + 0.6 * controls + calendar @ np.linspace(-0.2, 0.2, 6))
    )
    loose = Prior(np.zeros(6), np.full(6, 1e4), np.zeros(6))
    found = interrupted(
        counts,
        offset,
        np.ones(days, bool),
        calendar,
        list("abcdef"),
        after,
        Controls(0.0, 0.0, controls),
        np.zeros((days, 0)),
        loose,
        0.0,
    )
    x = np.column_stack([np.ones(days), np.arange(days) / 30, calendar, controls, after])
    family = sm.families.NegativeBinomial(alpha=max(found.dispersion, 1e-9))
    other = sm.GLM(counts, x, family=family, offset=offset).fit()
    assert found.beta == pytest.approx(other.params[-1], abs=0.02)
    assert found.error == pytest.approx(other.bse[-1], rel=0.35)


def test_newey_west_is_that_of_statsmodels():
    from statsmodels.stats.sandwich_covariance import S_hac_simple

    part = np.random.default_rng(2).normal(size=(120, 3)).cumsum(axis=0)
    np.testing.assert_allclose(newey_west(part, 4), S_hac_simple(part, nlags=4), rtol=1e-10)


@pytest.mark.parametrize(
    ("verdict", "days", "status"),
    [("helped", 9, "verified"), ("worse", 9, "open"), ("no_effect_seen", 9, "fixed"), ("no_effect_seen", 14, "open"), ("too_early", 3, "fixed")],
)  # fmt: skip
def test_a_fixed_obstacle_is_verified_or_reopened(verdict, days, status):
    assert status_of(verdict, days) == status
