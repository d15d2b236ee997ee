-- Parameters: day. Reads `facts` (a row an inquiry that counts), `pairs` (channel, source seen lately), `partial`
-- (one row: is_partial), `dispersion` (of each step, from the days before), core.steps, core.transactions.
WITH counted AS (
    SELECT
        product,
        step,
        channel,
        source,
        count(*) AS inquiry_count,
        count(DISTINCT customer_key) + count(*) FILTER (WHERE customer_key IS NULL) AS customer_count,
        count(repeat_of) AS repeat_count,
        count(*) FILTER (WHERE sentiment_label = 'negative') AS negative_count
    FROM facts
    GROUP BY ALL
),
cells AS (
    SELECT product, step, channel, source FROM counted
    UNION
    SELECT s.product, s.step, p.channel, p.source
    FROM core.steps AS s, pairs AS p
    WHERE (s.valid_from IS NULL OR s.valid_from <= $day) AND (s.valid_to IS NULL OR s.valid_to >= $day)
),
base AS (
    SELECT product, step, channel, transaction_count, bool_or(channel IS NOT NULL) OVER (PARTITION BY product, step) AS by_channel
    FROM denominators()
    WHERE day = $day
),
filled AS (
    SELECT
        c.*,
        coalesce(n.inquiry_count, 0) AS inquiry_count,
        coalesce(n.customer_count, 0) AS customer_count,
        coalesce(n.repeat_count, 0) AS repeat_count,
        coalesce(n.negative_count, 0) AS negative_count,
        b.transaction_count,
        coalesce(d.dispersion, 1) AS dispersion
    FROM cells AS c
    LEFT JOIN counted AS n
        ON n.product IS NOT DISTINCT FROM c.product AND n.step IS NOT DISTINCT FROM c.step
        AND n.channel = c.channel AND n.source = c.source
    LEFT JOIN base AS b
        ON b.product = c.product AND b.step IS NOT DISTINCT FROM c.step
        AND (CASE WHEN b.by_channel THEN b.channel = c.channel ELSE b.channel IS NULL END)
    LEFT JOIN dispersion AS d ON d.product = c.product AND d.step IS NOT DISTINCT FROM c.step
)
SELECT
    $day AS day,
    product,
    step,
    channel,
    source,
    inquiry_count,
    customer_count,
    repeat_count,
    negative_count,
    transaction_count,
    rate_per_10k(inquiry_count, transaction_count) AS rate_per_10k,
    dispersion,
    rate_low(inquiry_count, transaction_count, dispersion) AS rate_per_10k_low,
    rate_high(inquiry_count, transaction_count, dispersion) AS rate_per_10k_high,
    rate_per_10k(customer_count, transaction_count) AS customers_per_10k,
    partial.is_partial
FROM filled, partial
ORDER BY product, step, channel, source
