"""Sentiment and emotions: over time, by step, by channel, and the worst conversations."""

from __future__ import annotations

from dashboards.filters import Filters
from dashboards.questions.base import Question, ask, chosen, in_periods, in_trend
from dashboards.questions.obstacles import EMOTIONS, evidence_start

_SUMS = ", ".join(f"sum({name}_count)::BIGINT AS {name}" for name in EMOTIONS)
_COLUMNS = ("product", "step", "channel")


def totals(f: Filters) -> Question:
    """One row a period: inquiries, negative and positive ones, mean sentiment and effort, emotions."""
    return ask(
        f"""
        SELECT
            CASE WHEN day >= $start THEN 'now' ELSE 'before' END AS period,
            sum(inquiry_count)::BIGINT AS inquiries,
            sum(negative_count)::BIGINT AS negative,
            sum(negative_count) / sum(inquiry_count) AS negative_share,
            sum(sentiment_sum) / sum(inquiry_count) AS sentiment,
            sum(effort_sum) / sum(inquiry_count) AS effort,
            {_SUMS}
        FROM mart.sentiment_daily
        WHERE {in_periods(f)}{chosen(f, *_COLUMNS)}
        GROUP BY period
        HAVING sum(inquiry_count) > 0
        ORDER BY period DESC
        """,
        f,
    )


def days(f: Filters) -> Question:
    """One row a day of the charts: inquiries, negative share, emotions."""
    return ask(
        f"""
        SELECT
            day, sum(inquiry_count)::BIGINT AS inquiries,
            sum(negative_count) / sum(inquiry_count) AS negative_share,
            {_SUMS}
        FROM mart.sentiment_daily
        WHERE {in_trend()}{chosen(f, *_COLUMNS)}
        GROUP BY day
        HAVING sum(inquiry_count) > 0
        ORDER BY day
        """,
        f,
    )


def by(f: Filters, column: str) -> Question:
    """One row a step or channel: inquiries, negative share now and before, emotions.

    Args:
        f: the period and columns.
        column: `step` (with its product) or `channel`.
    """
    group = "product, step" if column == "step" else "channel"
    known = " AND step IS NOT NULL" if column == "step" else ""
    now = [
        f"coalesce(sum({name}_count) FILTER (WHERE day >= $start), 0)::BIGINT AS {name}" for name in EMOTIONS
    ]
    return ask(
        f"""
        SELECT
            {group},
            coalesce(sum(inquiry_count) FILTER (WHERE day >= $start), 0)::BIGINT AS inquiries,
            sum(negative_count) FILTER (WHERE day >= $start)
                / nullif(sum(inquiry_count) FILTER (WHERE day >= $start), 0) AS negative_share,
            sum(negative_count) FILTER (WHERE day < $start)
                / nullif(sum(inquiry_count) FILTER (WHERE day < $start), 0) AS negative_share_before,
            sum(effort_sum) FILTER (WHERE day >= $start)
                / nullif(sum(inquiry_count) FILTER (WHERE day >= $start), 0) AS effort,
            {", ".join(now)}
        FROM mart.sentiment_daily
        WHERE {in_periods(f)}{known}{chosen(f, *_COLUMNS)}
        GROUP BY {group}
        HAVING inquiries > 0
        ORDER BY negative_share DESC, inquiries DESC, {group}
        """,
        f,
    )


def worst(f: Filters, emotion: str | None = None, limit: int = 20) -> Question:
    """The conversations of the period with the lowest sentiment."""
    felt = " AND emotion = $emotion" if emotion else ""
    return ask(
        f"""
        SELECT inquiry_id, day, product, step, cause, emotion, sentiment, problem
        FROM mart.verbatims
        WHERE day BETWEEN $from_day AND $end{chosen(f, "product", "step")}{felt}
        ORDER BY sentiment, day DESC, inquiry_id
        LIMIT $limit
        """,
        f,
        from_day=evidence_start(f),
        emotion=emotion,
        limit=limit,
    )
