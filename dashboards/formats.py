"""Numbers and days as people read them: thousands separated, one decimal for rates, no digit more than is known."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

NONE = "–"
_WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def count(value: float | None) -> str:
    """12,345."""
    return NONE if value is None else f"{value:,.0f}"


def rate(value: float | None) -> str:
    """A rate per 10,000: 15.2; above 1,000 without decimal, below 0.1 with two."""
    if value is None:
        return NONE
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if 0 < abs(value) < 0.1 else f"{value:,.1f}"


def interval(low: float | None, high: float | None) -> str:
    """12.7–16.4."""
    return NONE if low is None or high is None else f"{rate(low)}–{rate(high)}"


def share(value: float | None) -> str:
    """23.4%."""
    return NONE if value is None else f"{value * 100:.1f}%"


def signed(value: float | None) -> str:
    """+1.2, −0.4, with a true minus sign."""
    if value is None:
        return NONE
    text = f"{abs(value):.2f}" if 0 < abs(value) < 0.05 else f"{abs(value):,.1f}"
    return ("+" if value > 0 else "−" if value < 0 else "±") + text


def sentiment(value: float | None) -> str:
    """A sentiment between −1 and 1: +0.12, −0.40, 0.00."""
    if value is None:
        return NONE
    return "0.00" if abs(value) < 0.005 else f"{value:+.2f}".replace("-", "−")


def change(now: float | None, before: float | None) -> float | None:
    """Relative change; None where there is nothing to compare with."""
    return None if now is None or not before else now / before - 1


def percent(value: float | None) -> str:
    """A relative change: +12%, −3%; a tenfold and more as ×12."""
    if value is None:
        return NONE
    if value >= 9:
        return f"×{value + 1:,.0f}"
    text = f"{abs(value) * 100:.1f}" if abs(value) < 0.1 else f"{abs(value) * 100:.0f}"
    return ("+" if value > 0 else "−" if value < 0 else "±") + text + "%"


def points(now: float | None, before: float | None) -> str:
    """A change of a share in percentage points: +1.2 pp."""
    return NONE if now is None or before is None else f"{signed((now - before) * 100)} pp"


def day(value: date | None, language: str, *, weekday: bool = False, year: bool = False) -> str:
    """11月15日 or Nov 15."""
    if value is None:
        return NONE
    if language == "en":
        text = f"{_MONTHS[value.month - 1]} {value.day}" + (f", {value.year}" if year else "")
        return f"{_WEEKDAYS['en'][value.weekday()]}, {text}" if weekday else text
    text = (f"{value.year}年" if year else "") + f"{value.month}月{value.day}日"
    return f"{text} {_WEEKDAYS['zh'][value.weekday()]}" if weekday else text


def span(start: date, end: date, language: str) -> str:
    """11月9日 – 11月15日."""
    return day(start, language) if start == end else f"{day(start, language)} – {day(end, language)}"


def moment(value: datetime | None, timezone: str) -> str:
    """2026-11-15 09:30 in the workspace's time zone."""
    return NONE if value is None else value.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")
