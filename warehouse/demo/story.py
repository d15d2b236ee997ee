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

# Transactions a day of each step per 1,000 inquiries a day, and the customers' usual rate comes from both.
VOLUME: dict[tuple[str, str], float] = {
    ("credit_pay", "apply"): 4_200, ("credit_pay", "quota"): 9_000, ("credit_pay", "pay"): 42_000, ("credit_pay", "bill"): 30_000,
    ("credit_pay", "repay"): 26_000, ("credit_pay", "refund"): 2_600,
    ("wallet", "register"): 3_000, ("wallet", "bind_card"): 3_600, ("wallet", "pay"): 96_000, ("wallet", "transfer"): 21_000,
    ("wallet", "withdraw"): 12_500, ("wallet", "security"): 5_200,
    ("cash_loan", "apply"): 2_100, ("cash_loan", "review"): 1_900, ("cash_loan", "disburse"): 1_300, ("cash_loan", "repay"): 7_800,
    ("cash_loan", "settle"): 900,
}  # fmt: skip
_WEEKDAY = (1.0, 1.0, 0.98, 1.0, 1.06, 0.95, 0.88)


@dataclass(frozen=True)
class Event:
    """One thing that happens: a problem's frequency is multiplied by `factor` from `first` to `last`."""

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
    at = [first + timedelta(days=round(days * share)) for share in (0.5, 0.68, 0.75)]
    return [
        Event("fix", "apply_how", at[0], last_day, 0.3, "release", "禾分期开通入口移到首页"),
        Event(
            "incident",
            "withdraw_delay",
            at[1],
            at[1] + timedelta(days=1),
            7.0,
            "incident",
            "部分银行提现通道故障",
        ),
        Event("new", "refund_coupon", at[2], last_day, 1.0, "release", "双十一活动红包上线"),
        Event("drift", "bill_meaning", first + timedelta(days=round(days * 0.3)), last_day, 2.8, None, None),
        Event(
            "no_effect",
            "review_slow",
            first + timedelta(days=round(days * 0.4)),
            last_day,
            1.0,
            "education",
            "审核进度说明上线帮助中心",
        ),
    ]


def season(day: date) -> float:
    """Transactions of a day against a usual one: weekday, a slow growth, the festival of 11 November."""
    growth = 1 + 0.0015 * (day - date(2026, 10, 1)).days
    apart = abs((day - date(day.year, 11, 11)).days)
    festival = 1 + 1.3 * math.exp(-((apart / 1.1) ** 2))
    return max(growth, 0.3) * _WEEKDAY[day.weekday()] * festival


def factors(day: date, events: list[Event]) -> np.ndarray:
    """Weight of each problem on a day, in the order of `problems()`."""
    return np.array([_weight(problem, day, events) for problem in problems()])


def _weight(problem: Problem, day: date, events: list[Event]) -> float:
    weight = problem.weight
    for event in events:
        if event.problem != problem.id:
            continue
        if event.kind == "new":
            weight = 2.0 if event.first <= day <= event.last else 0.0
        elif event.kind == "drift" and day > event.first:
            passed = (day - event.first).days / max((event.last - event.first).days, 1)
            weight *= 1 + (event.factor - 1) * min(passed, 1)
        elif event.kind != "drift" and event.first <= day <= event.last:
            weight *= event.factor
    return weight


def daily_counts(last_day: date, days: int, inquiries: int, events: list[Event]) -> dict[date, int]:
    """Inquiries of each day, `inquiries` in all."""
    dates = [last_day - timedelta(days=days - 1 - n) for n in range(days)]
    weights = np.array([season(day) * factors(day, events).sum() for day in dates])
    exact = weights / weights.sum() * inquiries
    counts = np.floor(exact).astype(int)
    left = inquiries - int(counts.sum())
    for index in np.argsort(-(exact - counts), kind="stable")[:left]:
        counts[index] += 1
    return dict(zip(dates, counts.tolist(), strict=True))
