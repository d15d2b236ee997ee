"""The whole selection: its rate, its days with control limits, and why it moved."""

from __future__ import annotations

from dashboards.filters import Filters
from dashboards.questions.base import (
    Question,
    ask,
    chosen,
    denominator_rows,
    in_periods,
    in_trend,
    own_scatter,
    own_step,
    scatter_rows,
)


def totals(f: Filters) -> Question:
    """One row a period (`now`, `before`): counts, rate with interval, negative share, repeat share."""
    return ask(
        f"""
        WITH counted AS (
            SELECT
                CASE WHEN day >= $start THEN 'now' ELSE 'before' END AS period,
                sum(inquiry_count)::BIGINT AS inquiries,
                sum(negative_count)::BIGINT AS negative,
                sum(repeat_count)::BIGINT AS repeats,
                coalesce(sum(inquiry_count) FILTER (WHERE step IS NULL), 0)::BIGINT AS unmapped,
                bool_or(is_partial) AS is_partial
            FROM mart.inquiry_rate_daily
            WHERE {in_periods(f)}{chosen(f)}
            GROUP BY period
        ),
        base AS (
            SELECT
                CASE WHEN day >= $start THEN 'now' ELSE 'before' END AS period,
                sum(transaction_count)::BIGINT AS transactions
            FROM ({denominator_rows(f, in_periods(f), steps=own_step(f))})
            GROUP BY period
        ),
        scatter AS (
            SELECT CASE WHEN day >= $start THEN 'now' ELSE 'before' END AS period, avg(dispersion) AS d
            FROM ({scatter_rows(f, in_periods(f))})
            WHERE {own_scatter(f)}
            GROUP BY period
        )
        SELECT
            period, inquiries, transactions,
            rate_per_10k(inquiries, transactions) AS rate,
            rate_low(inquiries, transactions, dispersion := coalesce(d, 1)) AS low,
            rate_high(inquiries, transactions, dispersion := coalesce(d, 1)) AS high,
            coalesce(d, 1) AS dispersion,
            negative, negative / nullif(inquiries, 0) AS negative_share,
            repeats, repeats / nullif(inquiries, 0) AS repeat_share,
            unmapped, is_partial
        FROM counted
        LEFT JOIN base USING (period)
        LEFT JOIN scatter USING (period)
        ORDER BY period DESC
        """,
        f,
    )


def daily(f: Filters) -> Question:
    """One row a day of the chart: counts, rate with interval, and the control limits of the rate.

    The limits are those of Laney's u′ chart (Laney 2002, Quality Engineering 14:531): the mean rate ± 3 standard
    errors of a Poisson rate, times the spread of the standardised rates. That spread is estimated from the median
    moving range (÷ 0.954), so that an outbreak does not widen the limits which should show it.
    """
    return ask(
        f"""
        WITH counted AS (
            SELECT
                day,
                sum(inquiry_count)::BIGINT AS inquiries,
                sum(negative_count)::BIGINT AS negative,
                bool_or(is_partial) AS is_partial
            FROM mart.inquiry_rate_daily
            WHERE {in_trend()}{chosen(f)}
            GROUP BY day
        ),
        base AS (
            SELECT day, sum(transaction_count)::BIGINT AS transactions
            FROM ({denominator_rows(f, in_trend(), steps=own_step(f))})
            GROUP BY day
        ),
        scatter AS (
            SELECT day, avg(dispersion) AS d FROM ({scatter_rows(f, in_trend())}) WHERE {own_scatter(f)} GROUP BY day
        ),
        rated AS (
            SELECT
                day, inquiries, transactions, negative, is_partial,
                rate_per_10k(inquiries, transactions) AS rate,
                rate_low(inquiries, transactions, dispersion := coalesce(d, 1)) AS low,
                rate_high(inquiries, transactions, dispersion := coalesce(d, 1)) AS high,
                negative / nullif(inquiries, 0) AS negative_share
            FROM counted
            LEFT JOIN base USING (day)
            LEFT JOIN scatter USING (day)
        ),
        centre AS (
            SELECT sum(inquiries) / nullif(sum(transactions), 0) AS u, count(*) AS days
            FROM rated
            WHERE transactions > 0 AND NOT is_partial
        ),
        moving AS (
            SELECT abs(z - lag(z) OVER (ORDER BY day)) AS range
            FROM (
                SELECT day, (inquiries / transactions - u) / sqrt(u / transactions) AS z
                FROM rated, centre
                WHERE transactions > 0 AND NOT is_partial AND u > 0
            )
        ),
        spread AS (SELECT greatest(median(range) / 0.954, 1) AS sigma FROM moving)
        SELECT
            rated.*,
            CASE WHEN days >= 10 THEN u * 10000 END AS centre,
            CASE WHEN days >= 10 AND transactions > 0
                THEN greatest(0, u - 3 * sigma * sqrt(u / transactions)) * 10000 END AS control_low,
            CASE WHEN days >= 10 AND transactions > 0
                THEN (u + 3 * sigma * sqrt(u / transactions)) * 10000 END AS control_high
        FROM rated, centre, spread
        ORDER BY day
        """,
        f,
    )


def why(f: Filters) -> Question:
    """Why the rate moved: one row a step (a cause or topic when one step is chosen).

    Step k adds r_k · w_k to the rate: r_k = its inquiries ÷ its transactions, w_k = its transactions ÷ those of the
    selection. Δ(r_k · w_k) = mean(w_k) · Δr_k + mean(r_k) · Δw_k (Kitagawa 1955), as in mart.rate_changes; what has no
    transactions of its own counts on the selection's (w = 1). Contributions add up to the change exactly.
    """
    if f.step is not None:
        return _why_in_step(f)
    return ask(
        f"""
        WITH counted AS (
            SELECT
                product, step,
                coalesce(sum(inquiry_count) FILTER (WHERE day >= $start), 0)::DOUBLE AS n_now,
                coalesce(sum(inquiry_count) FILTER (WHERE day < $start), 0)::DOUBLE AS n_before
            FROM mart.inquiry_rate_daily
            WHERE {in_periods(f)}{chosen(f)}
            GROUP BY product, step
        ),
        base AS (
            SELECT
                product, step,
                sum(transaction_count) FILTER (WHERE day >= $start)::DOUBLE AS t_now,
                sum(transaction_count) FILTER (WHERE day < $start)::DOUBLE AS t_before
            FROM ({denominator_rows(f, in_periods(f), steps="true")})
            GROUP BY product, step
        ),
        whole AS (SELECT sum(t_now) AS t_now, sum(t_before) AS t_before FROM base WHERE step IS NULL),
        rated AS (
            SELECT
                c.product, c.step, c.n_now, c.n_before,
                c.n_before / coalesce(own.t_before, whole.t_before) AS r_before,
                c.n_now / coalesce(own.t_now, whole.t_now) AS r_now,
                coalesce(own.t_before / whole.t_before, 1) AS w_before,
                coalesce(own.t_now / whole.t_now, 1) AS w_now
            FROM counted AS c
            CROSS JOIN whole
            LEFT JOIN base AS own
                ON own.product = c.product AND own.step = c.step AND own.t_now > 0 AND own.t_before > 0
            WHERE whole.t_now > 0 AND whole.t_before > 0
        )
        SELECT
            product, step, n_before::BIGINT AS inquiries_before, n_now::BIGINT AS inquiries,
            r_before * 10000 AS rate_before, r_now * 10000 AS rate,
            (w_before + w_now) / 2 * (r_now - r_before) * 10000 AS rate_effect,
            (r_before + r_now) / 2 * (w_now - w_before) * 10000 AS mix_effect,
            (r_now * w_now - r_before * w_before) * 10000 AS contribution,
            r_before * w_before * 10000 AS part_before,
            r_now * w_now * 10000 AS part_now
        FROM rated
        ORDER BY abs(contribution) DESC, product, step
        """,
        f,
    )


def _why_in_step(f: Filters) -> Question:
    return ask(
        f"""
        WITH base AS (
            SELECT
                sum(transaction_count) FILTER (WHERE day >= $start)::DOUBLE AS t_now,
                sum(transaction_count) FILTER (WHERE day < $start)::DOUBLE AS t_before
            FROM ({denominator_rows(f, in_periods(f), steps=own_step(f))})
        ),
        counted AS (
            SELECT
                o.product, o.step, o.topic_id, o.cause,
                coalesce(sum(inquiry_count) FILTER (WHERE day >= $start), 0)::DOUBLE AS n_now,
                coalesce(sum(inquiry_count) FILTER (WHERE day < $start), 0)::DOUBLE AS n_before
            FROM mart.obstacle_daily AS o
            WHERE {in_periods(f)}{chosen(f, "product", "step")}
            GROUP BY ALL
        )
        SELECT
            product, step, topic_id, cause, n_before::BIGINT AS inquiries_before, n_now::BIGINT AS inquiries,
            n_before / t_before * 10000 AS rate_before, n_now / t_now * 10000 AS rate,
            (n_now / t_now - n_before / t_before) * 10000 AS rate_effect,
            0.0 AS mix_effect,
            (n_now / t_now - n_before / t_before) * 10000 AS contribution,
            n_before / t_before * 10000 AS part_before,
            n_now / t_now * 10000 AS part_now
        FROM counted, base
        WHERE t_now > 0 AND t_before > 0
        ORDER BY abs(contribution) DESC, topic_id, cause
        """,
        f,
    )


def alerts(f: Filters) -> Question:
    """Alerts of the period, the newest of each episode, the worst first."""
    return ask(
        f"""
        SELECT *, min(day) OVER (PARTITION BY coalesce(episode_id, alert_id)) AS told_first
        FROM mart.alerts
        WHERE day BETWEEN $start AND $end{chosen(f, "product", "step")}
        QUALIFY row_number() OVER (PARTITION BY coalesce(episode_id, alert_id) ORDER BY day DESC, score DESC, alert_id) = 1
        ORDER BY score DESC, alert_id
        LIMIT 20
        """,
        f,
    )


def new_topics(f: Filters) -> Question:
    """Topics whose first day lies in the period or the last 14 days, with their inquiries in the period."""
    return ask(
        """
        SELECT
            t.topic_id, t.label, t.keywords, t.first_day,
            coalesce(sum(d.inquiry_count), 0)::BIGINT AS inquiries
        FROM insight.topics AS t
        LEFT JOIN mart.topic_daily AS d ON d.topic_id = t.topic_id AND d.day BETWEEN $start AND $end
        WHERE NOT starts_with(t.topic_id, 'g_') AND t.status IN ('new', 'active') AND t.first_day BETWEEN least($start, $end - 13) AND $end
            AND t.first_day > $first_day
        GROUP BY ALL
        ORDER BY inquiries DESC, t.topic_id
        LIMIT 10
        """,
        f,
    )


def changes(f: Filters, *, explained: str | None = None) -> Question:
    """What was done to the products in the days of the charts, and what came of it.

    Args:
        f: the days, product and step.
        explained: zh or en where the file has a sentence on each effect; else None.
    """
    product = " AND c.product = $product" if f.product else ""
    step = " AND (c.step = $step OR c.step IS NULL)" if f.step else ""
    sentence = f", e.explanation_{explained} AS explanation" if explained else ""
    return ask(
        f"""
        SELECT
            c.day, c.product, c.step, c.kind, c.title,
            e.verdict, e.ratio, e.ratio_low, e.ratio_high, e.avoided_count{sentence}
        FROM core.changes AS c
        LEFT JOIN mart.change_effects AS e USING (change_id)
        WHERE c.day BETWEEN $trend_start AND $end{product}{step}
        ORDER BY c.day, c.change_id
        """,
        f,
    )
