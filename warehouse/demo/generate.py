"""One day of the sample, column by column: who asks what, and every turn of the conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from warehouse.demo import personal
from warehouse.demo.catalog import Pool, pool, problems
from warehouse.demo.story import Event, factors

# Scripts: the turns of a conversation. A role and what is said: P the problem, M more of it, A the answer,
# other words are kinds of talk.yaml.
CHAT_SCRIPTS: tuple[tuple[float, tuple[tuple[str, str], ...]], ...] = (
    (0.16, (("c", "P"), ("b", "A"), ("c", "thanks"), ("b", "agent_bye"), ("c", "answers_yes"))),
    (0.14, (("c", "greet"), ("b", "bot_welcome"), ("c", "P"), ("b", "A"), ("c", "M"), ("b", "A"), ("c", "thanks"))),
    (0.22, (("c", "P"), ("b", "bot_unsure"), ("c", "ask_human"), ("b", "transferring"), ("a", "agent_hello"), ("c", "M"), ("a", "A"), ("c", "thanks"), ("a", "agent_bye"))),
    (0.14, (("c", "greet"), ("a", "agent_hello"), ("c", "P"), ("a", "agent_ask"), ("c", "M"), ("a", "A"), ("c", "thanks"))),
    (0.12, (("c", "P"), ("b", "A"), ("c", "not_ok"), ("b", "transferring"), ("a", "agent_hello"), ("c", "M"), ("a", "agent_wait"), ("a", "A"), ("c", "answers_yes"), ("a", "agent_bye"))),
    (0.10, (("c", "P"), ("c", "M"), ("a", "agent_hello"), ("a", "A"), ("c", "thanks"))),
    (0.09, (("c", "P"), ("a", "agent_wait"), ("a", "A"), ("c", "not_ok"), ("a", "A"), ("c", "thanks"))),
    (0.02, (("c", "greet"), ("b", "bot_welcome"))),
    (0.01, (("c", "spam"), ("b", "bot_unsure"))),
)  # fmt: skip
CALL_SCRIPTS: tuple[tuple[float, tuple[tuple[str, str], ...]], ...] = (
    (0.45, (("a", "agent_hello"), ("c", "P"), ("a", "agent_ask"), ("c", "M"), ("a", "A"), ("c", "thanks"), ("a", "agent_bye"))),
    (0.30, (("a", "agent_hello"), ("c", "P"), ("a", "agent_wait"), ("c", "answers_yes"), ("a", "A"), ("c", "not_ok"), ("a", "A"), ("c", "thanks"))),
    (0.20, (("a", "agent_hello"), ("c", "greet"), ("c", "P"), ("c", "M"), ("a", "A"), ("c", "answers_yes"), ("a", "agent_bye"))),
    (0.03, (("a", "outbound"), ("c", "outbound_reply"), ("a", "agent_bye"))),
    (0.02, (("a", "agent_hello"), ("c", "wrong"))),
)  # fmt: skip
NOT_INQUIRIES = {"greet": "greeting", "spam": "spam", "outbound": "outbound", "wrong": "wrong_number"}
_SOURCES = (0.70, 0.15, 0.15)
_HOURS = np.array(
    [3, 2, 1, 1, 1, 1, 2, 4, 7, 10, 11, 10, 8, 9, 10, 10, 9, 8, 8, 9, 10, 10, 8, 5], dtype=float
)
_CHANNELS = ("app", "app", "app", "mini_program", "web")
_PAGES = ("home", "bill", "pay_result", "card_list", "help_center", None)
_VERSIONS = ("8.3.0", "8.3.1", "8.4.0", "8.4.2")


@dataclass(frozen=True)
class DayOfSample:
    """Frames of one day in the columns of the input files, and the truth."""

    chats: pl.DataFrame
    calls: pl.DataFrame
    tickets: pl.DataFrame
    truth: pl.DataFrame


def generate_day(day: date, count: int, *, seed: int, customers: int, events: list[Event]) -> DayOfSample:
    """One day of `count` inquiries; the same for the same arguments, whatever other days there are."""
    rng = np.random.default_rng([seed, day.toordinal()])
    texts = pool(seed)
    weights = factors(day, events)
    problem = rng.choice(len(weights), size=count, p=weights / weights.sum())
    source = rng.choice(3, size=count, p=_SOURCES)
    # A customer of a problem and week is drawn from a small circle in one case of seven: repeats come about.
    circle = (problem * 7919 + day.isocalendar().week * 104_729 + rng.integers(0, 12, count)) % customers
    customer = np.where(rng.random(count) < 0.14, circle, rng.integers(0, customers, count))
    second = rng.choice(24, size=count, p=_HOURS / _HOURS.sum()) * 3600 + rng.integers(0, 3600, count)
    base = _Base(day, rng, seed, texts, problem, customer, second)
    chat, call, ticket = (np.flatnonzero(source == kind) for kind in range(3))
    chats, chat_truth = _conversations(base, chat, CHAT_SCRIPTS, "chats")
    calls, call_truth = _conversations(base, call, CALL_SCRIPTS, "calls")
    tickets, ticket_truth = _tickets(base, ticket, chat)
    return DayOfSample(chats, calls, tickets, pl.concat([chat_truth, call_truth, ticket_truth]))


@dataclass(frozen=True)
class _Base:
    day: date
    rng: np.random.Generator
    seed: int
    pool: Pool
    problem: np.ndarray
    customer: np.ndarray
    second: np.ndarray

    def ids(self, prefix: str, which: np.ndarray) -> pl.Series:
        """Record ids: prefix, day, number of the inquiry."""
        return f"{prefix}{self.day:%Y%m%d}" + pl.Series(which).cast(pl.String).str.zfill(7)

    def draw(self, kind: str, problem: np.ndarray, prefix: str = "") -> np.ndarray:
        """Places in the pool of one text a row."""
        names = {"P": "say", "M": "more", "A": "answer"}
        if kind not in names:
            return self.pool.start[kind] + self.rng.integers(0, self.pool.count[kind], len(problem))
        name = (
            names[kind]
            if kind == "A"
            else {"say": {"": "say", "s": "speak"}, "more": {"": "more", "s": "speakmore"}}[names[kind]][
                prefix
            ]
        )
        keys = [f"{name}:{p.id}" for p in problems()]
        start = np.array([self.pool.start[key] for key in keys])
        size = np.array([self.pool.count[key] for key in keys])
        places: np.ndarray = start[problem] + (self.rng.random(len(problem)) * size[problem]).astype(np.int64)
        return places


def _gathered(base: _Base, places: np.ndarray, personal_rows: np.ndarray) -> pl.Series:
    """Texts with amounts filled in, and personal data after some of them."""
    texts = _chosen(base.pool.texts, places).alias("text")
    with_amount = texts.str.contains("{n}", literal=True)
    if with_amount.any():
        rows = with_amount.arg_true()
        amounts = pl.Series("n", base.rng.integers(12, 9800, len(rows))).cast(pl.String)
        filled = pl.DataFrame({"text": texts.gather(rows), "n": amounts}).select(
            pl.col("text").str.replace("{n}", pl.col("n"), literal=True)
        )["text"]
        texts = texts.scatter(rows, filled)
    if len(personal_rows):
        known = personal.sentences(base.seed)
        said = pl.Series(known, dtype=pl.String).gather(
            pl.Series(base.rng.integers(0, len(known), len(personal_rows)))
        )
        joined = texts.gather(pl.Series(personal_rows)) + "，" + said
        texts = texts.scatter(pl.Series(personal_rows), joined)
    return texts


def _chosen(values: Sequence[str | None], places: np.ndarray, keep: np.ndarray | None = None) -> pl.Series:
    """Values by place; null where `keep` is false."""
    texts = pl.Series(list(values), dtype=pl.String).gather(pl.Series(places))
    return texts if keep is None else texts.set(pl.Series(~keep), None)


def _about(field: str, problem: np.ndarray, keep: np.ndarray | None = None) -> pl.Series:
    """A field of the problems (product, step, id, cause, subject), by their numbers."""
    return _chosen([getattr(p, field) for p in problems()], problem, keep)


def _truth(base: _Base, source: str, ids: pl.Series, about: np.ndarray, reason: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "inquiry_id": f"{source}:" + ids,
            "day": pl.repeat(base.day, len(about), eager=True),
            "product": _about("product", about),
            "step": _about("step", about),
            "problem": _about("id", about),
            "cause": _about("cause", about),
            "not_inquiry_reason": reason,
        }
    ).with_columns(pl.col("not_inquiry_reason").is_null().alias("is_inquiry"))


def _conversations(
    base: _Base,
    which: np.ndarray,
    scripts: tuple[tuple[float, tuple[tuple[str, str], ...]], ...],
    source: str,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = base.rng
    spoken = source == "calls"
    odds = np.array([weight for weight, _ in scripts])
    script = rng.choice(len(scripts), size=len(which), p=odds / odds.sum())
    lengths = np.array([len(turns) for _, turns in scripts])[script]
    row = np.repeat(np.arange(len(which)), lengths)
    place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    texts = np.zeros(len(row), dtype=np.int64)
    roles = np.zeros(len(row), dtype=np.int64)
    matter = np.zeros(len(row), dtype=bool)
    for number, (_, turns) in enumerate(scripts):
        for position, (role, kind) in enumerate(turns):
            hit = np.flatnonzero((script[row] == number) & (place == position))
            texts[hit] = base.draw(kind, base.problem[which[row[hit]]], "s" if spoken and role == "c" else "")
            roles[hit] = "cabs".index(role)
            matter[hit] = kind == "M"
    candidates = np.flatnonzero(matter)
    some = candidates[rng.random(len(candidates)) < 0.08]
    text = _gathered(base, texts, some)
    ids = base.ids("c" if not spoken else "t", which)
    gaps = rng.integers(5, 40, len(row))
    gaps[place == 0] = 0
    passed = np.cumsum(gaps)
    since = passed - np.repeat(passed[np.cumsum(lengths) - lengths], lengths)
    given = rng.random(len(which))
    about = base.problem[which]
    given_product = _about("product", about, given < 0.45)
    given_step = _about("step", about, given < 0.30)
    last = place == lengths[row] - 1
    rated = last & (rng.random(len(row)) < 0.25)
    score = np.clip(np.round(rng.normal(3.9, 1.1, len(row))), 1, 5)
    agents = [f"A{1001 + n}" for n in range(120)]
    started = pl.Series(base.second[which]).cast(pl.Int64)
    midnight = pl.lit(base.day).cast(pl.Datetime("us"))
    frame = pl.DataFrame(
        {
            "id": ids.gather(pl.Series(row)),
            "start": started.gather(pl.Series(row)),
            "since": since,
            "role": _chosen(("customer", "agent", "bot", "system"), roles),
            "text": text,
            "customer_id": "U" + pl.Series(base.customer[which[row]]).cast(pl.String).str.zfill(8),
            "agent_id": _chosen(agents, rng.integers(0, 120, len(which))[row], roles == 1),
            "product": given_product.gather(pl.Series(row)),
            "step": given_step.gather(pl.Series(row)),
            "csat": pl.Series(score).set(pl.Series(~rated), None).cast(pl.Int64),
        }
    )
    truth = _truth(base, source, ids, about, _chosen([_reason(turns) for _, turns in scripts], script))
    at = (midnight + pl.duration(seconds=pl.col("start") + pl.col("since"))).dt.strftime("%Y-%m-%d %H:%M:%S")
    if not spoken:
        chats = frame.with_columns(
            _chosen(values, rng.integers(0, len(values), len(which))[row]).alias(name)
            for name, values in (("channel", _CHANNELS), ("page", _PAGES), ("app_version", _VERSIONS))
        )
        return chats.select(
            pl.col("id").alias("conversation_id"), at.alias("sent_at"), pl.col("role").alias("sender"), "text", "customer_id", "agent_id",
            "channel", "product", "step", "page", "app_version", "csat",
        ), truth  # fmt: skip
    began = (midnight + pl.duration(seconds=pl.col("start"))).dt.strftime("%Y-%m-%d %H:%M:%S")
    calls = frame.with_columns(
        (pl.col("since") + 0.4).alias("start_s"),
        (pl.col("since") + 0.4 + pl.col("text").str.len_chars() * 0.11).round(2).alias("end_s"),
        pl.Series("asr_confidence", np.round(rng.beta(14, 2, len(row)), 3)),
    )
    return calls.select(
        pl.col("id").alias("call_id"), began.alias("started_at"), pl.col("role").alias("speaker"), "text", "start_s", "end_s",
        "asr_confidence", "customer_id", "agent_id", "product", "step", "csat",
    ), truth  # fmt: skip


def _tickets(base: _Base, which: np.ndarray, chats: np.ndarray) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng = base.rng
    size = len(which)
    about = base.problem[which].copy()
    customer = base.customer[which].copy()
    second = base.second[which].copy()
    parent = pl.Series([None], dtype=pl.String).new_from_index(0, size)
    if len(chats) and size:
        from_chat = np.flatnonzero(rng.random(size) < 0.2)
        chosen = chats[rng.integers(0, len(chats), len(from_chat))]
        about[from_chat] = base.problem[
            chosen
        ]  # opened by an agent from a chat: the same matter and customer
        customer[from_chat] = base.customer[chosen]
        second[from_chat] = np.minimum(base.second[chosen] + 600, 86_399)
        parent = parent.scatter(pl.Series(from_chat), base.ids("c", chosen))
    text = _gathered(base, base.draw("P", about), np.flatnonzero(rng.random(size) < 0.1))
    more = _chosen(base.pool.texts, base.draw("M", about))
    answer = _chosen(base.pool.texts, base.draw("A", about))
    given = rng.random(size)
    solved = rng.random(size) < 0.8
    midnight = pl.lit(base.day).cast(pl.Datetime("us"))
    amount = pl.Series(rng.integers(12, 9800, size)).cast(pl.String)
    ids = base.ids("w", which)
    frame = pl.DataFrame(
        {
            "ticket_id": ids,
            "second": pl.Series(second).cast(pl.Int64),
            "text": text,
            "more": more,
            "n": amount,
            "subject": _about("subject", about, rng.random(size) < 0.8),
            "customer_id": "U" + pl.Series(customer).cast(pl.String).str.zfill(8),
            "channel": _chosen(("email", "web_form", "app"), rng.integers(0, 3, size)),
            "product": _about("product", about, given < 0.5),
            "step": _about("step", about, given < 0.3),
            "status": _chosen(("open", "solved"), solved.astype(np.int64)),
            "priority": _chosen(("low", "normal", "high"), rng.choice(3, size, p=[0.3, 0.55, 0.15])),
            "answer": answer,
            "hours": pl.Series(rng.integers(1, 60, size)),
            "solved": pl.Series(solved),
            "parent_id": parent,
        }
    )
    opened = midnight + pl.duration(seconds=pl.col("second"))
    form = "%Y-%m-%d %H:%M:%S"
    tickets = frame.select(
        "ticket_id",
        opened.dt.strftime(form).alias("created_at"),
        (pl.col("text") + "。" + pl.col("more").str.replace("{n}", pl.col("n"), literal=True)).alias(
            "description"
        ),
        "subject",
        "customer_id",
        "channel",
        "product",
        "step",
        "status",
        "priority",
        pl.when("solved").then("answer").alias("resolution"),
        pl.when("solved").then((opened + pl.duration(hours="hours")).dt.strftime(form)).alias("resolved_at"),
        "parent_id",
    )
    child = pl.DataFrame({"parent": parent}).select(
        pl.when(pl.col("parent").is_not_null()).then(pl.lit("child"))
    )
    return tickets, _truth(base, "tickets", ids, about, child.to_series().alias("reason"))


def _reason(turns: tuple[tuple[str, str], ...]) -> str | None:
    """Why a script is no inquiry; None for those in which a problem is told."""
    kinds = [kind for _, kind in turns]
    return (
        None if "P" in kinds else next((NOT_INQUIRIES[kind] for kind in kinds if kind in NOT_INQUIRIES), None)
    )
