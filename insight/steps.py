"""The thin shell of `insight`: reads a day, calls the pure functions, replaces the day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from insight.journey.corrections import corrections_of
from insight.journey.days import causes_of, learned_of
from insight.journey.repeats import REPEAT_DAYS, repeats
from insight.journey.steps_of import steps_of
from insight.metrics.transactions import transactions
from insight.sentiment.effort import REPEAT, effort
from insight.sentiment.inquiries import FACTS as _FELT_FACTS
from insight.sentiment.inquiries import inquiry_feelings
from insight.sentiment.lexicon import compiled
from warehouse.ahead import ahead
from warehouse.contracts import empty_frame
from warehouse.landing.records import newest
from warehouse.sql import load_denominators, sql

if TYPE_CHECKING:
    import duckdb

    from warehouse.dayrun import DayRun

SHARD_ROWS = 250_000  # inquiries at a time
PAIR_DAYS = 28  # channels and sources seen within these get a row with 0; dispersion is estimated from them
_MARTS = ("dispersion_daily", "inquiry_rate_daily", "obstacle_daily", "topic_daily", "sentiment_daily")


def sentiment(run: DayRun) -> None:
    """`insight.inquiry_feelings` of the day: all of `insight.inquiry_sentiment` but what repeats add to effort."""
    from insight.sentiment.learned_store import load
    from insight.sentiment.snownlp_bulk import snownlp_scores

    said = (
        run.scan("core.turns", ["inquiry_id", "role", "text"])
        .filter(pl.col("role") == "customer", pl.col("text").is_not_null())
        .select("inquiry_id", "text")
        .collect()
    )
    facts = run.scan("core.inquiries", _FELT_FACTS).collect()
    lexicon = compiled(run.lexicon().model_dump_json(include={"feelings", "facts", "nothing"}))

    held = {name: run.model(name).version_on(run.day) for name in ("sentiment", "emotion")}
    learned = {name: load(run.ws.models, name, version) for name, version in held.items() if version}

    def parts() -> Iterator[pl.DataFrame]:
        for part in facts.iter_slices(SHARD_ROWS):
            turns = said.join(part, on="inquiry_id", how="semi", maintain_order="left")
            yield inquiry_feelings(turns, part, lexicon, learned).with_columns(
                snownlp_score=snownlp_scores(
                    part.select(pl.when(pl.col("language") == "zh").then("problem"))["problem"]
                )
            )

    with run.writer("insight.inquiry_feelings") as writer:
        for made in ahead(parts()):
            writer.write(made)


def topics(run: DayRun) -> None:
    """`insight.inquiry_topics` of the day; on its first run also what the day teaches."""
    from insight.topics.days import assigned, keep_tables, learn
    from warehouse.models import Models

    learn(run)
    with run.writer("insight.inquiry_topics") as writer:
        for part in ahead(assigned(run)):
            writer.write(part)
    keep_tables(Models(run.ws.models, run.ws.place), run.store)


def journey(run: DayRun) -> None:
    """`insight.inquiry_journey` of the day, and `insight.inquiry_sentiment`, whose effort counts repeats."""
    journeys = run.journeys()
    columns = ["inquiry_id", "is_inquiry", "customer_key", "started_at", "product", "step", "problem"]
    inquiries = run.scan("core.inquiries", columns).collect()
    told = corrections_of(run.corrections())
    learned = learned_of(run, journeys)
    decided = pl.concat(
        [
            steps_of(part, journeys, corrections=told, learned=learned)
            for part in inquiries.iter_slices(SHARD_ROWS)
        ]
        or [steps_of(inquiries, journeys)]
    )
    problems = inquiries.filter("is_inquiry").select(
        "inquiry_id", pl.col("problem").fill_null("").alias("text")
    )
    known = run.scan("insight.inquiry_topics", ["inquiry_id", "topic_id"]).collect()
    placed = (
        inquiries.filter("is_inquiry")
        .select("inquiry_id", "customer_key", "started_at")
        .join(decided.select("inquiry_id", "product", "step"), on="inquiry_id", maintain_order="left")
        .join(known, on="inquiry_id", how="left", maintain_order="left")
    )
    again = repeats(placed, _before(run, placed))
    run.replace(
        "insight.inquiry_journey",
        decided.join(causes_of(run, problems, told), on="inquiry_id", how="left", maintain_order="left").join(
            again, on="inquiry_id", how="left", maintain_order="left"
        ),
    )
    felt = run.scan("insight.inquiry_feelings").collect()
    repeated = pl.col("inquiry_id").is_in(again["inquiry_id"].implode())
    run.replace(
        "insight.inquiry_sentiment",
        (
            part.with_columns(pl.when(repeated).then(REPEAT).otherwise(0.0).alias("effort_repeat"))
            .with_columns(effort())
            .drop("day")
            for part in felt.iter_slices(SHARD_ROWS)
        ),
    )


def _before(run: DayRun, today: pl.DataFrame) -> pl.DataFrame:
    """Earlier inquiries of today's customers, in the columns of `today`."""
    customers = today.select("customer_key").drop_nulls().unique().lazy()
    earlier = (
        run.scan_back(
            "core.inquiries", REPEAT_DAYS, ["inquiry_id", "is_inquiry", "customer_key", "started_at"]
        )
        .filter("is_inquiry")
        .select("inquiry_id", "customer_key", "started_at")
        .join(customers, on="customer_key", how="semi")
    )
    placed = run.scan_back("insight.inquiry_journey", REPEAT_DAYS, ["inquiry_id", "product", "step"])
    known = run.scan_back("insight.inquiry_topics", REPEAT_DAYS, ["inquiry_id", "topic_id"])
    return (
        earlier.join(placed, on="inquiry_id", how="left")
        .join(known, on="inquiry_id", how="left")
        .select(today.columns)
        .collect()
    )


def metrics(run: DayRun) -> None:
    """`core.transactions` and the marts of the day."""
    journeys = run.journeys()
    run.replace("core.transactions", transactions(newest(run.scan("raw.transactions").collect()), journeys))
    with run.connection(
        [
            "core.inquiries",
            "core.transactions",
            "insight.inquiry_journey",
            "insight.inquiry_topics",
            "insight.inquiry_sentiment",
        ],
        # Tables without modelled numbers alone: a day that read the dispersion of the days before would be dirty
        # for ever after a late record.
        back={"core.inquiries": PAIR_DAYS, "core.transactions": PAIR_DAYS, "mart.sentiment_daily": PAIR_DAYS},
    ) as connection:
        _prepare(connection, run, journeys.step_table())
        for mart in _MARTS:
            run.replace(f"mart.{mart}", _result(connection, sql(f"marts/{mart}"), run))
    run.replace("mart.alerts", empty_frame("mart.alerts"))


def _prepare(connection: duckdb.DuckDBPyConnection, run: DayRun, steps: pl.DataFrame) -> None:
    """The tables that the SQL of the marts reads besides the day's own."""
    always = steps.with_columns(valid_from=pl.lit(None, pl.Date), valid_to=pl.lit(None, pl.Date))
    connection.register("_steps", always.to_arrow())
    connection.execute("CREATE TABLE core.steps AS SELECT * FROM _steps")
    load_denominators(connection)
    connection.execute(f"CREATE TABLE facts AS {sql('facts')}")
    connection.execute(f"CREATE TABLE pairs AS {sql('pairs')}")
    connection.execute(f"CREATE TABLE partial AS {sql('partial')}", {"day": run.day})
    connection.execute(f"CREATE TABLE series AS {sql('series')}")
    connection.execute(f"CREATE TABLE dispersion AS {sql('marts/dispersion_daily')}", {"day": run.day})


def _result(connection: duckdb.DuckDBPyConnection, query: str, run: DayRun) -> pl.DataFrame:
    return connection.execute(query, {"day": run.day} if "$day" in query else {}).pl()
