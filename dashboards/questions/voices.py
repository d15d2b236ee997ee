"""Customers' words: search, counts of what was found, one conversation."""

from __future__ import annotations

from datetime import date

from dashboards.filters import Filters
from dashboards.questions.base import Question, ask, chosen

_MOST_TERMS = 6


def terms(words: str) -> list[str]:
    """The words of a search: all of them must stand in the text; a word with - before it must not."""
    return [word for word in words.split() if word.strip("-")][:_MOST_TERMS]


def _matching(words: str) -> tuple[str, dict[str, str]]:
    conditions, values = [], {}
    for number, term in enumerate(terms(words)):
        name = f"term_{'abcdef'[number]}"
        without = term.startswith("-")
        values[name] = term.lstrip("-").lower()
        conditions.append(f" AND {'NOT ' if without else ''}contains(lower(i.problem), ${name})")
    return "".join(conditions), values


def _hits(
    f: Filters, words: str, cause: str | None, emotion: str | None
) -> tuple[str, dict[str, str | None]]:
    """Inquiries that hold the words: inquiry_id, day, problem. A table is joined only when a column of it is asked for."""
    matching, values = _matching(words)
    joins, more = "", chosen(f, "channel", "source")
    if f.product or f.step or cause:
        joins += " JOIN insight.inquiry_journey AS j ON j.inquiry_id = i.inquiry_id AND j.day = i.day"
        more += "".join(
            f" AND j.{name} = ${name}"
            for name, value in (("product", f.product), ("step", f.step), ("cause", cause))
            if value
        )
    if emotion:
        joins += " JOIN insight.inquiry_sentiment AS s ON s.inquiry_id = i.inquiry_id AND s.day = i.day"
        more += " AND s.emotion = $emotion"
    rows = (
        f"SELECT i.inquiry_id, i.day, i.problem FROM core.inquiries AS i{joins} "
        f"WHERE i.day BETWEEN $start AND $end AND i.is_inquiry AND i.problem IS NOT NULL{matching}{more}"
    )
    return rows, {**values, "cause": cause, "emotion": emotion}


def found(
    f: Filters, words: str, *, cause: str | None = None, emotion: str | None = None, limit: int = 200
) -> Question:
    """Inquiries of the period whose problem holds the words, newest first."""
    hits, values = _hits(f, words, cause, emotion)
    return ask(
        f"""
        WITH hits AS MATERIALIZED (
            {hits}
            ORDER BY i.day DESC, i.inquiry_id
            LIMIT $limit
        )
        SELECT h.inquiry_id, h.day, j.product, j.step, j.cause, s.emotion, s.sentiment, h.problem
        FROM hits AS h
        LEFT JOIN insight.inquiry_journey AS j
            ON j.inquiry_id = h.inquiry_id AND j.day = h.day AND j.day >= (SELECT min(day) FROM hits)
        LEFT JOIN insight.inquiry_sentiment AS s
            ON s.inquiry_id = h.inquiry_id AND s.day = h.day AND s.day >= (SELECT min(day) FROM hits)
        ORDER BY h.day DESC, h.inquiry_id
        """,
        f,
        limit=limit,
        **values,
    )


def found_days(f: Filters, words: str, *, cause: str | None = None, emotion: str | None = None) -> Question:
    """How many there are: one row a day that has some."""
    hits, values = _hits(f, words, cause, emotion)
    return ask(f"SELECT day, count(*) AS inquiries FROM ({hits}) GROUP BY day ORDER BY day", f, **values)


def inquiry(inquiry_id: str, day: date) -> Question:
    """All that is known of one inquiry."""
    return ask(
        """
        SELECT
            i.inquiry_id, i.day, i.started_at, i.source, i.channel, i.handled_by, i.transferred, i.csat, i.app_version,
            i.turn_count, i.problem, i.parent_id,
            j.product, j.step, j.cause, j.confidence, j.method, j.repeat_of,
            t.topic_id, s.sentiment, s.sentiment_label, s.emotion, s.effort
        FROM core.inquiries AS i
        LEFT JOIN insight.inquiry_journey AS j ON j.inquiry_id = i.inquiry_id AND j.day = i.day
        LEFT JOIN insight.inquiry_topics AS t ON t.inquiry_id = i.inquiry_id AND t.day = i.day
        LEFT JOIN insight.inquiry_sentiment AS s ON s.inquiry_id = i.inquiry_id AND s.day = i.day
        WHERE i.day = $day AND i.inquiry_id = $inquiry_id
        """,
        inquiry_id=inquiry_id,
        day=day,
    )


def turns(inquiry_id: str, day: date) -> Question:
    """Its turns in order, masked."""
    return ask(
        "SELECT turn_no, role, said_at, text FROM core.turns WHERE day = $day AND inquiry_id = $inquiry_id ORDER BY turn_no",
        inquiry_id=inquiry_id,
        day=day,
    )
