-- Parameters: day. Reads `facts`.
SELECT
    $day AS day,
    topic_id,
    count(*) AS inquiry_count,
    count(DISTINCT customer_key) + count(*) FILTER (WHERE customer_key IS NULL) AS customer_count,
    count(*) FILTER (WHERE sentiment_label = 'negative') AS negative_count,
    count(*) / sum(count(*)) OVER () AS inquiry_share
FROM facts
GROUP BY topic_id
ORDER BY topic_id
