-- A row an obstacle: what the last 28 days of it hold. From this the shrunk rates are fitted (publish/shrinkage.py)
-- and mart.obstacles is made. Days that were not published (no data, or held back) count neither above nor below.
--
-- trend: the rate of the last 7 days ÷ that of the 7 before (of counts, for a step without transactions), 0.5 added to both counts (Walter 1975, Biometrika
-- 62:371), with the log-normal interval; `rising` or `falling` where the interval leaves 1 out, `new` where the
-- obstacle is first seen in the last 7 of at least 14 days.
-- since: the day from which the rate has been another, by the likelihood ratio of one level against two (Worsley
-- 1983, Biometrika 70:455), divided by the dispersion; days are weighted by the step's weekday pattern. Given where
-- the statistic passes 12 and at least half of the change (on the log scale) is still there in the last 7 days, so
-- that an incident which is over is not told as a new level.
WITH days AS (
    SELECT day
    FROM (SELECT DISTINCT day FROM mart.inquiry_rate_daily)
    QUALIFY day > max(day) OVER () - 28
),
span AS (SELECT min(day) AS first_day, max(day) AS last_day, count(*) AS day_count FROM days),
seen AS (
    SELECT
        obstacle_id,
        any_value(product) AS product,
        any_value(step) AS step,
        any_value(topic_id) AS topic_id,
        any_value(cause) AS cause,
        min(day) AS first_day,
        max(day) AS last_day
    FROM mart.obstacle_daily
    GROUP BY obstacle_id
),
recent AS (FROM mart.obstacle_daily WHERE day >= (SELECT first_day FROM span)),
counted AS (
    SELECT
        obstacle_id,
        sum(inquiry_count)::BIGINT AS inquiry_count,
        sum(negative_count)::BIGINT AS negative_count,
        sum(effort * inquiry_count) AS effort_sum,
        coalesce(sum(inquiry_count) FILTER (WHERE recent.day > span.last_day - 7), 0)::BIGINT AS count_after,
        coalesce(sum(inquiry_count) FILTER (WHERE recent.day BETWEEN span.last_day - 13 AND span.last_day - 7), 0)::BIGINT AS count_before
    FROM recent, span
    GROUP BY obstacle_id
),
base AS (
    SELECT product, step, day, sum(transaction_count)::BIGINT AS transaction_count
    FROM denominators()
    WHERE day IN (FROM days)
    GROUP BY ALL
),
bases AS (
    SELECT
        product,
        step,
        sum(transaction_count)::BIGINT AS transaction_count,
        coalesce(sum(transaction_count) FILTER (WHERE base.day > span.last_day - 7), 0)::BIGINT AS transactions_after,
        coalesce(sum(transaction_count) FILTER (WHERE base.day BETWEEN span.last_day - 13 AND span.last_day - 7), 0)::BIGINT AS transactions_before
    FROM base, span
    GROUP BY ALL
),
-- What trend and since divide by: the transactions, or 1 a day for a step without any, so that its counts are compared.
exposure AS (
    SELECT
        s.product,
        s.step,
        d.day,
        CASE WHEN count(b.transaction_count) OVER (PARTITION BY s.product, s.step) = 0 THEN 1 ELSE b.transaction_count END AS transaction_count
    FROM (SELECT DISTINCT product, step FROM seen) AS s
    CROSS JOIN days AS d
    LEFT JOIN base AS b ON b.product = s.product AND b.step IS NOT DISTINCT FROM s.step AND b.day = d.day
),
exposures AS (
    SELECT
        product,
        step,
        sum(transaction_count) FILTER (WHERE exposure.day > span.last_day - 7) AS exposure_after,
        sum(transaction_count) FILTER (WHERE exposure.day BETWEEN span.last_day - 13 AND span.last_day - 7) AS exposure_before
    FROM exposure, span
    GROUP BY product, step
),
_obstacle_series AS (
    SELECT s.obstacle_id AS key, d.day, coalesce(r.inquiry_count, 0) AS inquiry_count, b.transaction_count
    FROM seen AS s
    SEMI JOIN counted AS c ON c.obstacle_id = s.obstacle_id
    CROSS JOIN days AS d
    LEFT JOIN recent AS r ON r.obstacle_id = s.obstacle_id AND r.day = d.day
    LEFT JOIN exposure AS b ON b.product = s.product AND b.step IS NOT DISTINCT FROM s.step AND b.day = d.day
),
scatter AS (FROM dispersions('_obstacle_series')),
-- The weekday's factor of a step, drawn towards 1 as if 20 more inquiries had come as expected.
weekday_counts AS (
    SELECT s.product, s.step, isodow(o.day) AS weekday, sum(o.inquiry_count) AS n, sum(sum(o.inquiry_count)) OVER (PARTITION BY s.product, s.step) AS n_all
    FROM recent AS o
    JOIN seen AS s ON s.obstacle_id = o.obstacle_id
    GROUP BY s.product, s.step, isodow(o.day)
),
weekday_bases AS (
    SELECT product, step, isodow(day) AS weekday, sum(transaction_count) AS t, sum(sum(transaction_count)) OVER (PARTITION BY product, step) AS t_all
    FROM exposure
    GROUP BY product, step, isodow(day)
),
weekdays AS (
    SELECT b.product, b.step, b.weekday, (coalesce(n.n, 0) + 20) / (n_all.n_all * b.t / b.t_all + 20) AS factor
    FROM weekday_bases AS b
    JOIN (SELECT DISTINCT product, step, n_all FROM weekday_counts) AS n_all ON n_all.product = b.product AND n_all.step IS NOT DISTINCT FROM b.step
    LEFT JOIN weekday_counts AS n ON n.product = b.product AND n.step IS NOT DISTINCT FROM b.step AND n.weekday = b.weekday
    WHERE b.t_all > 0
),
weighted AS (
    SELECT o.key, o.day, o.inquiry_count::DOUBLE AS n, o.transaction_count * w.factor AS e
    FROM _obstacle_series AS o
    JOIN seen AS s ON s.obstacle_id = o.key
    JOIN weekdays AS w ON w.product = s.product AND w.step IS NOT DISTINCT FROM s.step AND w.weekday = isodow(o.day)
    WHERE o.transaction_count > 0
),
halves AS (
    SELECT
        key,
        day,
        row_number() OVER past AS days_before,
        count(*) OVER whole AS day_count,
        sum(n) OVER past - n AS n0,
        sum(e) OVER past - e AS e0,
        sum(n) OVER whole AS n,
        sum(e) OVER whole AS e
    FROM weighted
    WINDOW past AS (PARTITION BY key ORDER BY day), whole AS (PARTITION BY key)
),
compared AS (
    SELECT
        h.key,
        h.day,
        h.n0 / h.e0 AS rate_before,
        ((h.n - h.n0) / (h.e - h.e0)) / nullif(h.n0 / h.e0, 0) AS ratio,
        2 / s.dispersion * (
            CASE WHEN h.n0 > 0 THEN h.n0 * ln(h.n0 / h.e0 * h.e / h.n) ELSE 0 END
            + CASE WHEN h.n > h.n0 THEN (h.n - h.n0) * ln((h.n - h.n0) / (h.e - h.e0) * h.e / h.n) ELSE 0 END
        ) AS score
    FROM halves AS h
    JOIN scatter AS s ON s.key = h.key
    WHERE h.days_before > 7 AND h.day_count >= 14 AND h.n > 0
),
turned AS (
    SELECT
        key,
        arg_max(day, (score, day)) AS day,
        arg_max(ratio, (score, day)) AS ratio,
        arg_max(rate_before, (score, day)) AS rate_before,
        max(score) AS score
    FROM compared
    GROUP BY key
),
lately AS (
    SELECT key, sum(n) / sum(e) AS rate
    FROM weighted, span
    WHERE weighted.day > span.last_day - 7
    GROUP BY key
),
lasting AS (
    SELECT t.*
    FROM turned AS t
    JOIN lately AS l ON l.key = t.key
    CROSS JOIN span
    WHERE t.score > 12 AND (
        t.day > span.last_day - 7
        OR CASE WHEN t.ratio > 1 THEN l.rate / t.rate_before >= sqrt(t.ratio) ELSE l.rate / nullif(t.rate_before, 0) <= sqrt(coalesce(t.ratio, 0)) END
        OR t.rate_before = 0
    )
)
SELECT
    s.*,
    span.last_day AS as_of_day,
    span.day_count,
    span.day_count / 7 AS week_count,
    coalesce(c.inquiry_count, 0) AS inquiry_count,
    coalesce(c.negative_count, 0) AS negative_count,
    coalesce(c.effort_sum, 0) AS effort_sum,
    b.transaction_count,
    coalesce(d.dispersion, 1) AS dispersion,
    CASE WHEN span.day_count >= 14 THEN coalesce(c.count_after, 0) END AS count_after,
    CASE WHEN span.day_count >= 14 THEN coalesce(c.count_before, 0) END AS count_before,
    CASE WHEN span.day_count >= 14 THEN b.transactions_after END AS transactions_after,
    CASE WHEN span.day_count >= 14 THEN b.transactions_before END AS transactions_before,
    e.exposure_after / nullif(e.exposure_before, 0) AS exposure_ratio,
    t.day AS since_day,
    t.ratio AS since_ratio,
    t.score AS since_score
FROM seen AS s
CROSS JOIN span
LEFT JOIN counted AS c ON c.obstacle_id = s.obstacle_id
LEFT JOIN bases AS b ON b.product = s.product AND b.step IS NOT DISTINCT FROM s.step
LEFT JOIN exposures AS e ON e.product = s.product AND e.step IS NOT DISTINCT FROM s.step
LEFT JOIN scatter AS d ON d.key = s.obstacle_id
LEFT JOIN lasting AS t ON t.key = s.obstacle_id
ORDER BY s.obstacle_id
