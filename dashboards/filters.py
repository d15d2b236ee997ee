"""What a person looks at: choices as they stand in the URL, and the days and columns that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta

PERIODS = ("1", "7", "28", "90", "all", "custom")
COMPARISONS = ("previous", "month", "year", "none")
_SHIFT = {"previous": 7, "month": 28, "year": 364}  # whole weeks, so that weekdays meet weekdays


@dataclass(frozen=True)
class View:
    """Choices as they stand in the URL; a link to it shows the same to another person.

    Attributes:
        product, step, channel, source: None for all.
        period: days up to the last one, `all`, or `custom` with `start` and `end`.
        compare: with the days before, four weeks, a year before, or nothing.
        obstacle, topic, inquiry, day, q: what is open on a page. `day` is the inquiry's.
    """

    lang: str = "zh"
    period: str = "7"
    start: str | None = None
    end: str | None = None
    compare: str = "previous"
    product: str | None = None
    step: str | None = None
    channel: str | None = None
    source: str | None = None
    obstacle: str | None = None
    topic: str | None = None
    inquiry: str | None = None
    day: str | None = None
    q: str | None = None

    def params(self) -> dict[str, str]:
        """As query parameters; language and period always, so that a shared link says what it shows."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        always = {"lang", "period"}
        return {
            name: value
            for name, value in given.items()
            if value is not None and (name in always or value != getattr(_DEFAULT, name))
        }

    def without_details(self) -> View:
        """The same choices with nothing opened."""
        return replace(self, obstacle=None, topic=None, inquiry=None, day=None, q=None)


_DEFAULT = View()


def view_from(params: Mapping[str, str], default_language: str = "zh") -> View:
    """Choices from query parameters. What makes no sense is left out: a mistyped link still shows a page."""
    known = {field.name for field in fields(View)}
    given = {name: value for name, value in params.items() if name in known and value}
    if given.get("period", "7") not in PERIODS:
        del given["period"]
    if given.get("compare", "none") not in COMPARISONS:
        del given["compare"]
    if given.get("lang") not in ("zh", "en"):
        given["lang"] = default_language
    for name in ("start", "end", "day"):
        if name in given and _day(given[name]) is None:
            del given[name]
    if given.get("period") == "custom" and not ("start" in given and "end" in given):
        del given["period"]
    if "product" not in given:
        given.pop("step", None)
    return View(**given)


@dataclass(frozen=True)
class Filters:
    """The days and columns that questions are asked with.

    Attributes:
        start, end: first and last day of the period.
        base_start, base_end: of the period it is compared with; None: with nothing.
        first_day: first day of the data.
        scatters: whether the file says how far daily counts scatter (mart.dispersion_daily), which widens intervals.
    """

    start: date
    end: date
    base_start: date | None
    base_end: date | None
    first_day: date
    product: str | None = None
    step: str | None = None
    channel: str | None = None
    source: str | None = None
    scatters: bool = False

    @property
    def days(self) -> int:
        """Length of the period."""
        return (self.end - self.start).days + 1

    @property
    def compares(self) -> bool:
        """Whether there is a period to compare with."""
        return self.base_start is not None

    @property
    def trend_start(self) -> date:
        """First day of the charts: the period and what it is compared with, four weeks at least."""
        start = min(self.start, self.base_start or self.start, self.end - timedelta(days=27))
        return max(start, self.first_day)

    def parameters(self) -> dict[str, object]:
        """All fields as parameters of a query, with `trend_start` and `days`."""
        given: dict[str, object] = {field.name: getattr(self, field.name) for field in fields(self)}
        return given | {"trend_start": self.trend_start, "days": self.days}


def resolve(view: View, first_day: date, last_day: date, *, scatters: bool = False) -> Filters:
    """Days and columns of a view on data that run from `first_day` to `last_day`.

    A period before the data is drawn in; a comparison that begins before the first day is no comparison.
    """
    if view.period == "custom":
        start, end = _day(view.start or "") or first_day, _day(view.end or "") or last_day
    elif view.period == "all":
        start, end = first_day, last_day
    else:
        start, end = last_day - timedelta(days=int(view.period) - 1), last_day
    end = min(max(end, first_day), last_day)
    start = min(max(start, first_day), end)
    days = (end - start).days + 1
    base_start = base_end = None
    if view.compare in _SHIFT:
        unit = _SHIFT[view.compare]
        shift = timedelta(days=-(-days // unit) * unit)
        if start - shift >= first_day:
            base_start, base_end = start - shift, end - shift
    return Filters(
        start,
        end,
        base_start,
        base_end,
        first_day,
        view.product,
        view.step,
        view.channel,
        view.source,
        scatters,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
