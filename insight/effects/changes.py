"""The effects of all changes as of a day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from insight.alerts.baseline import Baseline, fit_baseline
from insight.alerts.calendar import CALENDAR_TERMS, design
from insight.alerts.sentences import Labels
from insight.alerts.series import KEY, Series, matrices
from insight.effects.controls import controls_of
from insight.effects.model import Effect, interrupted
from insight.effects.sentences import explain

BEFORE_DAYS, AFTER_DAYS = 84, 56
FEWEST_BEFORE, FEWEST_AFTER = 7, 7
INCIDENT_DAYS = (
    3  # how long an incident's own effect is looked for; other changes' effects leave these days out
)
_FEWEST_EXPECTED = 10.0  # inquiries on either side: fewer tell nothing
_NEAR_DAYS = 28  # another change of the same place within so many days overlaps
_APART_DAYS = 5  # nearer than this, two changes cannot be told apart

EFFECT: Final[dict[str, Any]] = {
    "change_id": pl.String, "day": pl.Date, "product": pl.String, "step": pl.String, "topic_id": pl.String,
    "kind": pl.String, "before_per_10k": pl.Float64, "after_per_10k": pl.Float64, "before_days": pl.Int32,
    "after_days": pl.Int32, "ratio": pl.Float64, "ratio_low": pl.Float64, "ratio_high": pl.Float64,
    "avoided_count": pl.Float64, "avoided_low": pl.Float64, "avoided_high": pl.Float64, "verdict": pl.String,
    "overlaps": pl.List(pl.String), "explanation_zh": pl.String, "explanation_en": pl.String, "parameters": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class _Place:
    """One change with what surrounds it.

    Attributes:
        change: its row.
        row: of its series; None: there is none.
        first: first column of its window.
        at: column of the change.
        end: column after the window.
        over: column after its effect: the window's end, or an incident's.
        overlaps: other changes of the same place near it.
    """

    change: dict[str, Any]
    row: int | None
    first: int
    at: int
    end: int
    over: int
    overlaps: list[dict[str, Any]]


def change_effects(
    history: pl.DataFrame,
    exposures: pl.DataFrame,
    changes: pl.DataFrame,
    day: date,
    *,
    labels: Labels | None = None,
    partial: Sequence[date] = (),
    country: str = "CN",
) -> pl.DataFrame:
    """What each change did to its step's rate, as far as the days up to `day` tell.

    Args:
        history: counts of all series, as `alerts.series.history_of` gives them.
        exposures: transactions, as `alerts.series.exposures_of` gives them.
        changes: change_id, day, product, step (null: the whole product), kind, title; topic_id where a change is about one
            topic (an obstacle that was fixed).
        day: the last day that is looked at; later changes are left out.
        labels: names for the sentences.
        partial: days whose data are incomplete.
        country: whose public holidays count.

    Returns:
        A row a change with a product, in the columns of `EFFECT`. Rates are those of the days as they were, ratio and avoided
        inquiries those of the model. Where there is too little to ask they are null, and the verdict is `too_early`.
    """
    labels = labels or Labels()
    known = changes.filter(pl.col("day") <= day, pl.col("product").is_not_null())
    if "topic_id" not in known.columns:
        known = known.with_columns(topic_id=pl.lit(None, pl.String))
    wanted = _needed(history.filter(pl.col("day") <= day), known)
    if known.is_empty() or wanted.is_empty():
        return pl.DataFrame(schema=EFFECT)
    everything = known.sort("day", "change_id").to_dicts()
    rows = []
    # A quarter's changes share one fit, which ends when the last of them has been watched: later days do not alter it.
    for quarter in sorted({_quarter_end(change["day"]) for change in everything}):
        end = min(day, quarter + timedelta(days=AFTER_DAYS))
        if wanted.filter(pl.col("day") <= end).is_empty():
            end = day
        series = matrices(wanted, exposures, end, partial)
        base = fit_baseline(series, end, country)
        rows += [
            _row(_place(change, everything, series), everything, base, series, labels)
            for change in everything
            if _quarter_end(change["day"]) == quarter
        ]
    return pl.DataFrame(rows, schema=EFFECT, orient="row").sort("day", "change_id")


def _needed(history: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """Products, steps, and the topics that changes name."""
    plain = history.filter([pl.col(name).is_null() for name in KEY if name not in ("product", "step")])
    topics = history.filter(pl.col("topic_id").is_not_null()).join(
        changes.select("product", "step", "topic_id").drop_nulls("topic_id").unique(),
        on=["product", "step", "topic_id"],
        how="semi",
    )
    return pl.concat([plain, topics])


def _quarter_end(day: date) -> date:
    month = 3 * ((day.month - 1) // 3) + 3
    return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _place(change: dict[str, Any], changes: Sequence[dict[str, Any]], series: Series) -> _Place:
    wanted = dict.fromkeys(KEY) | {name: change[name] for name in ("product", "step", "topic_id")}
    found = series.keys.with_row_index("at").filter(
        [pl.col(name).is_null() if value is None else pl.col(name) == value for name, value in wanted.items()]
    )
    at = series.column(change["day"])
    end = max(min(at + AFTER_DAYS, series.counts.shape[1]), 0)
    over = min(at + INCIDENT_DAYS, end) if change["kind"] == "incident" else end
    overlaps = [
        other
        for other in changes
        if other["change_id"] != change["change_id"]
        and other["kind"] != "holiday"
        and other["product"] == change["product"]
        and (other["step"] is None or change["step"] is None or other["step"] == change["step"])
        and -_NEAR_DAYS <= (other["day"] - change["day"]).days <= min(_NEAR_DAYS, end - at)
    ]
    row = int(found["at"][0]) if found.height else None
    return _Place(change, row, max(at - BEFORE_DAYS, 0), max(at, 0), end, over, overlaps)


def _row(
    place: _Place, changes: Sequence[dict[str, Any]], base: Baseline, series: Series, labels: Labels
) -> dict[str, Any]:
    change = place.change
    row: dict[str, Any] = dict.fromkeys(EFFECT)
    row |= {name: change[name] for name in ("change_id", "day", "product", "step", "topic_id", "kind")}
    row |= {"verdict": "too_early", "overlaps": [other["change_id"] for other in place.overlaps]}
    row |= {"before_days": 0, "after_days": 0}
    effect = None
    if place.row is not None:
        row |= _rate(series, place.row, slice(place.first, place.at), "before")
        row |= _rate(series, place.row, slice(place.at, place.over), "after")
        if _enough(place, series):
            effect = _effect(place, changes, base, series)
    if effect is not None:
        low, high = effect.interval()
        row |= {
            "ratio": float(np.exp(effect.beta)),
            "ratio_low": float(np.exp(low)),
            "ratio_high": float(np.exp(high)),
            "avoided_count": effect.avoided(effect.beta),
            "avoided_low": effect.avoided(high),
            "avoided_high": effect.avoided(low),
            "verdict": "helped" if high < 0 else "worse" if low > 0 else "no_effect_seen",
        }
    row["explanation_zh"], row["explanation_en"] = explain(row, change, place.overlaps, labels)
    row["parameters"] = json.dumps(_parameters(place, effect, series), ensure_ascii=False)
    return row


def _rate(series: Series, at: int, days: slice, name: str) -> dict[str, Any]:
    usable = series.usable[at, days]
    exposure = float(np.exp(series.log_exposure[at, days])[usable].sum())
    count = float(series.counts[at, days][usable].sum())
    rate = count / exposure * 10_000 if series.exposed[at] and exposure > 0 else None
    return {f"{name}_per_10k": rate, f"{name}_days": int(usable.sum())}


def _enough(place: _Place, series: Series) -> bool:
    """Whether there are days enough, and inquiries enough on one side for the other to be compared with."""
    usable = series.usable[place.row, place.first : place.end]
    after = np.arange(place.first, place.end) >= place.at
    if (usable & ~after).sum() < FEWEST_BEFORE or (usable & after).sum() < FEWEST_AFTER:
        return False
    counts = series.counts[place.row, place.first : place.end] * usable
    exposure = np.exp(series.log_exposure[place.row, place.first : place.end]) * usable
    sides = [(counts[side].sum(), exposure[side].sum()) for side in (after, ~after)]
    rate = max(count / max(size, 1e-9) for count, size in sides)
    return bool(min(rate * size for _, size in sides) >= _FEWEST_EXPECTED)


def _effect(place: _Place, changes: Sequence[dict[str, Any]], base: Baseline, series: Series) -> Effect:
    days = slice(place.first, place.end)
    columns = np.arange(place.first, place.end)
    touched = {
        (other["product"], other["step"])
        for other in changes
        if other["kind"] != "holiday" and place.first <= series.column(other["day"]) < place.end
    }
    own = (place.change["product"], place.change["step"])
    row = place.row or 0
    after = ((columns >= place.at) & (columns < place.over)).astype(float)
    return interrupted(
        series.counts[row, days],
        series.log_exposure[row, days],
        series.usable[row, days],
        design(series.first, series.last, base.country).matrix[days],
        CALENDAR_TERMS,
        after,
        controls_of(series, base, own, touched, days, after),
        _others(place, series, columns),
        base.prior,
        float(base.dispersion[row]),
        pulse=place.over < place.end,
    )


def _others(place: _Place, series: Series, columns: np.ndarray) -> np.ndarray:
    """Days × overlapping changes that can be told apart from this one."""
    found = []
    for other in place.overlaps:
        begin = series.column(other["day"])
        if other["kind"] == "incident":
            found.append((columns >= begin) & (columns < begin + INCIDENT_DAYS))
        elif abs(begin - place.at) >= _APART_DAYS and begin > place.first:
            found.append(columns >= begin)
    kept = [column for column in found if column.any()]
    return np.column_stack(kept).astype(float) if kept else np.zeros((len(columns), 0))


def _parameters(place: _Place, effect: Effect | None, series: Series) -> dict[str, Any]:
    if effect is None:
        return {}
    return {
        "model": "negative binomial, log link, offset log(exposure), interrupted at the change",
        "from": (series.first + timedelta(days=place.first)).isoformat(),
        "to": (series.first + timedelta(days=place.end - 1)).isoformat(),
        "coef": {name: round(value, 6) for name, value in effect.coef.items()},
        "error": effect.error,
        "freedom": effect.freedom,
        "dispersion": effect.dispersion,
        "expected_without": effect.expected_without,
    }


def status_of(verdict: str, after_days: int, *, wait_days: int = 14) -> str:
    """What becomes of an obstacle that was marked fixed, by the effect of the fix on its own series.

    Returns:
        `verified` (it helped), `open` (reopened: worse, or nothing to be seen after `wait_days` days), or `fixed` (wait).
    """
    if verdict == "helped":
        return "verified"
    if verdict == "worse" or (verdict == "no_effect_seen" and after_days >= wait_days):
        return "open"
    return "fixed"
