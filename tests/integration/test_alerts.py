"""A group of customers that alone asks more is told, from the inbox to the published alerts; the store keeps its counts."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from tests.support import new_workspace, pipeline, query, table, write_jsonl

FIRST = date(2026, 9, 7)
DAYS, SICK = 17, (15, 16)
OLD = 60  # of 360 customers
JOURNEYS = """
products:
  - id: wallet
    name: {zh: 钱包, en: Wallet}
    steps:
      - {id: withdraw, name: {zh: 提现, en: Withdraw}, words: [提现]}
      - {id: pay, name: {zh: 支付, en: Pay}, words: [支付]}
"""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """90 inquiries a day of each of two steps by everybody alike; for two days those of 60 and more ask three times as often."""
    home = new_workspace(
        tmp_path_factory.mktemp("alerts") / "w", journeys=JOURNEYS, voc="publish: [age_band, secret_id]\n"
    )
    draw = np.random.default_rng(4)
    rows = []
    for n in range(DAYS):
        day = FIRST + timedelta(days=n)
        for text in ("提现失败", "支付失败"):
            asked = draw.choice(360, 90, replace=False).tolist()
            if n in SICK and text == "提现失败":
                asked += draw.choice(sorted(set(range(OLD)) - set(asked)), 30, replace=False).tolist()
            rows += [
                {
                    "conversation_id": f"{day}-{text}-{k}", "sent_at": f"{day} 10:00:00", "sender": "customer",
                    "text": text, "customer_id": f"c{k}",
                }
                for k in asked
            ]  # fmt: skip
    write_jsonl(home / "inbox/chats/a.jsonl", rows)
    customers = [
        f"c{k},{'60+' if k < OLD else '25-34' if k % 2 else '35-59'},{'x' if k else 'only'}"
        for k in range(360)
    ]
    (home / "inbox/customers/c.csv").write_text(
        "customer_id,age_band,secret_id\n" + "\n".join(customers) + "\n"
    )
    pipeline(home).run()
    return home


def test_the_group_is_told_once_and_nothing_else(home):
    found = query(home, "SELECT day, level, step, segment, explanation_zh, explanation_en FROM mart.alerts")
    assert [row[:4] for row in found] == [
        (FIRST + timedelta(days=SICK[0]), "segment", "withdraw", "age_band=60+")
    ]
    assert found[0][4].startswith("提现（钱包）9月22日有约 ")
    assert found[0][5].startswith("Withdraw (Wallet): about ")
    assert "customers with age group “60+”" in found[0][5]


def test_its_episode_lasts_both_days(home):
    ((start, end),) = query(
        home,
        "SELECT start_day, max(last_day) FROM mart.alert_episodes WHERE segment = 'age_band=60+' AND step = 'withdraw' "
        "GROUP BY ALL",
    )
    assert (start, end >= FIRST + timedelta(days=SICK[1])) == (FIRST + timedelta(days=SICK[0]), True)


def test_counts_of_groups_stay_in_the_store(home):
    counts = table(home, "insight.segment_daily")
    assert set(counts["segment"]) == {"age_band", "secret_id"}
    whole = (
        counts.filter(counts["segment"] == "age_band")
        .group_by("day", "product", "step")
        .agg(pl.col("inquiry_count").sum())
    )
    assert set(whole["inquiry_count"]) <= {90, 120, 180, 210}
    names = query(home, "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'segment%'")
    assert names == []


def test_the_sample_whose_groups_are_alike_tells_of_none(demo_home):
    assert query(demo_home, "SELECT day, explanation_en FROM mart.alerts WHERE level = 'segment'") == []
    assert set(table(demo_home, "insight.segment_daily")["segment"]) >= {
        "age_band",
        "device",
        "region",
        "tenure",
    }
