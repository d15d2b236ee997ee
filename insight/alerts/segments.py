"""Customer segments of whom more ask than usual: a group's share of a place's inquiries against the weeks before.

A group (60+, android) is judged by its share, not by its count: when a whole step moves, shares stay, so what is found here is
what the step's own alert cannot say. Only customers whose value is known count on either side, so a new file of customers
raises no alert.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from insight.alerts.cells import conform
from insight.alerts.limits import Limits, q_values
from insight.alerts.sentiment import usual_shares
from insight.alerts.series import KEY, series_id

BACK_DAYS = 63  # eight weeks and the longest window
FEWEST_CUSTOMERS = 10  # of a group and of everybody else there; fewer could tell of a person
CELL = ["product", "step", "segment", "value"]
_WINDOWS = (1, 7)
_TRIES = 1.8  # independent tests that the two windows are worth
_FEWEST_BEFORE = 100  # inquiries behind a usual share
_WORTH_A_TEST = 1.0  # inquiries expected a day
_SUMMED = 3000  # inquiries up to which tails are summed
_LEAST_P = 1e-12  # below it sums of probabilities are rounding errors
_CLEAR = 0.05
_MAIN = 0.4  # of a rise: worth naming
_OWN_DAYS = 28  # what a group usually brings by itself
_ROUND = 5  # inquiries; an exact count beside the published groups of obstacles could tell of the hidden ones


def segment_counts(placed: pl.DataFrame, customers: pl.DataFrame, attributes: Sequence[str]) -> pl.DataFrame:
    """The day's inquiries by group, of each step, each product (step null) and of everything (both null).

    Args:
        placed: customer_key, product, step; a row an inquiry.
        customers: customer_key, attributes (JSON): as they are known now, they have no dates.
        attributes: names of the attributes that may be published.

    Returns:
        `CELL`, inquiry_count, customer_count (distinct).
    """
    named = customers.select(
        "customer_key",
        *[pl.col("attributes").str.json_path_match(f'$["{name}"]').alias(name) for name in attributes],
    )
    people = placed.group_by("customer_key", "product", "step").agg(pl.len().alias("n"))
    people = people.join(named, on="customer_key")
    parts = [pl.DataFrame(schema=dict.fromkeys(CELL, pl.String) | dict.fromkeys(_COUNTS, pl.Int64))]
    for name in attributes:
        known = people.filter(pl.col(name).str.strip_chars() != "")
        for place in (["product", "step"], ["product"], []):
            cells = known.drop_nulls(place) if place else known
            found = cells.group_by(*place, value=pl.col(name)).agg(
                pl.col("n").sum().cast(pl.Int64).alias("inquiry_count"),
                pl.col("customer_key").n_unique().cast(pl.Int64).alias("customer_count"),
            )
            absent = [pl.lit(None, pl.String).alias(key) for key in ("product", "step") if key not in place]
            parts.append(found.with_columns(pl.lit(name).alias("segment"), *absent).select(*CELL, *_COUNTS))
    return pl.concat(parts).sort(CELL)


_COUNTS = ("inquiry_count", "customer_count")


def segment_shares(history: pl.DataFrame, day: date, limits: Limits) -> pl.DataFrame:
    """Every tested group's share of the day, or of the last week, whichever is further out of the usual.

    The number of a group follows a beta-binomial as in `sentiment`. Besides its share a group's own count must have risen: where
    others stay away, shares rise without anything having happened to the group.

    Args:
        history: day, `CELL`, inquiry_count, customer_count; `BACK_DAYS` are looked back at.
        day: the day.
        limits: what an alert takes.

    Returns:
        Rows of `cells.FINDING` (level segment; observed and so on are inquiries of the group, exposure all inquiries of the
        place whose value is known), is_tellable (it rose, and is not of a few customers), and is_flagged.
    """
    frame, count, known, customers, others = _matrices(history, day)
    if frame.is_empty():
        return frame.select(conform(frame)).with_columns(
            is_tellable=pl.lit(value=False), is_flagged=pl.lit(value=False)
        )
    end = count.shape[1]
    tests = []
    for days in _WINDOWS:
        before, window = slice(0, max(end - days, 0)), slice(max(end - days, 0), end)
        share, spread, behind = usual_shares(known[:, before], count[:, before])
        n, seen = known[:, window].sum(axis=1), count[:, window].sum(axis=1)
        rho = np.clip(spread / days + 1 / np.maximum(behind, 1), 1e-6, 0.5)
        mean = share * n
        low, high, p = _beta_binomial(seen, n, share, rho)
        tested = (known[:, before] > 0).sum(axis=1) >= limits.history_days
        tested &= (behind >= _FEWEST_BEFORE) & (mean >= _WORTH_A_TEST * days) & (known[:, -1] > 0)
        own = count[:, before][:, -_OWN_DAYS:]
        own = own.sum(axis=1) / np.maximum((known[:, before][:, -_OWN_DAYS:] > 0).sum(axis=1), 1) * days
        usual, least = np.maximum(mean, own), limits.minimum_ratio if days == 1 else limits.minimum_drift
        moved = (seen >= least * usual) & (seen - usual >= limits.minimum_count)
        shown = (customers[:, window] >= FEWEST_CUSTOMERS) & (others[:, window] >= FEWEST_CUSTOMERS)
        tests.append(
            (days, seen, mean, low, high, n, tested, moved & shown.any(axis=1), np.where(tested, p, 1.0))
        )
    p = np.minimum(np.min([entry[-1] for entry in tests], axis=0) * _TRIES, 1.0)
    tested = np.any([entry[6] for entry in tests], axis=0)
    q = q_values(p, tested)
    limit = limits.false_discovery_rate * limits.rise_share
    by_window = np.array([entry[-1] for entry in tests])
    cut = max(p[q <= limit].max(initial=0.0), limit / max(tested.sum(), 1))
    clear = by_window[0] * _TRIES <= cut  # what one day says by itself is told of that day
    best = np.where(clear, 0, by_window.argmin(axis=0))
    parts = []
    for number, (days, seen, mean, low, high, n, _, tellable, _) in enumerate(tests):
        told = frame.with_columns(
            pl.lit("rate_high" if days == 1 else "rate_drift").alias("kind"),
            pl.lit(1).alias("direction"),
            pl.lit(days).alias("window_days"),
            pl.Series("observed", np.maximum(np.round(seen / _ROUND), 1) * _ROUND),
            pl.Series("expected", mean),
            pl.Series("expected_low", low),
            pl.Series("expected_high", high),
            pl.Series("exposure", n),
            pl.Series("p_value", p),
            pl.Series("q_value", q),
        )
        flagged = tellable & (q <= limit)
        told = told.select(
            *conform(told), pl.Series("is_tellable", tellable), pl.Series("is_flagged", flagged)
        )
        parts.append(told.filter(pl.Series(tested & (best == number))))
    return pl.concat(parts)


def main_segment(shares: pl.DataFrame, finding: dict[str, Any]) -> tuple[str, float] | None:
    """The group that a good part of a rise came from, and how many inquiries of it, of the day or of the last week; None: none did.

    That the place rose is known already, so a group needs to be clear among those of the place only (Bonferroni).

    Args:
        shares: as `segment_shares` gives them.
        finding: columns of `cells.FINDING`, of a step, a product or everything.
    """
    if finding["level"] not in ("step", "product", "total") or finding["direction"] < 0:
        return None
    at = shares.filter(
        pl.col("product").eq_missing(finding["product"]), pl.col("step").eq_missing(finding["step"])
    )
    lasting, whole = finding["window_days"] > 1, finding["observed"] - finding["expected"]
    clear = at.filter(
        "is_tellable", pl.col("p_value") * at.height < _CLEAR, (pl.col("window_days") > 1) == lasting
    ).with_columns(excess=pl.col("observed") - pl.col("expected"))
    a_day = pl.col("excess") / pl.col("window_days")
    clear = clear.filter(a_day >= _MAIN * whole / finding["window_days"])
    first = clear.sort("p_value", "series_id").head(1)
    return None if first.is_empty() else (str(first["segment"][0]), float(first["excess"][0]))


def _beta_binomial(
    seen: np.ndarray, n: np.ndarray, share: np.ndarray, rho: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """95 % limits of a group's number and the probability of so many or more.

    The beta distribution of the same mean and variance stands in for the limits, and for the tail of large numbers, where
    summing would take long and the two agree.
    """
    from scipy.stats import beta, betabinom

    share, some = np.clip(share, 1e-6, 1 - 1e-6), np.maximum(n, 1)
    strength = 1 / rho - 1
    spread = (1 + (some - 1) * rho) / some  # variance of the share over share (1 - share)
    close = np.maximum(1 / spread - 1, 1e-6)
    near = beta(share * close, (1 - share) * close)
    p = near.sf(np.clip((seen - 0.5) / some, 0, 1))
    small = some <= _SUMMED
    exact = betabinom.sf(seen - 1, np.where(small, some, 1), share * strength, (1 - share) * strength)
    return near.ppf(0.025) * n, near.ppf(0.975) * n, np.clip(np.where(small, exact, p), _LEAST_P, 1)


def _matrices(
    history: pl.DataFrame, day: date
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Groups that come often enough to be tested (their keys), and, groups × days: the group's inquiries, all whose value is
    known, the group's customers, the other customers.
    """
    since = day - timedelta(days=BACK_DAYS)
    rows = history.filter(pl.col("day").is_between(since, day))
    first = rows["day"].min()
    width = (day - first).days + 1 if isinstance(first, date) else 1
    place = ["product", "step", "segment"]
    often = rows.group_by(CELL).agg(pl.col("inquiry_count").sum().alias("n"))
    often = often.filter(pl.col("n") >= _WORTH_A_TEST * width).drop("n").sort(CELL).with_row_index("cell")
    whole = rows.group_by(*place, "day").agg(
        pl.col("inquiry_count").sum().alias("known"), pl.col("customer_count").sum().alias("all")
    )
    whole = whole.join(often, on=place, nulls_equal=True)
    mine = rows.join(often, on=CELL, nulls_equal=True)
    frame = often.with_columns(
        segment=pl.concat_str("segment", pl.lit("="), "value"),
        level=pl.lit("segment"),
        **{name: pl.lit(None, pl.String) for name in KEY if name not in CELL},
    ).with_columns(series_id=series_id())

    def dense(found: pl.DataFrame, column: str) -> np.ndarray:
        at = (found["day"] - (day - timedelta(days=width - 1))).dt.total_days().to_numpy()
        made = np.zeros((often.height, width))
        made[found["cell"].to_numpy(), at] = found[column].to_numpy()
        return made

    count, customers = dense(mine, "inquiry_count"), dense(mine, "customer_count")
    return frame, count, dense(whole, "known"), customers, dense(whole, "all") - customers
