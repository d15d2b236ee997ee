"""The sample source: deterministic, independent by day, and telling its story."""

import json
from datetime import date

import polars as pl
import pytest

from warehouse.config import Journeys, Tags, VocConfig, read_config
from warehouse.demo import write_demo_workspace
from warehouse.demo.catalog import problems
from warehouse.demo.generate import generate_day
from warehouse.demo.personal import bank_card, id_card
from warehouse.demo.story import daily_counts, story
from warehouse.landing.mapping import input_columns

LAST = date(2026, 11, 15)


def files(home):
    return {
        str(p.relative_to(home)): p.read_bytes()
        for p in sorted(home.rglob("*"))
        if p.is_file() and p.suffix != ".parquet"
    }


def test_the_same_seed_gives_the_same_files_and_another_does_not(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        write_demo_workspace(tmp_path / name, days=2, inquiries=60, seed=seed)
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert files(tmp_path / "a") != files(tmp_path / "c")


def test_a_day_does_not_depend_on_other_days():
    one = generate_day(LAST, 50, seed=7, customers=100, events=[])
    generate_day(date(2026, 11, 14), 80, seed=7, customers=100, events=[])
    again = generate_day(LAST, 50, seed=7, customers=100, events=[])
    assert one.chats.equals(again.chats)
    assert one.tickets.equals(again.tickets)


def test_columns_are_those_of_the_contract():
    day = generate_day(LAST, 200, seed=7, customers=100, events=[])
    for kind in ("chats", "calls", "tickets"):
        assert set(getattr(day, kind).columns) <= set(input_columns(kind))


@pytest.mark.parametrize("fmt", ["jsonl", "csv", "parquet"])
def test_every_form_is_written(tmp_path, fmt):
    write_demo_workspace(tmp_path, days=1, inquiries=40, fmt=fmt)
    assert {p.suffix for p in (tmp_path / "inbox" / "chats").iterdir()} == {f".{fmt}"}


def test_configuration_is_valid_and_knows_every_step(tmp_path):
    write_demo_workspace(tmp_path, days=1, inquiries=20)
    read_config(tmp_path / "voc.yaml", VocConfig)
    assert read_config(tmp_path / "tags.yaml", Tags).tags
    steps = {
        (p.id, s.id) for p in read_config(tmp_path / "journeys.yaml", Journeys).products for s in p.steps
    }
    assert steps == {(p.product, p.step) for p in problems()}


def test_counts_add_up_to_what_was_asked_for():
    counts = daily_counts(LAST, 28, 12_345, story(LAST, 28))
    assert sum(counts.values()) == 12_345
    assert len(counts) == 28
    assert counts[date(2026, 11, 11)] > 1.6 * counts[date(2026, 11, 4)], "the festival shows"


def test_the_story_is_in_the_data(tmp_path):
    write_demo_workspace(tmp_path, days=28, inquiries=12_000)
    truth = pl.read_parquet(tmp_path / "demo" / "truth.parquet")
    told = {e["kind"]: e for e in json.loads((tmp_path / "demo" / "truth.json").read_text())["story"]}
    daily = truth.group_by("problem", "day").len()

    def mean(problem, first, last):
        rows = daily.filter(
            pl.col("problem") == problem,
            pl.col("day").is_between(date.fromisoformat(first), date.fromisoformat(last)),
        )
        return rows["len"].sum() / ((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)

    incident = told["incident"]
    assert mean("withdraw_delay", incident["from"], incident["to"]) > 3 * mean(
        "withdraw_delay", "2026-10-19", "2026-11-01"
    )
    assert mean("apply_how", told["fix"]["from"], "2026-11-08") < 0.6 * mean(
        "apply_how", "2026-10-19", "2026-11-01"
    )
    assert truth.filter(pl.col("problem") == "refund_coupon")["day"].min() >= date.fromisoformat(
        told["new"]["from"]
    )
    assert mean("bill_meaning", "2026-11-05", "2026-11-08") > 1.4 * mean(
        "bill_meaning", "2026-10-19", "2026-10-26"
    )


def test_texts_vary():
    day = generate_day(LAST, 5000, seed=7, customers=3000, events=[])
    said = day.chats.filter(pl.col("sender") == "customer")["text"]
    assert said.n_unique() > 2500
    assert 0.01 < said.str.contains("[A-Za-z]{4}").mean() < 0.25  # some write English


def test_personal_data_is_valid_in_form():
    for number in range(0, 10_000, 37):
        card = id_card(number)
        weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
        assert (
            card[-1] == "10X98765432"[sum(int(d) * w for d, w in zip(card[:17], weights, strict=True)) % 11]
        )
        total = 0
        for place, digit in enumerate(reversed(bank_card(number))):
            value = int(digit) * (1 + place % 2)
            total += value - 9 * (value > 9)
        assert total % 10 == 0
