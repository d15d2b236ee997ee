"""What the parts say in the same way."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashboards import formats
from dashboards.compare import Direction, direction
from dashboards.report.blocks import Tone
from dashboards.report.facts import Facts

TONES: dict[str, Tone] = {"up": "worse", "down": "better", "same": ""}


def days(facts: Facts, first: date, last: date) -> str:
    """11月9日–11月15日, or one day."""
    language = facts.w.language
    if first == last:
        return formats.day(first, language)
    between = " to " if language == "en" else "–"
    return f"{formats.day(first, language)}{between}{formats.day(last, language)}"


def day_list(facts: Facts, found: list[date]) -> str:
    """Days in one line, the first few of many."""
    shown = [formats.day(day, facts.w.language) for day in found[:6]]
    return facts.w.listed(shown) + ("…" if len(found) > 6 else "")


def place(facts: Facts, product: str | None, step: str | None) -> str:
    """Step (product)."""
    if product is None:
        return facts.names.place(None, None)
    if step is None:
        return facts.names.product(product)
    return facts.names.step(product, step) + facts.w("brackets", text=facts.names.product(product))


def matter(facts: Facts, row: dict[str, Any]) -> str:
    """What an obstacle is about: its topic, else its cause."""
    topic = row["topic_id"]
    return facts.names.topic(topic) if topic is not None else facts.names.cause(row["cause"])


def obstacle(facts: Facts, row: dict[str, Any]) -> str:
    """An obstacle in one line; with its cause where another of the first ones differs by that alone."""
    text = place(facts, row["product"], row["step"]) + facts.w("colon") + matter(facts, row)
    about = ("product", "step", "topic_id")
    alike = [top for top in facts.top if all(top[name] == row[name] for name in about)]
    if row["topic_id"] is not None and any(top["cause"] != row["cause"] for top in alike):
        text += facts.w("brackets", text=facts.names.cause(row["cause"]))
    return text


def moved(now: dict[str, Any], before: dict[str, Any]) -> Direction:
    """Whether the rate of `totals` has really moved."""
    return direction(
        now.get("inquiries"), now.get("transactions"), before.get("inquiries"), before.get("transactions"),
        now.get("dispersion"),
    )  # fmt: skip


def relative(now: float | None, before: float | None) -> str:
    """+12%, or nothing where there is nothing to compare with."""
    change = formats.change(now, before)
    return "" if change is None else formats.percent(change)


def size(now: float | None, before: float | None) -> str:
    """12%: how much, without a sign."""
    return relative(now, before).lstrip("+−±")


def than(facts: Facts) -> str:
    """What the report's days are compared with."""
    return facts.w(f"than.{facts.span.period}")


def recent(facts: Facts, key: str, **values: Any) -> str:
    """Words about the days of causes and obstacles: the last so many, or the report's own."""
    return facts.w(key if facts.wider else f"{key}_own", days=facts.recent.days, **values)


def usual(facts: Facts, daily: Any, day: date) -> tuple[float, float] | None:
    """Limits of the usual range of a day, where there are some."""
    if "control_high" not in daily.columns:
        return None
    rows = daily.filter(daily["day"] == day)
    if rows.is_empty() or rows["control_high"].item() is None:
        return None
    return rows["control_low"].item(), rows["control_high"].item()
