import json
import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from insight.alerts.day import ALERT, alerts_of_day
from insight.alerts.sentences import Labels
from warehouse.errors import VocError

from .worlds import FIRST, day_of, frames, world

LABELS = Labels({"p0": ("钱包", "Wallet")}, {("p0", "s1"): ("提现", "Withdraw")}, {"late": "提现不到账"})


def told(history, exposures, first, last, **how):
    """Alerts of the days first … last, told day by day."""
    episodes = models = None
    found = []
    for column in range(first, last + 1):
        day = day_of(column)
        result = alerts_of_day(
            history.filter(pl.col("day") <= day),
            exposures,
            day,
            labels=LABELS,
            episodes=episodes,
            models=models,
            **how,
        )
        episodes, models = result.episodes, result.models
        found += result.alerts.to_dicts()
    return found


def quiet(days=45, **how):
    return world(days, **how)


def test_a_tripled_step_is_told_once_with_its_topic_and_numbers_that_can_be_made_again():
    counts, exposure = quiet()
    late = np.full(45, 6)
    counts[1, 40:43] += 70
    late[40:43] += 70
    history, exposures = frames(counts, exposure, topics={1: {"late": late}})
    found = told(history, exposures, 36, 44)
    assert [(row["kind"], row["product"], row["step"], row["day"]) for row in found] == [
        ("rate_high", "p0", "s1", day_of(40))
    ]
    row = found[0]
    assert row["observed"] == counts[1, 40]
    assert row["expected"] < row["expected_high"] < row["observed"]
    assert row["score"] > 1
    assert row["q_value"] < 0.05
    made = json.loads(row["parameters"])
    linear = sum(made["coef"][name] * value for name, value in made["terms_of_day"].items())
    assert made["exposure"] * math.exp(linear + made["common"]) == pytest.approx(row["expected"], rel=1e-6)
    assert made["exposure"] == pytest.approx(exposure[1, 40])
    assert {"level": "topic", "product": "p0", "step": "s1", "topic_id": "late"} in made["parts"]
    for text in (row["explanation_zh"], row["explanation_en"]):
        assert f"{row['observed'] / made['exposure'] * 10_000:,.1f}" in text
        assert "提现不到账" in text
    assert row["explanation_zh"].startswith("提现（钱包）8月15日的万求率为")
    assert row["explanation_en"].startswith("Withdraw (Wallet): ")
    assert row["explanation"] == row["explanation_zh"]


def test_quiet_weeks_are_quiet():
    """Four weeks of three small companies: fewer than one false alert a week."""
    found = [told(*frames(*quiet(50, seed=seed)), 21, 49) for seed in (1, 2, 3)]
    assert sum(map(len, found)) <= 4


def test_days_in_a_young_workspace_bring_no_alert():
    counts, exposure = quiet(13)
    counts[1, 12] *= 5
    assert told(*frames(counts, exposure), 0, 12) == []


def test_a_slow_rise_is_told_as_a_drift():
    counts, exposure = quiet(60, size=40.0)
    counts[1, 40:] = (counts[1, 40:] * np.minimum(1 + 0.05 * np.arange(1, 21), 1.5)).round()
    found = told(*frames(counts, exposure), 36, 55)
    assert {(row["kind"], row["step"]) for row in found} <= {("rate_drift", "s1"), ("rate_high", "s1")}
    assert len(found) == 1
    assert day_of(42) <= found[0]["day"] <= day_of(54)


def test_transactions_that_double_are_no_alert():
    counts, exposure = quiet()
    counts[:, 40] *= 2
    exposure[:, 40] *= 2
    assert told(*frames(counts, exposure), 38, 42) == []


def test_without_transactions_counts_are_watched():
    counts, _ = quiet(exposed=False)
    counts[1, 40] *= 4
    history, exposures = frames(counts)
    found = told(history, exposures, 38, 41)
    assert [(row["kind"], row["step"]) for row in found] == [("rate_high", "s1")]
    assert "求助数" in found[0]["explanation_zh"]


def test_a_silent_source_is_missing_data_and_nothing_is_called_low():
    counts, exposure = quiet()
    counts[:, 40] = 0
    found = told(*frames(counts, exposure), 38, 42)
    assert [(row["kind"], row["source"], row["day"]) for row in found] == [
        ("data_missing", "chats", day_of(40))
    ]
    assert "数据缺失" in found[0]["explanation_zh"]


def test_a_tenth_of_a_source_is_strange_data():
    counts, exposure = quiet()
    counts[:, 40] //= 10
    found = told(*frames(counts, exposure), 40, 40)
    assert [(row["kind"], row["source"]) for row in found] == [("data_strange", "chats")]
    assert "先核对" in found[0]["explanation_zh"]


def test_nothing_is_called_low_on_a_partial_day():
    counts, exposure = quiet()
    counts[:2, 40] //= 10
    assert {row["kind"] for row in told(*frames(counts, exposure), 40, 40)} == {"rate_low"}
    assert told(*frames(counts, exposure), 40, 40, partial=[day_of(40)]) == []


def test_transactions_ten_times_the_usual_are_strange_and_their_rates_are_not_told():
    counts, exposure = quiet()
    exposure[1, 40] *= 10
    found = told(*frames(counts, exposure), 40, 40)
    assert [(row["kind"], row["product"], row["step"]) for row in found] == [("data_strange", "p0", "s1")]
    assert "10 倍" in found[0]["explanation_zh"]


def test_a_new_topic_is_told_as_new():
    counts, exposure = quiet()
    new = np.where(np.arange(45) >= 40, 5, 0)
    old = np.full(45, 4)
    counts[2] += new
    found = told(*frames(counts, exposure, topics={2: {"new": new, "old": old}}), 38, 44)
    assert [(row["kind"], row["topic_id"]) for row in found][:1] == [("topic_new", "new")]
    assert {row["topic_id"] for row in found} == {"new"}
    assert "没有出现过" in found[0]["explanation_zh"]
    registry = pl.DataFrame({"topic_id": ["new", "old"], "first_day": [FIRST, FIRST]})
    known = told(*frames(counts, exposure, topics={2: {"new": new, "old": old}}), 38, 44, topics=registry)
    assert known[0]["kind"] == "topic_burst"


def test_worse_sentiment_is_told():
    counts, exposure = quiet()
    rng = np.random.default_rng(4)
    negatives = rng.binomial(counts, 0.3)
    assert told(*frames(counts, exposure, negatives=negatives), 38, 44) == []
    negatives[1, 40:] = rng.binomial(counts[1, 40:], 0.75)
    found = told(*frames(counts, exposure, negatives=negatives), 38, 44)
    assert {(row["kind"], row["step"]) for row in found} == {("sentiment_drop", "s1")}
    assert found[0]["observed"] > found[0]["expected_high"]
    assert found[0]["observed"] <= 1
    assert "负面" in found[0]["explanation_zh"]


def test_the_day_knows_nothing_of_later_days():
    counts, exposure = quiet()
    history, exposures = frames(counts, exposure)
    now = alerts_of_day(history.filter(pl.col("day") <= day_of(40)), exposures, day_of(40))
    later = alerts_of_day(history, exposures, day_of(40))
    assert now.cells.equals(later.cells)


def test_models_that_hold_are_used_again_and_tell_the_same():
    counts, exposure = quiet(75)
    history, exposures = frames(counts, exposure)
    first = alerts_of_day(history, exposures, day_of(71))  # a Tuesday after the eighth week
    again = alerts_of_day(history, exposures, day_of(74), models=first.models)
    fresh = alerts_of_day(history, exposures, day_of(74))
    assert again.models is first.models
    assert again.cells.equals(fresh.cells)


def test_a_late_correction_is_learned():
    counts, exposure = quiet(75)
    history, exposures = frames(counts, exposure)
    first = alerts_of_day(history, exposures, day_of(71))
    counts[1, 30] += 1
    changed = alerts_of_day(frames(counts, exposure)[0], exposures, day_of(72), models=first.models)
    assert changed.models is not first.models


def test_alerts_have_their_columns_even_if_there_are_none():
    result = alerts_of_day(*frames(*quiet(3)), day_of(2))
    assert result.alerts.is_empty()
    assert dict(result.alerts.schema) == ALERT


def test_a_history_without_a_column_is_refused():
    history, exposures = frames(*quiet(3))
    with pytest.raises(VocError, match="segment"):
        alerts_of_day(history.drop("segment"), exposures, day_of(2))
    with pytest.raises(VocError, match="no counts up to"):
        alerts_of_day(history, exposures, date(2020, 1, 1))
