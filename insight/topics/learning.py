"""What is learned on which day: the first topics, new ones each day, a refit on fixed days.

All of it is pure: problems and a state in, a state out. When and where it is kept: `insight.topics.days`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl

from insight.topics.assign import assign
from insight.topics.registry import Event, Registry
from insight.topics.state import State
from warehouse.errors import VocError

LEARN_DAYS = 28  # a new workspace learns from so many days
LEAST_PROBLEMS = 200  # distinct, to learn from at all
REFIT_EVERY, REFIT_YOUNG_EVERY = 28, 7  # days; the second until LEARN_DAYS were learned from
BERTOPIC_FROM = 3_000  # distinct problems; below, compiling UMAP takes longer than all the rest
OUTGROWN = 4  # times the distinct problems that the embedder was fitted on


@dataclass(frozen=True)
class Learned:
    """A new state, or the old one, and what is to be known of it.

    Attributes:
        state: from the next day on.
        began: first day of the newest topics; None: no topic is new.
        waiting: a refit that would move more assignments than a person should overlook; not applied.
    """

    state: State
    began: date | None = None
    waiting: str | None = None


def first(problems: pl.DataFrame, day: date, stop: Sequence[str] = ()) -> State | None:
    """The first topics; None while there are too few problems.

    Args:
        problems: day, text, tokens, stratum, of at most `LEARN_DAYS` days.
        day: the last of them.
        stop: further stop words for labels.
    """
    from insight.topics.describe import learned
    from insight.topics.discover import draw
    from insight.topics.embedder import fit_embedder

    count = distinct(problems)
    if count < LEAST_PROBLEMS:
        return None
    sample = draw(problems)
    try:
        embedder = fit_embedder(problems["text"])
        registry, found, events = learned(
            sample, embedder, day, stop=stop, bertopic=sample.height >= BERTOPIC_FROM
        )
    except VocError:
        return None  # nothing that falls into topics: all of it says the same, or nothing
    about = {
        "problems": count,
        "days": problems["day"].n_unique(),
        "ways": found.scores().drop("partition", strict=False).to_dicts(),
    }
    state = State(registry, embedder, about=about)
    return _told(arranged(state, sample, stop), events, day)


def next_day(state: State, problems: pl.DataFrame, day: date, stop: Sequence[str] = ()) -> Learned:
    """What the end of a day adds: new topics, and on fixed days a refit.

    Args:
        state: as it holds on the day.
        problems: day, text, tokens, stratum, of the last `LEARN_DAYS` days.
        day: the day.
        stop: further stop words for labels.
    """
    from insight.topics.newness import RECENT_DAYS, newcomers

    found = newcomers(state.registry, state.embedder, problems, day, stop=stop)
    began = None
    if found.newcomers:
        ids = [newcomer.topic_id for newcomer in found.newcomers]
        state = _told(
            arranged(replace(state, registry=found.registry), problems, stop, again=False),
            found.events,
            day,
            ids,
        )
        began = day - timedelta(days=RECENT_DAYS - 1)
    if not refit_due(state, day):
        return Learned(state, began)
    refitted, waiting = again(state, problems, day, stop)
    return Learned(replace(refitted, created=state.created if began else ()), began, waiting)


def refit_due(state: State, day: date) -> bool:
    """Whether the day is one of the fixed days of a refit."""
    young = int(state.about.get("days", 0)) < LEARN_DAYS
    return day.toordinal() % (REFIT_YOUNG_EVERY if young else REFIT_EVERY) == 0


def again(
    state: State, problems: pl.DataFrame, day: date, stop: Sequence[str] = (), *, apply: bool = False
) -> tuple[State, str | None]:
    """A refit: the next state, and why it waits for a person (then the state is the old one).

    An embedder that the workspace has outgrown is fitted anew; the topics move through problems that they hold.

    Args:
        state: as it is.
        problems: day, text, tokens, stratum.
        day: of the refit.
        stop: further stop words.
        apply: whatever it changes.
    """
    from insight.topics.discover import draw
    from insight.topics.refit import refit, seen

    sample = draw(problems)
    count = distinct(problems)
    if not sample.height:
        return state, None
    moved = _moved(state, problems, sample, count)
    where = assign(sample["text"], moved.registry, moved.embedder)["topic_id"]
    proposal = refit(seen(moved.registry, where, day), moved.embedder, sample, day, stop=stop)
    if not apply and not proposal.applies():
        return state, f"a refit would keep {proposal.keeps:.1%} of the assignments: " + "; ".join(
            f"{change.kind} {', '.join(change.topic_ids)} ({change.evidence})"
            for change in proposal.changes[:5]
        )
    days = max(int(state.about.get("days", 0)), problems["day"].n_unique())
    about = {**moved.about, "days": days, "problems": max(count, int(moved.about.get("problems", 0)))}
    changed = arranged(replace(moved, registry=proposal.registry, about=about), sample, stop)
    return _told(changed, proposal.events, day), None


def _moved(state: State, problems: pl.DataFrame, sample: pl.DataFrame, count: int) -> State:
    """The same topics in a new embedder, where the old one was fitted on far less."""
    from insight.topics.embedder import fit_embedder
    from insight.topics.move import moved

    if count < OUTGROWN * int(state.about.get("problems", count)):
        return state
    embedder = fit_embedder(problems["text"])
    held = sample.select("text").with_columns(
        assign(sample["text"], state.registry, state.embedder)["topic_id"]
    )
    registry = moved(state.registry, embedder, held)
    return replace(state, registry=registry, embedder=embedder, about={**state.about, "problems": count})


def arranged(state: State, sample: pl.DataFrame, stop: Sequence[str] = (), *, again: bool = True) -> State:
    """The state with topics in groups and on the map.

    Args:
        state: topics.
        sample: text, tokens.
        stop: further stop words.
        again: group anew; else only topics without a group get that of their nearest neighbour.
    """
    from insight.topics.groups import grouped
    from insight.topics.layout import laid_out

    registry = state.registry
    if again or not registry.groups:
        where = assign(sample["text"], registry, state.embedder)["topic_id"]
        registry = grouped(registry, sample.select("tokens").with_columns(where), stop)
    else:
        registry = _joined(registry)
    return replace(state, registry=laid_out(registry))


def _joined(registry: Registry) -> Registry:
    """Topics without a group join that of the topic nearest to them."""
    from insight.topics.groups import topic_centroids

    rows = topic_centroids(registry)
    there = [n for n, topic in enumerate(registry.topics) if topic.live and topic.group_id]
    changed = []
    for place, topic in enumerate(registry.topics):
        if topic.live and topic.group_id is None and there:
            nearest = max(there, key=lambda other: float(rows[place] @ rows[other]))
            changed.append(replace(topic, group_id=registry.topics[nearest].group_id))
    return registry.with_topics(changed) if changed else registry


def distinct(problems: pl.DataFrame) -> int:
    """Different problems."""
    return problems["text"].drop_nulls().n_unique()


def _told(state: State, events: Sequence[Event], day: date, created: Sequence[str] = ()) -> State:
    return state.after(state.registry, events, evening(day), created)


def evening(day: date) -> datetime:
    """When something that a day taught is said to have happened: at its end, whenever it was computed."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1, microseconds=-1)
