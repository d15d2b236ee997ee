"""The days of a report, and what they are compared with."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards.filters import Filters, View, resolve
from warehouse.errors import ConfigError

PERIODS = ("day", "week", "month")
RECENT_DAYS = 7  # a day's counts are too few for causes and obstacles: a day's report takes a week for them


@dataclass(frozen=True)
class Span:
    """The days of a report.

    Attributes:
        period: day, week or month.
        first, last: its days, drawn in to the days with data.
        ends: the last day of the whole week or month; later than `last` while it runs.
        folder: name of its folder.
    """

    period: str
    first: date
    last: date
    ends: date
    folder: str

    @property
    def runs(self) -> bool:
        """Whether days of it are still to come."""
        return self.last < self.ends

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.last - self.first).days + 1


def span(period: str, day: date, first_day: date, last_day: date) -> Span:
    """The day, ISO week or month that a day lies in.

    Args:
        period: day, week or month.
        day: any day of it.
        first_day, last_day: of the data.

    Raises:
        ConfigError: there is no such period.
    """
    if period == "day":
        return Span(period, day, day, day, day.isoformat())
    if period == "week":
        start = day - timedelta(days=day.weekday())
        ends = start + timedelta(days=6)
        year, week, _ = day.isocalendar()
        folder = f"{year}-W{week:02d}"
    elif period == "month":
        start = day.replace(day=1)
        ends = day.replace(day=monthrange(day.year, day.month)[1])
        folder = f"{day:%Y-%m}"
    else:
        raise ConfigError(f"period '{period}'", hint=f"choose one of {', '.join(PERIODS)}")
    return Span(period, max(start, first_day), min(ends, last_day), ends, folder)


def filters(first: date, last: date, data: tuple[date, date], *, scatters: bool) -> Filters:
    """The days as the dashboards have them: compared with as many days before, whole weeks earlier."""
    view = View(period="custom", start=first.isoformat(), end=last.isoformat())
    return resolve(view, *data, scatters=scatters)


def recent(of: Span, data: tuple[date, date], *, scatters: bool) -> Filters:
    """The days for causes and obstacles: those of the report, a week at least."""
    first = min(of.first, max(of.last - timedelta(days=RECENT_DAYS - 1), data[0]))
    return filters(first, of.last, data, scatters=scatters)
