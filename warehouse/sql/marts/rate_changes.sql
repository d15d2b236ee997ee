-- Why the rates moved (the split is in rate_changes.sql): `week`, the last seven days against the seven before, and
-- so back for four weeks; `month`, 28 days against the 28 before (whole weeks, so that weekdays weigh the same), and so
-- back for two. A period that begins before the first day is left out. Other periods: the macro `rate_changes`.
WITH _span AS (SELECT min(day) AS first_day, max(day) AS last_day FROM mart.inquiry_rate_daily),
_compared AS (
    SELECT
        kind,
        last_day - length * back - 2 * length + 1 AS from_start,
        last_day - length * back - length AS from_end,
        last_day - length * back - length + 1 AS to_start,
        last_day - length * back AS to_end
    FROM _span, (VALUES ('week', 7, 0), ('week', 7, 1), ('week', 7, 2), ('week', 7, 3), ('month', 28, 0), ('month', 28, 1)) AS v(kind, length, back)
    WHERE last_day - length * back - 2 * length + 1 >= first_day
)
SELECT CASE r.to_end - r.to_start WHEN 6 THEN 'week' ELSE 'month' END AS period, r.*
FROM rate_changes_of('_compared') AS r
ORDER BY r.to_end DESC, r.to_start DESC, product, step, topic_id
