from datetime import date, timedelta

import numpy as np
import pytest

from insight.alerts.calendar import CALENDAR_TERMS, design, features


def row(day):
    return features(day, day).row(0, named=True)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 1), {"is_off": True, "is_makeup": False, "festival": None, "month_start": True}),
        (date(2026, 10, 10), {"is_off": False, "is_makeup": True, "weekday": 5}),
        (date(2026, 2, 17), {"is_off": True, "spring": True}),
        (date(2026, 2, 9), {"is_off": False, "spring": True}),
        (date(2026, 2, 8), {"spring": False}),
        (date(2026, 11, 11), {"festival": "双11", "festival_distance": 0, "is_off": False}),
        (date(2026, 11, 13), {"festival": "双11", "festival_distance": 2}),
        (date(2026, 11, 14), {"festival": None, "festival_distance": None}),
        (date(2026, 6, 18), {"festival": "618", "festival_distance": 0}),
        (date(2026, 11, 30), {"month_end": True, "month_start": False}),
        (date(2026, 11, 28), {"month_end": False}),
    ],
)
def test_days_are_known_for_what_they_are(day, expected):
    found = row(day)
    assert {name: found[name] for name in expected} == expected


def test_a_day_has_the_same_features_in_any_range():
    wide = features(date(2025, 12, 1), date(2026, 12, 31))
    for offset in range(0, 395, 13):
        day = date(2025, 12, 1) + timedelta(offset)
        assert row(day) == wide.row(offset, named=True)


def test_design_has_one_weekday_a_day_and_marks_special_days():
    found = design(date(2026, 9, 28), date(2026, 11, 15))
    assert found.matrix.shape == (49, len(CALENDAR_TERMS))
    assert (found.matrix[:, :7].sum(axis=1) == 1).all()
    special = {found.first + timedelta(int(n)) for n in np.flatnonzero(found.special)}
    assert date(2026, 10, 1) in special
    assert date(2026, 11, 10) in special
    assert date(2026, 10, 20) not in special


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="ends"):
        features(date(2026, 2, 2), date(2026, 2, 1))
