"""Queries on the published file that a run ends with. All counts are sums, all rates taken last."""

from __future__ import annotations

# Steps with their rates of the last seven days and the seven before, highest first.
# Parameters: day.
STEP_RATES = """
WITH counted AS (
    SELECT product, step, day > $day - 7 AS recent, sum(inquiry_count) AS inquiries
    FROM mart.inquiry_rate_daily
    WHERE day BETWEEN $day - 13 AND $day AND step IS NOT NULL
    GROUP BY ALL
),
base AS (
    SELECT product, step, day > $day - 7 AS recent, sum(transaction_count) AS transactions
    FROM denominators()
    WHERE day BETWEEN $day - 13 AND $day AND step IS NOT NULL
    GROUP BY ALL
),
rates AS (
    SELECT
        product, step, recent, inquiries, transactions,
        rate_per_10k(inquiries, transactions) AS rate,
        rate_low(inquiries, transactions) AS low,
        rate_high(inquiries, transactions) AS high
    FROM counted
    JOIN base USING (product, step, recent)
)
SELECT
    now.product,
    now.step,
    coalesce(s.product_name_{language}, now.product) AS product_name,
    coalesce(s.step_name_{language}, now.step) AS step_name,
    now.inquiries::BIGINT AS inquiries,
    now.transactions::BIGINT AS transactions,
    now.rate AS per_10k,
    now.low AS per_10k_low,
    now.high AS per_10k_high,
    before.rate AS per_10k_week_before
FROM rates AS now
LEFT JOIN rates AS before ON before.product = now.product AND before.step = now.step AND NOT before.recent
LEFT JOIN core.steps AS s ON s.product = now.product AND s.step = now.step AND s.valid_to IS NULL
WHERE now.recent AND now.rate IS NOT NULL
ORDER BY now.rate DESC, now.product, now.step
"""

# The worst obstacles of the last 28 days: by impact, the inquiries a week that could be avoided × severity.
# No parameters.
WORST_OBSTACLES = """
SELECT
    coalesce(s.product_name_{language}, o.product) AS product_name,
    o.label,
    o.inquiry_count_28d AS inquiries,
    o.rate_per_10k_28d AS per_10k,
    o.rate_per_10k_28d_low AS per_10k_low,
    o.rate_per_10k_28d_high AS per_10k_high,
    o.trend_ratio,
    o.since_day,
    o.cause,
    o.lever
FROM mart.obstacles AS o
LEFT JOIN core.steps AS s ON s.product = o.product AND s.step = o.step AND s.valid_to IS NULL
WHERE o.step IS NOT NULL
ORDER BY o.rank
LIMIT 5
"""


def step_rates(language: str) -> str:
    """`STEP_RATES` with names in a language (zh or en)."""
    return STEP_RATES.replace("{language}", "en" if language == "en" else "zh")


def worst_obstacles(language: str) -> str:
    """`WORST_OBSTACLES` with names in a language (zh or en)."""
    return WORST_OBSTACLES.replace("{language}", "en" if language == "en" else "zh")
