"""All the ways in which customers, agents and bots say a thing, made beforehand with a seed.

`{n}`, an amount, stays in the texts: it is filled in conversation by conversation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from warehouse.demo.catalog import Problem, talk
from warehouse.demo.numerals import speak_numbers

WRITTEN, ELDERLY, SPOKEN, ENGLISH = 420, 90, 200, 60  # forms of a problem
_QUESTION = re.compile(
    r"怎么|什么|哪|多少|多久|为啥|几[天个号期张次笔]|能不能|是不是|会不会|有没有|可不可以|要不要|吗|咋|何时"
)
_PARTICLES = "吗呢吧啊呀嘛了么"


def pick(rng: np.random.Generator, values: Sequence[str]) -> str:
    """One of some texts."""
    return values[int(rng.integers(len(values)))]


def fill(text: str, rng: np.random.Generator) -> str:
    """Put something into the slots of a text, all but `{n}`."""
    slots: dict[str, list[str]] = talk()["slots"]
    while (slot := re.search(r"\{(when|bank|things)\}", text)) is not None:
        text = text.replace(slot[0], pick(rng, slots[slot[1]]), 1)
    if "{e}" in text:
        text = text.replace("{e}", str(int(rng.integers(1000, 99_999))))
    return text


def _is_question(core: str) -> bool:
    return _QUESTION.search(core) is not None


def _dressed(core: str, tone: dict[str, Any], rng: np.random.Generator) -> str:
    """A core with the opening and the ending of a tone that suit a question or a statement."""
    if not _is_question(core):
        return pick(rng, tone["open"]) + core + pick(rng, tone["tell"])
    opening = pick(rng, tone["open_ask"] if rng.random() < 0.6 else tone["open"])
    ending = pick(rng, tone["ask"])
    if core[-1] in _PARTICLES and ending[:1] in "啊呢呀嘛哦咧捏哈哇":
        ending = "？"
    if opening.endswith(("请问", "问下", "问一下")) and core.startswith(("请问", "想问")):
        opening = ""
    return opening + core + ending


def _told(problem: Problem, rng: np.random.Generator) -> str:
    """What the customer says, before any tone: the core, now and then with the product's name or a detail."""
    words = talk()
    core = fill(pick(rng, problem.says), rng)
    if rng.random() < 0.16 and not any(word in core for word in words["product_words"]):
        name = words["product_names"][problem.product]
        core = pick(rng, words["product_asides"]).replace("{name}", name) + core
    if rng.random() < 0.14:
        detail = fill(pick(rng, problem.more), rng)
        if "{n}" not in core or "{n}" not in detail:
            core = f"{core}，{detail}"
    return core


def _scribbled(text: str, rng: np.random.Generator) -> str:
    """A text as a hurried hand leaves it: now and then a typo, no marks, or a message without spaces."""
    draw = rng.random()
    if draw < 0.07:
        typos: dict[str, str] = talk()["typos"]
        present = [right for right in typos if right in text]
        if present:
            right = pick(rng, present)
            text = text.replace(right, typos[right], 1)
    elif draw < 0.15:
        text = re.sub("[，。？！]", " ", text).strip()
    elif draw < 0.18:
        text = re.sub("[，。]", "", text)
    return text


def written(problem: Problem, rng: np.random.Generator) -> list[str]:
    """Messages of a chat, in all tones."""
    tones = list(talk()["tones"].values())
    shares = np.array([tone["share"] for tone in tones])
    forms = []
    for choice in rng.choice(len(tones), size=WRITTEN, p=shares / shares.sum()):
        if tones[choice] is tones[1] and rng.random() < 0.7:  # those who type little
            forms.append(fill(pick(rng, problem.brief), rng) + pick(rng, ("", "", "？", "。", "!!")))
            continue
        forms.append(_scribbled(_dressed(_told(problem, rng), tones[choice], rng), rng))
    return forms


def elderly(problem: Problem, rng: np.random.Generator) -> list[str]:
    """Messages of older customers."""
    return [_dressed(_told(problem, rng), talk()["elderly"], rng) for _ in range(ELDERLY)]


def unpointed(text: str) -> str:
    """A text as speech recognition writes it: no marks, numbers as they are spoken."""
    return re.sub(r"\s+", " ", re.sub("[，。？！、；：「」~～,.!?]", " ", speak_numbers(text))).strip()


def _with_fillers(text: str, rng: np.random.Generator) -> str:
    fillers = talk()["spoken"]["fillers"]
    parts = text.split(" ")
    for place in range(len(parts) - 1, 0, -1):
        if rng.random() < 0.4:
            parts.insert(place, pick(rng, fillers))
    text = " ".join(parts)
    if rng.random() < 0.3:
        for word in ("怎么", "为什么", "一直", "我的", "你们", "现在"):
            if word in text:
                again = f"{word}{word}" if rng.random() < 0.5 else f"{word} {pick(rng, fillers)} "
                return text.replace(word, again, 1)
    return text


def spoken(problem: Problem, rng: np.random.Generator) -> list[str]:
    """What the customer says on the phone, as speech recognition writes it; some engines put marks."""
    words = talk()["spoken"]
    forms = []
    for _ in range(SPOKEN):
        core = _told(problem, rng)
        if rng.random() < 0.15:
            forms.append(f"{core}{'？' if _is_question(core) else '。'}")
            continue
        parts = [pick(rng, words["open"]), _with_fillers(unpointed(core), rng), pick(rng, words["close"])]
        forms.append(" ".join(part for part in parts if part))
    return forms


def english(problem: Problem, rng: np.random.Generator) -> list[str]:
    """Messages of customers who write English."""
    tones = talk()["en_tones"]
    forms = []
    for _ in range(ENGLISH):
        core = fill(pick(rng, problem.en), rng)
        opening = pick(rng, tones["open"])
        if opening.endswith(", ") and core.split(" ")[0] not in ("I", "I'm", "I've", "HeFenqi", "Yunhe"):
            core = core[0].lower() + core[1:]
        if core[-1] not in ".?!":
            core += "."
        text = opening + core + pick(rng, tones["close"])
        forms.append(text.lower().replace("'", "") if rng.random() < 0.15 else text)
    return forms


def english_spoken(problem: Problem, rng: np.random.Generator) -> list[str]:
    """What they say on the phone."""
    openings = talk()["en_tones"]["spoken"]
    return [
        pick(rng, openings) + re.sub("[,.?!]", "", fill(pick(rng, problem.en), rng)).lower()
        for _ in range(ENGLISH)
    ]


def framed(problem: Problem, frames: Sequence[str], answers: Sequence[str]) -> list[str]:
    """Each answer in each frame of words."""
    return [f.replace("{subject}", problem.subject).replace("{answer}", a) for f in frames for a in answers]


def agent_spoken(answers: Sequence[str]) -> list[str]:
    """Answers on the phone."""
    openings = (
        "",
        "好的 ",
        "嗯 是这样的 ",
        "您好 我看到了 ",
        "女士您好 ",
        "先生您别着急 ",
        "那我跟您解释一下啊 ",
    )
    return [opening + unpointed(answer) for answer in answers for opening in openings]
