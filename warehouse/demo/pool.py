"""All texts of the sample in one array, and where each kind of text stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from warehouse.demo import forms, personal
from warehouse.demo.catalog import Problem, problems, talk
from warehouse.demo.numerals import digit_by_digit
from warehouse.demo.numerals import spoken as spoken_number
from warehouse.demo.scripts import MATTER, kinds

VARIANTS = ("written", "elderly", "spoken", "english", "english_spoken")
AMOUNTS = 600
AGENTS = 120


@dataclass(frozen=True)
class Pool:
    """Texts, cut in two where an amount goes, and the slice of each kind.

    Attributes:
        before, after: the text up to the amount and past it; `after` is empty where there is none.
        has_amount: whether a text takes an amount.
        start, count: [kind, variant, problem] -> first place and number of texts.
        amounts, amounts_spoken: amounts as they are written and spoken, then the numbers of agents, then "".
        names_agent: kinds of turns that take the agent's number in place of an amount.
    """

    before: pl.Series
    after: pl.Series
    has_amount: np.ndarray
    start: np.ndarray
    count: np.ndarray
    amounts: pl.Series
    amounts_spoken: pl.Series
    names_agent: np.ndarray


def agent_id(number: int) -> str:
    """The id of an agent, by number."""
    return f"A{1001 + number}"


def _small_talk(kind: str) -> list[list[str]]:
    """Texts of a kind of `talk.yaml` in every variant."""
    given: dict[str, list[str]] = talk()["kinds"][kind]
    zh = [filled for text in given["zh"] for filled in _expanded(text)]
    spoken = [
        forms.unpointed(filled) for text in given.get("spoken", given["zh"]) for filled in _expanded(text)
    ]
    en = [filled for text in given["en"] for filled in _expanded(text)] if "en" in given else zh
    return [zh, zh, spoken, en, en]


def _expanded(text: str) -> list[str]:
    text = text.replace("{a}", "{n}")  # the same slot: such a text holds no amount
    texts = [text.replace("{q}", str(q)) for q in range(1, 9)] if "{q}" in text else [text]
    return [t.replace("{s}", s) for t in texts for s in "云安宁乐静雯"] if "{s}" in text else texts


def _matter(kind: str, problem: Problem, rng: np.random.Generator) -> list[list[str]]:
    """Texts of a kind that depends on the problem, in every variant."""
    words = talk()
    if kind == "P":
        return [
            forms.written(problem, rng),
            forms.elderly(problem, rng),
            forms.spoken(problem, rng),
            forms.english(problem, rng),
            forms.english_spoken(problem, rng),
        ]
    if kind in ("M", "M2"):
        details = [forms.fill(text, rng) for text in (problem.more if kind == "M" else problem.then_more) * 4]
        zh = [detail + end for detail in details for end in ("", "", "", "。")]
        phone = [f + forms.unpointed(d) for d in details for f in ("", "嗯 ", "就是 ", "呃 ", "对 ")]
        en = list(problem.en_more[:1] if kind == "M" else problem.en_more[1:])
        return [zh, zh, phone, en, en]
    # A bot knows the general answer alone, which is the first one.
    answers = {"A": problem.answer, "A2": problem.then, "BOT": problem.answer[:1]}[kind]
    frames = words["bot_frames"] if kind == "BOT" else words["agent_frames"]
    zh = forms.framed(problem, frames, answers)
    en = forms.framed(problem, words["en_frames"], words["en_then"] if kind == "A2" else problem.en_answer)
    return [zh, zh, forms.agent_spoken(answers), en, en]


def _amounts(rng: np.random.Generator) -> tuple[list[str], list[str]]:
    drawn = np.exp(rng.uniform(np.log(12), np.log(20_000), AMOUNTS)).astype(int)
    rounded = np.where(rng.random(AMOUNTS) < 0.5, np.maximum(drawn // 100 * 100, 50), drawn).tolist()
    agents = [agent_id(number)[1:] for number in range(AGENTS)]
    return (
        [*map(str, rounded), *agents, ""],
        [*map(spoken_number, rounded), *map(digit_by_digit, agents), ""],
    )


@lru_cache(maxsize=2)
def pool(seed: int) -> Pool:
    """All texts, made from the phrases with a seed."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    every = problems()
    shape = (len(kinds()), len(VARIANTS), len(every))
    start = np.zeros(shape, dtype=np.int64)
    count = np.zeros(shape, dtype=np.int64)
    texts: list[str] = []

    def put(place: Any, values: list[str]) -> None:
        start[place], count[place] = len(texts), len(values)
        texts.extend(values)

    for number, kind in enumerate(kinds()):
        if kind in MATTER:
            for which, problem in enumerate(every):
                for variant, values in enumerate(_matter(kind, problem, rng)):
                    put((number, variant, which), values)
        else:
            said = personal.replies(rng) if kind == "ID" else _small_talk(kind)
            for variant, values in enumerate(said):
                put((number, variant), values)
    amounts, amounts_spoken = _amounts(rng)
    whole = pl.Series("text", texts)
    cut = whole.str.splitn("{n}", 2).struct.rename_fields(["before", "after"])
    after = cut.struct.field("after")
    return Pool(
        before=cut.struct.field("before").fill_null(""),
        after=after.fill_null(""),
        has_amount=after.is_not_null().to_numpy(),
        start=start,
        count=count,
        amounts=pl.Series(amounts),
        amounts_spoken=pl.Series(amounts_spoken),
        names_agent=np.array([kind in ("agent_hello", "sys_transfer") for kind in kinds()]),
    )
