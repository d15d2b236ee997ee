"""Choices in the URL, and the days that follow from them."""

from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from dashboards.filters import COMPARISONS, PERIODS, View, resolve, view_from

FIRST, LAST = date(2026, 10, 19), date(2026, 11, 15)
words = st.text(min_size=1, max_size=12)
views = st.builds(
    View,
    lang=st.sampled_from(["zh", "en"]),
    period=st.sampled_from([p for p in PERIODS if p != "custom"]),
    compare=st.sampled_from(COMPARISONS),
    product=words,
    step=st.none() | words,
    channel=st.none() | words,
    source=st.none() | words,
    obstacle=st.none() | words,
    q=st.none() | words,
)


@given(views)
def test_a_link_holds_the_whole_view(view):
    assert view_from(view.params()) == view


@given(st.dictionaries(st.sampled_from([*View.__dataclass_fields__, "x"]), st.text(max_size=8), max_size=6))
def test_any_link_gives_a_view_and_days(params):
    view = view_from(params)
    filters = resolve(view, FIRST, LAST)
    assert FIRST <= filters.start <= filters.end <= LAST
    assert view.lang in ("zh", "en")


@given(
    st.sampled_from([p for p in PERIODS if p != "custom"]),
    st.sampled_from(COMPARISONS),
    st.integers(1, 900),
)
def test_the_compared_days_are_as_many_lie_before_and_are_in_the_data(period, compare, days):
    first = LAST - timedelta(days=days - 1)
    f = resolve(View(period=period, compare=compare), first, LAST)
    assert f.trend_start >= first
    if f.base_start is not None and f.base_end is not None:
        assert f.base_end - f.base_start == f.end - f.start
        assert first <= f.base_start
        assert f.base_end < f.start
        assert (f.start - f.base_start).days % 7 == 0  # weekdays meet weekdays


@pytest.mark.parametrize(
    ("view", "days", "base"),
    [
        (View(), (date(2026, 11, 9), LAST), (date(2026, 11, 2), date(2026, 11, 8))),
        (View(period="1"), (LAST, LAST), (date(2026, 11, 8), date(2026, 11, 8))),
        (View(period="28"), (FIRST, LAST), None),
        (View(compare="none"), (date(2026, 11, 9), LAST), None),
        (
            View(period="custom", start="2026-11-12", end="2026-11-13"),
            (date(2026, 11, 12), date(2026, 11, 13)),
            (date(2026, 11, 5), date(2026, 11, 6)),
        ),
        (View(period="custom", start="2020-01-01", end="2030-01-01"), (FIRST, LAST), None),
    ],
)
def test_days_of_a_view(view, days, base):
    f = resolve(view, FIRST, LAST)
    assert (f.start, f.end) == days
    assert (f.base_start, f.base_end) == (base or (None, None))


def test_a_step_without_its_product_is_dropped():
    assert view_from({"step": "pay"}).step is None
    assert view_from({"step": "pay", "product": "wallet"}).step == "pay"


def test_opening_another_page_closes_what_was_open():
    view = View(product="p", obstacle="o", topic="t", inquiry="i", day="2026-11-15", q="w").without_details()
    assert view == View(product="p")
