"""The day's findings on counts: one row a flagged series, a day's outbreak before a drift."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from insight.alerts.baseline import Baseline
from insight.alerts.drift import drifts
from insight.alerts.limits import Limits
from insight.alerts.outbreak import rates
from insight.alerts.predict import predict
from insight.alerts.series import Series

_MAIN = 0.4  # of a step's excess: worth naming
# Of a finding, whatever its kind; `folding`, `episodes` and `sentences` read these.
FINDING = {
    "series_id": pl.String, "level": pl.String, "product": pl.String, "step": pl.String, "topic_id": pl.String,
    "source": pl.String, "channel": pl.String, "segment": pl.String, "row": pl.Int64, "kind": pl.String,
    "direction": pl.Int8, "window_days": pl.Int32, "observed": pl.Float64, "expected": pl.Float64,
    "expected_low": pl.Float64, "expected_high": pl.Float64, "expected_spread": pl.Float64, "variance": pl.Float64,
    "exposure": pl.Float64, "common": pl.Float64, "p_value": pl.Float64, "q_value": pl.Float64,
}  # fmt: skip


def cells(
    base: Baseline, series: Series, day: date, limits: Limits, known: np.ndarray | None = None
) -> pl.DataFrame:
    """Every series' day against what was to be expected: the band that a chart draws.

    Returns:
        series_id, level, `KEY`, row, and the columns of `outbreak.rates`.
    """
    table = series.keys.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return pl.concat([table, rates(base, series, day, limits, known)], how="horizontal")


def findings(
    today: pl.DataFrame,
    base: Baseline,
    series: Series,
    day: date,
    limits: Limits,
    known: np.ndarray | None = None,
) -> pl.DataFrame:
    """The flagged series of the day, in the columns of `FINDING`.

    Args:
        today: as `cells` gives it.
        base: models.
        series: counts up to the day.
        day: the day.
        limits: what an alert takes.
        known: series of open episodes that people know of.
    """
    outbreaks = today.filter("is_flagged").with_columns(
        window_days=pl.lit(1, pl.Int32),
        kind=pl.when(pl.col("direction") < 0)
        .then(pl.lit("rate_low"))
        .when(pl.col("level") == "topic")
        .then(pl.lit("topic_burst"))
        .otherwise(pl.lit("rate_high")),
    )
    slow = drifts(base, series, day, limits, known)
    slow = pl.concat([today.select("row", "series_id", "level", *_KEY), slow], how="horizontal")
    slow = slow.filter(pl.col("is_flagged"), ~pl.col("row").is_in(outbreaks["row"].implode())).with_columns(
        window_days=pl.col("drift_days").cast(pl.Int32), kind=pl.lit("rate_drift")
    )
    return pl.concat([frame.select(conform(frame)) for frame in (outbreaks, slow)])


_KEY = ["product", "step", "topic_id", "source", "channel", "segment"]


def conform(frame: pl.DataFrame) -> list[pl.Expr]:
    """Expressions that bring a frame into the columns of `FINDING`; what it lacks is null."""
    return [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in FINDING.items()
    ]


def main_topic(
    base: Baseline, series: Series, finding: dict[str, Any], day: date
) -> tuple[str, float] | None:
    """The topic that makes up most of a step's rise, and by how many inquiries over the finding's window; None: none does."""
    if finding["level"] != "step" or finding["direction"] < 0:
        return None
    keys = series.keys.with_row_index("at").filter(
        pl.col("level") == "topic", pl.col("product") == finding["product"], pl.col("step") == finding["step"]
    )
    if keys.is_empty():
        return None
    rows = keys["at"].to_numpy()
    window = predict(base.pick(rows), series.pick(rows), day, finding["window_days"])
    excess = window.observed - window.expected
    top = int(excess.argmax())
    if excess[top] < _MAIN * (finding["observed"] - finding["expected"]):
        return None
    return str(keys["topic_id"][top]), float(excess[top])
