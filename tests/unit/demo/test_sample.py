import itertools
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from warehouse.demo import generate_days
from warehouse.demo.catalog import problems
from warehouse.demo.generate import customers_of, generate_day, generate_parts
from warehouse.demo.people import customer_ids, customer_table, elderly_neighbour, is_elderly
from warehouse.demo.story import VOLUME, daily_counts, factors, season, step_factor, story

LAST = date(2026, 11, 15)
COLUMNS = {
    "chats": "conversation_id sent_at sender text customer_id agent_id channel product step page app_version csat",
    "calls": "call_id started_at speaker text start_s end_s asr_confidence customer_id agent_id product step csat",
    "tickets": "ticket_id created_at description subject customer_id channel product step status priority resolution "
    "resolved_at parent_id csat",
}


@pytest.fixture(scope="module")
def parts():
    return list(generate_days(days=28, inquiries=20_000, seed=3, last_day=LAST))


@pytest.fixture(scope="module")
def truth(parts):
    return pl.concat([part.truth for part in parts])


@pytest.fixture(scope="module")
def chats(parts):
    return pl.concat([part.chats for part in parts])


@pytest.fixture(scope="module")
def calls(parts):
    return pl.concat([part.calls for part in parts])


def test_the_same_arguments_give_the_same_sample(parts):
    again = list(generate_days(days=28, inquiries=20_000, seed=3, last_day=LAST))
    for one, other in zip(parts, again, strict=True):
        for name in (*COLUMNS, "truth"):
            assert getattr(one, name).equals(getattr(other, name))
    different = next(generate_days(days=28, inquiries=20_000, seed=4, last_day=LAST))
    assert not different.chats.equals(parts[0].chats)


def test_a_day_does_not_depend_on_the_days_around_it(parts):
    place = 20
    day = parts[place].day
    count = parts[place].truth.height
    alone = generate_day(day, count, seed=3, customers=customers_of(20_000), events=story(LAST, 28))
    assert alone.chats.equals(parts[place].chats)
    assert alone.tickets.equals(parts[place].tickets)


def test_columns_are_those_of_the_input_files(parts):
    for name, columns in COLUMNS.items():
        assert all(getattr(part, name).columns == columns.split() for part in parts)


def test_every_inquiry_is_there_once_and_in_its_source(parts, truth, chats, calls):
    assert truth.height == 20_000
    assert truth["inquiry_id"].is_unique().all()
    tickets = pl.concat([part.tickets for part in parts])
    said = pl.concat(
        [
            "chats:" + chats["conversation_id"].unique(),
            "calls:" + calls["call_id"].unique(),
            "tickets:" + tickets["ticket_id"],
        ]
    )
    assert set(said) == set(truth["inquiry_id"])
    assert tickets["parent_id"].is_in(chats["conversation_id"].unique().implode()).sum() > 100


def test_required_values_are_there_and_turns_are_in_order(chats, calls):
    assert chats.select("conversation_id", "sent_at", "sender", "text").null_count().row(0) == (0, 0, 0, 0)
    assert (chats["text"].str.len_chars() > 0).all()
    assert set(chats["sender"]) == {"customer", "agent", "bot", "system"}
    times = chats.with_columns(pl.col("sent_at").str.to_datetime())
    assert times.select((pl.col("sent_at").diff().over("conversation_id") >= pl.duration()).all()).item()
    steps = calls.select(
        pl.col("start_s").diff().over("call_id").min().alias("forward"),
        (pl.col("end_s") - pl.col("start_s")).min().alias("lasting"),
        (pl.col("start_s") - pl.col("end_s").shift().over("call_id")).min().alias("pause"),
    ).row(0)
    assert min(steps) > 0
    assert calls["asr_confidence"].is_between(0.3, 1).all()


def test_a_few_conversations_run_past_midnight_and_none_is_of_another_day(parts):
    late = 0
    for part in parts:
        days = part.chats["sent_at"].str.slice(0, 10).str.to_date()
        assert set(days) <= {part.day, part.day + timedelta(days=1)}
        assert (
            part.chats.with_columns(days.alias("on")).group_by("conversation_id").first()["on"] == part.day
        ).all()
        late += int((days > part.day).any())
    assert late > 0


def test_an_agent_keeps_one_number_through_a_conversation(chats, calls):
    said = chats.filter(pl.col("text").str.contains(r"工号1\d{3}为")).filter(pl.col("agent_id").is_not_null())
    assert said.height > 100
    assert said.select(
        (pl.col("text").str.extract(r"工号(\d+)") == pl.col("agent_id").str.slice(1)).all()
    ).item()
    for frame, key in ((chats, "conversation_id"), (calls, "call_id")):
        assert frame.group_by(key).agg(pl.col("agent_id").drop_nulls().n_unique())["agent_id"].max() == 1


def test_conversations_are_as_long_and_as_varied_as_real_ones(chats, calls):
    turns = chats.group_by("conversation_id").len()["len"]
    assert 5 <= turns.mean() <= 10
    problem = chats.filter(pl.col("sender") == "customer")["text"]
    assert problem.n_unique() > 8_000
    english = problem.str.contains(r"^[ -~]{8,}$").mean()
    assert 0.04 < english < 0.09
    given = chats.group_by("conversation_id").first()
    assert 0.25 < given["step"].is_not_null().mean() < 0.35
    assert (given["product"].is_not_null() | given["step"].is_null()).all()


def test_personal_data_comes_in_about_one_inquiry_of_twenty(chats, parts):
    number = r"199\s?0000\s?\d{4}|110199\d{11}[\dX]|6200000\d{12}|@example\.com|微信号yunhe_|收件人|我叫"
    asked = (
        chats.filter(pl.col("sender") == "customer")
        .group_by("conversation_id")
        .agg(pl.col("text").str.contains(number).any().alias("personal"))
    )
    assert 0.03 < asked["personal"].mean() < 0.08
    tickets = pl.concat([part.tickets for part in parts])
    assert 0.05 < tickets["description"].str.contains(number).mean() < 0.2


def test_some_contacts_are_no_inquiries(truth):
    counts = dict(truth.group_by("not_inquiry_reason").len().iter_rows())
    assert set(counts) == {None, "greeting", "spam", "outbound", "wrong_number", "child"}
    assert 0.9 < counts[None] / truth.height < 0.97
    empty = truth.filter(
        pl.col("not_inquiry_reason").is_not_null() & (pl.col("not_inquiry_reason") != "child")
    )
    assert empty["problem"].null_count() == empty.height


def test_customers_come_again_about_the_same_step(truth, chats):
    first = chats.group_by("conversation_id", maintain_order=True).first()
    told = first.select(("chats:" + pl.col("conversation_id")).alias("inquiry_id"), "customer_id").join(
        truth.filter("is_inquiry"), on="inquiry_id"
    )
    told = told.sort("day").with_columns(
        pl.col("day").diff().over("customer_id", "product", "step").alias("since")
    )
    again = told.filter(pl.col("since") <= pl.duration(days=7)).height / told.height
    assert 0.02 < again < 0.15
    assert told.group_by("customer_id").len()["len"].max() < 20


def _daily(truth: pl.DataFrame, problem: str) -> dict[date, int]:
    found = truth.filter((pl.col("problem") == problem) & pl.col("is_inquiry")).group_by("day").len()
    return dict(found.iter_rows())


def _rate(truth: pl.DataFrame, problem: str, first: date, last: date) -> float:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    counts = _daily(truth, problem)
    return sum(counts.get(day, 0) for day in days) / sum(season(day) for day in days)


def test_the_story_shows_in_the_counts(truth):
    events = {event.kind: event for event in story(LAST, 28)}
    first = LAST - timedelta(days=27)
    incident = events["incident"]
    usual = _rate(truth, incident.problem, first, incident.first - timedelta(days=1))
    assert 5 < _rate(truth, incident.problem, incident.first, incident.last) / usual < 12
    assert 3 < step_factor(incident) < 5
    fix = events["fix"]
    before = _rate(truth, fix.problem, first, fix.first - timedelta(days=1))
    assert 0.2 < _rate(truth, fix.problem, fix.first, LAST) / before < 0.45
    drift = events["drift"]
    before = _rate(truth, drift.problem, first, drift.first - timedelta(days=1))
    assert 2 < _rate(truth, drift.problem, LAST - timedelta(days=3), LAST) / before < 4
    new = events["new"]
    assert 6 <= (LAST - new.first).days + 1 <= 9
    counts = _daily(truth, new.problem)
    assert min(counts) >= new.first
    assert sum(counts.values()) > 100


def test_older_customers_feel_the_drift_most(parts, truth):
    drift = next(event for event in story(LAST, 28) if event.kind == "drift")
    table = customer_table(customers_of(20_000))
    first = pl.concat([part.chats for part in parts]).group_by("conversation_id").first()
    told = first.select(("chats:" + pl.col("conversation_id")).alias("inquiry_id"), "customer_id")
    told = told.join(truth, on="inquiry_id").join(table, on="customer_id")
    old = pl.col("age_band") == "60+"
    assert told.filter(pl.col("problem") == drift.problem).select(old.mean()).item() > 0.2
    assert told.filter(pl.col("problem") != drift.problem).select(old.mean()).item() < 0.13


def test_short_samples_have_no_story_and_new_problems_stay_out():
    assert story(LAST, 13) == []
    assert factors(LAST, []).min() == 0
    parts = list(generate_days(days=2, inquiries=500, last_day=LAST))
    assert "refund_coupon" not in set(pl.concat([part.truth for part in parts])["problem"])


def test_counts_add_up_and_peak_at_the_festival():
    counts = daily_counts(LAST, 28, 12_345, story(LAST, 28), 7)
    assert sum(counts.values()) == 12_345
    assert max(counts, key=counts.__getitem__) in (date(2026, 11, 10), date(2026, 11, 11), date(2026, 11, 12))
    assert daily_counts(LAST, 3, 0, [], 7) == {LAST - timedelta(days=n): 0 for n in (2, 1, 0)}


def test_large_days_come_in_parts_that_do_not_grow():
    several = list(itertools.islice(generate_days(days=1, inquiries=7_000, part=2_000), 10))
    assert [part.part for part in several] == [0, 1, 2, 3]
    assert [part.truth.height for part in several] == [2_000, 2_000, 2_000, 1_000]
    assert pl.concat([part.truth for part in several])["inquiry_id"].is_unique().all()


def test_a_day_in_one_piece_is_its_parts_joined():
    given = {"seed": 7, "customers": 900, "events": []}
    whole = generate_day(LAST, 60_000, **given)
    parts = list(generate_parts(LAST, 60_000, **given))
    assert len(parts) == 2
    assert whole.calls.equals(pl.concat([part.calls for part in parts]))
    assert generate_day(LAST, 0, **given).truth.is_empty()


def test_parts_are_made_only_when_asked_for():
    stream = generate_days(days=1, inquiries=500_000_000, part=1_000)
    assert next(stream).truth.height == 1_000


def test_customers_have_ids_of_their_own_and_segments():
    table = customer_table(30_000)
    assert table["customer_id"].is_unique().all()
    assert table.columns == ["customer_id", "age_band", "region", "tenure", "device", "accessibility"]
    assert table["age_band"].value_counts(normalize=True).filter(pl.col("age_band") == "60+")[
        "proportion"
    ].item() == pytest.approx(0.08, abs=0.01)
    shares = dict(table["device"].value_counts(normalize=True).iter_rows())
    assert shares["android"] == pytest.approx(0.5, abs=0.02)
    numbers = np.arange(1000)
    near = elderly_neighbour(numbers, 1000)
    assert is_elderly(near[near != numbers]).all()
    assert (near < 1000).all()
    assert customer_ids(np.array([0, 1])).str.len_chars().to_list() == [9, 9]


def test_volumes_make_rates_that_differ_by_step():
    rates = {}
    for (product, step), volume in VOLUME.items():
        rates[product, step] = (
            sum(p.weight for p in problems() if (p.product, p.step) == (product, step)) / volume
        )
    assert max(rates.values()) > 20 * min(rates.values())
