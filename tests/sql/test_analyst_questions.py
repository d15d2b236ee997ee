"""The questions of warehouse/README.md run as they stand on the sample workspace, and say what is true."""

import re
from pathlib import Path

import duckdb
import pytest

from dashboards.queries import step_rates
from dashboards.questions.examples import EXAMPLES
from tests.support import query
from warehouse.contracts import load_contracts

README = Path(__file__).parents[2] / "warehouse" / "README.md"
TEXT = README.read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^### \d+\. (.+?) · .+?\n.*?```sql\n(.*?)```", TEXT, re.S | re.M))


@pytest.fixture(scope="module")
def published(demo_home):
    with duckdb.connect(
        str((demo_home / "published" / "voc.duckdb").resolve()), read_only=True
    ) as connection:
        yield connection


def test_there_are_ten_and_they_are_those_of_the_page():
    assert len(QUESTIONS) == 10
    assert [sql.strip() for sql in QUESTIONS.values()] == [sql for _, sql in EXAMPLES.values()]
    assert list(QUESTIONS) == [english for (_, english), _ in EXAMPLES.values()]


@pytest.mark.parametrize("title", list(QUESTIONS))
def test_a_question_runs_and_has_an_answer(published, title):
    found = published.execute(QUESTIONS[title]).pl()
    assert found.height > 0
    assert found.width >= 3


def answer(published, number):
    return published.execute(list(QUESTIONS.values())[number - 1]).pl()


def test_rates_of_steps_are_those_of_the_report(published, demo_home):
    last = published.execute("SELECT max(day) FROM mart.inquiry_rate_daily").fetchone()[0]
    report = published.execute(step_rates("zh"), {"day": last}).pl()
    mine = {(r["product"], r["step"]): r for r in answer(published, 1).iter_rows(named=True)}
    assert report.height > 10
    for row in report.iter_rows(named=True):
        got = mine[row["product"], row["step"]]
        assert (got["inquiries"], got["transactions"]) == (row["inquiries"], row["transactions"])
        assert got["per_10k"] == pytest.approx(row["per_10k"], abs=0.051)
        assert got["low"] <= got["per_10k"] <= got["high"]


def test_weeks_count_every_inquiry_once(published, demo_home):
    weeks = answer(published, 2)
    ((n,),) = query(demo_home, "SELECT count(*) FROM core.inquiries WHERE is_inquiry")
    assert weeks["inquiries"].sum() == n
    assert weeks["per_10k"].null_count() == 0


def test_contributions_of_a_product_add_up(published):
    sql = list(QUESTIONS.values())[3].replace("LIMIT 20", "")
    sql = re.sub(r"round\((\w+), 2\)", r"\1", sql)
    for (product,) in published.execute("SELECT DISTINCT product FROM mart.rate_changes").fetchall():
        rows = published.execute(sql).pl().filter(product=product)
        assert (rows["rate_effect"] + rows["mix_effect"] - rows["contribution"]).abs().max() < 1e-6


def test_customers_are_fewer_than_inquiries_and_more_than_none(published):
    rows = answer(published, 8)
    assert (rows["customers"] <= rows["inquiries"]).all()
    assert (rows["customers"] > 0).all()


def test_words_hold_the_word_and_nothing_unmasked(published):
    rows = answer(published, 9)
    assert all("到账" in problem for problem in rows["problem"])
    assert not any(re.search(r"1[3-9]\d{9}", problem) for problem in rows["problem"])


def grains() -> str:
    """The table of grains, from the contracts."""
    rows = [
        f"| `{spec.table}` | {spec.grain} | {spec.en} |"
        for spec in load_contracts().values()
        if spec.published != "none"
    ]
    return "\n".join(["| table | a row is a … | |", "|---|---|---|", *rows])


MARKED = re.compile(r"(<!-- made by .+? -->\n).*?(\n<!-- end -->)", re.S)


def test_the_grain_of_every_published_table_is_there():
    """After a change of the contracts: python -m tests.sql.test_analyst_questions"""
    assert MARKED.sub(lambda m: m.group(1) + grains() + m.group(2), TEXT) == TEXT
    assert TEXT.count("| `mart.") > 5


def test_joining_by_id_and_day_keeps_one_row_an_inquiry(published):
    ((many, once),) = published.execute(
        """
        SELECT count(*), count(DISTINCT i.inquiry_id)
        FROM core.inquiries AS i
        JOIN insight.inquiry_journey AS j ON j.inquiry_id = i.inquiry_id AND j.day = i.day
        JOIN insight.inquiry_sentiment AS s ON s.inquiry_id = i.inquiry_id AND s.day = i.day
        """
    ).fetchall()
    assert many == once > 0


if __name__ == "__main__":
    README.write_text(MARKED.sub(lambda m: m.group(1) + grains() + m.group(2), TEXT), encoding="utf-8")
