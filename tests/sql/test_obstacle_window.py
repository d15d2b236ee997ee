"""Trend, and since when: on daily counts that are made up for it."""

from contextlib import closing
from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from warehouse.config import Journeys
from warehouse.contracts import load_contracts
from warehouse.publish.levers import prepare_levers
from warehouse.publish.shrinkage import prepare_obstacles
from warehouse.sql import load_denominators, load_macros, load_rates, sql

FIRST = date(2026, 10, 19)
WEEKDAYS = np.array([1.1, 1.1, 1.0, 1.0, 1.0, 0.8, 0.7])


def obstacles(counts, transactions=10_000, skipped=()):
    """mart.obstacles of daily counts (obstacle × day), one product and step each."""
    with closing(duckdb.connect()) as connection:
        load_macros(connection)
        for schema in ("core", "insight", "mart", "ops"):
            connection.execute(f"CREATE SCHEMA {schema}")
        for table, spec in load_contracts().items():
            if not table.startswith("raw."):
                connection.execute(spec.duckdb_ddl().replace(" NOT NULL", ""))
        load_denominators(connection)
        load_rates(connection)
        days = [FIRST + timedelta(days=d) for d in range(np.shape(counts)[1])]
        rows = [
            (day, f"o{key}", f"p{key}", "pay", int(count), 0, 0.0)
            for key, series in enumerate(counts)
            for day, count in zip(days, series, strict=True)
            if count and day not in skipped
        ]
        names = ["day", "obstacle_id", "product", "step", "inquiry_count", "negative_count", "effort"]
        connection.register("given", pl.DataFrame(rows, schema=names, orient="row").to_arrow())
        connection.execute("INSERT INTO mart.obstacle_daily BY NAME FROM given")
        bases = [
            (d, f"p{key}", "pay", transactions) for d in days if transactions for key in range(len(counts))
        ]
        schema = {"day": pl.Date, "product": pl.String, "step": pl.String, "transaction_count": pl.Int64}
        connection.register("bases", pl.DataFrame(bases, schema=schema, orient="row").to_arrow())
        connection.execute("INSERT INTO core.transactions BY NAME FROM bases")
        present = pl.DataFrame({"day": [day for day in days if day not in skipped]})
        connection.register("present", present.to_arrow())
        connection.execute("INSERT INTO mart.inquiry_rate_daily BY NAME FROM present")
        prepare_obstacles(connection)
        prepare_levers(connection, Journeys())
        found = connection.execute(sql("marts/obstacles")).pl()
        return found.sort("obstacle_id")


def steady(mean, days=28, seed=1):
    return np.random.default_rng(seed).poisson(np.resize(WEEKDAYS, days) * mean)


def changed(mean, factor, start, stop=28, days=28, seed=1):
    means = np.resize(WEEKDAYS, days) * mean
    means[start:stop] *= factor
    return np.random.default_rng(seed).poisson(means)


def test_a_new_level_is_dated_and_an_incident_that_is_over_is_not():
    found = obstacles(
        [steady(20), changed(20, 2.5, 18), changed(20, 0.3, 12), changed(20, 5, 14, 16), changed(20, 4, 26)]
    ).to_dicts()
    flat, risen, fallen, incident, fresh = found
    assert (flat["since_day"], flat["trend"]) == (None, "steady")
    assert abs((risen["since_day"] - FIRST).days - 18) <= 1
    assert risen["since_ratio"] == pytest.approx(2.5, rel=0.3)
    assert risen["trend"] in ("rising", "steady")
    assert abs((fallen["since_day"] - FIRST).days - 12) <= 1
    assert fallen["since_ratio"] < 0.5
    assert incident["since_day"] is None
    assert abs((fresh["since_day"] - FIRST).days - 26) <= 1
    assert fresh["trend"] == "rising"
    assert all(row["dispersion"] < 3 for row in found)  # neither a new level nor an incident is scatter


def test_trend_compares_the_last_week_with_the_one_before():
    counts = np.zeros((3, 28), int)
    counts[0] = 10
    counts[0, 21:] = 20
    counts[1] = 10
    counts[1, 21:] = 5
    counts[2, 25:] = 4
    rising, falling, new = obstacles(counts).to_dicts()
    assert [row["trend"] for row in (rising, falling, new)] == ["rising", "falling", "new"]
    assert (rising["inquiry_count_7d"], rising["inquiry_count_7d_before"]) == (140, 70)
    assert (rising["rate_per_10k_7d"], rising["rate_per_10k_7d_before"]) == pytest.approx((20, 10))
    assert rising["trend_ratio"] == pytest.approx(140.5 / 70.5)
    width = np.exp(1.959963984540054 * np.sqrt(rising["dispersion"] * (1 / 140.5 + 1 / 70.5)))
    assert (rising["trend_ratio_low"], rising["trend_ratio_high"]) == pytest.approx(
        (140.5 / 70.5 / width, 140.5 / 70.5 * width)
    )


def test_a_short_history_has_no_trend():
    found = obstacles([steady(20, 13)]).row(0, named=True)
    assert [found[name] for name in ("trend", "trend_ratio", "since_day")] == [None] * 3
    assert found["impact"] > 0


def test_counts_are_compared_where_there_are_no_transactions():
    found = obstacles([changed(20, 2.5, 22)], transactions=None).row(0, named=True)
    assert found["rate_per_10k_28d"] is None
    assert found["rate_per_10k_7d"] is None
    assert found["shrunk_per_10k"] is None
    assert found["trend"] == "rising"
    assert abs((found["since_day"] - FIRST).days - 22) <= 1
    assert found["weekly_inquiries"] == pytest.approx(found["inquiry_count_28d"] / 4)


def test_days_that_were_held_back_count_neither_above_nor_below():
    counts = np.full((1, 28), 10)
    skipped = [FIRST + timedelta(days=3)]
    found = obstacles(counts, skipped=skipped).row(0, named=True)
    assert (found["day_count"], found["inquiry_count_28d"], found["transaction_count_28d"]) == (
        27,
        270,
        270_000,
    )
    assert found["weekly_inquiries"] == pytest.approx(70)


def test_no_change_is_seldom_dated():
    counts = np.stack([steady(mean, seed=seed) for seed in range(60) for mean in (3, 20)])
    assert obstacles(counts)["since_day"].is_not_null().mean() <= 0.03
