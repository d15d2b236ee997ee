"""Obstacles: the ranked list, and one of them from all sides."""

from __future__ import annotations

from datetime import date, timedelta

from dashboards.filters import Filters
from dashboards.questions.base import Question, ask, chosen, denominator_rows, in_periods, in_trend

EMOTIONS = ("calm", "anxious", "worried", "disappointed", "annoyed", "angry", "disgusted", "pleased")
MOST = 100  # obstacles in the list
_EVIDENCE_DAYS = 28  # row-level reading goes no further back than this from the end of the period
# By rate means by the lower end of its interval: three inquiries on forty transactions do not lead the list.
ORDERS = {
    "impact": "impact DESC",
    "rate": "low DESC NULLS LAST",
    "growth": "(rate - rate_before) DESC NULLS LAST",
    "newest": "first_day DESC",
}


def ranked(
    f: Filters,
    *,
    cause: str | None = None,
    lever: str | None = None,
    status: str | None = None,
    order: str = "impact",
    since: bool = False,
) -> Question:
    """One row an obstacle of the period, with the daily inquiries of the charts' days as a list.

    Impact is inquiries a week × (1 + negative share + effort). `since`: with the day from which its rate has been
    another, where the file has it.
    """
    more = "".join(
        f" AND {name} = ${key}"
        for name, key, value in (
            ("c.cause", "cause", cause),
            ("o.lever", "lever", lever),
            ("o.status", "status", status),
        )
        if value
    )
    scatter = _own_scatter(f, "o.dispersion")
    return ask(
        f"""
        WITH counted AS (
            SELECT
                obstacle_id,
                any_value(product) AS product, any_value(step) AS step,
                any_value(topic_id) AS topic_id, any_value(cause) AS cause,
                coalesce(sum(inquiry_count) FILTER (WHERE day >= $start), 0)::BIGINT AS inquiries,
                coalesce(sum(inquiry_count) FILTER (WHERE day < $start), 0)::BIGINT AS inquiries_before,
                coalesce(sum(negative_count) FILTER (WHERE day >= $start), 0)::BIGINT AS negative,
                coalesce(sum(impact) FILTER (WHERE day >= $start), 0) * 7 / $days AS impact
            FROM mart.obstacle_daily
            WHERE {in_periods(f)}{chosen(f, "product", "step")}
            GROUP BY obstacle_id
        ),
        base AS (
            SELECT
                product, step,
                sum(transaction_count) FILTER (WHERE day >= $start)::BIGINT AS transactions,
                sum(transaction_count) FILTER (WHERE day < $start)::BIGINT AS transactions_before
            FROM ({denominator_rows(f, in_periods(f), steps="true")})
            GROUP BY product, step
        ),
        top AS (
            SELECT
                c.obstacle_id, c.product, c.step, c.topic_id, c.cause, o.lever, coalesce(o.status, 'open') AS status,
                c.impact, c.inquiries, b.transactions,
                rate_per_10k(c.inquiries, b.transactions) AS rate,
                rate_low(c.inquiries, b.transactions{scatter}) AS low,
                rate_high(c.inquiries, b.transactions{scatter}) AS high,
                c.inquiries_before,
                rate_per_10k(c.inquiries_before, b.transactions_before) AS rate_before,
                c.negative / nullif(c.inquiries, 0) AS negative_share,
                o.first_day, o.last_day{", o.since_day, o.since_ratio" if since else ""}
            FROM counted AS c
            LEFT JOIN base AS b ON b.product = c.product AND b.step IS NOT DISTINCT FROM c.step
            LEFT JOIN mart.obstacles AS o USING (obstacle_id)
            WHERE c.inquiries > 0{more}
            ORDER BY {ORDERS.get(order, ORDERS["impact"])}, obstacle_id
            LIMIT {MOST}
        ),
        days AS (SELECT unnest(generate_series($trend_start, $end, INTERVAL 1 DAY))::DATE AS day),
        trends AS (
            SELECT t.obstacle_id, list(coalesce(d.inquiry_count, 0)::INTEGER ORDER BY days.day) AS trend
            FROM top AS t
            CROSS JOIN days
            LEFT JOIN mart.obstacle_daily AS d ON d.obstacle_id = t.obstacle_id AND d.day = days.day
            GROUP BY t.obstacle_id
        )
        SELECT top.*, trends.trend
        FROM top
        LEFT JOIN trends USING (obstacle_id)
        ORDER BY {ORDERS.get(order, ORDERS["impact"])}, obstacle_id
        """,
        f,
        cause=cause,
        lever=lever,
        status=status,
    )


def _own_scatter(f: Filters, value: str) -> str:
    """The argument that widens an interval by the obstacle's own scatter, where the file has it."""
    return f", dispersion := coalesce({value}, 1)" if f.scatters else ""


def one(obstacle_id: str) -> Question:
    """The obstacle's row of mart.obstacles."""
    return ask("SELECT * FROM mart.obstacles WHERE obstacle_id = $obstacle_id", obstacle_id=obstacle_id)


def decided(obstacle_id: str) -> Question:
    """What people decided about it, newest first, as published."""
    return ask(
        'SELECT "at", "by", value FROM ops.decisions WHERE kind = \'status\' AND target = $obstacle_id ORDER BY "at" DESC',
        obstacle_id=obstacle_id,
    )


def days(f: Filters, obstacle_id: str, product: str, step: str | None) -> Question:
    """One row a day of the charts: inquiries, transactions of the step, rate with interval, negative share."""
    scatter = _own_scatter(f, "(SELECT dispersion FROM mart.obstacles WHERE obstacle_id = $obstacle_id)")
    return ask(
        f"""
        WITH base AS (
            SELECT day, sum(transaction_count)::BIGINT AS transactions
            FROM denominators()
            WHERE {in_trend()} AND product = $own_product AND step IS NOT DISTINCT FROM $own_step
            GROUP BY day
        ),
        calendar AS (SELECT unnest(generate_series($trend_start, $end, INTERVAL 1 DAY))::DATE AS day)
        SELECT
            day, coalesce(d.inquiry_count, 0)::BIGINT AS inquiries, transactions,
            rate_per_10k(coalesce(d.inquiry_count, 0), transactions) AS rate,
            rate_low(coalesce(d.inquiry_count, 0), transactions{scatter}) AS low,
            rate_high(coalesce(d.inquiry_count, 0), transactions{scatter}) AS high,
            d.negative_share
        FROM calendar
        LEFT JOIN base USING (day)
        LEFT JOIN (SELECT * FROM mart.obstacle_daily WHERE obstacle_id = $obstacle_id) AS d USING (day)
        ORDER BY day
        """,
        f,
        obstacle_id=obstacle_id,
        own_product=product,
        own_step=step,
    )


def totals(f: Filters, obstacle_id: str, product: str, step: str | None) -> Question:
    """One row a period (`now`, `before`): counts, rate with interval, negative share, effort."""
    scatter = _own_scatter(f, "(SELECT dispersion FROM mart.obstacles WHERE obstacle_id = $obstacle_id)")
    return ask(
        f"""
        WITH counted AS (
            SELECT
                CASE WHEN day >= $start THEN 'now' ELSE 'before' END AS period,
                sum(inquiry_count)::BIGINT AS inquiries, sum(negative_count)::BIGINT AS negative,
                sum(effort * inquiry_count) AS effort, sum(impact) * 7 / $days AS impact
            FROM mart.obstacle_daily
            WHERE obstacle_id = $obstacle_id AND {in_periods(f)}
            GROUP BY period
        ),
        base AS (
            SELECT
                CASE WHEN day >= $start THEN 'now' ELSE 'before' END AS period,
                sum(transaction_count)::BIGINT AS transactions
            FROM denominators()
            WHERE product = $own_product AND step IS NOT DISTINCT FROM $own_step AND {in_periods(f)}
            GROUP BY period
        )
        SELECT
            period, coalesce(inquiries, 0)::BIGINT AS inquiries, transactions,
            rate_per_10k(coalesce(inquiries, 0), transactions) AS rate,
            rate_low(coalesce(inquiries, 0), transactions{scatter}) AS low,
            rate_high(coalesce(inquiries, 0), transactions{scatter}) AS high,
            negative / nullif(inquiries, 0) AS negative_share,
            effort / nullif(inquiries, 0) AS effort, impact
        FROM counted
        FULL JOIN base USING (period)
        ORDER BY period DESC
        """,
        f,
        obstacle_id=obstacle_id,
        own_product=product,
        own_step=step,
    )


def segments(f: Filters, obstacle_id: str) -> Question:
    """Who hits it: segment values by lift, over the published days of the charts; small cells are suppressed there."""
    return ask(
        f"""
        SELECT
            segment, value, sum(inquiry_count)::BIGINT AS inquiries,
            sum(lift * inquiry_count) / sum(inquiry_count) AS lift
        FROM mart.obstacle_segment_daily
        WHERE obstacle_id = $obstacle_id AND {in_trend()}
        GROUP BY segment, value
        ORDER BY lift DESC
        LIMIT 12
        """,
        f,
        obstacle_id=obstacle_id,
    )


def segments_28d(obstacle_id: str) -> Question:
    """Who hits it, as mart.obstacle_segments has it for the last 28 days: lift with its interval."""
    return ask(
        """
        SELECT segment, value, inquiry_count AS inquiries, lift, lift_low, lift_high
        FROM mart.obstacle_segments
        WHERE obstacle_id = $obstacle_id
        ORDER BY lift_low DESC NULLS LAST, segment, value
        LIMIT 12
        """,
        obstacle_id=obstacle_id,
    )


def evidence_start(f: Filters) -> date:
    """First day of row-level reading."""
    return max(f.start, f.end - timedelta(days=_EVIDENCE_DAYS - 1))


_OF_OBSTACLE = """j.product = $own_product AND j.step IS NOT DISTINCT FROM $own_step
                AND j.cause IS NOT DISTINCT FROM $cause AND t.topic_id IS NOT DISTINCT FROM $topic_id"""


def spread(
    f: Filters, column: str, product: str, step: str | None, topic_id: str | None, cause: str | None
) -> Question:
    """Its inquiries by channel, app version or emotion, beside all inquiries of the step.

    Args:
        f: the period; its last 28 days are read.
        column: `channel`, `app_version` or `emotion`.
        product, step, topic_id, cause: what the obstacle is.
    """
    value = {"channel": "i.channel", "app_version": "i.app_version", "emotion": "s.emotion"}[column]
    return ask(
        f"""
        SELECT
            {value} AS value,
            count(*) FILTER (
                WHERE {_OF_OBSTACLE}
            ) AS inquiries,
            count(*) AS step_inquiries
        FROM insight.inquiry_journey AS j
        JOIN core.inquiries AS i ON i.inquiry_id = j.inquiry_id AND i.day = j.day
        LEFT JOIN insight.inquiry_topics AS t ON t.inquiry_id = j.inquiry_id AND t.day = j.day
        LEFT JOIN insight.inquiry_sentiment AS s ON s.inquiry_id = j.inquiry_id AND s.day = j.day
        WHERE j.day BETWEEN $from_day AND $end AND i.is_inquiry
            AND j.product = $own_product AND j.step IS NOT DISTINCT FROM $own_step AND {value} IS NOT NULL
        GROUP BY value
        HAVING inquiries > 0
        ORDER BY inquiries DESC, value
        LIMIT 12
        """,
        f,
        from_day=evidence_start(f),
        own_product=product,
        own_step=step,
        topic_id=topic_id,
        cause=cause,
    )


def words(
    f: Filters,
    product: str,
    step: str | None,
    topic_id: str | None,
    cause: str | None,
    *,
    limit: int = 20,
) -> Question:
    """Customers' words about it, the most negative of the newest days first: one a customer's wording."""
    return ask(
        """
        SELECT inquiry_id, day, emotion, sentiment, problem
        FROM mart.verbatims
        WHERE day BETWEEN $from_day AND $end
            AND product = $own_product AND step IS NOT DISTINCT FROM $own_step
            AND cause IS NOT DISTINCT FROM $cause AND topic_id IS NOT DISTINCT FROM $topic_id
        QUALIFY row_number() OVER (PARTITION BY problem ORDER BY day DESC, inquiry_id) = 1
        ORDER BY (day > $end - 7) DESC, sentiment, day DESC, inquiry_id
        LIMIT $limit
        """,
        f,
        from_day=evidence_start(f),
        own_product=product,
        own_step=step,
        topic_id=topic_id,
        cause=cause,
        limit=limit,
    )
