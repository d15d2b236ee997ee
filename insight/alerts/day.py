"""The alerts of a day: everything together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from insight.alerts.baseline import Baseline, anchor_day
from insight.alerts.calendar import design
from insight.alerts.cells import cells, findings, main_topic
from insight.alerts.data import data_findings
from insight.alerts.drift import course
from insight.alerts.episodes import advance, empty_episodes, open_episodes, stable_id
from insight.alerts.folding import Finding, fold, fold_segments, fold_sentiment
from insight.alerts.limits import Limits
from insight.alerts.models import Models
from insight.alerts.new_topics import new_topics
from insight.alerts.predict import predict
from insight.alerts.segments import main_segment, segment_shares
from insight.alerts.sentences import Evidence, Labels, explain
from insight.alerts.sentiment import sentiment_drops
from insight.alerts.series import KEY, Series, first_day, matrices

ALERT = {
    "alert_id": pl.String, "day": pl.Date, "episode_id": pl.String, "kind": pl.String, "level": pl.String,
    "product": pl.String, "step": pl.String, "topic_id": pl.String, "source": pl.String, "channel": pl.String,
    "segment": pl.String, "window_days": pl.Int32, "observed": pl.Float64, "expected": pl.Float64,
    "expected_low": pl.Float64, "expected_high": pl.Float64, "exposure": pl.Float64, "score": pl.Float64,
    "q_value": pl.Float64, "episode_start": pl.Date, "explanation": pl.String, "explanation_zh": pl.String,
    "explanation_en": pl.String, "parameters": pl.String,
}  # fmt: skip
STANDING_DAYS = 7


@dataclass(frozen=True)
class DayAlerts:
    """What a day brought.

    Attributes:
        alerts: what is to be told today, worst first (`ALERT`).
        episodes: open and just ended episodes (`episodes.EPISODE`): tomorrow's `episodes`.
        cells: every series' observed and expected of the day (`cells.cells`).
        models: the fitted models, to be handed in again until they are refitted.
    """

    alerts: pl.DataFrame
    episodes: pl.DataFrame
    cells: pl.DataFrame
    models: Models


def alerts_of_day(
    history: pl.DataFrame,
    exposures: pl.DataFrame,
    day: date,
    limits: Limits | None = None,
    *,
    labels: Labels | None = None,
    topics: pl.DataFrame | None = None,
    segments: pl.DataFrame | None = None,
    episodes: pl.DataFrame | None = None,
    partial: Sequence[date] = (),
    models: Models | None = None,
    language: str = "zh",
) -> DayAlerts:
    """The alerts of a day; nothing after it is looked at.

    Args:
        history: counts of all series up to the day, as `series.history_of` gives them.
        exposures: transactions, as `series.exposures_of` gives them.
        day: the day.
        limits: what an alert takes.
        labels: names for the sentences.
        topics: the registry (topic_id, first_day), if there is one.
        segments: counts of customer groups up to the day (day and the columns of `segments.segment_counts`), if there are any.
        episodes: what the day before returned.
        partial: days whose data are incomplete; no model learns from them, and on such a day nothing is called low.
        models: what an earlier day returned; used again if they are those of this day's anchor and nothing that they
            learned from has changed.
        language: of `explanation`: zh or en.

    Raises:
        VocError: the history lacks a column or is empty.
    """
    limits = limits or Limits()
    labels = labels or Labels()
    previous = empty_episodes() if episodes is None else episodes
    begins = first_day(history, day)
    anchor = max(anchor_day(day, begins), begins)
    # Today may be partial and is judged all the same; it is left out of later fits.
    series = matrices(history, exposures, day, [other for other in partial if other != day], anchor)
    if models is None or not models.hold_for(series, anchor, limits.country):
        models = Models.fit(series, anchor, limits.country)
    base = models.for_series(series)
    told = open_episodes(previous, day).filter(pl.col("told_day").is_not_null())
    known = (
        series.keys["series_id"]
        .is_in(told.filter(pl.col("theme") == "counts")["series_id"].implode())
        .to_numpy()
    )
    today = cells(base, series, day, limits, known)
    counted = _counted(today, base, series, day, limits, topics, known)
    counted, data = _without_broken(
        counted, data_findings(history, exposures, day, limits), incomplete=day in partial
    )
    standing = _standing(told, today, base, series, day)
    # Where a source is missing, those who use it are missing from the shares of everybody else.
    whole = day not in partial and not data.filter(pl.col("source").is_not_null()).height
    shares = None if segments is None or not whole else _shares(segments, partial, day, limits)
    groups = known_groups = pl.DataFrame()
    if shares is not None:
        groups = shares.filter("is_flagged")
        known_groups = shares.join(told, on=["series_id", "direction"], how="semi")
    old = [Finding(row) for row in known_groups.to_dicts()]
    folded = fold(map(Finding, counted.to_dicts()), [*standing, *old])
    folded += fold_segments(map(Finding, groups.to_dicts()), [*folded, *standing], old)
    folded += fold_sentiment(
        map(Finding, sentiment_drops(series, day, limits).to_dicts()), [*folded, *standing]
    )
    folded += [Finding(row) for row in data.to_dicts()]
    news = advance(previous, folded, day, limits)
    rows = [
        _alert(finding, episode, day, base, series, shares, labels, language)
        for finding, episode in news.findings
    ]
    alerts = pl.DataFrame(rows, schema=ALERT, orient="row").sort(
        "score", "alert_id", descending=[True, False]
    )
    return DayAlerts(alerts, news.episodes, today, models)


def _counted(
    today: pl.DataFrame, base: Baseline, series: Series, day: date, limits: Limits, topics: pl.DataFrame | None,
    known: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    """Findings on counts: outbreaks, drifts, new topics."""
    usual = findings(today, base, series, day, limits, known).with_columns(
        kind=pl.when(
            pl.col("level") == "source",
            pl.col("direction") < 0,
            pl.col("observed") < 0.4 * pl.col("expected"),
        )
        .then(pl.lit("data_strange"))
        .otherwise("kind")
    )
    new = new_topics(series, day, limits, topics)
    return pl.concat([usual.join(new, on="series_id", how="anti"), new])


def _without_broken(
    counted: pl.DataFrame, data: pl.DataFrame, *, incomplete: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out what broken data make of rates; a source that is far too low is itself strange data.

    Falls are not told on a day that lacks (part of) a source, rates not where their transactions are strange: those of the
    step, of its product, and of everything.
    """
    broken = data.filter(pl.col("source").is_null())
    if broken.height:
        steps = pl.struct("product", "step").is_in(
            broken.select(pl.struct("product", "step")).to_series().implode()
        )
        whole = pl.col("step").is_null() & pl.col("product").is_in(broken["product"].implode())
        products = pl.col("product").is_in(broken.filter(pl.col("step").is_null())["product"].implode())
        counted = counted.filter(~(steps | whole | products).fill_null(value=True))
    data = pl.concat([data, counted.filter(pl.col("kind") == "data_strange")])
    counted = counted.filter(pl.col("kind") != "data_strange")
    if incomplete or data.filter(pl.col("source").is_not_null()).height:
        counted = counted.filter(pl.col("direction") > 0)
    return counted, data


def _standing(
    told: pl.DataFrame, today: pl.DataFrame, base: Baseline, series: Series, day: date
) -> list[Finding]:
    """Open episodes about counts, with the numbers of today or of the last week, whichever is further off."""
    known = told.filter(pl.col("theme") == "counts").select("series_id", "direction")
    rows = today.drop("direction").join(known, on="series_id").with_columns(window_days=pl.lit(1))
    if rows.is_empty():
        return []
    which = rows["row"].to_numpy()
    week = predict(base.pick(which), series.pick(which), day, STANDING_DAYS)
    of_week = rows.with_columns(
        pl.Series("observed", week.observed), pl.Series("expected", week.expected), window_days=STANDING_DAYS
    )
    pairs = zip(map(Finding, rows.to_dicts()), map(Finding, of_week.to_dicts()), strict=True)
    return [max(pair, key=lambda finding: finding.excess) for pair in pairs]


def _shares(segments: pl.DataFrame, partial: Sequence[date], day: date, limits: Limits) -> pl.DataFrame:
    """What customer groups ask, days that lack something aside."""
    return segment_shares(
        segments.filter((pl.col("day") == day) | ~pl.col("day").is_in(list(partial))), day, limits
    )


def _alert(
    finding: Finding, episode: dict[str, Any], day: date, base: Baseline, series: Series, shares: pl.DataFrame | None,
    labels: Labels, language: str,
) -> dict[str, Any]:  # fmt: skip
    """One row of `ALERT`."""
    row = finding.data
    drift = row["kind"] == "rate_drift" and row["row"] is not None
    evidence = Evidence(
        main_topic(base, series, row, day),
        main_segment(shares, row) if shares is not None else None,
        course(base, series, row["row"], day, row["window_days"]) if drift else None,
    )
    zh, en = explain(row, day, labels, evidence)
    reach = (
        row["expected_high"] - row["expected"]
        if row["direction"] > 0
        else row["expected"] - row["expected_low"]
    )
    return {name: row[name] for name in ALERT if name in row} | {
        "alert_id": stable_id(episode["episode_id"], day.isoformat()),
        "day": day,
        "episode_id": episode["episode_id"],
        "episode_start": episode["start_day"],
        "score": abs(row["observed"] - row["expected"]) / max(reach, 1e-9),
        "explanation": zh if language == "zh" else en,
        "explanation_zh": zh,
        "explanation_en": en,
        "parameters": json.dumps(_parameters(finding, base, series, day), ensure_ascii=False),
    }


def _parameters(finding: Finding, base: Baseline, series: Series, day: date) -> dict[str, Any]:
    """What makes the number again: for counts, expected = Σ over the window of exposure × exp(Σ coef · term) × common."""
    row = finding.data
    parts = [
        {name: part[name] for name in ("level", *KEY) if part[name] is not None} for part in finding.parts
    ]
    told: dict[str, Any] = {"series_id": row["series_id"], "p_value": row["p_value"], "parts": parts}
    if row["expected_spread"] is None or row["row"] is None:
        return told
    one = np.array([row["row"]])
    window = predict(base.pick(one), series.pick(one), day, row["window_days"])
    days = design(series.first, day, base.country).matrix[-1]
    terms = {"level": 1.0, "trend": (day - base.through).days / 30.0} | {
        name: float(value) for name, value in zip(base.terms[2:], days, strict=False) if value
    }
    coef = dict(zip(base.terms, (float(value) for value in window.coef[0]), strict=True))
    return told | {
        "model": "negative binomial, log link, offset log(exposure)",
        "learned_through": base.through.isoformat(),
        "learned_days": int(base.days[row["row"]]),
        "coef": {name: round(value, 9) for name, value in coef.items()},
        "terms_of_day": terms,
        "common": row["common"],
        "exposure": row["exposure"],
        "dispersion": round(float(base.dispersion[row["row"]]), 9),
        "autocorrelation": round(float(base.autocorrelation[row["row"]]), 6),
        "expected_spread": row["expected_spread"],
        "variance": row["variance"],
    }
