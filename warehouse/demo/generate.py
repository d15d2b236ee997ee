"""The sample, part by part and column by column: every turn of the conversations, the tickets, the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl

from warehouse.demo import people
from warehouse.demo.drawing import Draws, about, chosen, draw, kind_numbers
from warehouse.demo.pool import AGENTS, agent_id, pool
from warehouse.demo.scripts import CALL, CHAT, ROLES, Scripts, scripts
from warehouse.demo.story import Event, daily_counts, day_weights, story

PART = 50_000  # inquiries made at a time: what bounds memory, and a file's rows
_CHANNELS = ("app", "app", "app", "mini_program", "web")
_PAGES = ("home", "bill", "pay_result", "card_list", "help_center", None)
_VERSIONS = ("8.3.0", "8.3.1", "8.4.0", "8.4.2")
_AGENTS = tuple(agent_id(number) for number in range(AGENTS))
_FORM = "%Y-%m-%d %H:%M:%S"
# Seconds before a turn of a customer, an agent, a bot, the system: least and most.
_PAUSE = np.array([[6, 55], [8, 80], [1, 4], [1, 30]])


@dataclass(frozen=True)
class DayOfSample:
    """A part of a day: frames in the columns of the input files, and the truth (`part` counts from 0)."""

    day: date
    part: int
    chats: pl.DataFrame
    calls: pl.DataFrame
    tickets: pl.DataFrame
    truth: pl.DataFrame


def customers_of(inquiries: int) -> int:
    """How many customers a sample of so many inquiries has."""
    return max(50, int(inquiries * 0.7))


def generate_days(
    *,
    days: int = 28,
    inquiries: int = 12_000,
    seed: int = 7,
    last_day: date = date(2026, 11, 15),
    part: int = PART,
) -> Iterator[DayOfSample]:
    """The sample in the order of its days, at most `part` inquiries at a time, so that memory stays flat."""
    events = story(last_day, days)
    for day, count in daily_counts(last_day, days, inquiries, events, seed).items():
        yield from generate_parts(
            day, count, seed=seed, customers=customers_of(inquiries), events=events, part=part
        )


def generate_parts(
    day: date, count: int, *, seed: int, customers: int, events: list[Event], part: int = PART
) -> Iterator[DayOfSample]:
    """One day of `count` inquiries, at most `part` at a time; the same whatever other days there are."""
    texts = pool(seed)
    weights = day_weights(day, events, seed)
    for number, first in enumerate(range(0, max(count, 1), part)):
        rng = np.random.Generator(np.random.PCG64([seed, day.toordinal(), number]))
        draws = draw(day, rng, texts, weights, first, min(part, count - first), count, customers)
        chat, call, ticket = (np.flatnonzero(draws.source == source) for source in range(3))
        chats, chat_truth = _chats(draws, chat)
        calls, call_truth = _calls(draws, call)
        tickets, ticket_truth = _tickets(draws, ticket, chat)
        truth = pl.concat([chat_truth, call_truth, ticket_truth])
        yield DayOfSample(day, number, chats, calls, tickets, truth)


def generate_day(day: date, count: int, *, seed: int, customers: int, events: list[Event]) -> DayOfSample:
    """One whole day in one piece: the parts of `generate_parts`, joined."""
    parts = list(generate_parts(day, count, seed=seed, customers=customers, events=events))
    joined = {
        name: pl.concat([getattr(part, name) for part in parts])
        for name in ("chats", "calls", "tickets", "truth")
    }
    return DayOfSample(day=day, part=0, **joined)


def _truth(draws: Draws, source: str, ids: pl.Series, matter: np.ndarray, reason: pl.Series) -> pl.DataFrame:
    asked = reason.is_null()
    known = (asked | (reason == "child")).to_numpy()  # a ticket opened from a chat still has a matter
    return pl.DataFrame(
        {
            "inquiry_id": f"{source}:" + ids,
            "day": pl.repeat(draws.day, len(matter), eager=True),
            "product": about("product", matter, known),
            "step": about("step", matter, known),
            "problem": about("id", matter, known),
            "cause": about("cause", matter, known),
            "is_inquiry": asked,
            "not_inquiry_reason": reason,
        }
    )


@dataclass(frozen=True)
class _Turns:
    """Turns of conversations: `row` is the conversation among `which`, `place` the turn within it."""

    script: np.ndarray
    row: np.ndarray
    place: np.ndarray
    role: np.ndarray
    last: np.ndarray
    text: pl.Series
    matter: np.ndarray


def _turns(draws: Draws, which: np.ndarray, plan: Scripts, spoken: bool) -> _Turns:
    script = draws.rng.choice(len(plan.odds), size=len(which), p=plan.odds)
    length = plan.length[script]
    row = np.repeat(np.arange(len(which)), length)
    place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    kind, role = plan.kind[script[row], place], plan.role[script[row], place]
    text = draws.texts(kind, which[row], spoken)
    asked = np.array([reason is None for reason in plan.reason])[script]
    return _Turns(script, row, place, role, place == length[row] - 1, text, asked)


def _since(turns: _Turns, gaps: np.ndarray) -> np.ndarray:
    """Sum of `gaps` from each conversation's first turn."""
    passed = np.cumsum(gaps)
    start = np.flatnonzero(turns.place == 0)
    since: np.ndarray = passed - (passed[start] if len(start) else passed)[turns.row]
    return since


def _common(draws: Draws, which: np.ndarray, plan: Scripts, turns: _Turns) -> list[pl.Series]:
    """Columns that chats and calls share."""
    rng, row = draws.rng, pl.Series(turns.row)
    given = rng.random(len(which))
    matter = draws.problem[which]
    rated = turns.last & (rng.random(len(turns.row)) < 0.25)
    mood = plan.rating[turns.script[turns.row]] + rng.normal(0, 0.9, len(turns.row))
    score = pl.Series("csat", np.clip(np.round(mood), 1, 5).astype(np.int64))
    product = about("product", matter, (given < 0.45) & turns.matter)
    step = about("step", matter, (given < 0.30) & turns.matter)
    agent = chosen(_AGENTS, draws.agent[which][turns.row], turns.role == 1)
    return [
        people.customer_ids(draws.customer[which]).gather(row).alias("customer_id"),
        agent.alias("agent_id"),
        product.gather(row).alias("product"),
        step.gather(row).alias("step"),
        pl.select(pl.when(pl.Series(rated)).then(score)).to_series().alias("csat"),
    ]


def _times(draws: Draws, seconds: np.ndarray) -> pl.Series:
    """Seconds after the day's midnight as text."""
    midnight = datetime.combine(draws.day, datetime.min.time())
    return (pl.Series(seconds.astype(np.int64) * 1_000_000).cast(pl.Duration("us")) + midnight).dt.strftime(
        _FORM
    )


def _chats(draws: Draws, which: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng, plan = draws.rng, scripts(CHAT)
    turns = _turns(draws, which, plan, spoken=False)
    least, most = _PAUSE[turns.role].T
    since = _since(turns, rng.integers(least, most + 1))
    ids, row = draws.ids("c", which), pl.Series(turns.row)
    shared = {column.name: column for column in _common(draws, which, plan, turns)}
    session = {
        name: chosen(values, rng.integers(0, len(values), len(which))).gather(row)
        for name, values in (("channel", _CHANNELS), ("page", _PAGES), ("app_version", _VERSIONS))
    }
    frame = pl.DataFrame(
        {
            "conversation_id": ids.gather(row),
            "sent_at": _times(draws, draws.second[which][turns.row] + since),
            "sender": chosen(ROLES, turns.role),
            "text": turns.text,
            "customer_id": shared["customer_id"],
            "agent_id": shared["agent_id"],
            "channel": session["channel"],
            "product": shared["product"],
            "step": shared["step"],
            "page": session["page"],
            "app_version": session["app_version"],
            "csat": shared["csat"],
        }
    )
    return frame, _truth(draws, "chats", ids, draws.problem[which], chosen(plan.reason, turns.script))


def _calls(draws: Draws, which: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng, plan = draws.rng, scripts(CALL)
    turns = _turns(draws, which, plan, spoken=True)
    speed = np.where(draws.manner[which] == 2, 0.07, 0.2)[turns.row]  # seconds a character
    lasting = np.round(turns.text.str.len_chars().to_numpy() * speed + 0.4, 2)
    pause = np.round(rng.exponential(0.9, len(lasting)) + 0.15, 2)
    begin = np.round(
        _since(turns, np.roll(lasting, 1) + pause) + 0.4, 2
    )  # after the turn before, and a pause
    ids, row = draws.ids("t", which), pl.Series(turns.row)
    shared = {column.name: column for column in _common(draws, which, plan, turns)}
    heard = rng.beta(16, 1.6, len(lasting)) - np.where(draws.manner[which] == 1, 0.06, 0)[turns.row]
    frame = pl.DataFrame(
        {
            "call_id": ids.gather(row),
            "started_at": _times(draws, draws.second[which]).gather(row),
            "speaker": chosen(ROLES, turns.role),
            "text": turns.text,
            "start_s": begin,
            "end_s": np.round(begin + lasting, 2),
            "asr_confidence": np.round(np.clip(heard, 0.3, 1), 3),
            **shared,
        }
    )
    return frame, _truth(draws, "calls", ids, draws.problem[which], chosen(plan.reason, turns.script))


def _tickets(draws: Draws, which: np.ndarray, chats: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tickets; a fifth of them opened by an agent from a chat, about the same matter for the same customer."""
    rng, size = draws.rng, len(which)
    from_chat = rng.random(size) < (0.2 if len(chats) else 0)
    parent = chats[rng.integers(0, len(chats), size)] if len(chats) else which
    whose = np.where(from_chat, parent, which)
    second = np.where(from_chat, np.minimum(draws.second[whose] + 600, 86_399), draws.second[whose])
    numbers = kind_numbers()

    def said(kind: str) -> pl.Series:
        return draws.texts(np.full(size, numbers[kind]), whose, spoken=False)

    personal = pl.Series(rng.random(size) < 0.12)
    detail = pl.Series(rng.random(size) < 0.6)
    given, solved = rng.random(size), pl.Series(rng.random(size) < 0.8)
    matter = draws.problem[whose]
    ids = draws.ids("w", which)
    hours = np.maximum(1, np.round(rng.gamma(1.6, 12, size))).astype(np.int64)
    english = pl.Series(draws.manner[whose] == 2)
    stop = pl.select(pl.when(english).then(pl.lit(" ")).otherwise(pl.lit("。"))).to_series()
    subject = about("subject", matter, (rng.random(size) < 0.8) & (draws.manner[whose] != 2))
    frame = pl.DataFrame(
        {
            "ticket_id": ids,
            "created_at": _times(draws, second),
            "said": said("P").str.strip_chars_end("。"),
            "more": said("M"),
            "later": said("M2"),
            "who": said("ID"),
            "stop": stop,
            "subject": subject,
            "customer_id": people.customer_ids(draws.customer[whose]),
            "channel": chosen(("email", "web_form", "app"), rng.integers(0, 3, size)),
            "product": about("product", matter, given < 0.5),
            "step": about("step", matter, given < 0.3),
            "status": chosen(("open", "solved"), solved.cast(pl.Int64).to_numpy()),
            "priority": chosen(("low", "normal", "high"), rng.choice(3, size, p=[0.3, 0.55, 0.15])),
            "answer": said("A2"),
            "resolved": _times(draws, second + hours * 3600),
            "parent_id": chosen([*draws.ids("c", parent)], np.arange(size), from_chat),
            "csat": pl.Series(np.clip(np.round(rng.normal(3.6, 1.1, size)), 1, 5).astype(np.int64)),
            "rated": solved & pl.Series(rng.random(size) < 0.3),
        }
    )
    description = pl.concat_str(
        "said",
        "stop",
        "more",
        pl.when(detail).then(pl.concat_str("stop", "later")).otherwise(pl.lit("")),
        pl.when(personal).then(pl.concat_str("stop", "who")).otherwise(pl.lit("")),
    )
    tickets = frame.select(
        "ticket_id",
        "created_at",
        description.str.replace_all("([？！?!…～。])。", "${1}").alias("description"),
        "subject",
        "customer_id",
        "channel",
        "product",
        "step",
        "status",
        "priority",
        pl.when(solved).then("answer").alias("resolution"),
        pl.when(solved).then("resolved").alias("resolved_at"),
        "parent_id",
        pl.when("rated").then("csat").alias("csat"),
    )
    return tickets, _truth(draws, "tickets", ids, matter, chosen(["child"], np.zeros(size, int), from_chat))
