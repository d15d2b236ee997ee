"""The story that the sample tells, and how often each problem comes on each day.

Inquiries follow transactions: a step's inquiries are its transactions × its rate, a rate is shared by the
step's problems by weight, and the story bends the weights. Festival days bring more of both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from warehouse.demo.catalog import Problem, problems

# Transactions a day of each step per 1,000 inquiries a day; the customers' usual rate comes from both.
VOLUME: dict[tuple[str, str], float] = {
    ("credit_pay", "apply"): 4_200, ("credit_pay", "quota"): 9_000, ("credit_pay", "pay"): 42_000, ("credit_pay", "bill"): 30_000,
    ("credit_pay", "repay"): 26_000, ("credit_pay", "refund"): 2_600,
    ("wallet", "register"): 3_000, ("wallet", "bind_card"): 3_600, ("wallet", "pay"): 96_000, ("wallet", "transfer"): 21_000,
    ("wallet", "withdraw"): 12_500, ("wallet", "security"): 5_200,
    ("cash_loan", "apply"): 2_100, ("cash_loan", "review"): 1_900, ("cash_loan", "disburse"): 1_300, ("cash_loan", "repay"): 7_800,
    ("cash_loan", "settle"): 900,
}  # fmt: skip
_WEEKDAY = (1.0, 1.0, 0.98, 1.0, 1.06, 0.95, 0.88)
_NEW_WEIGHT = 2.6  # of the problem that was not there before
_NOISE = 120.0  # shape of the gamma that makes days differ by more than chance (about 9 %)


@dataclass(frozen=True)
class Event:
    """One thing that happens: a problem's frequency is multiplied by `factor` from `first` to `last`.

    A drift grows evenly to its factor; a new problem has no frequency before, and `factor` is then its weight.
    """

    kind: str
    problem: str
    first: date
    last: date
    factor: float
    change: str | None  # kind of change in inbox/changes, with its title
    title: str | None


def story(last_day: date, days: int) -> list[Event]:
    """What happens in a sample of so many days that ends on a day; nothing in samples under 14 days."""
    if days < 14:
        return []
    first = last_day - timedelta(days=days - 1)

    def at(share: float) -> date:
        return first + timedelta(days=round(days * share))

    def problem(role: str) -> str:
        return next(p.id for p in problems() if p.role == role)

    broken, released = at(0.57), at(0.72)
    return [
        Event("fix", problem("fix"), at(0.5), last_day, 0.3, "release", "禾分期开通入口移到首页"),
        Event("incident", problem("incident"), broken, broken + timedelta(days=1), 8.0, "incident", "部分银行提现通道故障"),
        Event("new", problem("new"), released, last_day, _NEW_WEIGHT, "release", "节日活动红包上线"),
        Event("drift", problem("drift"), at(0.45), last_day, 3.0, None, None),
        Event("no_effect", "review_slow", at(0.4), last_day, 1.0, "education", "审核进度说明上线帮助中心"),
    ]  # fmt: skip


def season(day: date) -> float:
    """Transactions of a day against a usual one: weekday, a slow growth, the festival of 11 November."""
    growth = 1 + 0.0015 * (day - date(2026, 10, 1)).days
    apart = abs((day - date(day.year, 11, 11)).days)
    festival = 1 + 1.3 * math.exp(-((apart / 1.1) ** 2))
    return max(growth, 0.3) * _WEEKDAY[day.weekday()] * festival


def factors(day: date, events: list[Event]) -> np.ndarray:
    """Weight of each problem on a day, in the order of `problems()`, as the story bends it."""
    return np.array([_weight(problem, day, events) for problem in problems()])


def day_weights(day: date, events: list[Event], seed: int) -> np.ndarray:
    """`factors` with the unrest of the day: counts differ from day to day by more than chance alone."""
    rng = np.random.Generator(np.random.PCG64([seed, day.toordinal(), 9]))
    unrest: np.ndarray = rng.gamma(_NOISE, 1 / _NOISE, len(problems()))
    bent: np.ndarray = factors(day, events) * unrest
    return bent


def _weight(problem: Problem, day: date, events: list[Event]) -> float:
    weight = problem.weight
    for event in events:
        if event.problem != problem.id or not event.first <= day <= event.last:
            continue
        if event.kind == "new":
            weight = event.factor
        elif event.kind == "drift":
            passed = ((day - event.first).days + 1) / ((event.last - event.first).days + 1)
            weight *= 1 + (event.factor - 1) * passed
        else:
            weight *= event.factor
    return weight


def step_factor(event: Event) -> float:
    """What an event makes of its step's inquiries, at its height: inquiries after, over before."""
    where = {p.id: (p.product, p.step) for p in problems()}
    before = sum(p.weight for p in problems() if (p.product, p.step) == where[event.problem])
    own = next(p.weight for p in problems() if p.id == event.problem)
    own_after = event.factor if event.kind == "new" else own * event.factor
    return (before - own + own_after) / before


def daily_counts(
    last_day: date, days: int, inquiries: int, events: list[Event], seed: int = 7
) -> dict[date, int]:
    """Inquiries of each day, `inquiries` in all."""
    dates = [last_day - timedelta(days=days - 1 - n) for n in range(days)]
    weights = np.array([season(day) * day_weights(day, events, seed).sum() for day in dates])
    exact = weights / weights.sum() * inquiries
    counts = np.floor(exact).astype(int)
    left = inquiries - int(counts.sum())
    for index in np.argsort(-(exact - counts), kind="stable")[:left]:
        counts[index] += 1
    return dict(zip(dates, counts.tolist(), strict=True))
