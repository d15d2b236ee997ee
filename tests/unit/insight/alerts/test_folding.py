import pytest

from insight.alerts.cells import FINDING
from insight.alerts.folding import Finding, fold, fold_sentiment

LEVELS = {
    (): "total", ("product",): "product", ("product", "step"): "step", ("product", "step", "topic_id"): "topic",
    ("source",): "source", ("channel",): "channel",
}  # fmt: skip


def finding(observed, expected, *, days=1, direction=1, **key):
    row = dict.fromkeys(FINDING) | key
    row |= {
        "observed": observed,
        "expected": expected,
        "window_days": days,
        "direction": direction,
        "exposure": 100.0,
    }
    row |= {
        "level": LEVELS[tuple(key)],
        "series_id": "/".join(str(v) for v in key.values()) or "all",
        "kind": "rate_high",
    }
    return Finding(row)


def main_of(findings):
    return {f.data["series_id"] for f in findings if f.into is None}


def test_an_outage_is_told_at_its_step():
    found = fold(
        [
            finding(300, 240),
            finding(160, 100, product="wallet"),
            finding(74, 18, product="wallet", step="withdraw"),
            finding(64, 6, product="wallet", step="withdraw", topic_id="late"),
            finding(200, 150, source="chats"),
        ]
    )
    assert main_of(found) == {"wallet/withdraw"}
    step = next(f for f in found if f.into is None)
    assert {part["series_id"] for part in step.parts} == {"all", "wallet", "wallet/withdraw/late", "chats"}


def test_a_source_that_rises_by_itself_is_told():
    found = fold([finding(30, 18, product="wallet", step="withdraw"), finding(400, 150, source="calls")])
    assert main_of(found) == {"wallet/withdraw", "calls"}


def test_when_all_steps_of_a_product_rise_the_product_is_told():
    steps = [finding(60, 30, product="wallet", step=name) for name in "abcd"]
    found = fold([*steps, finding(240, 120, product="wallet")])
    assert main_of(found) == {"wallet"}


def test_a_step_that_rises_far_more_than_its_product_stays_beside_it():
    steps = [finding(60, 30, product="wallet", step=name) for name in "abcd"]
    found = fold([*steps, finding(300, 30, product="wallet", step="e"), finding(540, 150, product="wallet")])
    assert "wallet/e" in main_of(found)


def test_up_and_down_are_two_events():
    found = fold(
        [finding(74, 18, product="w", step="a"), finding(10, 60, product="w", step="b", direction=-1)]
    )
    assert main_of(found) == {"w/a", "w/b"}


@pytest.mark.parametrize(("excess", "told"), [(40, set()), (400, {"w"})])
def test_what_an_open_episode_explains_is_not_told_again(excess, told):
    standing = [finding(74, 18, product="w", step="a", topic_id="t")]
    found = fold([finding(100 + excess, 100, product="w")], standing)
    assert main_of(found) == told


def test_a_topic_of_a_told_step_is_not_told_again():
    standing = [finding(74, 18, product="w", step="a")]
    assert main_of(fold([finding(60, 5, product="w", step="a", topic_id="t")], standing)) == set()


def test_worse_sentiment_of_an_outage_is_part_of_it():
    def drop(**key):
        one = finding(0.6, 0.3, **key)
        one.data["kind"] = "sentiment_drop"
        return one

    outage = finding(174, 18, product="w", step="a")
    assert main_of(fold_sentiment([drop(product="w", step="a"), drop(product="w")], [outage])) == set()
    assert main_of(fold_sentiment([drop(product="w", step="b"), drop(product="w")], [])) == {"w/b"}
    assert main_of(fold_sentiment([drop(product="v", step="c")], [outage])) == {"v/c"}
