"""The whole way: late data, corrections, held days, edits, running again."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from tests.support import NOW, new_workspace, pipeline, published_content, query, spoil, write_jsonl
from warehouse.errors import ConfigError

JOURNEYS = """
products:
  - id: wallet
    name: 钱包
    steps:
      - {id: withdraw, name: 提现, words: [提现]}
      - {id: pay, name: 支付, words: [支付]}
"""


def chat(conversation, day, text="提现没到账", customer="U1", **more):
    return {
        "conversation_id": conversation,
        "sent_at": f"{day} 10:00:00",
        "sender": "customer",
        "text": text,
        "customer_id": customer,
        **more,
    }


@pytest.fixture
def home(tmp_path):
    home = new_workspace(tmp_path / "w", journeys=JOURNEYS)
    write_jsonl(home / "inbox/chats/1.jsonl", [chat(f"c{n}", f"2026-11-0{n}") for n in range(1, 4)])
    (home / "inbox/transactions/t.csv").write_text(
        "date,product,step,transactions\n" + "".join(f"2026-11-0{n},钱包,提现,1000\n" for n in range(1, 4))
    )
    return home


def rates(home):
    return query(
        home,
        "SELECT day::VARCHAR, inquiry_count, transaction_count, rate_per_10k FROM mart.inquiry_rate_daily WHERE step = 'withdraw' ORDER BY day",
    )


def test_a_run_publishes_counts_and_rates(home):
    outcome = pipeline(home).run()
    assert outcome.finished == [date(2026, 11, n) for n in (1, 2, 3)]
    assert not outcome.held
    assert rates(home) == [(f"2026-11-0{n}", 1, 1000, 10.0) for n in (1, 2, 3)]
    assert query(home, "SELECT inquiry_id, repeat_of FROM insight.inquiry_journey ORDER BY 1") == [
        ("chats:c1", None),
        ("chats:c2", "chats:c1"),
        ("chats:c3", "chats:c2"),
    ]
    assert (home / "reports/2026-11-03/report.html").exists()


def test_running_again_does_nothing_and_by_force_gives_the_same(home):
    pipeline(home).run()
    before = published_content(home)
    again = pipeline(home).run()
    assert again.finished == []
    assert not again.published.is_new
    forced = pipeline(home).run(first=date(2026, 11, 1), last=date(2026, 11, 3))
    assert len(forced.finished) == 3
    assert published_content(home) == before


def test_late_data_restates_its_day_and_the_days_that_look_back_at_it(home):
    pipeline(home).run()
    write_jsonl(
        home / "inbox/chats/late.jsonl",
        [chat("c0", "2026-11-02", customer="U3"), chat("c9", "2026-11-03", customer="U3")],
    )
    outcome = pipeline(home).run()
    assert outcome.finished == [date(2026, 11, 2), date(2026, 11, 3)]
    assert [row[1] for row in rates(home)] == [1, 2, 2]
    assert query(home, "SELECT repeat_of FROM insight.inquiry_journey WHERE inquiry_id = 'chats:c9'") == [
        ("chats:c0",)
    ]


def test_only_what_is_new_is_worked_on(home):
    pipeline(home).run()
    write_jsonl(home / "inbox/chats/next.jsonl", [chat("n1", "2026-11-04", customer="U9")])
    seen = []
    pipeline(home, progress=lambda step, day, status: seen.append((step, day, status))).run()
    worked = {day for step, day, status in seen if status == "done" and day is not None}
    assert worked == {date(2026, 11, 4)}


def test_a_correction_of_transactions_changes_the_rate_alone(home):
    pipeline(home).run()
    (home / "inbox/transactions/fix.csv").write_text(
        "date,product,step,transactions\n2026-11-02,钱包,提现,500\n"
    )
    seen = []
    pipeline(home, progress=lambda step, day, status: seen.append((step, day, status))).run()
    assert rates(home)[1] == ("2026-11-02", 1, 500, 20.0)
    assert ("tag", date(2026, 11, 2), "done") not in seen, (
        "conform gave the same rows, so nothing after it reads anything new"
    )


def test_silent_days_between_have_their_rows(home):
    write_jsonl(home / "inbox/chats/later.jsonl", [chat("z", "2026-11-07")])
    pipeline(home).run()
    assert [(day, count) for day, count, *_ in rates(home)] == [
        ("2026-11-01", 1), ("2026-11-02", 1), ("2026-11-03", 1), ("2026-11-04", 0), ("2026-11-05", 0), ("2026-11-06", 0), ("2026-11-07", 1),
    ]  # fmt: skip


def test_a_failed_check_holds_the_day_back_and_the_last_file_stays(home):
    pipeline(home).run()
    before = published_content(home)
    broken = spoil(home, date(2026, 11, 2))
    outcome = broken.run()
    assert list(outcome.held) == [date(2026, 11, 2)]
    assert "raw.chats.sender" in outcome.held[date(2026, 11, 2)]
    assert published_content(home) == before
    results = broken.store.scan("ops.check_results", [date(2026, 11, 2)]).filter(~pl.col("success")).collect()
    assert results.select("table_name", "check_name", "column_name", "severity").rows() == [
        ("raw.chats", "in_set", "sender", "fail")
    ]
    assert "ghost" in results["observed"][0]
    assert results["sample_keys"][0].to_list()


def test_a_held_day_does_not_stop_the_others(home):
    pipeline(home).land()
    spoil(home, date(2026, 11, 2))
    outcome = pipeline(home).run()
    assert outcome.finished == [date(2026, 11, 1), date(2026, 11, 3)]
    assert query(home, "SELECT DISTINCT day::VARCHAR FROM core.inquiries ORDER BY 1") == [
        ("2026-11-01",),
        ("2026-11-03",),
    ]


def test_an_edit_of_journeys_holds_from_the_next_day(home):
    pipeline(home).run()
    (home / "journeys.yaml").write_text(
        JOURNEYS.replace("id: withdraw, name: 提现", "id: cash_out, name: 提现")
    )
    write_jsonl(home / "inbox/chats/next.jsonl", [chat("n1", "2026-11-04")])
    pipeline(home).run()
    assert query(home, "SELECT day::VARCHAR, step FROM insight.inquiry_journey ORDER BY 1") == [
        ("2026-11-01", "withdraw"), ("2026-11-02", "withdraw"), ("2026-11-03", "withdraw"), ("2026-11-04", "cash_out"),
    ]  # fmt: skip
    assert query(
        home,
        "SELECT step, valid_from::VARCHAR, valid_to::VARCHAR FROM core.steps WHERE step IN ('withdraw', 'cash_out') ORDER BY 2 NULLS FIRST",
    ) == [
        ("withdraw", None, "2026-11-03"),
        ("cash_out", "2026-11-04", None),
    ]


def test_a_ticket_counts_until_its_parent_lands(home):
    ticket = {
        "ticket_id": "t1",
        "created_at": "2026-11-03 12:00:00",
        "description": "提现没到账",
        "parent_id": "p1",
    }
    write_jsonl(home / "inbox/tickets/t.jsonl", [ticket])
    pipeline(home).run()
    counted = "SELECT is_inquiry, not_inquiry_reason FROM core.inquiries WHERE inquiry_id = 'tickets:t1'"
    assert query(home, counted) == [(True, None)]
    write_jsonl(home / "inbox/chats/parent.jsonl", [chat("p1", "2026-11-02", customer="U8")])
    pipeline(home).run()
    assert query(home, counted) == [(False, "child")]


def test_customers_and_changes_are_published_as_voc_yaml_says(tmp_path):
    home = new_workspace(tmp_path / "w", voc="publish: [age_band, note]\n", journeys=JOURNEYS)
    write_jsonl(home / "inbox/chats/1.jsonl", [chat("c1", "2026-11-01")])
    write_jsonl(
        home / "inbox/customers/1.jsonl",
        [{"customer_id": "U1", "age_band": "60+", "phone": "13800138000", "note": '他说"打13900139000"'}],
    )
    write_jsonl(
        home / "inbox/changes/1.jsonl",
        [{"date": "2026-11-01", "product": "钱包", "step": "提现", "kind": "release", "title": "新版"}],
    )
    pipeline(home).run()
    ((attributes,),) = query(home, "SELECT attributes FROM core.customers")
    assert attributes == '{"age_band":"60+","note":"他说\\"打[手机号]\\""}'
    assert query(home, "SELECT c.customer_key = i.customer_key FROM core.customers c, core.inquiries i") == [
        (True,)
    ]
    assert query(home, "SELECT product, step, kind, title FROM core.changes") == [
        ("wallet", "withdraw", "release", "新版")
    ]


def test_a_day_that_is_not_there_names_those_that_are(home):
    work = pipeline(home)
    work.land()
    with pytest.raises(ConfigError, match="2026-11-01 to 2026-11-03"):
        work.plan(day=date(2025, 1, 1))


def test_partial_days_say_so(tmp_path):
    home = new_workspace(tmp_path / "w", journeys=JOURNEYS)
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(8)]
    write_jsonl(home / "inbox/chats/1.jsonl", [chat(f"c{d}", d) for d in days])
    write_jsonl(
        home / "inbox/calls/1.jsonl",
        [
            {"call_id": f"k{d}", "started_at": f"{d} 09:00:00", "speaker": "customer", "text": "支付失败"}
            for d in days[:6]
        ],
    )
    pipeline(home, now=NOW).run()
    assert query(home, "SELECT day::VARCHAR FROM mart.inquiry_rate_daily GROUP BY day HAVING bool_or(is_partial) ORDER BY 1") == [
        ("2026-11-07",), ("2026-11-08",),
    ]  # fmt: skip


def test_an_empty_inbox_says_what_to_do(tmp_path):
    home = new_workspace(tmp_path / "w")
    with pytest.raises(Exception, match="nothing has landed yet"):
        pipeline(home).run()


def test_the_demo_adds_up(demo_home):
    assert query(
        demo_home, "SELECT sum(rows_read) = sum(rows_landed + rows_rejected + rows_already) FROM ops.files"
    ) == [(True,)]
    ((files, rejects),) = query(
        demo_home, "SELECT (SELECT sum(rows_rejected) FROM ops.files), (SELECT count(*) FROM ops.rejects)"
    )
    assert files == rejects > 0
    assert query(
        demo_home,
        "SELECT (SELECT sum(inquiry_count) FROM mart.inquiry_rate_daily) = (SELECT count(*) FROM core.inquiries WHERE is_inquiry), "
        "(SELECT sum(inquiry_count) FROM mart.topic_daily) = (SELECT count(*) FROM core.inquiries WHERE is_inquiry), "
        "(SELECT sum(turn_count) FROM core.inquiries) = (SELECT count(*) FROM core.turns)",
    ) == [(True, True, True)]
    truth = pl.read_parquet(demo_home / "demo" / "truth.parquet")
    found = pl.DataFrame(
        query(demo_home, "SELECT inquiry_id, is_inquiry FROM core.inquiries"),
        schema=["inquiry_id", "found"],
        orient="row",
    )
    both = truth.join(found, on="inquiry_id")
    assert both.height > 0.98 * truth.height
    assert (both["is_inquiry"] == both["found"]).mean() > 0.98
