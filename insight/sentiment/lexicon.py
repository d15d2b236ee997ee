"""The words that feeling is read from, compiled: built-in ones, VADER's for English, the workspace's own.

A signal is anything that matters to a feeling: a word of feeling, what turns or strengthens it (不, 非常,
not, very), contrast (但是), asking (吗, 怎么), the end of a clause. All of them are found in one look over a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from insight.lexicon import spaced
from warehouse.config.lexicon import LexiconConfig
from warehouse.config.loading import read_config

EMOTIONS = ("disgusted", "angry", "annoyed", "disappointed", "worried", "anxious", "pleased")
CALM = "calm"
WEIGHTS = {"strong": 1.0, "medium": 0.6, "mild": 0.35}
# VADER rates words from −4 to 4 (Hutto & Gilbert 2014); 4 of its points weigh as much as a strong word.
_VADER_SCALE = 4.0
_VADER_LEAST = 1.6  # less is felt by hardly anyone who writes to a service desk
_ASKED_LENGTH = 2  # 满意 -> 满不满意, for words of one or two characters


class Kind(IntEnum):
    """What a signal does to a feeling."""

    FEELING = 0
    FACT = 1
    NOT = 2
    DEGREE = 3
    AFTER = 4
    BUT = 5
    ASKS = 6
    COMMA = 7
    STOP = 8
    SHOUT = 9
    DOUBT = 10
    MANY_DOUBTS = 11
    NOTHING = 12


class BuiltIn(LexiconConfig):
    """The built-in lexicon: words of feeling and those that change them."""

    not_: list[str] = Field(default_factory=list, alias="not")
    degrees: dict[float, list[str]] = Field(default_factory=dict)
    after: dict[float, list[str]] = Field(default_factory=dict)
    but: list[str] = Field(default_factory=list)
    asks: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Lexicon:
    """Signals in columns; a signal is known by its place in them.

    Attributes:
        patterns: the words as they stand in a spaced text (`insight.lexicon.spaced`), longest first.
        words: the same as people write them.
        kind: `Kind`.
        weight: of feelings above 0 for praise and below 0 for complaint; of degrees the factor.
        emotion: place in `EMOTIONS`; −1 for none.
        degree: factor of a word of feeling that is also a degree (好看, 好难吃); 0 for others.
        latin: whether the word is of Latin letters.
    """

    patterns: tuple[str, ...]
    words: tuple[str, ...]
    kind: NDArray[np.int8]
    weight: NDArray[np.float64]
    emotion: NDArray[np.int8]
    degree: NDArray[np.float64]
    latin: NDArray[np.bool_]


@lru_cache(maxsize=1)
def built_in() -> BuiltIn:
    """The built-in lexicon (lexicon.yaml beside this file)."""
    return read_config(Path(__file__).with_name("lexicon.yaml"), BuiltIn)


@lru_cache(maxsize=4)
def compiled(own: str = "") -> Lexicon:
    """The lexicon of a workspace.

    Args:
        own: its own words as JSON of `LexiconConfig`; they win over the built-in ones.
    """
    base = built_in()
    extra = LexiconConfig.model_validate_json(own) if own else LexiconConfig()
    found: dict[str, tuple[Kind, float, int]] = {}

    def add(words: list[str], kind: Kind, weight: float = 0.0, emotion: int = -1) -> None:
        for word in words:
            found.setdefault(word.lower(), (kind, weight, emotion))

    for config in (extra, base):
        add(config.nothing, Kind.NOTHING)
        add(config.facts, Kind.FACT)
        for name, by_strength in config.feelings.items():
            emotion = EMOTIONS.index(name) if name in EMOTIONS else -1
            sign = 1.0 if name == "pleased" else -1.0
            for strength, words in by_strength.items():
                add(words, Kind.FEELING, sign * WEIGHTS[strength], emotion)
                if name == "pleased":
                    add([asked for word in words if (asked := _asked(word))], Kind.ASKS)
    add(base.but, Kind.BUT)
    add(base.asks, Kind.ASKS)
    add(base.not_, Kind.NOT)
    for factor, words in base.after.items():
        add(words, Kind.AFTER, factor)
    degrees = {word.lower(): factor for factor, words in base.degrees.items() for word in words}
    for word, factor in degrees.items():
        add([word], Kind.DEGREE, factor)
    for mark, kind in _MARKS.items():
        add([mark], kind)
    for word, valence in _vader().items():
        emotion = EMOTIONS.index("pleased" if valence > 0 else "disappointed")
        add([word], Kind.FEELING, valence / _VADER_SCALE, emotion)
    by_pattern = {spaced(word): word for word in found}
    patterns = sorted(by_pattern, key=lambda pattern: (-len(pattern), pattern))
    words = [by_pattern[pattern] for pattern in patterns]
    return Lexicon(
        tuple(patterns),
        tuple(words),
        np.array([found[w][0] for w in words], np.int8),
        np.array([found[w][1] for w in words]),
        np.array([found[w][2] for w in words], np.int8),
        np.array([degrees.get(w, 0.0) if found[w][0] is Kind.FEELING else 0.0 for w in words]),
        np.array([w.isascii() for w in words]),
    )


_MARKS = {
    **dict.fromkeys("，,、;；", Kind.COMMA),
    **dict.fromkeys(("。", ". ", "…", "\n", "!", "！", "~", "～"), Kind.STOP),
    **dict.fromkeys(("!!", "！！", "！!", "!！", "!!!", "！！！"), Kind.SHOUT),
    **dict.fromkeys("?？", Kind.DOUBT),
    **dict.fromkeys(("??", "？？", "???", "？？？", "？!", "?!", "？！", "！？", "!?"), Kind.MANY_DOUBTS),
}


def _asked(word: str) -> str | None:
    """A-not-A: 满不满意 asks whether, and says nothing."""
    plain = not word.isascii() and len(word) <= _ASKED_LENGTH
    return f"{word[0]}不{word}" if plain and "\u4e00" <= word[0] <= "\u9fff" else None


def _vader() -> dict[str, float]:
    """English words of feeling -> −4 … 4, from the vaderSentiment package."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return {
        word: float(valence)
        for word, valence in SentimentIntensityAnalyzer().lexicon.items()
        if abs(valence) >= _VADER_LEAST and word.isalpha() and len(word) > 2
    }
