"""Which reports are to go where, now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.report.period import span
from warehouse.config.report import DeliveryConfig, Receiver, quiet_hours
from warehouse.deliveries import Deliveries, Key


@dataclass(frozen=True)
class Job:
    """One report of one delivery, and the receivers that it goes to."""

    delivery: DeliveryConfig
    period: str
    day: date  # the last day that the report tells of
    receivers: tuple[Receiver, ...]

    def key(self, receiver: Receiver) -> Key:
        """What is delivered once."""
        return self.day, self.period, self.delivery.name, receiver.label


def periods(day: date) -> tuple[str, ...]:
    """A day's report; with the last day of a week or a month theirs too."""
    found = ["day"]
    if day.isoweekday() == 7:
        found.append("week")
    if (day + timedelta(days=1)).day == 1:
        found.append("month")
    return tuple(found)


def jobs(
    deliveries: Sequence[DeliveryConfig],
    known: Deliveries,
    *,
    day: date,
    data: tuple[date, date],
    period: str | None = None,
) -> list[Job]:
    """What the deliveries ask for: of a day, and what earlier days still owe.

    Args:
        deliveries: of voc.yaml.
        known: what became of earlier ones.
        day: the day.
        data: first and last day with data.
        period: this report alone; None: those that end on the day, and what failed or waited within a week.
    """
    found = []
    for one in periods(day) if period is None else (period,):
        last = span(one, day, *data).last
        found += [Job(d, one, last, tuple(d.receivers)) for d in deliveries if one in d.periods]
    if period is not None:
        return found
    owed = {pending.key for pending in known.pending(day)}
    for past, one in sorted({(key[0], key[1]) for key in owed}):
        for delivery in deliveries:
            receivers = tuple(r for r in delivery.receivers if (past, one, delivery.name, r.label) in owed)
            if receivers and one in delivery.periods:
                found.append(Job(delivery, one, past, receivers))
    return found


def is_quiet(quiet: str | None, now: datetime, timezone: str) -> bool:
    """Whether nothing is sent at a moment.

    Args:
        quiet: hours such as "21:00-08:00"; None: never quiet.
        now: the moment (aware).
        timezone: in which the hours are meant.
    """
    if quiet is None:
        return False
    begin, end = quiet_hours(quiet)
    at = now.astimezone(ZoneInfo(timezone)).time()
    return begin <= at < end if begin < end else at >= begin or at < end
