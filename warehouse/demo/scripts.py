"""How conversations go: who speaks, and what kind of thing is said, turn by turn.

A turn is written `role:kind`, with the roles c(ustomer), a(gent), b(ot), s(ystem). Kinds in capitals depend on the
problem: P the problem, M and M2 details of it, BOT a bot's answer, A the agent's first answer, A2 the one that helps;
ID is personal data; the other kinds are lists of `talk.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROLES = ("customer", "agent", "bot", "system")
MATTER = ("P", "M", "M2", "A", "A2", "BOT")
NOT_INQUIRY = {"spam": "spam", "outbound": "outbound", "wrong": "wrong_number"}

# weight, mean rating, turns
CHAT = """
10  4.2  c:P b:BOT c:answers_yes
 8  4.4  c:P b:BOT c:solved b:rate
 4  3.0  c:P b:BOT s:sys_end
 7  3.6  c:greet b:bot_welcome c:P b:bot_unsure c:ask_human b:transferring s:sys_transfer a:agent_hello c:M a:A c:thanks a:agent_bye
13  3.7  c:P b:bot_unsure c:ask_human b:transferring a:agent_hello c:M a:A c:answers_yes a:agent_bye
12  4.4  c:greet a:agent_hello c:P a:agent_ask c:M a:A c:thanks a:agent_bye
10  3.1  c:P b:BOT c:not_ok c:ask_human b:transferring a:agent_hello c:M a:agent_wait a:A2 c:answers_yes a:agent_bye
 8  3.3  c:P c:M c:M2 c:push a:agent_late a:A c:thanks
 7  3.6  c:P a:agent_wait a:A c:not_ok a:A2 c:thanks
 5  4.0  c:P b:BOT c:ask_human b:transferring a:agent_hello a:ask_id c:ID a:agent_wait a:A2 c:thanks a:agent_bye
 5  3.8  c:vague b:bot_which c:P b:BOT c:M a:agent_hello a:A c:thanks
 4  4.3  c:greet c:P a:agent_hello a:A c:thanks s:sys_end
 4  3.2  c:ask_human b:bot_before_human c:P b:transferring s:sys_transfer a:agent_hello a:agent_ask c:M a:A c:thanks
 3  2.2  c:P b:BOT c:not_ok b:BOT c:angry c:ask_human b:transferring a:agent_sorry a:A2 c:giving_up
 1.5 3.9 c:greet b:bot_welcome s:sys_end
 0.7 3.9 c:greet a:agent_hello c:greet s:sys_end
 1   3.0 c:spam b:bot_unsure
"""
CALL = """
38  4.2  a:agent_hello c:P a:agent_ask c:M a:agent_wait a:A c:thanks a:agent_bye
22  3.5  a:agent_hello c:P a:agent_wait c:answers_yes a:A c:not_ok a:A2 c:thanks a:agent_bye
15  4.0  a:agent_hello c:greet c:P c:M a:A c:answers_yes a:agent_bye
10  4.0  a:agent_hello c:P a:ask_id c:ID a:agent_wait a:A c:M2 a:A2 c:thanks a:agent_bye
 7  3.6  a:agent_hello c:vague a:agent_which c:P a:A c:answers_yes c:M a:A2 c:thanks a:agent_bye
 3  2.3  a:agent_hello c:P a:A c:angry a:agent_sorry c:M a:A2 c:giving_up a:agent_bye
 3  4.0  a:outbound c:outbound_reply a:agent_bye
 2  4.0  a:agent_hello c:wrong a:agent_bye
"""


@dataclass(frozen=True)
class Scripts:
    """Conversations of one source as arrays: a row a script, a column a turn.

    Attributes:
        odds: how often each script comes; they add up to 1.
        rating: mean rating that customers give after it.
        length: turns.
        kind, role: numbers of kind and role of each turn; -1 past the end.
        reason: why it is no inquiry, or None.
    """

    odds: np.ndarray
    rating: np.ndarray
    length: np.ndarray
    kind: np.ndarray
    role: np.ndarray
    reason: tuple[str | None, ...]


def _parsed(text: str) -> list[tuple[float, float, list[tuple[str, str]]]]:
    rows = []
    for line in text.strip().splitlines():
        weight, rating, *turns = line.split()
        rows.append((float(weight), float(rating), [(turn[0], turn[2:]) for turn in turns]))
    return rows


def kinds() -> tuple[str, ...]:
    """All kinds of turns that scripts name, those of the matter first."""
    named = {kind for source in (CHAT, CALL) for _, _, turns in _parsed(source) for _, kind in turns}
    return (*MATTER, *sorted(named - set(MATTER)))


def _reason(turns: list[tuple[str, str]]) -> str | None:
    said = [kind for _, kind in turns]
    if "P" in said:
        return None
    return next((NOT_INQUIRY[kind] for kind in said if kind in NOT_INQUIRY), "greeting")


def scripts(text: str) -> Scripts:
    """Scripts of a source (`CHAT` or `CALL`) as arrays."""
    rows = _parsed(text)
    number = {kind: place for place, kind in enumerate(kinds())}
    width = max(len(turns) for _, _, turns in rows)
    kind = np.full((len(rows), width), -1)
    role = np.full((len(rows), width), -1)
    for row, (_, _, turns) in enumerate(rows):
        for place, (who, what) in enumerate(turns):
            kind[row, place], role[row, place] = number[what], "cabs".index(who)
    odds = np.array([weight for weight, _, _ in rows])
    return Scripts(
        odds / odds.sum(),
        np.array([rating for _, rating, _ in rows]),
        np.array([len(turns) for _, _, turns in rows]),
        kind,
        role,
        tuple(_reason(turns) for _, _, turns in rows),
    )
