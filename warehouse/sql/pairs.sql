-- Channels and sources of today and of the days looked back at: each step has a row for each of them, if only a 0.
SELECT DISTINCT channel, source FROM facts
UNION
SELECT DISTINCT channel, source FROM core.inquiries_back WHERE is_inquiry
