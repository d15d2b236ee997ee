"""Who asks about what and when: the draws behind a part of a day, as arrays of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import polars as pl

from warehouse.demo import people
from warehouse.demo.catalog import problems
from warehouse.demo.pool import AGENTS, AMOUNTS, VARIANTS, Pool
from warehouse.demo.scripts import kinds

_SOURCES = (0.70, 0.15, 0.15)
_HOURS = np.array(
    [3, 2, 1, 1, 1, 1, 2, 4, 7, 10, 11, 10, 8, 9, 10, 10, 9, 8, 8, 9, 10, 10, 8, 5], dtype=float
)
_ENGLISH_SHARE = 0.06
_REPEAT_SHARE = 0.14  # of inquiries by customers who come again about a problem within the week
_ELDERLY_SHARE = 0.35  # of the drifting problem's inquiries: whom a new bill page is hardest for


@dataclass(frozen=True)
class Draws:
    """A part of a day: one entry an inquiry.

    Attributes:
        first: number of the part's first inquiry within its day.
        problem: numbers of `problems()`.
        source: 0 chats, 1 calls, 2 tickets.
        customer: numbers of customers.
        second: seconds after midnight.
        manner: 0 Chinese, 1 Chinese of the elderly, 2 English.
        amount: places of amounts in the pool.
        agent: numbers of agents.
    """

    day: date
    rng: np.random.Generator
    pool: Pool
    first: int
    problem: np.ndarray
    source: np.ndarray
    customer: np.ndarray
    second: np.ndarray
    manner: np.ndarray
    amount: np.ndarray
    agent: np.ndarray

    def ids(self, prefix: str, which: np.ndarray) -> pl.Series:
        """Record ids: prefix, day, number of the inquiry within the day."""
        return f"{prefix}{self.day:%Y%m%d}" + pl.Series(which + self.first).cast(pl.String).str.zfill(7)

    def variant(self, which: np.ndarray, spoken: bool) -> np.ndarray:
        """Variants of texts in the pool for some inquiries."""
        names = ("spoken", "spoken", "english_spoken") if spoken else ("written", "elderly", "english")
        found: np.ndarray = np.array([VARIANTS.index(name) for name in names])[self.manner[which]]
        return found

    def texts(self, kind: np.ndarray, which: np.ndarray, spoken: bool) -> pl.Series:
        """One text a turn: of a kind, for an inquiry, with the inquiry's amount filled in."""
        place = (kind, self.variant(which, spoken), self.problem[which])
        chosen = self.pool.start[place] + (self.rng.random(len(kind)) * self.pool.count[place]).astype(
            np.int64
        )
        amounts = self.pool.amounts_spoken if spoken else self.pool.amounts
        slot = np.where(self.pool.names_agent[kind], AMOUNTS + self.agent[which], self.amount[which])
        slot = np.where(self.pool.has_amount[chosen], slot, len(amounts) - 1)
        said = amounts.gather(pl.Series(slot))
        taken = pl.Series(chosen)
        return self.pool.before.gather(taken) + said + self.pool.after.gather(taken)


def draw(
    day: date, rng: np.random.Generator, pool: Pool, weights: np.ndarray, first: int, count: int, expected: int, customers: int
) -> Draws:  # fmt: skip
    """Draw a part of a day.

    Args:
        day: the day.
        rng: the part's own generator.
        pool: texts.
        weights: of the problems on that day.
        first: number of the part's first inquiry.
        count: inquiries of the part.
        expected: inquiries of the whole day; says how many customers are likely to come again.
        customers: customers there are.
    """
    odds = weights / weights.sum()
    problem = rng.choice(len(odds), size=count, p=odds).astype(np.int64)
    source = rng.choice(3, size=count, p=_SOURCES)
    customer = rng.integers(0, customers, count)
    drifting = np.array([p.role == "drift" for p in problems()])[problem] & (
        rng.random(count) < _ELDERLY_SHARE
    )
    customer = np.where(drifting, people.elderly_neighbour(customer, customers), customer)
    # Those who come again about a problem within a week are drawn from a circle of customers of that problem
    # and week, small enough that each of them comes about twice.
    again = np.maximum(2, odds * expected * 7 * _REPEAT_SHARE / 2).astype(np.int64)
    member = (rng.random(count) * again[problem]).astype(np.int64)
    circle = (problem * 7_919 + day.isocalendar().week * 104_729 + member * 613) % customers
    customer = np.where(rng.random(count) < _REPEAT_SHARE, circle, customer)
    second = rng.choice(24, size=count, p=_HOURS / _HOURS.sum()) * 3600 + rng.integers(0, 3600, count)
    english = rng.random(count) < _ENGLISH_SHARE
    aged = people.is_elderly(customer) & (rng.random(count) < 0.6)
    manner = np.where(english, 2, aged.astype(np.int64))
    amount = rng.integers(0, AMOUNTS, count)
    agent = rng.integers(0, AGENTS, count)
    return Draws(day, rng, pool, first, problem, source, customer, second, manner, amount, agent)


@lru_cache(maxsize=1)
def kind_numbers() -> dict[str, int]:
    """Kind of turn -> its number in the pool."""
    return {kind: number for number, kind in enumerate(kinds())}


def chosen(values: Sequence[str | None], places: np.ndarray, keep: np.ndarray | None = None) -> pl.Series:
    """Values by place; null where `keep` is false."""
    table = pl.Series([*values, None], dtype=pl.String)
    places = places if keep is None else np.where(keep, places, len(values))
    return table.gather(pl.Series(places))


def about(field: str, problem: np.ndarray, keep: np.ndarray | None = None) -> pl.Series:
    """A field of the problems (product, step, id, cause, subject), by their numbers."""
    return chosen([getattr(p, field) for p in problems()], problem, keep)
