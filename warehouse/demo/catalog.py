"""What customers of the sample company ask, and all the ways in which they say it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

_FOLDER = Path(__file__).parent
PRODUCTS = ("credit_pay", "wallet", "cash_loan")
FORMS = 160  # written forms of a problem that are made beforehand; amounts vary on top of them
EN_SHARE = 0.06


@dataclass(frozen=True)
class Problem:
    """One thing that customers of a step get stuck on."""

    id: str
    product: str
    step: str
    cause: str
    weight: float
    subject: str
    says: tuple[str, ...]
    en: tuple[str, ...]
    more: tuple[str, ...]
    answer: tuple[str, ...]
    role: str | None  # part in the story: incident, drift, new, fix, or none


@lru_cache(maxsize=1)
def talk() -> dict[str, Any]:
    """Words around the matter: greetings, answers, small talk."""
    loaded: dict[str, Any] = yaml.safe_load((_FOLDER / "talk.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def problems() -> tuple[Problem, ...]:
    """All problems, in the order of products, steps and files."""
    found = []
    for product in PRODUCTS:
        steps = yaml.safe_load((_FOLDER / f"phrases_{product}.yaml").read_text(encoding="utf-8"))
        for step, entries in steps.items():
            for e in entries:
                role = next((r for r in ("incident", "drift", "new") if e.get(r)), None)
                role = "fix" if e["id"] == "apply_how" else role
                found.append(
                    Problem(
                        e["id"],
                        product,
                        step,
                        e["cause"],
                        float(e["weight"]),
                        e["subject"],
                        tuple(e["says"]),
                        tuple(e["en"]),
                        tuple(e["more"]),
                        tuple(e["answer"]),
                        role,
                    )
                )
    return tuple(found)


@dataclass(frozen=True)
class Pool:
    """Texts in one array; each kind of text is a slice of it.

    Attributes:
        texts: all texts.
        start, count: kind -> where its slice begins and how long it is.
    """

    texts: tuple[str, ...]
    start: dict[str, int]
    count: dict[str, int]


@lru_cache(maxsize=4)
def pool(seed: int) -> Pool:
    """All texts, made from the phrases with a seed.

    Kinds: `say:<problem>`, `speak:<problem>` (calls), `more:…`, `speakmore:…`, `answer:…`, and the words of
    `talk.yaml` by their names.
    """
    rng = np.random.default_rng([seed, 1])
    words = talk()
    slices: dict[str, list[str]] = {}
    for problem in problems():
        slices[f"say:{problem.id}"] = _written(problem, words, rng)
        slices[f"speak:{problem.id}"] = _spoken(problem, words, rng)
        slices[f"more:{problem.id}"] = [*problem.more]
        slices[f"speakmore:{problem.id}"] = [
            f"{filler}{_unpointed(m)}" for m in problem.more for filler in ("", "嗯 ", "就是 ")
        ]
        slices[f"answer:{problem.id}"] = [*problem.answer]
    agents = range(1001, 1121)
    for kind in (
        "greet", "bot_welcome", "bot_unsure", "ask_human", "agent_ask", "agent_wait", "agent_bye", "answers_yes", "not_ok", "thanks",
        "spam", "wrong", "outbound", "outbound_reply",
    ):  # fmt: skip
        slices[kind] = list(words[kind])
    slices["transferring"] = [t.replace("{q}", str(q)) for t in words["transferring"] for q in range(1, 9)]
    slices["agent_hello"] = [
        t.replace("{a}", str(a)).replace("{s}", "云禾安宁乐"[a % 5])
        for t in words["agent_hello"]
        for a in agents
    ]
    start: dict[str, int] = {}
    count: dict[str, int] = {}
    texts: list[str] = []
    for kind, values in slices.items():
        start[kind], count[kind] = len(texts), len(values)
        texts += values
    return Pool(tuple(texts), start, count)


def _pick(rng: np.random.Generator, values: list[str] | tuple[str, ...]) -> str:
    return values[int(rng.integers(len(values)))]


def _written(problem: Problem, words: dict[str, Any], rng: np.random.Generator) -> list[str]:
    """Forms of a chat message: opening, core, ending; some with typos, some in English."""
    forms = []
    typos = {right: wrong for wrong, right in words["typos"].items()}
    topics = words["topic"][2 * PRODUCTS.index(problem.product) :][:2]
    for number in range(FORMS):
        if number < FORMS * EN_SHARE:
            forms.append(
                _pick(rng, words["en_openings"]) + _pick(rng, problem.en) + _pick(rng, words["en_endings"])
            )
            continue
        core = _pick(rng, problem.says)
        opening = _pick(rng, words["openings"])
        if rng.random() < 0.25:
            opening += _pick(rng, topics)
        text = opening + core + _pick(rng, words["endings"])
        if rng.random() < 0.1:
            text += "。" + _pick(rng, problem.more)
        if rng.random() < 0.08:
            for right, wrong in typos.items():
                text = text.replace(right, wrong)
        if rng.random() < 0.1:
            text = text.replace("，", " ").replace("？", " ").strip()
        forms.append(text)
    return forms


def _unpointed(text: str) -> str:
    for mark in "，。？！、；：":
        text = text.replace(mark, " ")
    return text.strip()


def _spoken(problem: Problem, words: dict[str, Any], rng: np.random.Generator) -> list[str]:
    """Forms of a call as speech recognition writes it: fillers, no punctuation."""
    forms = []
    for _ in range(FORMS):
        core = _unpointed(_pick(rng, problem.says))
        if rng.random() < 0.3:
            middle = len(core) // 2
            core = core[:middle] + _pick(rng, (" 呃 ", " 那个 ", " 嗯 ", "_")) + core[middle:]
        parts = [_pick(rng, words["spoken_openings"]), core, _pick(rng, words["spoken_endings"])]
        forms.append(" ".join(part for part in parts if part))
    return forms
