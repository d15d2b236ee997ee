"""Words of feeling with what turns or strengthens them: 不太满意, 特别失望, not helpful, really slow.

The forms are written out beforehand, so that finding them is one look for the longest word at each place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_NOT_ZH = (
    "不",
    "不太",
    "不是很",
    "不怎么",
    "不够",
    "并不",
    "没",
    "没有",
    "没那么",
    "一点都不",
    "一点也不",
    "毫不",
)
_NOT_EN = (
    "not ",
    "not very ",
    "not so ",
    "not at all ",
    "not really ",
    "isn't ",
    "wasn't ",
    "aren't ",
    "never ",
    "no ",
    "hardly ",
    "don't ",
    "didn't ",
)
_VERY_ZH = ("非常", "特别", "太", "超级", "实在太", "真的很", "极其", "越来越")
_VERY_EN = ("very ", "really ", "so ", "extremely ", "absolutely ", "totally ")
_ASKED_ZH = ("是不是", "是不是很", "是否", "会不会", "有没有")  # 是不是很好用 asks; 不是很好用 says
_STRONGER = 1.5


def negated(word: str) -> list[str]:
    """The word denied."""
    return [before + word for before in (_NOT_EN if word.isascii() else _NOT_ZH)]


def strengthened(word: str) -> list[str]:
    """The word with a degree."""
    return [before + word for before in (_VERY_EN if word.isascii() else _VERY_ZH)]


def weights(
    positive: Mapping[str, float], negative: Mapping[str, float], neutral: Iterable[str]
) -> dict[str, float]:
    """word or form -> weight, above 0 for praise and below 0 for complaint.

    Denied praise complains, denied complaint says nothing, a degree makes half as much again, and what is
    asked about is not said. A form that the lists name themselves keeps its own weight.

    Args:
        positive: word -> weight above 0.
        negative: word -> weight above 0, of complaint.
        neutral: words that look like feeling and are none.
    """
    base = {**{word: -value for word, value in negative.items()}, **positive}
    forms: dict[str, float] = {}
    for word, value in base.items():
        forms.update(dict.fromkeys(strengthened(word), value * _STRONGER))
        forms.update(dict.fromkeys(negated(word), -value if value > 0 else 0.0))
        if not word.isascii():
            forms.update({before + word: 0.0 for before in _ASKED_ZH})
    return {word.lower(): value for word, value in {**forms, **base, **dict.fromkeys(neutral, 0.0)}.items()}


def emotions(
    lists: Mapping[str, Iterable[str]], positive: Mapping[str, float], known: Mapping[str, float]
) -> dict[str, list[str]]:
    """emotion -> its words, with the forms of them: a degree keeps the emotion, denied praise disappoints.

    Args:
        lists: emotion -> words.
        positive: word of praise -> weight.
        known: result of `weights`.
    """
    denied = [form for word in positive for form in negated(word) if known[form.lower()] < 0]
    made = {
        name: [form for word in words for form in (word, *strengthened(word))]
        + (denied if name == "disappointed" else [])
        for name, words in lists.items()
    }
    return {name: list(dict.fromkeys(word.lower() for word in words)) for name, words in made.items()}
