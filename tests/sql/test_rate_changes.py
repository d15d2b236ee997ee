"""The split of a rate change is exact: contributions add up to the change of every product's rate."""

import pytest

from tests.support import query

_RATES = """
WITH periods AS (SELECT DISTINCT from_start, from_end, to_start, to_end FROM mart.rate_changes),
inquiries AS (
    SELECT p.from_start, product,
        sum(inquiry_count) FILTER (WHERE day <= from_end) AS before, sum(inquiry_count) FILTER (WHERE day >= to_start) AS after
    FROM periods AS p JOIN mart.inquiry_rate_daily AS r ON r.day BETWEEN p.from_start AND p.to_end
    WHERE product IS NOT NULL GROUP BY ALL
),
transactions AS (
    SELECT p.from_start, product,
        sum(transaction_count) FILTER (WHERE day <= from_end) AS before, sum(transaction_count) FILTER (WHERE day >= to_start) AS after
    FROM periods AS p JOIN denominators() AS d ON d.day BETWEEN p.from_start AND p.to_end
    WHERE step IS NULL GROUP BY ALL
)
SELECT i.from_start, i.product, rate_per_10k(i.after, t.after) - rate_per_10k(i.before, t.before)
FROM inquiries AS i JOIN transactions AS t USING (from_start, product)
ORDER BY ALL
"""
_CONTRIBUTIONS = """
SELECT from_start, product, sum(contribution_per_10k), sum(rate_effect) + sum(mix_effect)
FROM mart.rate_changes GROUP BY ALL ORDER BY ALL
"""


def test_contributions_add_up_to_the_change_of_the_product(demo_home):
    changes = query(demo_home, _RATES)
    parts = query(demo_home, _CONTRIBUTIONS)
    assert len(changes) == len(parts) > 0
    for (start, product, change), (part_start, part_product, total, effects) in zip(
        changes, parts, strict=True
    ):
        assert (start, product) == (part_start, part_product)
        assert total == pytest.approx(change, abs=1e-9)
        assert effects == pytest.approx(change, abs=1e-9)


def test_periods_are_whole_weeks_that_follow_each_other(demo_home):
    rows = query(demo_home, "SELECT DISTINCT from_start, from_end, to_start, to_end FROM mart.rate_changes")
    assert rows
    for from_start, from_end, to_start, to_end in rows:
        assert [
            (b - a).days for a, b in ((from_start, from_end), (from_end, to_start), (to_start, to_end))
        ] == [6, 1, 6]
