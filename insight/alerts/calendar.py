"""What kind of day a day is: weekday, public holiday, make-up working day, festival, month end.

Computed once for a date range, from the day alone, so that a day run next year sees the same features.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

# Shopping festivals fall on fixed days; they are working days, so no holiday library knows them.
FESTIVALS: dict[tuple[int, int], str] = {(6, 18): "618", (11, 11): "双11", (12, 12): "双12"}
_NEW_YEAR_NAMES = ("春节", "除夕")
_SPRING_BEFORE, _SPRING_AFTER = 7, 14  # trade thins out a week before 春节 and is back after 元宵

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALENDAR_TERMS: tuple[str, ...] = (
    *WEEKDAYS,
    "off_day",
    "makeup_day",
    "spring",
    "festival",
    "festival_near",
    "month_start",
    "month_end",
)
# Days whose effect may be new to a workspace; on them the other series of the same day are asked too.
SPECIAL_TERMS = ("off_day", "makeup_day", "spring", "festival", "festival_near")


@dataclass(frozen=True)
class Design:
    """Calendar features as a matrix.

    Attributes:
        first: the day of row 0; rows are consecutive days.
        terms: column names.
        matrix: days × terms.
        special: days; whether any of `SPECIAL_TERMS` holds.
    """

    first: date
    terms: tuple[str, ...]
    matrix: np.ndarray
    special: np.ndarray


def features(first: date, last: date, country: str = "CN") -> pl.DataFrame:
    """A row a day from `first` to `last`.

    Args:
        first: first day.
        last: last day, not before `first`.
        country: of the public holidays, as the `holidays` library names it.

    Returns:
        day, weekday (0 Monday), is_off (a public holiday or a day off in exchange, also on a weekend), is_makeup
        (a weekend day that is worked), spring (within the 春节 season), festival (name of the shopping festival
        on or next to the day, else null), festival_distance (days to it, 0 … 2, else null), month_start, month_end.
    """
    import holidays

    if last < first:
        raise ValueError(f"the range of days ends ({last}) before it begins ({first})")
    years = range(first.year - 1, last.year + 2)
    public = holidays.country_holidays(country, years=years)
    worked = set(getattr(public, "weekend_workdays", None) or ())
    new_years = [
        day
        for day, name in holidays.country_holidays("CN", years=years, language="zh_CN").items()
        if any(part in name for part in _NEW_YEAR_NAMES) and "休" not in name
    ]
    season = {day + timedelta(days=n) for day in new_years for n in range(-_SPRING_BEFORE, _SPRING_AFTER + 1)}
    festivals = {date(year, *when): name for year in years for when, name in FESTIVALS.items()}
    near = {
        day + timedelta(days=n): (name, abs(n))
        for n in (-2, 2, -1, 1, 0)  # the nearer one wins
        for day, name in festivals.items()
    }
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return pl.DataFrame(
        {
            "day": days,
            "weekday": [day.weekday() for day in days],
            "is_off": [day in public for day in days],
            "is_makeup": [day in worked for day in days],
            "spring": [day in season for day in days],
            "festival": [near[day][0] if day in near else None for day in days],
            "festival_distance": [near[day][1] if day in near else None for day in days],
            "month_start": [day.day <= 2 for day in days],
            "month_end": [(day + timedelta(days=2)).month != day.month for day in days],
        },
        schema_overrides={"festival": pl.String, "festival_distance": pl.Int8, "weekday": pl.Int8},
    )


def design(first: date, last: date, country: str = "CN") -> Design:
    """`features` as the columns that a model takes (`CALENDAR_TERMS`).

    A day off or a make-up day keeps its weekday's term; its own term comes on top. The day next to a festival
    counts in full, two days away by a half.
    """
    table = features(first, last, country)
    weekday = table["weekday"].to_numpy()
    distance = table["festival_distance"].fill_null(9).to_numpy()
    columns = {name: (weekday == number) for number, name in enumerate(WEEKDAYS)} | {
        "off_day": table["is_off"].to_numpy(),
        "makeup_day": table["is_makeup"].to_numpy(),
        "spring": table["spring"].to_numpy(),
        "festival": distance == 0,
        "festival_near": np.select([distance == 1, distance == 2], [1.0, 0.5], 0.0),
        "month_start": table["month_start"].to_numpy(),
        "month_end": table["month_end"].to_numpy(),
    }
    matrix = np.column_stack([np.asarray(columns[name], float) for name in CALENDAR_TERMS])
    special = np.asarray(matrix[:, [CALENDAR_TERMS.index(name) for name in SPECIAL_TERMS]].any(axis=1))
    return Design(first, CALENDAR_TERMS, matrix, special)
