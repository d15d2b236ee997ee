"""A day's batch as the pipeline has it checked: real tables, real Great Expectations."""

import math
import subprocess
import sys
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dags.steps import DAY_STEPS
from tests.support import new_workspace, pipeline, with_all_columns, write_jsonl
from warehouse.checks import History, check_day, day
from warehouse.checks.day import check_rows
from warehouse.checks.raw import days_with_rows, name_known, names_table
from warehouse.checks.rules import light, rules_of
from warehouse.config import Journeys
from warehouse.contracts import Check, contract
from warehouse.dayrun import DayRun
from warehouse.ledger import DayRecord

DAY = date(2026, 11, 9)
JOURNEYS = """
products:
  - id: wallet
    name: 钱包
    steps:
      - {id: withdraw, name: 提现, words: [提现]}
  - id: loan
    steps:
      - {id: repay, name: 还款}
"""


def chat(conversation, on=DAY, text="提现没到账", **more):
    return {
        "conversation_id": conversation,
        "sent_at": f"{on} 10:00:00",
        "sender": "customer",
        "text": text,
        **more,
    }


def home_with(tmp_path, rows, *, journeys=JOURNEYS, voc=""):
    home = new_workspace(tmp_path / "w", journeys=journeys, voc=voc)
    write_jsonl(home / "inbox/chats/1.jsonl", rows)
    return home


def run_of(work, on=DAY, record=None):
    return DayRun(work.ws, work.store, work.ledger, record or DayRecord(on, {}), "test", work.raw_state)


def landed(tmp_path, rows, **more):
    work = pipeline(home_with(tmp_path, rows, **more))
    work.land()
    return work


def raw_results(work, table="raw.chats", on=DAY):
    found = check_day(run_of(work, on), table, history=History({}))
    return {(r.check_name, r.column_name): r for r in found}


def failing(spec, frame, known=None):
    rules = rules_of(spec)
    found = check_rows(spec, light(frame.lazy(), spec, rules).collect(), rules, known or {})
    return {(r.check_name, r.column_name): r for r in found if not r.success}


def sentiments(values, ids=None):
    rows = len(values)
    frame = pl.DataFrame(
        {
            "inquiry_id": ids or [f"i{n}" for n in range(rows)],
            "day": [DAY] * rows,
            "sentiment": values,
            "sentiment_label": ["neutral"] * rows,
            "emotion": ["calm"] * rows,
            "effort": [0.5] * rows,
        },
        schema_overrides={"sentiment": pl.Float64},
    )
    return with_all_columns(frame, "insight.inquiry_sentiment")


def turns(texts):
    return pl.DataFrame(
        {
            "inquiry_id": ["a"] * len(texts),
            "turn_no": range(1, len(texts) + 1),
            "role": "customer",
            "text": texts,
            "day": DAY,
        },
        schema_overrides={"text": pl.String},
    )


KNOWN_TURNS = {"core.inquiries": pl.DataFrame({"inquiry_id": ["a"]})}


# Numbers that are none


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_a_finite_number_breaks_both_bounds(bad):
    spec = contract("insight.inquiry_sentiment")
    found = failing(
        spec, sentiments([0.0, bad]), {"core.inquiries": sentiments([0.0, 0.0]).select("inquiry_id")}
    )
    assert set(found) == {("between", "sentiment")}
    assert found["between", "sentiment"].sample_keys == ["i1"]


def test_not_a_number_breaks_a_single_bound():
    spec = contract("mart.obstacle_daily")
    frame = pl.DataFrame({c.name: [None, None] for c in spec.columns}, schema=spec.polars_schema())
    filled = frame.with_columns(
        pl.lit(DAY).alias("day"),
        pl.Series("obstacle_id", ["o1", "o2"]),
        *(pl.lit(1).cast(t).alias(n) for n, t in frame.schema.items() if n.endswith("_count")),
        pl.Series("rate_per_10k", [2.0, math.nan]),
    )
    found = failing(spec, filled)
    assert set(found) == {("between", "rate_per_10k")}
    assert found["between", "rate_per_10k"].observed == "1 of 2 rows; not a number"


# Texts


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("打 13800138000 找我", "masked"),
        ("卡 6222021234567890123", "masked"),
        ("证 11010119900307451X 号", "masked"),
        ("写到 someone@example.com 吧", "masked"),
        ("断\x00开", "no_nul"),
    ],
)
def test_texts_that_should_have_been_cleaned_are_warned_of_and_never_shown(text, check):
    found = failing(contract("core.turns"), turns(["好的", text, None]), KNOWN_TURNS)
    assert set(found) == {(check, "text")}
    result = found[check, "text"]
    assert result.severity == "warn"
    assert result.sample_keys == ["a · 2"]
    assert result.observed == "1 of 3 rows"
    assert (result.checked_count, result.failed_count) == (3, 1)


@pytest.mark.parametrize(
    "text",
    ["[手机号] 打不通", "95588 和 400-800-8888", "2026-11-09 付了 12345.67", "型号 A13800138000B", "", None],
)
def test_texts_that_are_clean_pass(text):
    assert failing(contract("core.turns"), turns([text]), KNOWN_TURNS) == {}


def test_what_masking_has_been_over_holds_nothing_that_the_second_look_finds():
    from transforms.masking import mask_text

    shapes = ["13800138000", "a.b@example.com", "11010119900307451X", "6222021234567890123", "20261109123456"]
    texts = pl.Series([f"请看{border}{shape}{border}谢谢" for shape in shapes for border in ("", " ", "，")])
    before = failing(contract("core.turns"), turns(texts.to_list()), KNOWN_TURNS)
    assert before["masked", "text"].failed_count == len(texts)
    assert failing(contract("core.turns"), turns(mask_text(texts).to_list()), KNOWN_TURNS) == {}


def test_text_length_is_judged_where_a_contract_asks_for_it():
    plain = contract("core.turns")
    spec = plain.model_copy(
        update={"checks": [*plain.checks, Check(check="text_length", column="text", min=1, max=3)]}
    )
    found = failing(spec, turns(["短", "", "四个汉字", None]), KNOWN_TURNS)
    assert set(found) == {("text_length", "text")}
    assert found["text_length", "text"].sample_keys == ["a · 2", "a · 3"]
    assert found["text_length", "text"].expected == "at least 1 and at most 3 characters"


def test_texts_are_not_collected():
    spec = contract("raw.tickets")
    rules = rules_of(spec)
    frame = pl.LazyFrame({c.name: [None] for c in spec.columns}, schema=spec.polars_schema())
    texts = light(
        frame.with_columns(description=pl.lit("很长" * 99), ticket_id=pl.lit("T1")), spec, rules
    ).collect()
    assert texts.select("description", "ticket_id").row(0) == ("", "")


def test_a_long_value_of_a_column_of_words_is_not_shown():
    frame = sentiments([0.0]).with_columns(emotion=pl.lit("我叫某某某" * 9))
    found = failing(
        contract("insight.inquiry_sentiment"), frame, {"core.inquiries": frame.select("inquiry_id")}
    )
    assert found["in_set", "emotion"].observed == "1 of 1 rows; a text of 45 characters"


# References


def test_a_product_without_a_step_must_be_known_too():
    spec = contract("insight.inquiry_journey")
    frame = pl.DataFrame(
        {
            "inquiry_id": ["a", "b", "c", "d"],
            "product": ["wallet", "purse", None, "wallet"],
            "step": [None, None, None, "fly"],
        },
        schema_overrides={"step": pl.String},
    )
    schema = {n: t for n, t in spec.polars_schema().items() if n not in frame.columns}
    frame = frame.with_columns(pl.lit(None, t).alias(n) for n, t in schema.items())
    known = {
        "core.inquiries": frame.select("inquiry_id"),
        "core.steps": pl.DataFrame({"product": ["wallet"], "step": ["pay"]}),
    }
    assert failing(spec, frame, known)["reference", "step"].sample_keys == ["b", "d"]


def test_names_as_sources_give_them():
    import yaml

    names = names_table(Journeys.model_validate(yaml.safe_load(JOURNEYS)))
    given = {
        ("钱包", "提现"): (True, True),
        (" Wallet ", "WITHDRAW"): (True, True),
        ("wallet", None): (True, True),
        ("wallet", ""): (True, True),
        (None, "repay"): (True, True),
        (None, "fly"): (True, False),
        ("wallet", "repay"): (True, False),
        ("purse", "fly"): (False, True),
        (None, None): (True, True),
    }
    frame = pl.DataFrame(list(given), schema=["product", "step"], orient="row")
    found = zip(name_known(frame, "product", names), name_known(frame, "step", names), strict=True)
    assert dict(zip(given, found, strict=True)) == given


# Raw tables of a workspace


def test_unknown_products_of_a_source_are_warned_of(tmp_path):
    work = landed(tmp_path, [chat("a", product="钱包", step="提现"), chat("b", product="purse"), chat("c")])
    found = raw_results(work)
    assert [k for k, r in found.items() if not r.success] == [("reference", "product")]
    result = found["reference", "product"]
    assert (result.severity, result.failed_count, result.expected) == ("warn", 1, "known to journeys.yaml")
    assert "purse" not in str(result)


def test_a_workspace_without_journeys_knows_no_names_and_misses_none(tmp_path):
    work = landed(tmp_path, [chat("a", product="purse", step="fly")], journeys="products: []\n")
    assert all(r.success for r in raw_results(work).values())


def test_corrections_are_no_doubles(tmp_path):
    work = landed(tmp_path, [chat("a", message_id="m1"), chat("a", message_id="m1", text="改过了")])
    assert work.store.scan("raw.chats").collect().height == 2
    assert all(r.success for r in raw_results(work).values())


def test_a_source_that_fell_silent_is_missed(tmp_path):
    days = [DAY - timedelta(days=back) for back in (1, 2, 3, 5, 6)]
    work = landed(tmp_path, [chat(f"c{each}", each) for each in days])
    result = raw_results(work)["row_count", None]
    assert (result.success, result.severity) == (False, "warn")
    assert result.observed == "0 rows; rows on 5 of the 7 days before"
    assert ("row_count", None) not in raw_results(work, "raw.calls"), "calls never came"


def test_a_source_that_comes_as_usual_is_not_missed(tmp_path):
    days = [DAY - timedelta(days=back) for back in range(6)]
    assert raw_results(landed(tmp_path, [chat(f"c{each}", each) for each in days]))["row_count", None].success


def test_days_with_rows_needs_five_of_seven():
    counts = {DAY - timedelta(days=back): 9 for back in (1, 2, 3, 4, 8, 9)}
    assert days_with_rows(counts, DAY) is None
    assert days_with_rows(counts | {DAY - timedelta(days=7): 1}, DAY) == 5
    assert days_with_rows(counts | {DAY - timedelta(days=7): 0}, DAY) is None


def test_the_share_rejected_is_that_of_each_file_as_it_was_last_read(tmp_path):
    bad = {"conversation_id": "x", "sent_at": "soon", "sender": "customer", "text": "?"}
    work = landed(tmp_path, [chat("a"), chat("b"), bad], voc="validate: {max_reject_share: 0.3}\n")
    result = raw_results(work)["share_rejected", None]
    assert (result.success, result.severity) == (False, "warn")
    assert result.observed == "1 of 3 rows of its files"
    write_jsonl(work.ws.inbox / "chats/1.jsonl", [chat("a"), chat("b"), chat("x")])
    work.land()
    result = raw_results(work)["share_rejected", None]
    assert result.success
    assert result.observed == "0 of 3 rows of its files"


def test_freshness_is_judged_where_a_contract_asks_for_it(tmp_path, monkeypatch):
    plain = contract("raw.chats")
    spec = plain.model_copy(update={"checks": [Check(check="freshness", max=2)]})
    monkeypatch.setattr(day, "contract", lambda table: spec)
    work = landed(tmp_path, [chat("a", DAY - timedelta(days=3))])
    assert (
        raw_results(work, on=DAY - timedelta(days=3))["freshness", None].observed == "newest rows 0 days old"
    )
    assert raw_results(work, on=DAY - timedelta(days=1))["freshness", None].success
    result = raw_results(work)["freshness", None]
    assert (result.success, result.observed, result.expected) == (
        False,
        "newest rows 3 days old",
        "at most 2",
    )


# The whole


def test_checks_add_no_input_to_any_step_and_a_good_day_passes(tmp_path):
    work = pipeline(home_with(tmp_path, [chat(f"c{n}", customer_id=f"U{n}") for n in range(3)]))
    work.land()
    record = work.begin_day(DAY)
    for step in DAY_STEPS:
        run = run_of(work, record=work.ledger.open_record(DAY) or record)
        step.load()(run)
        before = dict(run.inputs)
        tables = list(run.outputs) or ["raw.chats", "raw.calls", "raw.tickets", "raw.transactions"]
        for table in tables:
            found = check_day(run, table, history=History({}))
            # (that there are no transactions is a warning, and right)
            assert [r for r in found if not r.success and r.severity == "fail"] == [], table
            assert len({(r.check_name, r.column_name) for r in found}) == len(found), (
                "a key of ops.check_results"
            )
        assert run.inputs == before, step.name
        work.run_step(step, DAY)


def test_a_batch_judges_as_its_parts(monkeypatch):
    spec = contract("insight.inquiry_sentiment")
    frame = sentiments([0.0, 9.0, None, 0.5, -7.0, math.nan, 0.1], ids=["a", "b", "c", "d", "a", "e", "z"])
    known = {"core.inquiries": pl.DataFrame({"inquiry_id": ["a", "b", "c", "d", "e"]})}
    rules = rules_of(spec)
    whole = check_rows(spec, frame, rules, known)
    monkeypatch.setattr(day, "BATCH_ROWS", 2)
    assert check_rows(spec, frame, rules, known) == whole
    counts = {(r.check_name, r.column_name): r.failed_count for r in whole if not r.success}
    assert counts == {
        ("not_null", "sentiment"): 1,
        ("between", "sentiment"): 3,
        ("unique", "inquiry_id"): 2,
        ("reference", "inquiry_id"): 1,
    }


NUMBER = st.none() | st.floats(-3, 3) | st.sampled_from([-1.0, 1.0, math.nan, math.inf])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), NUMBER), min_size=1, max_size=8))
def test_failed_counts_are_those_of_a_count_by_hand(rows):
    ids = [key for key, _ in rows]
    frame = sentiments([value for _, value in rows], ids)
    known = {"core.inquiries": pl.DataFrame({"inquiry_id": list("abcdef")})}
    expected = {
        ("not_null", "sentiment"): sum(v is None for _, v in rows),
        ("between", "sentiment"): sum(v is not None and not -1 <= v <= 1 for _, v in rows),
        ("unique", "inquiry_id"): sum(ids.count(key) > 1 for key in ids),
        ("reference", "inquiry_id"): sum(key in "gh" for key in ids),
    }
    found = failing(contract("insight.inquiry_sentiment"), frame, known)
    assert {k: r.failed_count for k, r in found.items()} == {k: n for k, n in expected.items() if n}


_ALONE = """
import socket, sys
tried = []
def refuse(*args, **kwargs):
    tried.append(args)
    raise OSError("no network here")
socket.getaddrinfo = refuse
socket.socket.connect = refuse
import dags.steps, warehouse.checks, warehouse.checks.raw
assert "great_expectations" not in sys.modules, "imported with the package"
from warehouse.checks.suites import numbers_hold
assert numbers_hold({"a": (1, 0, 2)}) == {"a": True}
assert "great_expectations" in sys.modules
assert tried == [], tried
"""


def test_great_expectations_is_imported_late_and_stays_off_the_network_and_the_terminal():
    done = subprocess.run([sys.executable, "-c", _ALONE], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
