-- Who hits which obstacle: temporary table `segment_cells`, a row for each day (null: the last 28 days together) ×
-- obstacle × attribute × value, with `shown`: whether it may be published. Only customers whose value is known count.
--
-- No published number may tell of a group of under 10 customers, nor may a difference of published numbers:
--   1. a cell under 10 customers is hidden;
--   2. values of an obstacle: if what is hidden of them is under 10 customers together, the smallest shown is hidden too;
--   3. obstacles of a value (its share of all inquiries is published): likewise, with the inquiries without an obstacle;
--   4. days of a cell: none where the 28 days are hidden; else likewise.
-- A cell that is hidden for its neighbours has 10 customers or more, so the rules before it still hold.
CREATE OR REPLACE TEMP TABLE segment_values AS
SELECT customer_key, entry.key AS segment, entry.value AS value
FROM (
    SELECT customer_key, unnest(map_entries(from_json(attributes, '"MAP(VARCHAR,VARCHAR)"'))) AS entry
    FROM core.customers
    WHERE attributes IS NOT NULL
)
WHERE entry.value IS NOT NULL AND trim(entry.value) <> '';

-- A constant, and a filter on each of the three, so that only the files of these days are opened.
SET VARIABLE segment_since = (SELECT max(day) - 28 FROM mart.inquiry_rate_daily);

-- obstacle_id is null for inquiries that no product is known of.
CREATE OR REPLACE TEMP TABLE segment_people AS
SELECT
    i.day,
    CASE WHEN j.product IS NOT NULL THEN obstacle_id(j.product, j.step, t.topic_id, j.cause) END AS obstacle_id,
    i.customer_key,
    count(*) AS inquiry_count
FROM core.inquiries AS i
LEFT JOIN (FROM insight.inquiry_journey WHERE day > getvariable('segment_since')) AS j
    ON j.inquiry_id = i.inquiry_id AND j.day = i.day
LEFT JOIN (FROM insight.inquiry_topics WHERE day > getvariable('segment_since')) AS t
    ON t.inquiry_id = i.inquiry_id AND t.day = i.day
WHERE i.is_inquiry AND i.customer_key IS NOT NULL AND i.day > getvariable('segment_since')
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE segment_cells AS
WITH whole AS (
    SELECT obstacle_id, customer_key, sum(inquiry_count) AS inquiry_count FROM segment_people GROUP BY ALL
),
whole_counted AS (
    SELECT w.obstacle_id, v.segment, v.value, sum(w.inquiry_count)::BIGINT AS inquiry_count, count(*) AS customer_count
    FROM whole AS w
    JOIN segment_values AS v ON v.customer_key = w.customer_key
    GROUP BY ALL
),
base AS (
    SELECT segment, value, sum(inquiry_count) AS inquiry_count, sum(sum(inquiry_count)) OVER (PARTITION BY segment) AS all_count
    FROM whole_counted
    GROUP BY segment, value
),
counted AS (
    SELECT NULL::DATE AS day, * FROM whole_counted
    UNION ALL
    SELECT p.day, p.obstacle_id, v.segment, v.value, sum(p.inquiry_count)::BIGINT, count(*)
    FROM segment_people AS p
    JOIN segment_values AS v ON v.customer_key = p.customer_key
    WHERE p.obstacle_id IS NOT NULL
    GROUP BY ALL
),
totals AS (
    SELECT
        *,
        sum(inquiry_count) OVER w AS known_inquiry_count,
        sum(customer_count) OVER w AS known_customer_count
    FROM counted
    WHERE obstacle_id IS NOT NULL
    WINDOW w AS (PARTITION BY day, obstacle_id, segment)
)
SELECT
    t.day,
    t.obstacle_id,
    t.segment,
    t.value,
    t.inquiry_count,
    t.customer_count,
    t.known_inquiry_count::BIGINT AS known_inquiry_count,
    t.known_customer_count::BIGINT AS known_customer_count,
    b.inquiry_count / b.all_count AS base_share,
    t.customer_count >= 10 AS shown
FROM totals AS t
JOIN base AS b ON b.segment = t.segment AND b.value = t.value;

-- Rule 2, of the 28 days and of each day. A day's cell needs its 28 days shown (rule 4), so the 28 days come first.
CREATE OR REPLACE TEMP TABLE segment_hidden AS
SELECT day, obstacle_id, segment, value
FROM segment_cells
WHERE day IS NULL
QUALIFY shown
    AND sum(customer_count) FILTER (WHERE NOT shown) OVER (PARTITION BY obstacle_id, segment) < 10
    AND row_number() OVER (PARTITION BY obstacle_id, segment, shown ORDER BY customer_count, value) = 1;

UPDATE segment_cells AS c SET shown = false FROM segment_hidden AS h
WHERE c.day IS NULL AND c.obstacle_id = h.obstacle_id AND c.segment = h.segment AND c.value = h.value;

-- Rule 3.
CREATE OR REPLACE TEMP TABLE segment_hidden AS
WITH rest AS (
    SELECT v.segment, v.value, count(DISTINCT p.customer_key) AS customer_count
    FROM segment_people AS p
    JOIN segment_values AS v ON v.customer_key = p.customer_key
    LEFT JOIN segment_cells AS c
        ON c.day IS NULL AND c.obstacle_id = p.obstacle_id AND c.segment = v.segment AND c.value = v.value
    WHERE NOT coalesce(c.shown, false)
    GROUP BY ALL
)
SELECT c.day, c.obstacle_id, c.segment, c.value
FROM segment_cells AS c
JOIN rest AS r ON r.segment = c.segment AND r.value = c.value
WHERE c.day IS NULL AND c.shown AND r.customer_count < 10
QUALIFY row_number() OVER (PARTITION BY c.segment, c.value ORDER BY c.customer_count, c.obstacle_id) = 1;

UPDATE segment_cells AS c SET shown = false FROM segment_hidden AS h
WHERE c.day IS NULL AND c.obstacle_id = h.obstacle_id AND c.segment = h.segment AND c.value = h.value;

-- Rule 4, first half, then rule 2 of the days.
UPDATE segment_cells AS c SET shown = false FROM segment_cells AS h
WHERE c.day IS NOT NULL AND h.day IS NULL AND NOT h.shown
    AND c.obstacle_id = h.obstacle_id AND c.segment = h.segment AND c.value = h.value;

CREATE OR REPLACE TEMP TABLE segment_hidden AS
SELECT day, obstacle_id, segment, value
FROM segment_cells
WHERE day IS NOT NULL
QUALIFY shown
    AND sum(customer_count) FILTER (WHERE NOT shown) OVER (PARTITION BY day, obstacle_id, segment) < 10
    AND row_number() OVER (PARTITION BY day, obstacle_id, segment, shown ORDER BY customer_count, value) = 1;

UPDATE segment_cells AS c SET shown = false FROM segment_hidden AS h
WHERE c.day = h.day AND c.obstacle_id = h.obstacle_id AND c.segment = h.segment AND c.value = h.value;

-- Rule 4, second half.
CREATE OR REPLACE TEMP TABLE segment_hidden AS
WITH rest AS (
    SELECT c.obstacle_id, c.segment, c.value, count(DISTINCT p.customer_key) AS customer_count
    FROM segment_cells AS c
    SEMI JOIN (FROM segment_cells WHERE day IS NOT NULL AND shown) AS s
        ON s.obstacle_id = c.obstacle_id AND s.segment = c.segment AND s.value = c.value
    JOIN segment_people AS p ON p.day = c.day AND p.obstacle_id = c.obstacle_id
    JOIN segment_values AS v ON v.customer_key = p.customer_key AND v.segment = c.segment AND v.value = c.value
    WHERE c.day IS NOT NULL AND NOT c.shown
    GROUP BY ALL
)
SELECT c.day, c.obstacle_id, c.segment, c.value
FROM segment_cells AS c
JOIN rest AS r ON r.obstacle_id = c.obstacle_id AND r.segment = c.segment AND r.value = c.value
WHERE c.day IS NOT NULL AND c.shown AND r.customer_count < 10
QUALIFY row_number() OVER (PARTITION BY c.obstacle_id, c.segment, c.value ORDER BY c.customer_count, c.day) = 1;

UPDATE segment_cells AS c SET shown = false FROM segment_hidden AS h
WHERE c.day = h.day AND c.obstacle_id = h.obstacle_id AND c.segment = h.segment AND c.value = h.value;

DROP TABLE segment_hidden;
DROP TABLE segment_people;
DROP TABLE segment_values;
