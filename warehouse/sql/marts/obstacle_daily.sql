-- Parameters: day. Reads `facts`, `dispersion`, core.steps, core.transactions. An obstacle is product × step × topic with its
-- cause; inquiries without a topic share one for each cause. Impact: inquiries × (1 + negative share + effort).
WITH base AS (
    SELECT product, step, sum(transaction_count)::BIGINT AS transaction_count
    FROM denominators()
    WHERE day = $day
    GROUP BY ALL
),
counted AS (
    SELECT
        product,
        step,
        topic_id,
        cause,
        count(*) AS inquiry_count,
        count(DISTINCT customer_key) + count(*) FILTER (WHERE customer_key IS NULL) AS customer_count,
        count(*) FILTER (WHERE sentiment_label = 'negative') AS negative_count,
        avg(effort) AS effort
    FROM facts
    WHERE product IS NOT NULL
    GROUP BY ALL
)
SELECT
    $day AS day,
    obstacle_id(c.product, c.step, c.topic_id, c.cause) AS obstacle_id,
    c.product,
    c.step,
    c.topic_id,
    c.cause,
    c.inquiry_count,
    c.customer_count,
    b.transaction_count,
    rate_per_10k(c.inquiry_count, b.transaction_count) AS rate_per_10k,
    coalesce(d.dispersion, 1) AS dispersion,
    rate_low(c.inquiry_count, b.transaction_count, coalesce(d.dispersion, 1)) AS rate_per_10k_low,
    rate_high(c.inquiry_count, b.transaction_count, coalesce(d.dispersion, 1)) AS rate_per_10k_high,
    c.negative_count,
    c.negative_count / c.inquiry_count AS negative_share,
    c.effort,
    c.inquiry_count * (1 + c.negative_count / c.inquiry_count + c.effort) AS impact
FROM counted AS c
LEFT JOIN base AS b ON b.product = c.product AND b.step IS NOT DISTINCT FROM c.step
LEFT JOIN dispersion AS d ON d.product = c.product AND d.step IS NOT DISTINCT FROM c.step
ORDER BY obstacle_id
