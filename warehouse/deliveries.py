"""What became of each report that was to be delivered: one append-only journal, `ops.deliveries`.

A delivery is written down as `sending` before it leaves and as `sent` or `failed` afterwards. What still stands at
`sending` was cut short and may have arrived, so it is never sent again by itself.

| status | means | the next call |
|---|---|---|
| `sending` | began; if nobody is sending now, it was cut short | tells of it |
| `sent` | arrived | leaves it |
| `failed` | did not arrive | tries again |
| `unsure` | left, but no answer came: may have arrived | tells of it |
| `waiting` | quiet hours | sends it when they are over |
| `skipped` | nothing happened, and it was asked for only when something did | looks again |
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from warehouse.contracts import empty_frame
from warehouse.store import Store

TABLE = "ops.deliveries"
UNSURE = ("sending", "unsure")
PENDING = ("failed", "waiting")
LOOK_BACK_DAYS = 7  # what could not be delivered for a week is old news

Key = tuple[date, str, str, str]  # day, period, delivery, channel


@dataclass(frozen=True)
class Delivery:
    """The newest word on one report to one receiver.

    Attributes:
        at: when (aware, UTC).
        day: the last day that the report tells of.
        period: day, week or month.
        delivery: name of the delivery in voc.yaml.
        channel: where to, without a secret.
        status: see above.
        attempts: tries so far.
        reason: why it failed, waits or was skipped.
    """

    at: datetime
    day: date
    period: str
    delivery: str
    channel: str
    status: str
    attempts: int = 0
    reason: str | None = None

    @property
    def key(self) -> Key:
        """What is delivered once."""
        return self.day, self.period, self.delivery, self.channel


class Deliveries:
    """The journal of a workspace, as it stands when it is opened.

    Args:
        store: the workspace's tables.
        now: the present moment (aware).
    """

    def __init__(self, store: Store, *, now: datetime) -> None:
        self._store = store
        self._known = newest(store)
        self._at = max([now.astimezone(UTC), *(found.at for found in self._known.values())])

    def get(self, key: Key) -> Delivery | None:
        """The newest word on a delivery."""
        return self._known.get(key)

    def pending(self, before: date) -> list[Delivery]:
        """What failed or waits, of the week before a day, oldest first."""
        first = before - timedelta(days=LOOK_BACK_DAYS)
        found = [d for d in self._known.values() if d.status in PENDING and first <= d.day < before]
        return sorted(found, key=lambda d: d.key)

    def note(self, key: Key, status: str, *, attempts: int, reason: str | None = None) -> Delivery:
        """Append one event; its time is later than every other's, so that the last word is the last word."""
        self._at += timedelta(microseconds=1)
        made = Delivery(self._at, *key, status, attempts, reason)
        row = {name: getattr(made, name) for name in empty_frame(TABLE).columns}
        self._store.append(TABLE, [pl.DataFrame([row], schema=empty_frame(TABLE).schema)])
        self._known[key] = made
        return made


def newest(store: Store) -> dict[Key, Delivery]:
    """The newest word on every delivery."""
    found = store.scan(TABLE).sort("at", maintain_order=True).collect()
    said = [Delivery(**row) for row in found.iter_rows(named=True)]
    return {delivery.key: delivery for delivery in said}


def undelivered(store: Store, last: date | None) -> list[Delivery]:
    """What failed, waits or may not have arrived, of the week up to a day (None: ever), oldest first."""
    first = last - timedelta(days=LOOK_BACK_DAYS) if last else date.min
    found = [d for d in newest(store).values() if d.status in (*PENDING, *UNSURE) and d.day >= first]
    return sorted(found, key=lambda d: d.key)


@contextmanager
def one_at_a_time(store: Store) -> Iterator[None]:
    """One sender at a time, so that two that begin together do not send twice."""
    with store.place.lock(store.store_dir / "_locks" / "deliveries.lock"):
        yield
