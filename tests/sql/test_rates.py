"""Every rate and interval of a published file can be recomputed from the counts beside it."""

from datetime import timedelta

import pytest

from tests.support import new_workspace, pipeline, query, write_jsonl

INTERVALS = {
    "mart.inquiry_rate_daily": ("inquiry_count", "transaction_count", "rate_per_10k"),
    "mart.obstacle_daily": ("inquiry_count", "transaction_count", "rate_per_10k"),
    "mart.inquiry_rate_weekly": ("inquiry_count", "transaction_count", "rate_per_10k"),
    "mart.inquiry_rate_monthly": ("inquiry_count", "transaction_count", "rate_per_10k"),
    "mart.obstacles": ("inquiry_count_28d", "transaction_count_28d", "rate_per_10k_28d"),
}


@pytest.mark.parametrize("table", INTERVALS)
def test_intervals_follow_from_counts_transactions_and_dispersion(demo_home, table):
    count, base, rate = INTERVALS[table]
    rows, wrong = query(
        demo_home,
        f"""
        SELECT count({rate}), count(*) FILTER (WHERE {rate} IS NOT NULL AND (
            {rate} IS DISTINCT FROM rate_per_10k({count}, {base})
            OR {rate}_low IS DISTINCT FROM rate_low({count}, {base}, dispersion)
            OR {rate}_high IS DISTINCT FROM rate_high({count}, {base}, dispersion)
            OR NOT ({rate}_low <= {rate} AND {rate} <= {rate}_high)
        )) FROM {table}
        """,
    )[0]
    assert rows > 10
    assert wrong == 0


def test_dispersion_is_known_after_some_days_and_widens(demo_home):
    ((first, last),) = query(demo_home, "SELECT min(day), max(day) FROM mart.dispersion_daily")
    assert query(
        demo_home, "SELECT count(dispersion_estimate) > 15 FROM mart.dispersion_daily WHERE day = $1", [last]
    ) == [(True,)]
    assert (
        query(
            demo_home,
            "SELECT count(*) FROM mart.inquiry_rate_daily WHERE dispersion > 1 AND day = $1",
            [last],
        )[0][0]
        > 0
    )
    assert (last - first).days > 10


def test_shrunk_rates_follow_from_the_prior(demo_home):
    rows = query(
        demo_home,
        """
        SELECT o.shrunk_per_10k, (p.shape + o.inquiry_count_28d / o.dispersion) / (p.transaction_count + o.transaction_count_28d / o.dispersion) * 10000
        FROM mart.obstacles AS o, mart.rate_priors AS p WHERE o.transaction_count_28d > 0
        """,
    )
    assert len(rows) > 20
    for shrunk, again in rows:
        assert shrunk == pytest.approx(again)


def test_impact_is_made_of_its_parts_and_ranks(demo_home):
    rows = query(
        demo_home,
        "SELECT impact, weekly_inquiries * severity, severity, 1 + negative_share + effort, "
        "weekly_inquiries, shrunk_per_10k / 10000 * transaction_count_28d / (day_count / 7) FROM mart.obstacles "
        "WHERE inquiry_count_28d > 0 AND shrunk_per_10k IS NOT NULL ORDER BY rank",
    )
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    for row in rows:
        assert row[::2] == pytest.approx(row[1::2])
    total, days = query(demo_home, "SELECT sum(inquiry_count_28d), any_value(day_count) FROM mart.obstacles")[
        0
    ]
    weekly = query(demo_home, "SELECT sum(weekly_inquiries) FROM mart.obstacles")[0][0]
    assert weekly == pytest.approx(float(total) / days * 7, rel=0.05)


def test_a_product_counts_its_own_transactions_once(demo_home):
    """From the transactions alone: the wallet has none of its own, so its busiest step of each day stands for it."""
    found = query(
        demo_home,
        "SELECT period, transaction_count FROM mart.inquiry_rate_weekly WHERE level = 'product' AND product = 'wallet' ORDER BY 1",
    )
    expected = query(
        demo_home,
        """
        SELECT date_trunc('week', day)::DATE, sum(most)::BIGINT FROM (
            SELECT day, max(total) AS most
            FROM (SELECT day, step, sum(transaction_count) AS total FROM core.transactions WHERE product = 'wallet' GROUP BY ALL)
            GROUP BY day
        ) GROUP BY ALL ORDER BY 1
        """,
    )
    assert found == expected
    named = query(
        demo_home,
        "SELECT sum(transaction_count) FROM mart.inquiry_rate_weekly WHERE level = 'product' AND product = 'credit_pay'",
    )
    assert named == query(
        demo_home,
        "SELECT sum(transaction_count) FROM core.transactions WHERE product = 'credit_pay' AND step = 'pay'",
    )


def test_counts_of_a_level_add_up_and_customers_do_not(demo_home):
    rows = query(
        demo_home,
        "SELECT level, sum(inquiry_count), sum(customer_count) FROM mart.inquiry_rate_monthly GROUP BY level ORDER BY level",
    )
    inquiries = {level: count for level, count, _ in rows}
    customers = {level: count for level, _, count in rows}
    (total,) = query(demo_home, "SELECT count(*) FROM core.inquiries WHERE is_inquiry")[0]
    assert set(inquiries.values()) == {total}
    assert customers["all"] < customers["product"] < customers["step"]


def test_any_other_grain(demo_home):
    (total,) = query(demo_home, "SELECT count(*) FROM core.inquiries WHERE is_inquiry")[0]
    assert (
        query(demo_home, "SELECT sum(inquiry_count) FROM rates('quarter') WHERE level = 'all'")[0][0] == total
    )
    ((last,),) = query(demo_home, "SELECT max(day) FROM mart.inquiry_rate_daily")
    late = query(
        demo_home,
        "FROM rates('day', since := $1) WHERE level <> 'all' ORDER BY ALL",
        [last - timedelta(days=2)],
    )
    assert late == query(
        demo_home,
        "FROM rates('day') WHERE level <> 'all' AND period >= $1 ORDER BY ALL",
        [last - timedelta(days=2)],
    )
    assert len(late) > 60
    assert query(demo_home, "SELECT count(*), bool_or(is_partial) FROM rates('day') WHERE level = 'all'")[
        0
    ] == (15, False)


def test_segments_of_the_sample_are_shown_and_none_is_small(demo_home):
    assert query(demo_home, "SELECT count(*) > 0, min(customer_count) >= 10 FROM mart.obstacle_segments") == [
        (True, True)
    ]
    wrong = query(
        demo_home,
        "SELECT count(*) FROM mart.obstacle_segments WHERE NOT (lift_low <= lift AND lift <= lift_high) "
        "OR abs(lift - inquiry_count / known_inquiry_count / base_share) > 1e-9",
    )
    assert wrong == [(0,)]


def test_an_obstacle_is_the_sum_of_its_days_on_its_steps_transactions(demo_home):
    rows = query(
        demo_home,
        """
        WITH counts AS (SELECT obstacle_id, sum(inquiry_count) AS inquiries FROM mart.obstacle_daily GROUP BY ALL),
        bases AS (SELECT product, step, sum(transaction_count) AS transactions FROM denominators() GROUP BY ALL)
        SELECT o.inquiry_count_28d, c.inquiries, o.transaction_count_28d, b.transactions
        FROM mart.obstacles AS o
        JOIN counts AS c USING (obstacle_id)
        LEFT JOIN bases AS b ON b.product = o.product AND b.step IS NOT DISTINCT FROM o.step
        """,
    )
    assert len(rows) > 20
    for counted, inquiries, based, transactions in rows:
        assert (counted, based) == (inquiries, transactions)


JOURNEYS = """
products:
  - id: wallet
    name: 钱包
    words: [钱包]
    steps:
      - {id: pay, name: 支付, words: [支付]}
"""


def test_without_transactions_rates_are_null_and_a_check_warns(tmp_path):
    home = new_workspace(tmp_path, journeys=JOURNEYS)
    write_jsonl(
        home / "inbox" / "chats" / "a.jsonl",
        [
            {
                "conversation_id": f"c{n}",
                "sent_at": "2026-11-02 09:00:00",
                "sender": "customer",
                "text": "钱包支付失败了怎么办",
            }
            for n in range(12)
        ],
    )
    pipeline(home).run()
    assert query(
        home,
        "SELECT count(*) > 0, count(rate_per_10k), count(rate_per_10k_high) FROM mart.inquiry_rate_daily",
    ) == [(True, 0, 0)]
    assert query(
        home, "SELECT sum(inquiry_count_28d), count(rate_per_10k_28d), min(impact) > 0 FROM mart.obstacles"
    ) == [(12, 0, True)]
    warned = query(
        home,
        "SELECT severity, success FROM ops.check_results WHERE table_name = 'mart.obstacle_daily' AND check_name = 'share_not_null'",
    )
    assert warned == [("warn", False)]
