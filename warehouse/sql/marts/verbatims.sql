SELECT
    i.inquiry_id,
    i.day,
    j.product,
    j.step,
    t.topic_id,
    j.cause,
    s.emotion,
    s.sentiment,
    i.problem
FROM core.inquiries AS i
LEFT JOIN insight.inquiry_journey AS j ON j.inquiry_id = i.inquiry_id AND j.day = i.day
LEFT JOIN insight.inquiry_topics AS t ON t.inquiry_id = i.inquiry_id AND t.day = i.day
LEFT JOIN insight.inquiry_sentiment AS s ON s.inquiry_id = i.inquiry_id AND s.day = i.day
WHERE i.is_inquiry AND i.problem IS NOT NULL
