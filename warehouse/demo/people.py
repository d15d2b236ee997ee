"""Customers: their ids and segments follow from their number, so no list of them is needed to draw one."""

from __future__ import annotations

import numpy as np
import polars as pl

_AGES = ("18-24", "25-34", "35-44", "45-59", "60+")
_AGE_OF = np.array([0] * 5 + [1] * 8 + [2] * 6 + [3] * 4 + [4] * 2)  # of 25 customers in turn
_PERIOD = len(_AGE_OF)
_SEGMENTS: dict[str, tuple[tuple[str | None, ...], tuple[float, ...]]] = {
    "region": (
        ("华东", "华南", "华北", "华中", "西南", "西北", "东北"),
        (0.30, 0.20, 0.16, 0.13, 0.12, 0.05, 0.04),
    ),
    "tenure": (("<3m", "3-12m", "1-3y", ">3y"), (0.15, 0.25, 0.35, 0.25)),
    "device": (("android", "ios", "harmony"), (0.50, 0.32, 0.18)),
    "accessibility": ((None, "screen_reader", "large_text"), (0.93, 0.02, 0.05)),
}
ID_SPACE = 100_000_000


def customer_ids(numbers: np.ndarray) -> pl.Series:
    """Ids of customers by number: `U` and eight digits, each number its own."""
    mixed = numbers.astype(np.int64) * 48_271 % ID_SPACE  # a one-to-one map: 48271 shares no factor with 10
    return "U" + pl.Series(mixed).cast(pl.String).str.zfill(8)


def is_elderly(numbers: np.ndarray) -> np.ndarray:
    """Whether customers are 60 or older."""
    aged: np.ndarray = _AGE_OF[numbers % _PERIOD] == 4
    return aged


def elderly_neighbour(numbers: np.ndarray, customers: int) -> np.ndarray:
    """For each customer one of 60 or older, where there is such a number."""
    near = numbers // _PERIOD * _PERIOD + _PERIOD - 1 - numbers % 2
    return np.where(near < customers, near, numbers)


def customer_table(customers: int) -> pl.DataFrame:
    """One row a customer: id, age band, region, tenure, device, accessibility."""
    numbers = np.arange(customers)
    columns = [
        customer_ids(numbers).alias("customer_id"),
        pl.Series("age_band", _AGES).gather(pl.Series(_AGE_OF[numbers % _PERIOD])),
    ]
    for place, (name, (values, odds)) in enumerate(_SEGMENTS.items(), start=1):
        spread = (numbers.astype(np.uint64) * np.uint64(2_654_435_761) >> np.uint64(5 * place)) % np.uint64(
            10_000
        )
        chosen = np.searchsorted(np.cumsum(odds)[:-1] * 10_000, spread, side="right")
        columns.append(pl.Series(name, values, dtype=pl.String).gather(pl.Series(chosen)))
    return pl.DataFrame(columns)
