from datetime import UTC, date, datetime

import polars as pl
import pytest

from warehouse.landing.times import local_day, to_date, to_utc

SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-15 09:30:00", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        ("2026-11-15 09:30:00.250", datetime(2026, 11, 15, 1, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-11-15T09:30:00", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        ("2026-11-15T09:30:00Z", datetime(2026, 11, 15, 9, 30, tzinfo=UTC)),
        ("2026-11-15T09:30:00+08:00", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        ("2026-11-15 09:30:00+00:00", datetime(2026, 11, 15, 9, 30, tzinfo=UTC)),
        ("2026/11/15 09:30", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        ("2026年11月15日 09:30:00", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        ("2026-11-15", datetime(2026, 11, 14, 16, 0, tzinfo=UTC)),
        ("1794706200", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        ("1794706200000", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        (" 2026-11-15 09:30:00 ", datetime(2026, 11, 15, 1, 30, tzinfo=UTC)),
        ("昨天下午", None),
        ("2026-13-15 09:30:00", None),
        ("", None),
        (None, None),
    ],
)
def test_times(text, expected):
    assert to_utc(pl.Series([text], dtype=pl.String), SHANGHAI).to_list() == [expected]


def test_forms_may_mix_within_a_column():
    values = pl.Series(["2026-11-15 09:30:00", "x", "2026-11-15T01:30:00Z", "1794706200"])
    moment = datetime(2026, 11, 15, 1, 30, tzinfo=UTC)
    assert to_utc(values, SHANGHAI).to_list() == [moment, None, moment, moment]


def test_typed_columns_of_parquet_are_local_unless_they_name_a_zone():
    naive = pl.Series([datetime(2026, 11, 15, 9, 30)])
    assert to_utc(naive, SHANGHAI).to_list() == [datetime(2026, 11, 15, 1, 30, tzinfo=UTC)]
    zoned = pl.Series([datetime(2026, 11, 15, 9, 30, tzinfo=UTC)])
    assert to_utc(zoned, SHANGHAI).to_list() == [datetime(2026, 11, 15, 9, 30, tzinfo=UTC)]


def test_an_hour_that_a_clock_shows_twice_is_the_first_and_a_skipped_one_is_none():
    values = pl.Series(["2026-10-25 02:30:00", "2026-03-29 02:30:00"])
    assert to_utc(values, "Europe/Berlin").to_list() == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), None]


def test_days():
    values = pl.Series(
        ["2026-11-15", "2026/11/15", "20261115", "2026年11月15日", "2026-11-15 00:00:00", "15.11.2026"]
    )
    assert to_date(values).to_list() == [date(2026, 11, 15)] * 5 + [None]


def test_the_business_day_is_local():
    moments = pl.Series(
        [datetime(2026, 11, 14, 15, 59, tzinfo=UTC), datetime(2026, 11, 14, 16, 0, tzinfo=UTC)]
    )
    assert local_day(moments, SHANGHAI).to_list() == [date(2026, 11, 14), date(2026, 11, 15)]
