-- Which transactions stand under a rate: day, product, step (null: the product), base_step, channel (null: not
-- told apart), transaction_count. Reads core.steps and core.transactions. `FROM denominators()`.
--
-- A step's base is its `denominator_step`; `product` means the product's base: the step that journeys.yaml names,
-- else transactions without a step, else (day by day) the step with the most. Products and steps that only the
-- transactions know count their own. `transactions` names another table of that form than core.transactions.
CREATE OR REPLACE MACRO denominators(transactions := 'core.transactions') AS TABLE
WITH counted AS (FROM query_table(transactions)),
totals AS (
    SELECT day, product, step, sum(transaction_count) AS transaction_count
    FROM counted
    GROUP BY ALL
),
days AS (SELECT DISTINCT day FROM counted),
steps AS (
    SELECT days.day, s.product, s.step, s.denominator_step, s.product_denominator_step
    FROM days
    JOIN core.steps AS s
        ON (s.valid_from IS NULL OR s.valid_from <= days.day) AND (s.valid_to IS NULL OR s.valid_to >= days.day)
),
product_named AS (
    SELECT day, product, any_value(product_denominator_step) AS named FROM steps GROUP BY ALL
),
product_base AS (
    SELECT t.day, t.product, t.step AS base_step
    FROM totals AS t
    LEFT JOIN product_named AS p ON p.day = t.day AND p.product = t.product
    WHERE p.named IS NULL OR p.named = t.step
    QUALIFY row_number() OVER (
        PARTITION BY t.day, t.product ORDER BY (t.step IS NULL) DESC, t.transaction_count DESC, t.step
    ) = 1
),
bases AS (
    SELECT s.day, s.product, s.step, CASE WHEN s.denominator_step = 'product' THEN p.base_step ELSE s.denominator_step END AS base_step
    FROM steps AS s
    LEFT JOIN product_base AS p ON p.day = s.day AND p.product = s.product
    WHERE s.denominator_step <> 'product' OR p.product IS NOT NULL
    UNION ALL
    SELECT day, product, NULL, base_step FROM product_base
    UNION ALL
    SELECT t.day, t.product, t.step, t.step
    FROM totals AS t
    ANTI JOIN steps AS s ON s.day = t.day AND s.product = t.product AND s.step = t.step
    WHERE t.step IS NOT NULL
)
SELECT b.day, b.product, b.step, b.base_step, t.channel, sum(t.transaction_count)::BIGINT AS transaction_count
FROM bases AS b
JOIN counted AS t
    ON t.day = b.day AND t.product = b.product AND t.step IS NOT DISTINCT FROM b.base_step
GROUP BY ALL;
