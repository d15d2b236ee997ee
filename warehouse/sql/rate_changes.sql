-- Why the rate moved between any two periods: `FROM rate_changes(DATE '2026-11-01', DATE '2026-11-07', DATE '2026-11-08',
-- DATE '2026-11-14')`; around a day, `FROM rate_changes_around(DATE '2026-11-08')`: the 7 days from it on against the 7 before.
--
-- Step k adds r_k · w_k to its product's rate: r_k = inquiries ÷ the step's transactions, w_k = the step's
-- transactions ÷ the product's. The change of that product splits without a rest (Kitagawa 1955, JASA 50:1168):
--     Δ(r_k · w_k) = mean(w_k) · Δr_k + mean(r_k) · Δw_k = rate_effect + mix_effect
-- and, r_k being a sum over topics, exactly over topics as well. With w_k = the step's transactions ÷ those of all
-- products the same split adds up to the change of the whole: total_rate_effect + total_mix_effect.
--
-- A step whose transactions begin or end between the periods has no rate in one of them. If it has no inquiries
-- there either, all of its contribution is mix (the rate is taken as it is where it exists). If inquiries came
-- without transactions of their own (also: never any transactions, or no step known), they count on the product's
-- transactions (w = 1: all rate, no mix). So contributions always add up. A product without transactions in either
-- period has no rate to compare: its own effects are null, and it enters the whole as a step does.
--
-- contribution_low and _high: 95 % interval of the contribution, n/T after − n/T before with T the product's
-- transactions, from the limits of both (Zou & Donner 2008, Stat Med 27:1693) and the steps' mean dispersion.
CREATE OR REPLACE MACRO rate_changes_of(periods) AS TABLE
WITH _spans AS (FROM query_table(periods)),
_counted AS (
    SELECT
        p.from_start, p.from_end, p.to_start, p.to_end,
        o.product,
        o.step,
        o.topic_id,
        sum(CASE WHEN o.day <= p.from_end THEN o.inquiry_count ELSE 0 END)::DOUBLE AS n0,
        sum(CASE WHEN o.day >= p.to_start THEN o.inquiry_count ELSE 0 END)::DOUBLE AS n1
    FROM _spans AS p
    JOIN mart.obstacle_daily AS o
        ON o.day BETWEEN p.from_start AND p.from_end OR o.day BETWEEN p.to_start AND p.to_end
    WHERE o.product IS NOT NULL
    GROUP BY ALL
),
_bases AS (
    SELECT
        p.from_start, p.from_end, p.to_start, p.to_end,
        d.product,
        d.step,
        sum(CASE WHEN d.day <= p.from_end THEN d.transaction_count ELSE 0 END)::DOUBLE AS t0,
        sum(CASE WHEN d.day >= p.to_start THEN d.transaction_count ELSE 0 END)::DOUBLE AS t1
    FROM _spans AS p
    JOIN denominators() AS d
        ON d.day BETWEEN p.from_start AND p.from_end OR d.day BETWEEN p.to_start AND p.to_end
    GROUP BY ALL
),
_wholes AS (
    SELECT b.from_start, b.from_end, b.to_start, b.to_end, sum(b.t0) AS t0, sum(b.t1) AS t1
    FROM _bases AS b
    WHERE b.step IS NULL
    GROUP BY ALL
),
_scatter AS (
    SELECT p.from_start, p.from_end, p.to_start, p.to_end, d.product, d.step, avg(d.dispersion) AS dispersion
    FROM _spans AS p
    JOIN mart.dispersion_daily AS d
        ON d.day BETWEEN p.from_start AND p.from_end OR d.day BETWEEN p.to_start AND p.to_end
    GROUP BY ALL
),
_joined AS (
    SELECT
        c.*,
        coalesce(own.t0, 0) AS own0,
        coalesce(own.t1, 0) AS own1,
        product.t0 AS product0,
        product.t1 AS product1,
        whole.t0 AS whole0,
        whole.t1 AS whole1,
        coalesce(s.dispersion, 1) AS dispersion,
        sum(c.n0) OVER w AS step_n0,
        sum(c.n1) OVER w AS step_n1,
        sum(c.n0) OVER wp AS product_n0,
        sum(c.n1) OVER wp AS product_n1
    FROM _counted AS c
    JOIN _bases AS product
        ON product.from_start = c.from_start AND product.from_end = c.from_end AND product.to_start = c.to_start AND product.to_end = c.to_end
        AND product.product = c.product AND product.step IS NULL
    JOIN _wholes AS whole
        ON whole.from_start = c.from_start AND whole.from_end = c.from_end AND whole.to_start = c.to_start AND whole.to_end = c.to_end
    LEFT JOIN _bases AS own
        ON own.from_start = c.from_start AND own.from_end = c.from_end AND own.to_start = c.to_start AND own.to_end = c.to_end
        AND own.product = c.product AND own.step = c.step
    LEFT JOIN _scatter AS s
        ON s.from_start = c.from_start AND s.from_end = c.from_end AND s.to_start = c.to_start AND s.to_end = c.to_end
        AND s.product = c.product AND s.step IS NOT DISTINCT FROM c.step
    WINDOW
        w AS (PARTITION BY c.from_start, c.from_end, c.to_start, c.to_end, c.product, c.step),
        wp AS (PARTITION BY c.from_start, c.from_end, c.to_start, c.to_end, c.product)
),
-- Which transactions stand under r_k: the step's own if each period has some or needs none, else the product's, else
-- (a product that begins or ends, with inquiries in the period without) those of all products.
_based AS (
    SELECT
        *,
        own0 + own1 > 0 AND (own0 > 0 OR step_n0 = 0) AND (own1 > 0 OR step_n1 = 0) AS by_step,
        product0 + product1 > 0 AND (product0 > 0 OR product_n0 = 0) AND (product1 > 0 OR product_n1 = 0) AS by_product
    FROM _joined
    WHERE product0 + product1 > 0 AND whole0 > 0 AND whole1 > 0
),
_rated AS (
    SELECT
        *,
        n0 / nullif(CASE WHEN by_step THEN own0 WHEN by_product THEN product0 ELSE whole0 END, 0) AS seen0,
        n1 / nullif(CASE WHEN by_step THEN own1 WHEN by_product THEN product1 ELSE whole1 END, 0) AS seen1,
        CASE WHEN by_step THEN own0 WHEN by_product THEN product0 ELSE whole0 END AS t0,
        CASE WHEN by_step THEN own1 WHEN by_product THEN product1 ELSE whole1 END AS t1,
        product0 > 0 AND product1 > 0 AS has_product
    FROM _based
),
_split AS (
    SELECT
        *,
        coalesce(seen0, seen1, 0) AS r0,
        coalesce(seen1, seen0, 0) AS r1,
        t0 / product0 AS w0,
        t1 / product1 AS w1,
        t0 / whole0 AS v0,
        t1 / whole1 AS v1
    FROM _rated
)
SELECT
    s.from_start,
    s.from_end,
    s.to_start,
    s.to_end,
    product,
    step,
    topic_id,
    n0::BIGINT AS before_count,
    n1::BIGINT AS after_count,
    seen0 * 10000 AS before_per_10k,
    seen1 * 10000 AS after_per_10k,
    CASE WHEN has_product THEN (w0 + w1) / 2 * (r1 - r0) * 10000 END AS rate_effect,
    CASE WHEN has_product THEN (r0 + r1) / 2 * (w1 - w0) * 10000 END AS mix_effect,
    CASE WHEN has_product THEN ((w0 + w1) / 2 * (r1 - r0) + (r0 + r1) / 2 * (w1 - w0)) * 10000 END AS contribution_per_10k,
    CASE WHEN has_product THEN rate_per_10k(n1, product1) - rate_per_10k(n0, product0)
        - sqrt(pow(rate_per_10k(n1, product1) - rate_low(n1, product1, dispersion), 2) + pow(rate_high(n0, product0, dispersion) - rate_per_10k(n0, product0), 2))
        END AS contribution_low,
    CASE WHEN has_product THEN rate_per_10k(n1, product1) - rate_per_10k(n0, product0)
        + sqrt(pow(rate_high(n1, product1, dispersion) - rate_per_10k(n1, product1), 2) + pow(rate_per_10k(n0, product0) - rate_low(n0, product0, dispersion), 2))
        END AS contribution_high,
    dispersion,
    (v0 + v1) / 2 * (r1 - r0) * 10000 AS total_rate_effect,
    (r0 + r1) / 2 * (v1 - v0) * 10000 AS total_mix_effect,
    ((v0 + v1) / 2 * (r1 - r0) + (r0 + r1) / 2 * (v1 - v0)) * 10000 AS total_contribution_per_10k
FROM _split AS s
ORDER BY s.to_end DESC, s.to_start, product, step, topic_id;

CREATE OR REPLACE MACRO rate_changes(from_start, from_end, to_start, to_end) AS TABLE
WITH _two_periods AS (
    SELECT from_start::DATE AS from_start, from_end::DATE AS from_end, to_start::DATE AS to_start, to_end::DATE AS to_end
)
FROM rate_changes_of('_two_periods');

CREATE OR REPLACE MACRO rate_changes_around(change_day, span := 7) AS TABLE
FROM rate_changes(change_day::DATE - span::INTEGER, change_day::DATE - 1, change_day::DATE, change_day::DATE + span::INTEGER - 1);
