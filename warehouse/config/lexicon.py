"""lexicon/: words of a workspace's own, beside the built-in ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, field_validator

from warehouse.config.loading import ConfigModel, read_config
from warehouse.errors import ConfigError

WORDS_FILE, STOP_WORDS_FILE, FEELINGS_FILE = "words.txt", "stop_words.txt", "feelings.yaml"

Emotion = Literal["angry", "disgusted", "annoyed", "disappointed", "worried", "anxious", "pleased", "none"]
Strength = Literal["strong", "medium", "mild"]


class LexiconConfig(ConfigModel):
    """What the files of lexicon/ say, in one document.

    Attributes:
        words: words that segmentation keeps whole -> frequency (0: as high as it takes).
        stop_words: words that never name a topic.
        feelings: emotion -> strength -> words; emotion `none` for complaint without one.
        facts: what went wrong, felt or not.
        nothing: words that look like a feeling and are none.
    """

    words: dict[str, int] = Field(default_factory=dict)
    stop_words: list[str] = Field(default_factory=list)
    feelings: dict[Emotion, dict[Strength, list[str]]] = Field(default_factory=dict)
    facts: list[str] = Field(default_factory=list)
    nothing: list[str] = Field(default_factory=list)

    @field_validator("words")
    @classmethod
    def _sensible(cls, value: dict[str, int]) -> dict[str, int]:
        for word, frequency in value.items():
            if not word.strip() or frequency < 0:
                raise ValueError(f"'{word} {frequency}': expected a word and a frequency of 0 or more")
        return value


def bundle(folder: Path) -> str:
    """The files of lexicon/ as one YAML document; missing files are empty.

    Raises:
        ConfigError: feelings.yaml is wrong, or a line of words.txt is not a word and at most a frequency and
            a tag.
    """
    found: dict[str, Any] = read_config(folder / FEELINGS_FILE, LexiconConfig).model_dump(
        exclude_defaults=True
    )
    words: dict[str, int] = {}
    for number, line in _lines(folder / WORDS_FILE):
        word, *rest = line.split()
        if len(rest) > 2 or (rest and not rest[0].isdigit() and len(rest) == 2):
            raise ConfigError(
                f"{folder / WORDS_FILE}, line {number}: '{line}'",
                expected="a word, then at most a frequency and a tag, such as `免密支付 800 n`",
            )
        words[word] = int(rest[0]) if rest and rest[0].isdigit() else 0
    stop_words = [line for _, line in _lines(folder / STOP_WORDS_FILE)]
    if words:
        found["words"] = words
    if stop_words:
        found["stop_words"] = stop_words
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=True) if found else ""


def _lines(path: Path) -> list[tuple[int, str]]:
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8-sig")
    return [
        (number, line.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
