import json
from datetime import date

import polars as pl
import pytest

from warehouse.demo import generate_days, write, write_demo_workspace
from warehouse.demo.catalog import problems
from warehouse.workspace import Workspace

KINDS = ("chats", "calls", "tickets", "transactions", "customers", "changes")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "workspace"
    write_demo_workspace(folder, days=28, inquiries=6_000)
    return folder


def _read(home, kind):
    frames = []
    for path in sorted((home / "inbox" / kind).iterdir()):
        if path.suffix == ".csv":
            frames.append(pl.read_csv(path, infer_schema_length=0))
        elif path.suffix == ".parquet":
            frames.append(pl.read_parquet(path))
        else:
            frames.append(pl.read_ndjson(path, infer_schema_length=None))
    return pl.concat(frames, how="diagonal_relaxed")


def test_files_are_one_a_kind_and_day(home):
    names = {kind: sorted(p.name for p in (home / "inbox" / kind).iterdir()) for kind in KINDS}
    assert (
        len(names["chats"])
        == len(names["calls"])
        == len(names["tickets"])
        == len(names["transactions"])
        == 28
    )
    assert names["chats"][0] == "chats-2026-10-19.jsonl"
    assert names["calls"][-1] == "calls-2026-11-15.parquet"
    assert names["customers"] == ["customers.csv"]
    assert sorted(p.name for p in (home / "demo").iterdir()) == ["truth.json", "truth.parquet"]


def test_the_configuration_is_valid_and_names_every_step_of_the_truth(home):
    journeys = Workspace.open(home).journeys(date(2026, 11, 15))
    steps = {(row["product"], row["step"]) for row in journeys.step_table().iter_rows(named=True)}
    truth = pl.read_parquet(home / "demo" / "truth.parquet")
    assert set(truth.drop_nulls("step").select("product", "step").iter_rows()) == steps
    examples = {text for product in journeys.products for step in product.steps for text in step.examples}
    assert not examples & {text for problem in problems() for text in problem.says}


def test_the_truth_counts_the_bad_rows(home):
    bad = json.loads((home / "demo" / "truth.json").read_text(encoding="utf-8"))["bad_rows"]
    for kind, (record, when, who, words) in write._REQUIRED.items():
        rows = _read(home, kind)
        spoiled = (
            pl.col(record).is_null()
            | pl.col(who).is_null()
            | pl.col(words).is_null()
            | (pl.col(when) == "昨天下午")
        )
        assert rows.select(spoiled.sum()).item() == bad[kind], kind
    assert bad["chats"] > 3
    moved = _read(home, "transactions")
    assert (moved["transactions"].cast(pl.Int64) < 0).sum() == bad["transactions"] == 2


def test_transactions_have_a_weekly_pattern_a_peak_and_a_total(home):
    rows = _read(home, "transactions").with_columns(
        pl.col("date").str.to_date(), pl.col("transactions").cast(pl.Int64)
    )
    total = rows.filter(pl.col("step").is_null())
    assert set(total["product"]) == {"wallet"}
    pay = rows.filter((pl.col("product") == "wallet") & (pl.col("step") == "pay")).sort("date")
    assert pay.height == 28
    assert pay.sort("transactions")["date"].last() == date(2026, 11, 11)
    assert pay["transactions"].max() > 1.7 * pay["transactions"].median()
    first_weeks = (
        pay.filter(pl.col("date") < date(2026, 11, 2))
        .group_by(pl.col("date").dt.weekday())
        .agg(pl.col("transactions").mean())
    )
    assert first_weeks.sort("transactions")["date"].first() == 7


def test_the_story_is_told_beside_the_inbox(home):
    told = json.loads((home / "demo" / "truth.json").read_text(encoding="utf-8"))["story"]
    assert {event["kind"] for event in told} == {"incident", "drift", "fix", "new", "no_effect"}
    assert all(
        {"product", "step", "problem", "from", "to", "factor", "step_factor"} <= set(event) for event in told
    )
    changes = _read(home, "changes")
    assert set(changes["kind"]) == {"release", "education", "incident", "policy", "holiday"}
    assert changes["change_id"].is_unique().all()


@pytest.mark.parametrize("fmt", ["jsonl", "csv", "parquet"])
def test_every_form_holds_the_same_rows(tmp_path, fmt):
    write_demo_workspace(tmp_path, days=2, inquiries=300, fmt=fmt)
    write_demo_workspace(tmp_path / "mixed", days=2, inquiries=300)
    assert {p.suffix for p in (tmp_path / "inbox" / "chats").iterdir()} == {f".{fmt}"}
    chats = _read(tmp_path, "chats").select("conversation_id", "sent_at", "sender", "text")
    assert chats.equals(_read(tmp_path / "mixed", "chats").select(chats.columns))


def test_a_large_day_is_split_into_files(tmp_path):
    for folder in ("chats", "calls", "tickets", "pieces"):
        (tmp_path / folder).mkdir()
    bad = dict.fromkeys(("chats", "calls", "tickets"), 0)
    parts = generate_days(days=1, inquiries=1_000, part=400)
    write._write_parts(tmp_path, parts, "mixed", 7, bad, tmp_path / "pieces")
    assert sorted(p.name for p in (tmp_path / "chats").iterdir()) == [
        "chats-2026-11-15-002.jsonl",
        "chats-2026-11-15-003.jsonl",
        "chats-2026-11-15.jsonl",
    ]
    assert pl.read_parquet(tmp_path / "pieces" / "*.parquet").height == 1_000
