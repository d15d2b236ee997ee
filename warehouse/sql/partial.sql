-- Parameters: day. Whether the day lacks something: a source that came on at least five of the seven days before, or
-- the transactions, if the days looked back at had some. Reads `facts`, core.transactions and the days before.
WITH lately AS (
    SELECT source, count(DISTINCT day) AS days
    FROM core.inquiries_back
    WHERE is_inquiry AND day >= $day - 7
    GROUP BY source
)
SELECT
    EXISTS (SELECT * FROM lately WHERE days >= 5 AND source NOT IN (SELECT source FROM facts))
    OR (
        NOT EXISTS (SELECT * FROM core.transactions)
        AND EXISTS (SELECT * FROM core.transactions_back WHERE day >= $day - 7)
    ) AS is_partial
