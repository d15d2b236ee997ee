"""Topics of a day: assigned with the version that holds on it; what the day teaches holds from the next day on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from insight.topics.assign import assign
from insight.topics.decided import Held
from insight.topics.learning import LEARN_DAYS, first, next_day
from insight.topics.state import NAME, State, load, save
from insight.topics.tables import topics_table
from warehouse.contracts import conform_frame
from warehouse.models import Models
from warehouse.store import Store

if TYPE_CHECKING:
    from warehouse.dayrun import DayRun

HEARD_A_DAY = 50_000  # problems of a day that are learned from; of more an even sample by hash
SHARD_ROWS = 250_000  # inquiries at a time


def learn(run: DayRun) -> None:
    """Learn what the day teaches, once: the first topics of a workspace, new ones, a refit on fixed days."""
    models = Models(run.ws.models, run.ws.place)
    history = models.history(NAME)
    stop = run.ws.lexicon(run.day).stop_words
    if history.newest() is None:
        problems = _first_days(run)
        state = first(problems, _last(problems, run.day), stop)
        if state is None:
            return
        days = run.ledger.days()
        since = None if not days or run.day <= days[0] else run.day
        history = replace(history, through=_last(problems, run.day)).using(save(run.ws.models, state), since)
    elif history.through is None or run.day > history.through:
        before = load(run.ws.models, history.newest() or "")
        found = next_day(before, heard(run, run.day - timedelta(days=LEARN_DAYS - 1), run.day), run.day, stop)
        history = replace(history, through=run.day)
        if found.state.version != before.version:
            version = save(run.ws.models, found.state)
            history = history.using(version, run.day + timedelta(days=1))
            if found.began is not None:
                history = history.amending(version, found.began, run.day)
    else:
        return
    models.write(NAME, history)


def _first_days(run: DayRun) -> pl.DataFrame:
    """Problems of the first days that are ready, from this one on; of an older workspace the last days up to it."""
    ahead = heard(run, run.day, run.day + timedelta(days=LEARN_DAYS - 1))
    if ahead["day"].n_unique() > 1:
        return ahead
    return heard(run, run.day - timedelta(days=LEARN_DAYS - 1), run.day)


def _last(problems: pl.DataFrame, day: date) -> date:
    last = problems["day"].max()
    return last if isinstance(last, date) else day


def heard(run: DayRun, since: date, until: date) -> pl.DataFrame:
    """Problems to learn from: day, text, tokens, stratum (day and source); of a large workspace a sample.

    The same share of each day, so that days can be compared with one another.
    """
    columns = ["inquiry_id", "day", "is_inquiry", "problem", "source"]
    there = run.heard("core.inquiries", since, until, columns).filter(
        "is_inquiry", pl.col("problem").is_not_null()
    )
    most = there.group_by("day").len().select(pl.col("len").max()).collect().item() or 0
    every = -(-most // HEARD_A_DAY)
    if every > 1:
        there = there.filter(pl.col("inquiry_id").hash(0) % every == 0)
    tokens = run.heard("insight.inquiry_tokens", since, until, ["inquiry_id", "day", "tokens"])
    return (
        there.join(tokens, on=["inquiry_id", "day"], how="inner")
        .select(
            "day",
            pl.col("problem").alias("text"),
            "tokens",
            pl.concat_str(pl.col("day").cast(pl.String), "source", separator=" ").alias("stratum"),
        )
        .sort("day", "text", "stratum")  # the same whatever the order of rows in the files
        .collect()
    )


def assigned(run: DayRun) -> Iterator[pl.DataFrame]:
    """`insight.inquiry_topics` of the day, part by part."""
    history = run.model(NAME)
    version = history.version_on(run.day)
    base = load(run.ws.models, version) if version else None
    later = [load(run.ws.models, name) for name in history.amendments_on(run.day) if name != version]
    problems = run.scan("core.inquiries", ["inquiry_id", "is_inquiry", "problem"]).collect()
    for part in problems.iter_slices(SHARD_ROWS):
        yield topics_of(part, base, later)
    if problems.is_empty():
        yield topics_of(problems, None, [])


def topics_of(inquiries: pl.DataFrame, base: State | None, later: list[State]) -> pl.DataFrame:
    """inquiry_id, topic_id, similarity; both null where no topic fits and for what is no inquiry.

    Args:
        inquiries: inquiry_id, is_inquiry, problem.
        base: topics that hold on the day.
        later: versions whose new topics began on the day or before: these take what is nearest to them.
    """
    texts = inquiries.select(pl.when("is_inquiry").then("problem"))["problem"]
    made = inquiries.select(
        "inquiry_id", pl.lit(None, pl.String).alias("topic_id"), pl.lit(None, pl.Float64).alias("similarity")
    )
    if base is not None:
        made = made.with_columns(assign(texts, base.registry, base.embedder).select("topic_id", "similarity"))
    for state in later:
        found = assign(texts, state.registry, state.embedder)
        new = found["topic_id"].is_in(list(state.created))
        made = made.with_columns(
            pl.when(new).then(found[name]).otherwise(pl.col(name)).alias(name)
            for name in ("topic_id", "similarity")
        )
    return made.with_columns(pl.when(texts.is_not_null()).then("similarity").alias("similarity"))


def held_by(run: DayRun) -> Held:
    """Gives the problems of a topic on the last days up to this one."""

    def held(state: State, topic_id: str) -> pl.DataFrame:
        problems = heard(run, run.day - timedelta(days=LEARN_DAYS - 1), run.day)
        where = assign(problems["text"], state.registry, state.embedder)["topic_id"]
        return problems.filter(where == topic_id).unique("text", keep="first", maintain_order=True)

    return held


def keep_tables(models: Models, store: Store) -> None:
    """`insight.topics` and `insight.topic_lineage` as the newest version has them; left alone when they are."""
    version = models.history(NAME).newest()
    if version is None:
        return
    state = load(models.folder, version)
    for table, frame in (
        ("insight.topics", topics_table(state.registry)),
        ("insight.topic_lineage", state.lineage),
    ):
        ready = conform_frame(frame, table)
        if not ready.equals(store.scan(table).collect()):
            store.replace_all(table, ready)


def refitted(run: DayRun, *, apply: bool) -> str:
    """A refit on the last days up to this one, in words; with `apply` it holds from the next day on."""
    from insight.topics.discover import draw
    from insight.topics.learning import again
    from insight.topics.refit import refit

    models = Models(run.ws.models, run.ws.place)
    history = models.history(NAME)
    state = load(run.ws.models, history.newest() or "")
    stop = run.ws.lexicon(run.day).stop_words
    problems = heard(run, run.day - timedelta(days=LEARN_DAYS - 1), run.day)
    proposal = refit(state.registry, state.embedder, draw(problems), run.day, stop=stop)
    told = [
        f"keeps {proposal.keeps:.1%} of the assignments; {proposal.unassigned:.1%} fit nowhere afterwards"
    ]
    told += [f"  {c.kind:<8} {' '.join(c.topic_ids)}: {c.evidence}" for c in proposal.changes]
    if not proposal.changes:
        told.append("  no topic is created, merged, split or retired; centres move a little")
    if apply:
        made, _ = again(state, problems, run.day, stop, apply=True)
        history = history.using(save(run.ws.models, made), run.day + timedelta(days=1))
        models.write(NAME, history)
        keep_tables(models, run.store)
        told.append(f"version {made.version} holds from {run.day + timedelta(days=1)} on")
    else:
        told.append("next: voc topics refit --apply   or leave it")
    return "\n".join(told)
