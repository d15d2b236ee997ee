"""Alerts of a day from the marts: read, judge, keep. What is judged and how: `insight.alerts.day`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from insight.alerts.baseline import anchor_day
from insight.alerts.day import alerts_of_day
from insight.alerts.limits import Limits
from insight.alerts.models import Models
from insight.alerts.segments import BACK_DAYS, CELL, segment_counts
from insight.alerts.sentences import Labels
from insight.alerts.series import exposures_of, first_day, history_of
from warehouse.config import Journeys

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from warehouse.dayrun import DayRun

HISTORY_DAYS = 400  # a year and the festival before it
NOTED_DAYS = 28  # a correction of these days judges later days again; of older ones the next refit learns
RATES = ["day", "product", "step", "source", "channel", "inquiry_count", "negative_count", "is_partial"]
OBSTACLES = ["day", "product", "step", "topic_id", "inquiry_count", "negative_count"]
SEGMENTS = ["day", *CELL, "inquiry_count", "customer_count"]
TRANSACTIONS = ["day", "product", "step", "channel", "transaction_count"]


def alerts(run: DayRun) -> None:
    """`mart.alerts` and `mart.alert_episodes` of the day, and `insight.segment_daily`, which they look back at."""
    journeys = run.journeys()
    run.replace("insight.segment_daily", _segments_of_day(run))
    rates, obstacles, transactions = (
        history(run, table, columns)
        for table, columns in (
            ("mart.inquiry_rate_daily", RATES),
            ("mart.obstacle_daily", OBSTACLES),
            ("core.transactions", TRANSACTIONS),
        )
    )
    # The marts that are read carry intervals that look back by themselves; what is noted carries counts alone.
    run.scan_back("mart.sentiment_daily", NOTED_DAYS, ["day"])
    before = run.scan_back("mart.alert_episodes", 1).drop("day").collect()
    if rates.is_empty():
        _keep(run, pl.DataFrame(), pl.DataFrame())
        return
    topics = run.store.scan(
        "insight.topics", columns=["topic_id", "label", "first_day", "is_group"]
    ).collect()
    lines = topics.filter(~pl.col("is_group"))
    told = history_of(rates, obstacles)
    cache = _cache(run.ws.models, anchor_day(run.day, first_day(told, run.day)))
    kept = _read(cache)
    config = run.ws.voc.alerts
    found = alerts_of_day(
        told,
        exposures_of(denominators(transactions, journeys)),
        run.day,
        Limits(false_discovery_rate=config.false_discovery_rate, minimum_count=config.minimum_count),
        labels=Labels.of(journeys.step_table(), lines),
        topics=lines.select("topic_id", "first_day") if lines.height else None,
        segments=history(run, "insight.segment_daily", SEGMENTS, BACK_DAYS).filter(
            pl.col("segment").is_in(run.ws.voc.publish)
        ),
        episodes=before if before.height else None,
        partial=rates.filter("is_partial")["day"].unique().sort().to_list(),
        models=kept,
        language=run.ws.voc.language,
    )
    if found.models is not kept:
        _write(cache, found.models)
    _keep(run, found.alerts, found.episodes)


def history(run: DayRun, table: str, columns: list[str], back: int = HISTORY_DAYS) -> pl.DataFrame:
    """Rows of a table up to the day."""
    since = run.day - timedelta(days=back)
    days = [day for day in run.store.days(table) if since <= day < run.day]
    return pl.concat([run.store.scan(table, days, columns).collect(), run.scan(table, columns).collect()])


def _segments_of_day(run: DayRun) -> pl.DataFrame:
    """Counts of customer groups; attributes have no dates, they are taken as they are known now."""
    asked = (
        run.scan("core.inquiries", ["inquiry_id", "is_inquiry", "customer_key"])
        .filter(pl.col("is_inquiry"), pl.col("customer_key").is_not_null())
        .select("inquiry_id", "customer_key")
    )
    steps = run.scan("insight.inquiry_journey", ["inquiry_id", "product", "step"])
    placed = asked.join(steps, on="inquiry_id", how="left").drop("inquiry_id").collect()
    customers = run.store.scan("core.customers", columns=["customer_key", "attributes"])
    theirs = customers.join(placed.lazy().select("customer_key").unique(), on="customer_key", how="semi")
    return segment_counts(placed, theirs.collect(), run.ws.voc.publish)


def denominators(transactions: pl.DataFrame, journeys: Journeys) -> pl.DataFrame:
    """day, product, step (null: the product's base), transaction_count, as the published macro has them.

    Args:
        transactions: rows of `core.transactions`.
        journeys: whose steps name their denominators.
    """
    import duckdb

    from warehouse.sql import load_denominators

    steps = journeys.step_table().with_columns(
        valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date)
    )
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA core")
        for name, frame in (("transactions", transactions), ("steps", steps)):
            connection.register("_rows", frame.to_arrow())
            connection.execute(f"CREATE TABLE core.{name} AS SELECT * FROM _rows")
        load_denominators(connection)
        return connection.execute(
            "SELECT day, product, step, sum(transaction_count)::BIGINT AS transaction_count FROM denominators() "
            "GROUP BY ALL"
        ).pl()


def _keep(run: DayRun, found: pl.DataFrame, episodes: pl.DataFrame) -> None:
    from warehouse.contracts import empty_frame

    day = pl.lit(run.day).alias("day")
    for table, frame in (("mart.alerts", found), ("mart.alert_episodes", episodes)):
        run.replace(table, frame.with_columns(day) if frame.width else empty_frame(table))


def _cache(models: Path, anchor: date) -> Path:
    """Fitted models, kept from day to day until the next anchor; made again whenever they are missing."""
    return models / "alerts" / f"{anchor}.parquet"


def _read(path: Path) -> Models | None:
    try:
        return Models.from_frame(pl.read_parquet(path)) if path.exists() else None
    except (OSError, pl.exceptions.PolarsError, KeyError, ValueError):
        return None  # a cache: what cannot be read is fitted again


def _write(path: Path, models: Models) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    models.to_frame().write_parquet(temporary)
    temporary.replace(path)
