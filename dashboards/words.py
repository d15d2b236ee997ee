"""The screens' words in both languages, from `words.yaml`: key -> [Chinese, English]."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


@lru_cache(maxsize=1)
def _all() -> dict[str, tuple[str, str]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = yaml.load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"), Loader=loader)  # noqa: S506  safe loader
    return {key: (zh, en) for key, (zh, en) in found.items()}


class Words:
    """Words in one language: `words("today.title")`, `words("n_days", n=7)`.

    Args:
        language: zh or en.
    """

    def __init__(self, language: str) -> None:
        self.language = "en" if language == "en" else "zh"
        self._place = 1 if self.language == "en" else 0

    def __call__(self, key: str, **values: Any) -> str:
        """The words for a key, with `{name}` filled in.

        Raises:
            KeyError: there are none; a test looks for it.
        """
        text = _all()[key][self._place]
        return text.format(**values) if values else text

    def of(self, group: str, name: str | None) -> str:
        """The word for a value of the glossary (`cause`, `fault`); the value itself when it has none."""
        if name is None:
            return self("none")
        pair = _all().get(f"{group}.{name}")
        return pair[self._place] if pair else name


def keys() -> list[str]:
    """All keys."""
    return list(_all())
