"""Topics: groups, topics, problems, how they grow, and what happened to them."""

from __future__ import annotations

from dashboards.filters import Filters
from dashboards.questions.base import Question, ask, in_periods, in_trend
from dashboards.questions.obstacles import evidence_start


def listed(f: Filters) -> Question:
    """One row a topic of the registry: inquiries now and before, negative share, group."""
    return ask(
        f"""
        WITH counted AS (
            SELECT
                topic_id,
                coalesce(sum(inquiry_count) FILTER (WHERE day >= $start), 0)::BIGINT AS inquiries,
                coalesce(sum(inquiry_count) FILTER (WHERE day < $start), 0)::BIGINT AS inquiries_before,
                coalesce(sum(negative_count) FILTER (WHERE day >= $start), 0)::BIGINT AS negative
            FROM mart.topic_daily
            WHERE {in_periods(f)}
            GROUP BY topic_id
        )
        SELECT
            t.*, p.label AS group_label,
            coalesce(c.inquiries, 0) AS inquiries, coalesce(c.inquiries_before, 0) AS inquiries_before,
            c.inquiries / nullif(sum(c.inquiries) OVER (), 0) AS share,
            c.negative / nullif(c.inquiries, 0) AS negative_share
        FROM insight.topics AS t
        LEFT JOIN insight.topics AS p ON p.topic_id = t.parent_topic_id
        LEFT JOIN counted AS c ON c.topic_id = t.topic_id
        WHERE NOT starts_with(t.topic_id, 'g_') AND (t.status IN ('active', 'new') OR coalesce(c.inquiries, 0) > 0)
        ORDER BY inquiries DESC, t.topic_id
        """,
        f,
    )


def coverage(f: Filters) -> Question:
    """How many inquiries of the period have a topic."""
    return ask(
        """
        SELECT
            coalesce(sum(inquiry_count), 0)::BIGINT AS inquiries,
            coalesce(sum(inquiry_count) FILTER (WHERE topic_id IS NOT NULL), 0)::BIGINT AS with_topic
        FROM mart.topic_daily
        WHERE day BETWEEN $start AND $end
        """,
        f,
    )


def one(topic_id: str) -> Question:
    """The topic's row of the registry."""
    return ask("SELECT * FROM insight.topics WHERE topic_id = $topic_id", topic_id=topic_id)


def days(f: Filters, topic_id: str) -> Question:
    """One row a day of the charts: inquiries, negative ones, share of all."""
    return ask(
        f"""
        SELECT
            day,
            coalesce(sum(inquiry_count) FILTER (WHERE topic_id = $topic_id), 0)::BIGINT AS inquiries,
            coalesce(sum(negative_count) FILTER (WHERE topic_id = $topic_id), 0)::BIGINT AS negative,
            coalesce(sum(inquiry_count) FILTER (WHERE topic_id = $topic_id), 0) / sum(inquiry_count) AS share
        FROM mart.topic_daily
        WHERE {in_trend()}
        GROUP BY day
        ORDER BY day
        """,
        f,
        topic_id=topic_id,
    )


def places(f: Filters, topic_id: str) -> Question:
    """Steps and causes under which it is told, as obstacles."""
    return ask(
        """
        SELECT obstacle_id, product, step, cause, sum(inquiry_count)::BIGINT AS inquiries
        FROM mart.obstacle_daily
        WHERE topic_id = $topic_id AND day BETWEEN $start AND $end
        GROUP BY ALL
        ORDER BY inquiries DESC, obstacle_id
        LIMIT 10
        """,
        f,
        topic_id=topic_id,
    )


def words(f: Filters, topic_id: str, limit: int = 20) -> Question:
    """Customers' words on the topic, newest first."""
    return ask(
        """
        SELECT inquiry_id, day, product, step, cause, emotion, sentiment, problem
        FROM mart.verbatims
        WHERE day BETWEEN $from_day AND $end AND topic_id = $topic_id
        QUALIFY row_number() OVER (PARTITION BY problem ORDER BY day DESC, inquiry_id) = 1
        ORDER BY day DESC, inquiry_id
        LIMIT $limit
        """,
        f,
        from_day=evidence_start(f),
        topic_id=topic_id,
        limit=limit,
    )


def lineage(topic_id: str | None = None) -> Question:
    """What happened to topics, newest first."""
    where = "WHERE from_topic_id = $topic_id OR to_topic_id = $topic_id" if topic_id else ""
    return ask(
        f"""
        SELECT l."at", l.event, l.from_topic_id, a.label AS from_label, l.to_topic_id, b.label AS to_label, l."by"
        FROM insight.topic_lineage AS l
        LEFT JOIN insight.topics AS a ON a.topic_id = l.from_topic_id
        LEFT JOIN insight.topics AS b ON b.topic_id = l.to_topic_id
        {where}
        ORDER BY l."at" DESC
        LIMIT 50
        """,
        topic_id=topic_id,
    )
