-- Daily counts of each step, each product (step null) and of everything (product null) in the days before, with their
-- transactions: key {product, step}, day, inquiry_count, transaction_count. Days on which nobody asked anything are
-- no part of it: more likely something is missing.
WITH days AS (SELECT DISTINCT day FROM mart.sentiment_daily_back),
base AS (
    SELECT day, product, step, sum(transaction_count) AS transaction_count
    FROM denominators(transactions := 'core.transactions_back')
    GROUP BY ALL
    UNION ALL
    SELECT day, NULL, NULL, sum(transaction_count)
    FROM denominators(transactions := 'core.transactions_back')
    WHERE step IS NULL
    GROUP BY ALL
),
counted AS (
    SELECT day, product, step, sum(inquiry_count) AS inquiry_count
    FROM mart.sentiment_daily_back
    WHERE product IS NOT NULL AND step IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT day, product, NULL, sum(inquiry_count)
    FROM mart.sentiment_daily_back
    WHERE product IS NOT NULL
    GROUP BY ALL
    UNION ALL
    SELECT day, NULL, NULL, sum(inquiry_count)
    FROM mart.sentiment_daily_back
    GROUP BY ALL
),
cells AS (
    SELECT DISTINCT product, step FROM base
    UNION
    SELECT DISTINCT product, step FROM counted
)
SELECT
    {'product': c.product, 'step': c.step} AS key,
    d.day,
    coalesce(n.inquiry_count, 0) AS inquiry_count,
    b.transaction_count
FROM cells AS c
CROSS JOIN days AS d
LEFT JOIN counted AS n
    ON n.day = d.day AND n.product IS NOT DISTINCT FROM c.product AND n.step IS NOT DISTINCT FROM c.step
LEFT JOIN base AS b
    ON b.day = d.day AND b.product IS NOT DISTINCT FROM c.product AND b.step IS NOT DISTINCT FROM c.step
