"""The steps of products: rate, trend, feelings, and since when."""

from __future__ import annotations

from dashboards.filters import Filters
from dashboards.questions.base import (
    Question,
    ask,
    chosen,
    denominator_rows,
    in_periods,
    in_trend,
    scatter_rows,
)


def steps(f: Filters) -> Question:
    """One row a step, in the order of the journey: rates now and before, feelings, the main obstacle."""
    return ask(
        f"""
        WITH counted AS (
            SELECT
                product, step,
                coalesce(sum(inquiry_count) FILTER (WHERE day >= $start), 0)::BIGINT AS inquiries,
                coalesce(sum(inquiry_count) FILTER (WHERE day < $start), 0)::BIGINT AS inquiries_before,
                coalesce(sum(negative_count) FILTER (WHERE day >= $start), 0)::BIGINT AS negative,
                coalesce(sum(negative_count) FILTER (WHERE day < $start), 0)::BIGINT AS negative_before,
                coalesce(sum(repeat_count) FILTER (WHERE day >= $start), 0)::BIGINT AS repeats
            FROM mart.inquiry_rate_daily
            WHERE {in_periods(f)} AND step IS NOT NULL{chosen(f)}
            GROUP BY product, step
        ),
        base AS (
            SELECT
                product, step,
                sum(transaction_count) FILTER (WHERE day >= $start)::BIGINT AS transactions,
                sum(transaction_count) FILTER (WHERE day < $start)::BIGINT AS transactions_before
            FROM ({denominator_rows(f, in_periods(f), steps="step IS NOT NULL")})
            GROUP BY product, step
        ),
        worst AS (
            SELECT
                product, step, obstacle_id, any_value(topic_id) AS topic_id, any_value(cause) AS cause,
                sum(inquiry_count)::BIGINT AS obstacle_inquiries
            FROM mart.obstacle_daily
            WHERE day BETWEEN $start AND $end AND step IS NOT NULL AND (cause <> 'other' OR topic_id IS NOT NULL)
            GROUP BY product, step, obstacle_id
            QUALIFY row_number() OVER (PARTITION BY product, step ORDER BY sum(impact) DESC, obstacle_id) = 1
        ),
        scatter AS (
            SELECT product, step, avg(dispersion) AS d
            FROM ({scatter_rows(f, in_periods(f))})
            WHERE step IS NOT NULL
            GROUP BY product, step
        ),
        names AS (
            SELECT product, step, step_no
            FROM core.steps
            WHERE (valid_from IS NULL OR valid_from <= $end) AND (valid_to IS NULL OR valid_to >= $end)
        )
        SELECT
            c.product, c.step, n.step_no, c.inquiries, b.transactions,
            rate_per_10k(c.inquiries, b.transactions) AS rate,
            rate_low(c.inquiries, b.transactions, dispersion := coalesce(d, 1)) AS low,
            rate_high(c.inquiries, b.transactions, dispersion := coalesce(d, 1)) AS high,
            coalesce(d, 1) AS dispersion,
            c.inquiries_before, b.transactions_before,
            rate_per_10k(c.inquiries_before, b.transactions_before) AS rate_before,
            c.negative, c.negative / nullif(c.inquiries, 0) AS negative_share,
            c.negative_before / nullif(c.inquiries_before, 0) AS negative_share_before,
            c.repeats / nullif(c.inquiries, 0) AS repeat_share,
            w.obstacle_id, w.topic_id, w.cause, w.obstacle_inquiries
        FROM counted AS c
        LEFT JOIN base AS b USING (product, step)
        LEFT JOIN worst AS w USING (product, step)
        LEFT JOIN scatter USING (product, step)
        LEFT JOIN names AS n USING (product, step)
        ORDER BY c.product, n.step_no NULLS LAST, c.step
        """,
        f,
    )


def step_days(f: Filters) -> Question:
    """One row a step and day of the charts: inquiries, transactions, rate."""
    return ask(
        f"""
        WITH counted AS (
            SELECT day, product, step, sum(inquiry_count)::BIGINT AS inquiries
            FROM mart.inquiry_rate_daily
            WHERE {in_trend()} AND step IS NOT NULL{chosen(f)}
            GROUP BY day, product, step
        ),
        base AS (
            SELECT day, product, step, sum(transaction_count)::BIGINT AS transactions
            FROM ({denominator_rows(f, in_trend(), steps="step IS NOT NULL")})
            GROUP BY day, product, step
        )
        SELECT day, product, step, inquiries, transactions, rate_per_10k(inquiries, transactions) AS rate
        FROM counted
        LEFT JOIN base USING (day, product, step)
        ORDER BY product, step, day
        """,
        f,
    )


def outbreaks(f: Filters) -> Question:
    """Since when: for each step the days that stand out most in the charts' days, where there are any.

    The temporal scan statistic (Kulldorff 2001, J. R. Stat. Soc. A 164:61): of all spans of at least two days
    and at most half of the chart, the one whose inquiries are the least likely at the rate of the other days, by the
    Poisson likelihood ratio. Kept where the log ratio is over 12 and the rate inside is half as high again: with
    the usual overdispersion of 2 and some 700 spans that is about one false find in a hundred steps.
    """
    return ask(
        f"""
        WITH counted AS (
            SELECT day, product, step, sum(inquiry_count) AS n
            FROM mart.inquiry_rate_daily
            WHERE day BETWEEN $scan_start AND $end AND step IS NOT NULL{chosen(f)}
            GROUP BY day, product, step
        ),
        base AS (
            SELECT day, product, step, sum(transaction_count) AS t
            FROM ({denominator_rows(f, "day BETWEEN $scan_start AND $end", steps="step IS NOT NULL")})
            GROUP BY day, product, step
        ),
        summed AS (
            SELECT
                day, product, step, n, t,
                sum(n) OVER upto AS n_upto, sum(t) OVER upto AS t_upto,
                sum(n) OVER (PARTITION BY product, step) AS n_all, sum(t) OVER (PARTITION BY product, step) AS t_all,
                count(*) OVER (PARTITION BY product, step) AS days,
                row_number() OVER upto AS place
            FROM counted
            JOIN base USING (day, product, step)
            WHERE t > 0
            WINDOW upto AS (PARTITION BY product, step ORDER BY day)
        ),
        spans AS (
            SELECT
                a.product, a.step, a.day AS since, b.day AS until,
                (b.n_upto - a.n_upto + a.n)::DOUBLE AS n_in, (b.t_upto - a.t_upto + a.t)::DOUBLE AS t_in,
                a.n_all::DOUBLE AS n_all, a.t_all::DOUBLE AS t_all
            FROM summed AS a
            JOIN summed AS b
                ON b.product = a.product AND b.step = a.step AND b.place > a.place AND b.place - a.place < a.days // 2
        ),
        scored AS (
            SELECT
                *,
                n_all - n_in AS n_out, t_all - t_in AS t_out,
                n_in * ln(n_in / (n_all * t_in / t_all))
                    + CASE WHEN n_all > n_in THEN (n_all - n_in) * ln((n_all - n_in) / (n_all * (1 - t_in / t_all))) ELSE 0 END AS score
            FROM spans
            WHERE n_in > 0 AND t_in < t_all AND n_in / t_in > 1.5 * (n_all - n_in) / (t_all - t_in)
        )
        SELECT
            product, step, since, until, score, until = $end AS lasts,
            rate_per_10k(n_in, t_in) AS rate_inside, rate_per_10k(n_out, t_out) AS rate_outside,
            n_in::BIGINT AS inquiries_inside
        FROM scored
        WHERE score > 12
        QUALIFY row_number() OVER (PARTITION BY product, step ORDER BY score DESC) = 1
        ORDER BY score DESC
        """,
        f,
        scan_start=scan_start(f),
    )


def scan_start(f: Filters) -> object:
    """First day of the scan: eight weeks at most, or spans would grow with the square of the days."""
    from datetime import timedelta

    return max(f.trend_start, f.end - timedelta(days=55))


def emotions(f: Filters) -> Question:
    """One row a step: how many inquiries of the period carry each emotion."""
    names = ("calm", "anxious", "worried", "disappointed", "annoyed", "angry", "disgusted", "pleased")
    sums = ",\n            ".join(f"sum({name}_count)::BIGINT AS {name}" for name in names)
    return ask(
        f"""
        SELECT
            product, step, sum(inquiry_count)::BIGINT AS inquiries,
            {sums}
        FROM mart.sentiment_daily
        WHERE day BETWEEN $start AND $end AND step IS NOT NULL{chosen(f, "product", "step", "channel")}
        GROUP BY product, step
        ORDER BY product, step
        """,
        f,
    )
