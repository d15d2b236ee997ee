"""Which of the customers' words to quote, and how much of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST = 72  # characters of Chinese; Latin script takes about twice as many for as much
_SHORTEST = 6
_ALIKE = 0.5
_BREAKS = "。！？!?；;，,、 "


def choose(texts: Iterable[str | None], most: int) -> tuple[str, ...]:
    """The first few that say something and do not repeat one another, cut to a readable length.

    Two are alike when half of their character pairs are the same (Jaccard), or one begins like the other.
    """
    chosen: list[str] = []
    kept: list[set[str]] = []
    for text in texts:
        flat = " ".join((text or "").split())
        bare = re.sub(r"[\W_]+", "", flat.lower())
        if len(bare) < _SHORTEST:
            continue
        pairs = {bare[n : n + 2] for n in range(len(bare) - 1)}
        if any(len(pairs & other) / len(pairs | other) >= _ALIKE for other in kept):
            continue
        chosen.append(shorten(flat))
        kept.append(pairs)
        if len(chosen) == most:
            break
    return tuple(chosen)


def shorten(text: str, longest: int = LONGEST) -> str:
    """Cut at the last break before the limit, with an ellipsis; short text as it is."""
    limit = longest * 2 if sum(map(str.isascii, text)) > 0.8 * len(text) else longest
    if len(text) <= limit:
        return text
    cut = text[:limit]
    place = max(cut.rfind(sign) for sign in _BREAKS)
    return cut[: place if place > limit // 2 else limit].rstrip(_BREAKS) + "…"
