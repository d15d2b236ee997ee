-- Rates by period: `FROM rates('week')`, or another grain that date_trunc knows (day, month, quarter), over all days
-- of the file; `FROM rates('day', since := DATE '2026-11-01')` from a day on, which reads less. Levels: `step` (also
-- what is known to no step or product, as null), `product` (null: what is known to no product; its transactions count
-- once, never the sum of its steps') and `all` (the products' transactions summed).
-- Gross: inquiries. Net: distinct customers of the period, counted anew from the inquiries, because they do not add
-- up over days; an inquiry without a customer counts as one. The dispersion is the mean of the days'. A period is
-- partial when one of its days is, or when it lacks days.
CREATE OR REPLACE MACRO rates(grain, since := DATE '0001-01-01') AS TABLE
WITH daily AS (
    SELECT date_trunc(grain, day)::DATE AS period, day, product, step, inquiry_count, repeat_count, negative_count, is_partial
    FROM mart.inquiry_rate_daily
    WHERE day >= since
),
periods AS (
    SELECT
        period,
        count(DISTINCT day) AS day_count,
        bool_or(is_partial) OR count(DISTINCT day) < (period + ('1 ' || grain)::INTERVAL)::DATE - period AS is_partial
    FROM daily
    GROUP BY period
),
counted AS (
    SELECT
        period,
        grouping(product, step) AS depth,
        product,
        step,
        sum(inquiry_count)::BIGINT AS inquiry_count,
        sum(repeat_count)::BIGINT AS repeat_count,
        sum(negative_count)::BIGINT AS negative_count
    FROM daily
    GROUP BY GROUPING SETS ((period, product, step), (period, product), (period))
),
people AS (
    SELECT
        date_trunc(grain, j.day)::DATE AS period,
        grouping(j.product, j.step) AS depth,
        j.product,
        j.step,
        count(DISTINCT i.customer_key) + count(*) FILTER (WHERE i.customer_key IS NULL) AS customer_count
    FROM core.inquiries AS i
    JOIN insight.inquiry_journey AS j ON j.inquiry_id = i.inquiry_id AND j.day = i.day
    WHERE i.is_inquiry AND i.day >= since AND j.day >= since
    GROUP BY GROUPING SETS ((date_trunc(grain, j.day), j.product, j.step), (date_trunc(grain, j.day), j.product), (date_trunc(grain, j.day)))
),
base AS (
    SELECT date_trunc(grain, day)::DATE AS period, 0 AS depth, product, step, sum(transaction_count)::BIGINT AS transaction_count
    FROM denominators()
    WHERE day >= since
    GROUP BY ALL
    UNION ALL
    SELECT date_trunc(grain, day)::DATE, grouping(product)::INTEGER * 2 + 1, product, NULL, sum(transaction_count)::BIGINT
    FROM denominators()
    WHERE step IS NULL AND day >= since
    GROUP BY GROUPING SETS ((date_trunc(grain, day), product), (date_trunc(grain, day)))
),
scatter AS (
    SELECT date_trunc(grain, day)::DATE AS period, product, step, avg(dispersion) AS dispersion
    FROM mart.dispersion_daily
    WHERE day >= since
    GROUP BY ALL
)
SELECT
    c.period,
    CASE c.depth WHEN 0 THEN 'step' WHEN 1 THEN 'product' ELSE 'all' END AS level,
    c.product,
    c.step,
    c.inquiry_count,
    coalesce(n.customer_count, 0) AS customer_count,
    c.repeat_count,
    c.negative_count,
    b.transaction_count,
    coalesce(s.dispersion, 1) AS dispersion,
    rate_per_10k(c.inquiry_count, b.transaction_count) AS rate_per_10k,
    rate_low(c.inquiry_count, b.transaction_count, coalesce(s.dispersion, 1)) AS rate_per_10k_low,
    rate_high(c.inquiry_count, b.transaction_count, coalesce(s.dispersion, 1)) AS rate_per_10k_high,
    rate_per_10k(coalesce(n.customer_count, 0), b.transaction_count) AS customers_per_10k,
    p.day_count,
    p.is_partial
FROM counted AS c
JOIN periods AS p ON p.period = c.period
LEFT JOIN people AS n
    ON n.period = c.period AND n.depth = c.depth
    AND n.product IS NOT DISTINCT FROM c.product AND n.step IS NOT DISTINCT FROM c.step
LEFT JOIN base AS b
    ON b.period = c.period AND b.depth = c.depth
    AND b.product IS NOT DISTINCT FROM c.product AND b.step IS NOT DISTINCT FROM c.step
LEFT JOIN scatter AS s
    ON s.period = c.period AND s.product IS NOT DISTINCT FROM c.product AND s.step IS NOT DISTINCT FROM c.step
ORDER BY c.period, c.depth DESC, c.product, c.step;
