-- The obstacles of the last 28 days, ranked by impact. Shrunk rates are null until the metrics compute them.
-- Levers by cause: what is not known is told before it is asked (proactive_service), what is not understood or
-- not mastered is taught, what is broken, cumbersome or forbidden is changed in the product, service is planned.
WITH span AS (SELECT max(day) AS last_day, max(day) - 27 AS first_day FROM mart.inquiry_rate_daily),
seen AS (
    SELECT
        obstacle_id,
        any_value(product) AS product,
        any_value(step) AS step,
        any_value(topic_id) AS topic_id,
        any_value(cause) AS cause,
        min(day) AS first_day,
        max(day) AS last_day,
        sum(inquiry_count) FILTER (WHERE day >= span.first_day)::BIGINT AS inquiry_count_28d,
        sum(negative_count) FILTER (WHERE day >= span.first_day) AS negative_count_28d,
        sum(effort * inquiry_count) FILTER (WHERE day >= span.first_day) AS effort_sum_28d
    FROM mart.obstacle_daily, span
    GROUP BY obstacle_id
),
base AS (
    SELECT product, step, sum(transaction_count)::BIGINT AS transaction_count
    FROM denominators(), span
    WHERE day BETWEEN span.first_day AND span.last_day
    GROUP BY ALL
),
problems AS (
    SELECT
        j.product,
        j.step,
        t.topic_id,
        j.cause,
        i.problem,
        max(i.day) AS day
    FROM (
        SELECT j.*, row_number() OVER (PARTITION BY product, step, cause ORDER BY day DESC, inquiry_id) AS place
        FROM insight.inquiry_journey AS j, span
        WHERE j.day > span.last_day - 7 AND j.product IS NOT NULL
    ) AS j
    JOIN core.inquiries AS i ON i.inquiry_id = j.inquiry_id AND i.day = j.day
    LEFT JOIN insight.inquiry_topics AS t ON t.inquiry_id = j.inquiry_id AND t.day = j.day
    WHERE i.is_inquiry AND i.problem IS NOT NULL AND j.place <= 200
    GROUP BY ALL
),
words AS (
    SELECT product, step, topic_id, cause, list(problem ORDER BY day DESC, problem)[1:5] AS examples
    FROM problems
    GROUP BY ALL
)
SELECT
    s.obstacle_id,
    s.product,
    s.step,
    s.topic_id,
    concat_ws(
        ' · ',
        coalesce(names.step_name_zh, s.step, '未归环节'),
        coalesce(
            topics.label,
            map_extract(
                MAP {
                    'awareness': '不知道', 'comprehension': '不理解', 'operation': '不会操作', 'process': '流程繁琐',
                    'fault': '系统异常', 'policy': '规则限制', 'trust': '资金与安全担忧', 'service': '服务问题', 'other': '其他'
                },
                s.cause
            )[1]
        )
    ) AS label,
    s.cause,
    CASE s.cause
        WHEN 'awareness' THEN 'proactive_service'
        WHEN 'comprehension' THEN 'user_education'
        WHEN 'operation' THEN 'user_education'
        WHEN 'process' THEN 'product_fix'
        WHEN 'fault' THEN 'product_fix'
        WHEN 'policy' THEN 'product_fix'
        WHEN 'trust' THEN 'proactive_service'
        WHEN 'service' THEN 'service_planning'
    END AS lever,
    'open' AS status,
    s.first_day,
    s.last_day,
    coalesce(s.inquiry_count_28d, 0) AS inquiry_count_28d,
    b.transaction_count AS transaction_count_28d,
    rate_per_10k(coalesce(s.inquiry_count_28d, 0), b.transaction_count) AS rate_per_10k_28d,
    rate_low(coalesce(s.inquiry_count_28d, 0), b.transaction_count) AS rate_per_10k_28d_low,
    rate_high(coalesce(s.inquiry_count_28d, 0), b.transaction_count) AS rate_per_10k_28d_high,
    s.negative_count_28d / s.inquiry_count_28d AS negative_share,
    s.effort_sum_28d / s.inquiry_count_28d AS effort,
    (coalesce(s.inquiry_count_28d, 0) + coalesce(s.negative_count_28d, 0) + coalesce(s.effort_sum_28d, 0)) / 4 AS impact,
    row_number() OVER (
        ORDER BY coalesce(s.inquiry_count_28d, 0) + coalesce(s.negative_count_28d, 0) + coalesce(s.effort_sum_28d, 0) DESC, s.obstacle_id
    ) AS rank,
    w.examples
FROM seen AS s
LEFT JOIN base AS b ON b.product = s.product AND b.step IS NOT DISTINCT FROM s.step
LEFT JOIN core.steps AS names ON names.product = s.product AND names.step = s.step AND names.valid_to IS NULL
LEFT JOIN insight.topics AS topics ON topics.topic_id = s.topic_id
LEFT JOIN words AS w
    ON w.product = s.product AND w.step IS NOT DISTINCT FROM s.step
    AND w.topic_id IS NOT DISTINCT FROM s.topic_id AND w.cause IS NOT DISTINCT FROM s.cause
ORDER BY rank
