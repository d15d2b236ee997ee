"""Real Great Expectations on frames that break each kind of rule."""

from datetime import date, timedelta

import polars as pl
import pytest

from tests.support import with_all_columns
from warehouse.checks.day import check_rows, usual_rows
from warehouse.checks.rules import groups_of, measure, rules_of
from warehouse.checks.suites import failing_groups, numbers_hold
from warehouse.contracts import contract, load_contracts

DAY = date(2026, 11, 1)
GOOD = {
    "inquiry_id": ["a", "b", "c"],
    "day": [DAY] * 3,
    "sentiment": [0.0, -1.0, 1.0],
    "sentiment_label": ["neutral", "negative", "positive"],
    "emotion": ["calm", "angry", "pleased"],
    "effort": [0.0, 0.5, 1.0],
}
KNOWN = {"core.inquiries": pl.DataFrame({"inquiry_id": ["a", "b", "c"]})}


def results(changes=None, known=KNOWN):
    spec = contract("insight.inquiry_sentiment")
    frame = with_all_columns(pl.DataFrame(GOOD | (changes or {})), spec.table)
    return check_rows(spec, frame, rules_of(spec), known)


def failing(changes=None, known=KNOWN):
    return {(r.check_name, r.column_name): r for r in results(changes, known) if not r.success}


def test_a_good_frame_passes_every_check():
    found = results()
    assert found
    assert all(r.success and r.failed_count == 0 and r.checked_count == 3 for r in found)


@pytest.mark.parametrize(
    ("changes", "check", "column", "keys"),
    [
        ({"sentiment": [0.0, None, None]}, "not_null", "sentiment", ["b", "c"]),
        ({"sentiment": [0.0, 1.5, 0.0]}, "between", "sentiment", ["b"]),
        ({"effort": [-0.1, 0.0, 0.0]}, "between", "effort", ["a"]),
        ({"emotion": ["calm", "calm", "hungry"]}, "in_set", "emotion", ["c"]),
        ({"inquiry_id": ["a", "a", "b"]}, "unique", "inquiry_id", ["a", "a"]),
        ({"inquiry_id": ["a", "b", "z"]}, "reference", "inquiry_id", ["z"]),
    ],
)
def test_each_rule_fails_alone_and_names_its_rows(changes, check, column, keys):
    found = failing(changes)
    assert set(found) == {(check, column)}
    result = found[check, column]
    assert result.sample_keys == keys
    assert result.failed_count == len(keys)
    assert result.severity == "fail"
    assert f"{len(keys)} of 3 rows" in result.observed


def test_an_empty_frame_passes_with_nothing_checked():
    spec = contract("insight.inquiry_sentiment")
    frame = pl.DataFrame(schema=spec.polars_schema())
    assert all(r.success and r.checked_count == 0 for r in check_rows(spec, frame, rules_of(spec), KNOWN))


def test_every_day_table_gives_a_suite():
    for spec in load_contracts().values():
        if spec.by_day:
            assert rules_of(spec), spec.table


def test_batches_judge_as_the_whole():
    spec = contract("insight.inquiry_sentiment")
    rules = [r for r in rules_of(spec) if r.name in ("not_null", "between", "in_set")]
    frame = with_all_columns(pl.DataFrame(GOOD | {"effort": [0.0, 0.5, 7.0]}), spec.table)
    groups = tuple(groups_of(rules))
    whole = failing_groups(groups, [measure(frame, groups)])
    pieces = failing_groups(groups, [measure(part, groups) for part in frame.iter_slices(1)])
    assert whole == pieces
    assert len(whole) == 1


def test_both_bounds_are_seen_in_a_shared_column():
    spec = contract("insight.inquiry_sentiment")
    for value in (-2.0, 2.0):
        found = failing({"sentiment": [0.0, value, 0.0]})
        assert ("between", "sentiment") in found, (spec.table, value)


def test_numbers():
    assert numbers_hold({"a": (5, 1, None), "b": (0.5, None, 0.2), "c": (3, 1 / 4, 4)}) == {
        "a": True,
        "b": False,
        "c": True,
    }
    assert numbers_hold({}) == {}


def test_usual_rows_are_those_of_the_weekday():
    counts = {DAY - timedelta(days=n): (100 if n % 7 == 0 else 10) for n in range(1, 29)}
    assert usual_rows(counts, DAY) == 100
    assert usual_rows({DAY - timedelta(days=n): n for n in range(1, 6)}, DAY) == 3
    assert usual_rows({DAY - timedelta(days=1): 9}, DAY) is None
