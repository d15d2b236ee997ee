"""What customers of the sample company get stuck on: problems, in the order of products and steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
PRODUCTS = ("credit_pay", "wallet", "cash_loan")
ROLES = ("incident", "drift", "fix", "new")


@dataclass(frozen=True)
class Problem:
    """One thing that customers of a step get stuck on: a step and a cause.

    Attributes:
        weight: how often it comes, against the other problems; 0 for one that is new in the story.
        role: its part in the story, or None.
        subject: as a ticket's subject says it.
        brief: the few words of those who type little.
        says: the problem, as customers tell it.
        more, then_more: details given when asked, and later.
        answer, then: the first answer, and what is done when that did not help.
        en, en_more, en_answer: the same in English.
    """

    id: str
    product: str
    step: str
    cause: str
    weight: float
    role: str | None
    subject: str
    brief: tuple[str, ...]
    says: tuple[str, ...]
    more: tuple[str, ...]
    then_more: tuple[str, ...]
    answer: tuple[str, ...]
    then: tuple[str, ...]
    en: tuple[str, ...]
    en_more: tuple[str, ...]
    en_answer: tuple[str, ...]


@lru_cache(maxsize=1)
def talk() -> dict[str, Any]:
    """Words around the matter: tones, greetings, answers, small talk."""
    loaded: dict[str, Any] = yaml.safe_load((_FOLDER / "talk.yaml").read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def problems() -> tuple[Problem, ...]:
    """All problems, in the order of products, steps and files."""
    found = []
    for product in PRODUCTS:
        steps = yaml.safe_load((_FOLDER / f"phrases_{product}.yaml").read_text(encoding="utf-8"))
        found += [_problem(product, step, entry) for step, entries in steps.items() for entry in entries]
    return tuple(found)


def _problem(product: str, step: str, entry: dict[str, Any]) -> Problem:
    def texts(name: str) -> tuple[str, ...]:
        return tuple(entry[name])

    half = (len(entry["more"]) + 1) // 2
    return Problem(
        id=entry["id"],
        product=product,
        step=step,
        cause=entry["cause"],
        weight=float(entry["weight"]),
        role=entry.get("role"),
        subject=entry["subject"],
        brief=texts("brief"),
        says=texts("says"),
        more=tuple(entry["more"][:half]),
        then_more=tuple(entry["more"][half:]),
        answer=texts("answer"),
        then=texts("then"),
        en=texts("en"),
        en_more=texts("en_more"),
        en_answer=texts("en_answer"),
    )
