"""Questions that only the report asks; all others are the dashboards'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.filters import Filters
from dashboards.questions.base import Question, ask
from dashboards.questions.obstacles import evidence_start


def owners(obstacle_ids: list[str]) -> Question:
    """Owner and note of obstacles."""
    return ask(
        "SELECT obstacle_id, owner, note FROM mart.obstacles WHERE list_contains($obstacle_ids, obstacle_id) ORDER BY obstacle_id",
        obstacle_ids=obstacle_ids,
    )


def words(f: Filters, top: Sequence[Mapping[str, Any]], limit: int = 40) -> Question:
    """Customers' words about several obstacles, in the order that `obstacles.words` has for one: the most negative
    of the last week first. The same wording may come more than once.

    All at once, for each reading of the inquiries opens a file a day of the whole warehouse; and by a heap of `limit`
    rows an obstacle, so that memory does not grow with the inquiries.
    """
    return ask(
        """
        WITH wanted AS (
            SELECT
                unnest($obstacle_ids::VARCHAR[]) AS obstacle_id, unnest($products::VARCHAR[]) AS product,
                unnest($steps::VARCHAR[]) AS step, unnest($topic_ids::VARCHAR[]) AS topic_id,
                unnest($causes::VARCHAR[]) AS cause
        ),
        said AS (
            SELECT
                w.obstacle_id,
                unnest(arg_min(
                    {'inquiry_id': v.inquiry_id, 'day': v.day, 'emotion': v.emotion, 'sentiment': v.sentiment, 'problem': v.problem},
                    {'old': v.day <= $end - 7, 'sentiment': coalesce(v.sentiment, 0), 'age': $end - v.day, 'id': v.inquiry_id},
                    $limit
                ), recursive := true)
            FROM mart.verbatims AS v
            JOIN wanted AS w
                ON w.product = v.product AND w.step IS NOT DISTINCT FROM v.step
                AND w.cause IS NOT DISTINCT FROM v.cause AND w.topic_id IS NOT DISTINCT FROM v.topic_id
            WHERE v.day BETWEEN $from_day AND $end AND v.problem IS NOT NULL
            GROUP BY w.obstacle_id
        )
        SELECT list_position($obstacle_ids::VARCHAR[], obstacle_id) AS obstacle, *
        FROM said
        ORDER BY obstacle, day <= $end - 7, coalesce(sentiment, 0), day DESC, inquiry_id
        """,
        f,
        from_day=evidence_start(f),
        limit=limit,
        **{
            f"{name}s": [row[name] for row in top]
            for name in ("obstacle_id", "product", "step", "topic_id", "cause")
        },
    )


def ongoing(f: Filters) -> Question:
    """Alerts told before the period whose episode had not ended on its last day, with what was said then."""
    return ask(
        """
        SELECT e.episode_id, e.kind, e.product, e.step, e.topic_id, e.start_day, e.last_day, a.explanation, a.explanation_zh,
            a.explanation_en, a.observed, a.expected, a.expected_high
        FROM mart.alert_episodes AS e
        JOIN (
            SELECT DISTINCT ON (episode_id) * FROM mart.alerts WHERE day < $start
            ORDER BY episode_id, day DESC, score DESC, alert_id
        ) AS a USING (episode_id)
        WHERE e.day = $end AND e.told_day < $start AND e.end_day IS NULL AND e.part_of IS NULL
        ORDER BY (e.last_day >= $start) DESC, e.last_day DESC, abs(e.excess_count) DESC, e.episode_id
        LIMIT 5
        """,
        f,
    )


def topic_examples(topic_ids: list[str]) -> Question:
    """Examples of topics."""
    return ask(
        "SELECT topic_id, examples FROM insight.topics WHERE list_contains($topic_ids, topic_id) ORDER BY topic_id",
        topic_ids=topic_ids,
    )


def topics_known() -> Question:
    """How many topics there are."""
    return ask("SELECT count(*) AS topics FROM insight.topics WHERE NOT starts_with(topic_id, 'g_')")


def steps_known() -> Question:
    """How many steps journeys.yaml names."""
    return ask("SELECT count(*) AS steps FROM core.steps")


def decisions(f: Filters, timezone: str) -> Question:
    """What people decided on obstacles in the period, newest first: the last word on each."""
    return ask(
        """
        WITH decided AS (
            SELECT DISTINCT ON (target) "at", ("at" AT TIME ZONE $timezone)::DATE AS day, "by" AS who, target, value
            FROM ops.decisions
            WHERE kind = 'status' AND ("at" AT TIME ZONE $timezone)::DATE BETWEEN $start AND $end + 1
            ORDER BY target, "at" DESC
        )
        SELECT d.day, d.who, d.target AS obstacle_id, d.value, o.product, o.step, o.topic_id, o.cause
        FROM decided AS d
        JOIN mart.obstacles AS o ON o.obstacle_id = d.target
        ORDER BY d."at" DESC, d.target
        LIMIT 8
        """,
        f,
        timezone=timezone,
    )


def held_days(f: Filters) -> Question:
    """Days at or after the period whose last run was held back by a check."""
    return ask(
        """
        WITH latest AS (
            SELECT DISTINCT ON (day) day, status, message
            FROM ops.runs
            WHERE day >= $start AND step <> 'publish'
            ORDER BY day, started_at DESC NULLS LAST, run_id DESC, (status = 'held') DESC
        )
        SELECT day, message FROM latest WHERE status = 'held' ORDER BY day LIMIT 10
        """,
        f,
    )


def failed_checks(f: Filters) -> Question:
    """Checks of the period that ought to hold a day back and did not pass."""
    return ask(
        """
        SELECT DISTINCT day, table_name, check_name, observed, expected
        FROM ops.check_results
        WHERE day BETWEEN $start AND $end AND NOT success AND severity = 'fail'
        ORDER BY day, table_name, check_name
        LIMIT 20
        """,
        f,
    )


def refused_files(timezone: str, f: Filters) -> Question:
    """Files that were refused since the first day of the period."""
    return ask(
        """
        SELECT file, reason
        FROM ops.files
        WHERE status = 'refused' AND (landed_at AT TIME ZONE $timezone)::DATE >= $start
        ORDER BY landed_at DESC, file
        LIMIT 20
        """,
        f,
        timezone=timezone,
    )
