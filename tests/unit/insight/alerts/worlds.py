"""Small worlds that the tests of alerts share."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from insight.alerts.series import KEY, exposures_of

FIRST = date(2026, 7, 6)  # a Monday


def world(days=60, *, products=2, steps=4, size=30.0, seed=1, unrest=0.01, exposed=True):
    """(counts, exposures): steps × days of a quiet company, before `frames`."""
    rng = np.random.default_rng(seed)
    n = products * steps
    week = np.array([1.0, 1.0, 1.0, 1.0, 1.1, 0.8, 0.7])[np.arange(days) % 7]
    exposure = np.round(1000 * week * np.exp(rng.normal(0, 0.02, (n, days))))
    mean = size * exposure / 1000 if exposed else size * np.broadcast_to(week, (n, days))
    factor = rng.gamma(1 / unrest, unrest, (n, days))
    return rng.poisson(mean * factor), exposure


def frames(counts, exposure=None, *, steps=4, topics=None, negatives=None, source="chats"):
    """History with total, products, steps, the source and (given as step index -> topic -> counts) topics; exposures."""
    n, days = counts.shape
    dates = [FIRST + timedelta(t) for t in range(days)]
    negatives = np.zeros_like(counts) if negatives is None else negatives
    rows = []

    def add(values, bad, **key):
        rows.extend(
            {**dict.fromkeys(KEY), **key, "day": day, "inquiry_count": int(v), "negative_count": int(b)}
            for day, v, b in zip(dates, values, bad, strict=True)
        )

    add(counts.sum(axis=0), negatives.sum(axis=0))
    add(counts.sum(axis=0), negatives.sum(axis=0), source=source)
    for p in range(n // steps):
        part = slice(p * steps, (p + 1) * steps)
        add(counts[part].sum(axis=0), negatives[part].sum(axis=0), product=f"p{p}")
    for i in range(n):
        add(counts[i], negatives[i], product=f"p{i // steps}", step=f"s{i}")
        for topic, values in (topics or {}).get(i, {}).items():
            add(values, np.zeros(days, int), product=f"p{i // steps}", step=f"s{i}", topic_id=topic)
    exposures = [
        {"day": day, "product": f"p{i // steps}", "step": f"s{i}", "transaction_count": int(exposure[i, t])}
        for i in range(n if exposure is not None else 0)
        for t, day in enumerate(dates)
    ]
    exposures += [
        {
            "day": day,
            "product": f"p{p}",
            "step": None,
            "transaction_count": int(exposure[p * steps : (p + 1) * steps, t].sum()),
        }
        for p in range(n // steps if exposure is not None else 0)
        for t, day in enumerate(dates)
    ]
    schema = {"day": pl.Date, "product": pl.String, "step": pl.String, "transaction_count": pl.Int64}
    return (
        pl.DataFrame(rows, schema_overrides=dict.fromkeys(KEY, pl.String)),
        exposures_of(pl.DataFrame(exposures, schema=schema)),
    )


def day_of(column):
    """The day of a column."""
    return FIRST + timedelta(column)
