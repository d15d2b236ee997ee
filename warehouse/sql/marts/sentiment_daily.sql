-- Parameters: day. Reads `facts`.
SELECT
    $day AS day,
    product,
    step,
    channel,
    count(*) AS inquiry_count,
    count(*) FILTER (WHERE sentiment_label = 'negative') AS negative_count,
    count(*) FILTER (WHERE sentiment_label = 'neutral') AS neutral_count,
    count(*) FILTER (WHERE sentiment_label = 'positive') AS positive_count,
    count(*) FILTER (WHERE sentiment_label = 'negative') / count(*) AS negative_share,
    sum(sentiment) AS sentiment_sum,
    sum(effort) AS effort_sum,
    count(*) FILTER (WHERE emotion = 'calm') AS calm_count,
    count(*) FILTER (WHERE emotion = 'anxious') AS anxious_count,
    count(*) FILTER (WHERE emotion = 'worried') AS worried_count,
    count(*) FILTER (WHERE emotion = 'disappointed') AS disappointed_count,
    count(*) FILTER (WHERE emotion = 'annoyed') AS annoyed_count,
    count(*) FILTER (WHERE emotion = 'angry') AS angry_count,
    count(*) FILTER (WHERE emotion = 'disgusted') AS disgusted_count,
    count(*) FILTER (WHERE emotion = 'pleased') AS pleased_count
FROM facts
GROUP BY product, step, channel
ORDER BY product, step, channel
