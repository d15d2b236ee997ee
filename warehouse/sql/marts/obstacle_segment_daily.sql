-- Who hit an obstacle on a day of the last 28; the lift is against all inquiries of the 28 days. Reads `segment_cells`,
-- see obstacle_segments.sql.
SELECT
    day,
    obstacle_id,
    segment,
    value,
    inquiry_count,
    customer_count,
    known_inquiry_count,
    known_customer_count,
    inquiry_count / known_inquiry_count AS inquiry_share,
    base_share,
    inquiry_count / known_inquiry_count / base_share AS lift,
    share_low(inquiry_count / known_inquiry_count * known_customer_count, known_customer_count) / base_share AS lift_low,
    share_high(inquiry_count / known_inquiry_count * known_customer_count, known_customer_count) / base_share AS lift_high
FROM segment_cells
WHERE shown AND day IS NOT NULL
ORDER BY day, obstacle_id, segment, value
