-- Every obstacle, ranked by impact. Reads `obstacle_window` and `shrunk` (publish/shrinkage.py) and `levers` (publish/levers.py).
--
-- impact = weekly_inquiries × severity. weekly_inquiries: what would stay away each week if the obstacle were gone:
-- the shrunk rate on the transactions of the window, a week of it (the plain count where there are no transactions
-- or too few obstacles to shrink). severity = 1 + negative share + mean effort, so that an inquiry counts for at most
-- three. Dismissed obstacles rank last.
-- Status, owner and note are the latest that people gave (ops.decisions); an obstacle that nobody was made responsible
-- for has the owner of journeys.yaml's `levers`. Lever and owner each come from the most specific rule that names one.
WITH decided AS (
    SELECT
        target AS obstacle_id,
        arg_max(value->>'$.status', "at") FILTER (WHERE (value->>'$.status') IS NOT NULL) AS status,
        arg_max(value->>'$.owner', "at") FILTER (WHERE (value->>'$.owner') IS NOT NULL) AS owner,
        arg_max(value->>'$.note', "at") FILTER (WHERE (value->>'$.note') IS NOT NULL) AS note
    FROM ops.decisions
    WHERE kind = 'status'
    GROUP BY target
),
means AS (
    SELECT
        w.obstacle_id,
        arg_max(l.lever, l.weight) FILTER (WHERE l.lever IS NOT NULL) AS lever,
        arg_max(l.owner, l.weight) FILTER (WHERE l.owner IS NOT NULL) AS owner
    FROM obstacle_window AS w
    JOIN levers AS l
        ON (l.product IS NULL OR l.product = w.product) AND (l.step IS NULL OR l.step = w.step)
        AND (l.cause IS NULL OR l.cause = w.cause)
    GROUP BY w.obstacle_id
),
latest AS (
    SELECT
        j.product,
        j.step,
        t.topic_id,
        j.cause,
        arg_max({'inquiry_id': j.inquiry_id, 'day': j.day}, {'day': j.day, 'inquiry_id': j.inquiry_id}, 30) AS inquiries
    FROM insight.inquiry_journey AS j
    LEFT JOIN insight.inquiry_topics AS t ON t.inquiry_id = j.inquiry_id AND t.day = j.day AND t.day > (SELECT max(as_of_day) - 7 FROM obstacle_window)
    WHERE j.day > (SELECT max(as_of_day) - 7 FROM obstacle_window) AND j.product IS NOT NULL AND j.cause IS NOT NULL
    GROUP BY ALL
),
problems AS (
    SELECT l.product, l.step, l.topic_id, l.cause, i.problem, max(i.day) AS day
    FROM (SELECT * EXCLUDE (inquiries), unnest(inquiries) AS one FROM latest) AS l
    JOIN core.inquiries AS i ON i.inquiry_id = l.one.inquiry_id AND i.day = l.one.day
    WHERE i.is_inquiry AND i.problem IS NOT NULL AND i.day > (SELECT max(as_of_day) - 7 FROM obstacle_window)
    GROUP BY ALL
),
words AS (
    SELECT product, step, topic_id, cause, list(problem ORDER BY day DESC, problem)[1:5] AS examples
    FROM problems
    GROUP BY ALL
),
weighed AS (
    SELECT
        w.*,
        s.shrunk_per_10k,
        s.shrunk_per_10k_low,
        s.shrunk_per_10k_high,
        coalesce(d.status, 'open') AS status,
        m.lever,
        coalesce(d.owner, m.owner) AS owner,
        d.note,
        w.negative_count / nullif(w.inquiry_count, 0) AS negative_share,
        w.effort_sum / nullif(w.inquiry_count, 0) AS effort,
        coalesce(s.shrunk_per_10k * w.transaction_count / 10000, w.inquiry_count) / w.week_count AS weekly_inquiries,
        1 + coalesce((w.negative_count + w.effort_sum) / nullif(w.inquiry_count, 0), 0) AS severity,
        -- 0.5 on both sides keeps the ratio finite; its logarithm is about normal.
        (w.count_after + 0.5) / (w.count_before + 0.5) / nullif(w.exposure_ratio, 0) AS trend_ratio,
        exp(1.959963984540054 * sqrt(w.dispersion * (1 / (w.count_after + 0.5) + 1 / (w.count_before + 0.5)))) AS trend_width
    FROM obstacle_window AS w
    LEFT JOIN shrunk AS s ON s.obstacle_id = w.obstacle_id
    LEFT JOIN decided AS d ON d.obstacle_id = w.obstacle_id
    LEFT JOIN means AS m ON m.obstacle_id = w.obstacle_id
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
    s.lever,
    s.status,
    s.owner,
    s.note,
    s.first_day,
    s.last_day,
    s.day_count,
    s.inquiry_count AS inquiry_count_28d,
    s.transaction_count AS transaction_count_28d,
    rate_per_10k(s.inquiry_count, s.transaction_count) AS rate_per_10k_28d,
    s.dispersion,
    rate_low(s.inquiry_count, s.transaction_count, s.dispersion) AS rate_per_10k_28d_low,
    rate_high(s.inquiry_count, s.transaction_count, s.dispersion) AS rate_per_10k_28d_high,
    s.shrunk_per_10k,
    s.shrunk_per_10k_low,
    s.shrunk_per_10k_high,
    s.count_after AS inquiry_count_7d,
    s.count_before AS inquiry_count_7d_before,
    rate_per_10k(s.count_after, s.transactions_after) AS rate_per_10k_7d,
    rate_per_10k(s.count_before, s.transactions_before) AS rate_per_10k_7d_before,
    s.trend_ratio,
    s.trend_ratio / s.trend_width AS trend_ratio_low,
    s.trend_ratio * s.trend_width AS trend_ratio_high,
    CASE
        WHEN s.count_before IS NULL THEN NULL
        WHEN s.first_day > s.as_of_day - 7 THEN 'new'
        WHEN s.trend_ratio / s.trend_width > 1 THEN 'rising'
        WHEN s.trend_ratio * s.trend_width < 1 THEN 'falling'
        WHEN s.trend_ratio IS NOT NULL THEN 'steady'
    END AS trend,
    s.since_day,
    s.since_ratio,
    s.negative_share,
    s.effort,
    s.weekly_inquiries,
    s.severity,
    s.weekly_inquiries * s.severity AS impact,
    row_number() OVER (ORDER BY s.status = 'dismissed', s.weekly_inquiries * s.severity DESC, s.obstacle_id) AS rank,
    w.examples
FROM weighed AS s
LEFT JOIN core.steps AS names ON names.product = s.product AND names.step = s.step AND names.valid_to IS NULL
LEFT JOIN insight.topics AS topics ON topics.topic_id = s.topic_id
LEFT JOIN words AS w
    ON w.product = s.product AND w.step IS NOT DISTINCT FROM s.step
    AND w.topic_id IS NOT DISTINCT FROM s.topic_id AND w.cause IS NOT DISTINCT FROM s.cause
ORDER BY rank
