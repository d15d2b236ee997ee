-- Why the rates moved, week against week: the last seven days against the seven before, and so back for four
-- weeks. A period that begins before the first day is left out.
--
-- Step k adds r_k · w_k to its product's rate: r_k = inquiries ÷ the step's transactions, w_k = the step's
-- transactions ÷ the product's. The change of that product splits without a rest (Kitagawa 1955):
--     Δ(r_k · w_k) = mean(w_k) · Δr_k + mean(r_k) · Δw_k = rate_effect + mix_effect
-- and, r_k being a sum over topics, exactly over topics as well. A step without transactions of its own in either
-- period, and inquiries with a product but no step, count on the product's transactions (w = 1: all rate, no mix), so
-- that contributions always add up to the change of the product's rate. Products without transactions in either
-- period have no rate to compare and no rows.
WITH span AS (SELECT min(day) AS first_day, max(day) AS last_day FROM mart.inquiry_rate_daily),
periods AS (
    SELECT
        last_day - 7 * weeks - 13 AS from_start,
        last_day - 7 * weeks - 7 AS from_end,
        last_day - 7 * weeks - 6 AS to_start,
        last_day - 7 * weeks AS to_end
    FROM span, (SELECT unnest([0, 1, 2, 3]) AS weeks)
    WHERE last_day - 7 * weeks - 13 >= first_day
),
counted AS (
    SELECT
        p.*,
        o.product,
        o.step,
        o.topic_id,
        sum(CASE WHEN o.day <= p.from_end THEN o.inquiry_count ELSE 0 END)::DOUBLE AS inquiries_before,
        sum(CASE WHEN o.day >= p.to_start THEN o.inquiry_count ELSE 0 END)::DOUBLE AS inquiries_after
    FROM periods AS p
    JOIN mart.obstacle_daily AS o ON o.day BETWEEN p.from_start AND p.to_end
    WHERE o.product IS NOT NULL
    GROUP BY ALL
),
bases AS (
    SELECT
        p.from_start,
        d.product,
        d.step,
        sum(CASE WHEN d.day <= p.from_end THEN d.transaction_count ELSE 0 END)::DOUBLE AS transactions_before,
        sum(CASE WHEN d.day >= p.to_start THEN d.transaction_count ELSE 0 END)::DOUBLE AS transactions_after
    FROM periods AS p
    JOIN denominators() AS d ON d.day BETWEEN p.from_start AND p.to_end
    GROUP BY ALL
    HAVING transactions_before > 0 AND transactions_after > 0
),
rated AS (
    SELECT
        c.*,
        c.inquiries_before / coalesce(own.transactions_before, whole.transactions_before) AS rate_before,
        c.inquiries_after / coalesce(own.transactions_after, whole.transactions_after) AS rate_after,
        coalesce(own.transactions_before / whole.transactions_before, 1) AS weight_before,
        coalesce(own.transactions_after / whole.transactions_after, 1) AS weight_after
    FROM counted AS c
    JOIN bases AS whole ON whole.from_start = c.from_start AND whole.product = c.product AND whole.step IS NULL
    LEFT JOIN bases AS own ON own.from_start = c.from_start AND own.product = c.product AND own.step = c.step
),
effects AS (
    SELECT
        *,
        (weight_before + weight_after) / 2 * (rate_after - rate_before) * 10000 AS rate_effect,
        (rate_before + rate_after) / 2 * (weight_after - weight_before) * 10000 AS mix_effect
    FROM rated
)
SELECT
    from_start,
    from_end,
    to_start,
    to_end,
    product,
    step,
    topic_id,
    rate_before * 10000 AS before_per_10k,
    rate_after * 10000 AS after_per_10k,
    rate_effect,
    mix_effect,
    rate_effect + mix_effect AS contribution_per_10k
FROM effects
ORDER BY to_end DESC, product, step, topic_id
