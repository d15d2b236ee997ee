"""Topics that were not there before."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from insight.alerts.cells import conform
from insight.alerts.limits import Limits, q_values
from insight.alerts.series import Series

WINDOW_DAYS = 3
_YOUNG_DAYS = 14
_PRIOR = 0.5  # of an inquiry (Jeffreys' prior of a Poisson rate)


def new_topics(series: Series, day: date, limits: Limits, topics: pl.DataFrame | None = None) -> pl.DataFrame:
    """Topics of a step that began within two weeks and already come often.

    After n days without a single inquiry the rate of a topic is Gamma(½, n) (Jeffreys), so the count of the last
    days is negative binomial; it is flagged where even that makes it implausible. A topic that is new to a step but known
    elsewhere is a burst, not a new topic.

    Args:
        series: counts of topics (level `topic`) and of everything.
        day: the day.
        limits: counts and false-discovery rate.
        topics: the registry (topic_id, first_day), where there is one. A topic that the registry knew earlier is not new.

    Returns:
        Rows of `cells.FINDING`, kinds topic_new and topic_burst, over the last three days.
    """
    from scipy.stats import nbinom

    rows = np.flatnonzero(series.level("topic"))
    empty = pl.DataFrame(schema={"row": pl.Int64})
    end = series.column(day) + 1
    if not len(rows) or end <= WINDOW_DAYS:
        return empty.select(conform(empty))
    counts = series.counts[rows, :end]
    ever = counts.sum(axis=1) > 0
    begun = np.where(ever, (counts > 0).argmax(axis=1), end)
    seen = (counts > 0).sum(axis=0) > 0  # days without any topic tell nothing: the registry was not there yet
    before = np.array([seen[:start].sum() for start in begun])
    observed = counts[:, -WINDOW_DAYS:].sum(axis=1)
    tested = ever & (end - begun <= _YOUNG_DAYS) & (before >= limits.history_days)
    share = np.maximum(before, 1) / (np.maximum(before, 1) + WINDOW_DAYS)
    p = np.where(tested, nbinom.sf(observed - 1, _PRIOR, share), 1.0)
    q = q_values(p, tested)
    flagged = (
        tested & (q <= limits.false_discovery_rate * limits.rise_share) & (observed >= limits.minimum_count)
    )
    first_of_topic = (
        pl.DataFrame({"topic_id": series.keys["topic_id"].gather(rows), "begun": begun})
        .select(pl.col("begun").min().over("topic_id"))["begun"]
        .to_numpy()
    )
    is_new = end - first_of_topic <= _YOUNG_DAYS
    if topics is not None:
        known = series.keys.select("topic_id")[rows].join(
            topics.select("topic_id", "first_day"), on="topic_id", how="left", maintain_order="left"
        )["first_day"]
        is_new &= (known.is_null() | (known > day - timedelta(days=_YOUNG_DAYS))).to_numpy()
    frame = series.keys[rows].with_columns(
        pl.Series("row", rows),
        pl.Series("kind", np.where(is_new, "topic_new", "topic_burst")),
        pl.lit(1).alias("direction"),
        pl.lit(WINDOW_DAYS).alias("window_days"),
        pl.Series("observed", observed),
        pl.Series("expected", _PRIOR / np.maximum(before, 1) * WINDOW_DAYS),
        pl.lit(0.0).alias("expected_low"),
        pl.Series("expected_high", nbinom.ppf(0.975, _PRIOR, share)),
        pl.Series("exposure", before.astype(float)),
        pl.Series("p_value", p),
        pl.Series("q_value", q),
    )
    return frame.select(conform(frame)).filter(pl.Series(flagged))
