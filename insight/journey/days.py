"""What the journey step learns, and what it is told by people: kept in `models/journey`, pinned by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from insight.journey.causes import causes
from insight.journey.corrections import corrections_of
from insight.journey.learned import Learned, learn, load_learned, save_learned
from insight.journey.settled import settled_causes
from insight.journey.steps_of import resolve
from warehouse.models import Models

if TYPE_CHECKING:
    from datetime import date

    from warehouse.config import Journeys
    from warehouse.dayrun import DayRun

NAME = "journey"
LEARN_DAYS = 28
LEARN_EVERY = 7  # days: on fixed days of the data
_SETTLED = 0.5  # share of a topic's inquiries that must have its cause


def learned_of(run: DayRun, journeys: Journeys) -> Learned | None:
    """What holds on the day; learned first, on the first day and then on every seventh.

    From inquiries whose product and step the source gave, and from people's corrections, never from what was
    guessed. What is learned on a day holds from the next one; the first learning also holds for the days that it
    learned from.
    """
    models = Models(run.ws.models, run.ws.place)
    history = models.history(NAME)
    first = not history.used
    due = run.day.toordinal() % LEARN_EVERY == 0
    if (first or due) and (history.through is None or run.day > history.through):
        ahead = timedelta(days=LEARN_DAYS - 1) if first else timedelta()
        known = _known(
            run, journeys, run.day - (timedelta() if first else timedelta(days=LEARN_DAYS - 1)), ahead
        )
        found = learn(known, journeys)
        if found is not None:
            save_learned(found, run.ws.models / NAME)
            days = run.ledger.days()
            since = None if first and (not days or run.day <= days[0]) else run.day + timedelta(days=1)
            models.write(NAME, replace(history, through=run.day).using(found.version, since))
    version = run.model(NAME).version_on(run.day)
    return load_learned(run.ws.models / NAME / version) if version else None


def _known(run: DayRun, journeys: Journeys, since: date, ahead: timedelta) -> pl.DataFrame:
    columns = ["inquiry_id", "day", "is_inquiry", "product", "step", "problem"]
    there = run.heard("core.inquiries", since, run.day + ahead, columns).filter("is_inquiry").collect()
    given = resolve(there.sort("day", "inquiry_id").drop("is_inquiry"), journeys).with_columns(
        method=pl.lit("given")
    )
    told = corrections_of(run.decisions("correct")).select("inquiry_id", "product", "step").drop_nulls()
    said = told.join(there.select("inquiry_id", "problem"), on="inquiry_id").with_columns(
        method=pl.lit("corrected")
    )
    wanted = ["inquiry_id", "product", "step", "problem", "method"]
    return pl.concat([given.select(wanted).drop_nulls(), said.select(wanted)])


def causes_of(run: DayRun, problems: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """inquiry_id, cause: by words, by what solved a ticket, else by what others of the same topic say.

    Args:
        run: the day.
        problems: inquiry_id, text.
        told: corrections: inquiry_id, cause.
    """
    solved = (
        run.scan("core.turns", ["inquiry_id", "role", "text"])
        .filter(pl.col("role") == "agent", pl.col("inquiry_id").str.starts_with("tickets:"))
        .select("inquiry_id", "text")
        .drop_nulls()
        .collect()
    )
    found = causes(problems, corrections=told.select("inquiry_id", "cause"), resolutions=solved)
    topics = run.scan("insight.inquiry_topics", ["inquiry_id", "topic_id"]).collect()
    placed = found.join(topics, on="inquiry_id", how="left", maintain_order="left")
    settled = settled_causes(placed.select("topic_id", "cause")).filter(
        pl.col("share") >= _SETTLED, pl.col("cause") != "other"
    )
    by_topic = placed.join(
        settled.select("topic_id", pl.col("cause").alias("_topic")),
        on="topic_id",
        how="left",
        maintain_order="left",
    )
    corrected = pl.col("inquiry_id").is_in(told.drop_nulls("cause")["inquiry_id"].implode())
    return by_topic.select(
        "inquiry_id",
        pl.when((pl.col("cause") == "other") & ~corrected)
        .then(pl.coalesce("_topic", "cause"))
        .otherwise("cause")
        .alias("cause"),
    )
