-- Who hits an obstacle more than their share of all inquiries, over the last 28 days. Reads `segment_cells`
-- (segment_cells.sql), which also says which cells are hidden and why. The interval of the lift is Wilson's for the
-- share, with distinct customers for n because inquiries of one customer are not independent; the base is taken as it is.
SELECT
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
WHERE shown AND day IS NULL
ORDER BY obstacle_id, segment, value
