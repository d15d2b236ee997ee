"""Saved examples of the SQL page: the questions of warehouse/README.md, to begin from."""

from __future__ import annotations

_LAST = "(SELECT max(day) FROM mart.inquiry_rate_daily)"

# id -> ((Chinese, English), SQL)
EXAMPLES: dict[str, tuple[tuple[str, str], str]] = {
    "steps_week": (
        ("近 7 天万求率最高的环节", "Steps with the highest rates of the last 7 days"),
        f"""WITH counted AS (
    SELECT product, step, sum(inquiry_count) AS inquiries
    FROM mart.inquiry_rate_daily
    WHERE day > {_LAST} - 7
    GROUP BY ALL
),
base AS (
    SELECT product, step, sum(transaction_count) AS transactions
    FROM denominators()
    WHERE day > {_LAST} - 7
    GROUP BY ALL
)
SELECT
    product, step, inquiries, transactions,
    round(rate_per_10k(inquiries, transactions), 1) AS per_10k,
    round(rate_low(inquiries, transactions), 1) AS low,
    round(rate_high(inquiries, transactions), 1) AS high
FROM counted
JOIN base USING (product, step)
ORDER BY per_10k DESC;""",
    ),
    "weeks": (
        ("每周总万求率", "The rate of all products by week"),
        """WITH counted AS (
    SELECT date_trunc('week', day) AS week, sum(inquiry_count) AS inquiries
    FROM mart.inquiry_rate_daily
    GROUP BY ALL
),
base AS (
    SELECT date_trunc('week', day) AS week, sum(transaction_count) AS transactions
    FROM denominators()
    WHERE step IS NULL
    GROUP BY ALL
)
SELECT week, inquiries, transactions, round(rate_per_10k(inquiries, transactions), 1) AS per_10k
FROM counted
JOIN base USING (week)
ORDER BY week;""",
    ),
    "obstacles": (
        ("影响最大的 20 个障碍点", "The 20 obstacles with the most impact"),
        """SELECT
    rank, product, step, label, cause, lever, status, first_day,
    inquiry_count_28d, round(rate_per_10k_28d, 1) AS per_10k,
    round(negative_share * 100, 1) AS negative_percent, round(impact, 1) AS impact
FROM mart.obstacles
ORDER BY rank
LIMIT 20;""",
    ),
    "why_moved": (
        ("本周万求率为什么变了", "Why the rate moved this week"),
        """SELECT
    product, step, topic_id,
    round(before_per_10k, 2) AS before_per_10k, round(after_per_10k, 2) AS after_per_10k,
    round(rate_effect, 2) AS rate_effect, round(mix_effect, 2) AS mix_effect,
    round(contribution_per_10k, 2) AS contribution
FROM mart.rate_changes
WHERE to_end = (SELECT max(to_end) FROM mart.rate_changes) AND to_start = to_end - 6
ORDER BY abs(contribution_per_10k) DESC
LIMIT 20;""",
    ),
    "emotions": (
        ("哪些环节最让人生气", "Which steps make people angry"),
        f"""SELECT
    product, step, sum(inquiry_count) AS inquiries,
    round(100.0 * sum(negative_count) / sum(inquiry_count), 1) AS negative_percent,
    round(100.0 * sum(angry_count + annoyed_count + disgusted_count) / sum(inquiry_count), 1) AS anger_percent
FROM mart.sentiment_daily
WHERE day > {_LAST} - 28 AND step IS NOT NULL
GROUP BY ALL
HAVING sum(inquiry_count) >= 30
ORDER BY anger_percent DESC;""",
    ),
    "channels": (
        ("各渠道的求助与转人工", "Inquiries and hand-overs by channel"),
        f"""SELECT
    channel, source, count(*) AS inquiries,
    round(100.0 * count(*) FILTER (WHERE transferred) / count(*), 1) AS transferred_percent,
    round(avg(csat), 2) AS csat, count(csat) AS rated
FROM core.inquiries
WHERE is_inquiry AND day > {_LAST} - 28
GROUP BY ALL
ORDER BY inquiries DESC;""",
    ),
    "repeats": (
        ("重复求助最多的环节", "Steps with the most repeated inquiries"),
        f"""SELECT
    product, step, sum(inquiry_count) AS inquiries, sum(repeat_count) AS repeats,
    round(100.0 * sum(repeat_count) / sum(inquiry_count), 1) AS repeat_percent
FROM mart.inquiry_rate_daily
WHERE day > {_LAST} - 28 AND step IS NOT NULL
GROUP BY ALL
HAVING sum(inquiry_count) >= 30
ORDER BY repeat_percent DESC;""",
    ),
    "customers": (
        ("某环节近 7 天有多少人求助", "How many people asked about a step in the last 7 days"),
        f"""SELECT
    j.product, j.step, count(*) AS inquiries,
    count(DISTINCT i.customer_key) + count(*) FILTER (WHERE i.customer_key IS NULL) AS customers
FROM core.inquiries AS i
JOIN insight.inquiry_journey AS j ON j.inquiry_id = i.inquiry_id AND j.day = i.day
WHERE i.is_inquiry AND i.day > {_LAST} - 7 AND j.step IS NOT NULL
GROUP BY ALL
ORDER BY customers DESC;""",
    ),
    "words": (
        ("客户怎么说「到账」", "What customers say about one word"),
        f"""SELECT day, product, step, cause, emotion, problem
FROM mart.verbatims
WHERE day > {_LAST} - 7 AND contains(problem, '到账')
ORDER BY day DESC, inquiry_id
LIMIT 50;""",
    ),
    "quality": (
        ("哪些文件有被拒的行", "Which files had rows refused, and why"),
        """SELECT
    split_part(r.file, '/', 1) AS kind, r.field, r.reason, any_value(r.expected) AS expected,
    count(*) AS rows, count(DISTINCT r.file) AS files
FROM ops.rejects AS r
GROUP BY ALL
ORDER BY rows DESC;""",
    ),
}
