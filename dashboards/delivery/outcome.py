"""What became of reports that were to be delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from warehouse.deliveries import UNSURE, Delivery


@dataclass(frozen=True)
class Item:
    """What became of one report to one receiver."""

    day: date
    period: str
    delivery: str
    channel: str
    status: str
    attempts: int = 0
    reason: str | None = None

    def __str__(self) -> str:
        report = f"{self.period} {self.day}"
        tries = f" after {self.attempts} tries" if self.attempts > 1 else ""
        why = f": {self.reason}" if self.reason else ""
        return f"{self.delivery} to {self.channel} ({report}) {self.status}{tries}{why}"


@dataclass
class Outcome:
    """What a call did.

    Attributes:
        sent: delivered by this call.
        failed: not delivered (will be tried again), or left without an answer (will not).
        waiting: held back by quiet hours.
        skipped: nothing happened, and it is wanted only when something did.
        already: delivered by an earlier call.
    """

    sent: list[Item] = field(default_factory=list)
    failed: list[Item] = field(default_factory=list)
    waiting: list[Item] = field(default_factory=list)
    skipped: list[Item] = field(default_factory=list)
    already: list[Item] = field(default_factory=list)

    def add(self, found: Delivery, *, as_: str | None = None) -> None:
        """Note what became of a delivery."""
        item = Item(*found.key, found.status, found.attempts, found.reason)
        status = as_ or ("failed" if found.status in UNSURE else found.status)
        getattr(self, status).append(item)
