-- A row an inquiry that counts, with all that the marts of a day group by.
SELECT
    i.inquiry_id,
    i.source,
    i.channel,
    i.customer_key,
    j.product,
    j.step,
    j.cause,
    j.repeat_of,
    t.topic_id,
    s.sentiment,
    s.sentiment_label,
    s.emotion,
    s.effort
FROM core.inquiries AS i
LEFT JOIN insight.inquiry_journey AS j USING (inquiry_id)
LEFT JOIN insight.inquiry_topics AS t USING (inquiry_id)
LEFT JOIN insight.inquiry_sentiment AS s USING (inquiry_id)
WHERE i.is_inquiry
