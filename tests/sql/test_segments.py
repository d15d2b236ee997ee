"""Who hits an obstacle: the counts are right, and no number tells of fewer than ten customers."""

from contextlib import closing
from datetime import date, timedelta
from random import Random

import duckdb
import polars as pl
import pytest

from warehouse.contracts import load_contracts
from warehouse.sql import load_macros, sql

DAY = date(2026, 11, 28)
LEAST = 10
TABLES = (
    "core.customers",
    "core.inquiries",
    "insight.inquiry_journey",
    "insight.inquiry_topics",
    "mart.inquiry_rate_daily",
)


def sample(seed):
    """Inquiries of a seed: day, customer, step (null: no obstacle) and the customer's age, which may be unknown."""
    random = Random(seed)  # noqa: S311  a sample, not a secret
    ages = ["18-24", "25-59", "60+", "80+", None][: random.randint(2, 5)]
    people = random.choice([40, 150, 500])
    age = {f"u{n}": random.choices(ages, weights=[8, 5, 2, 1, 1][: len(ages)])[0] for n in range(people)}
    steps = ["pay", "bill", "open", None][: random.randint(1, 4)]
    rows = []
    for number in range(random.choice([60, 300, 1200])):
        customer = None if random.random() < 0.05 else f"u{random.randrange(people)}"
        step = random.choices(steps, weights=[6, 3, 1, 1][: len(steps)])[0]
        days_back = random.randrange(random.choice([1, 3, 40]))
        rows.append((f"i{number}", DAY - timedelta(days=days_back), customer, step, age.get(customer)))
    return pl.DataFrame(
        rows,
        schema={
            "inquiry_id": pl.String,
            "day": pl.Date,
            "customer": pl.String,
            "step": pl.String,
            "age": pl.String,
        },
        orient="row",
    )


def cells(inquiries):
    """`segment_cells` of the inquiries."""
    with closing(duckdb.connect()) as connection:
        load_macros(connection)
        for schema in ("core", "insight", "mart"):
            connection.execute(f"CREATE SCHEMA {schema}")
        for table in TABLES:
            connection.execute(load_contracts()[table].duckdb_ddl().replace(" NOT NULL", ""))
        connection.register("given", inquiries.to_arrow())
        connection.execute(
            """
            INSERT INTO core.customers
                SELECT DISTINCT customer, CASE WHEN age IS NULL THEN '{"age": null}' ELSE '{"age": "' || age || '"}' END
                FROM given WHERE customer IS NOT NULL;
            INSERT INTO core.inquiries BY NAME SELECT inquiry_id, day, customer AS customer_key, true AS is_inquiry FROM given;
            INSERT INTO insight.inquiry_journey BY NAME
                SELECT inquiry_id, day, CASE WHEN step IS NOT NULL THEN 'w' END AS product, step, 'fault' AS cause FROM given;
            INSERT INTO mart.inquiry_rate_daily BY NAME SELECT DISTINCT day FROM given;
            """
        )
        connection.execute(sql("segment_cells"))
        ids = connection.execute(
            "SELECT DISTINCT step, obstacle_id('w', step, NULL, 'fault') AS obstacle_id FROM given WHERE step IS NOT NULL"
        ).pl()
        return connection.execute("FROM segment_cells").pl(), ids


def hidden(rows, found):
    """Rows of inquiries that no shown cell counts."""
    return rows.join(
        found.filter("shown"), on=[c for c in ("day", "obstacle_id", "age") if c in found.columns], how="anti"
    )


@pytest.mark.parametrize("seed", range(40))
def test_no_difference_of_published_numbers_tells_of_few_customers(seed):
    given = sample(seed)
    found, ids = cells(given)
    found = found.rename({"value": "age"})
    recent = given.filter(
        pl.col("day") > given["day"].max() - timedelta(days=28), pl.col("age").is_not_null()
    )
    rows = recent.join(ids, on="step", how="left")
    whole = found.filter(pl.col("day").is_null()).drop("day")
    daily = found.filter(pl.col("day").is_not_null())
    assert found.filter("shown")["customer_count"].min() in (None, *range(LEAST, 1000))

    def safe(left, by, shown):
        """What is left of each group has no customer or enough, wherever the group shows anything."""
        counts = left.group_by(by).agg(pl.col("customer").n_unique()).join(shown.select(by).unique(), on=by)
        assert counts.filter(pl.col("customer") < LEAST).is_empty(), counts

    mapped = rows.filter(pl.col("obstacle_id").is_not_null())
    safe(hidden(mapped, whole), ["obstacle_id"], whole.filter("shown"))
    safe(hidden(rows, whole), ["age"], whole.filter("shown"))
    safe(hidden(mapped, daily), ["day", "obstacle_id"], daily.filter("shown"))
    both = daily.filter("shown").join(whole.filter("shown"), on=["obstacle_id", "age"], how="semi")
    assert both.height == daily.filter("shown").height
    safe(hidden(mapped, daily), ["obstacle_id", "age"], daily.filter("shown"))


@pytest.mark.parametrize("seed", range(8))
def test_counts_and_shares_are_those_of_the_inquiries(seed):
    given = sample(seed)
    found, ids = cells(given)
    recent = given.filter(
        pl.col("day") > given["day"].max() - timedelta(days=28), pl.col("age").is_not_null()
    )
    base = recent.group_by(value="age").agg(base=pl.len() / recent.height)
    expected = (
        recent.join(ids, on="step")
        .group_by("obstacle_id", value="age")
        .agg(inquiries=pl.len(), customers=pl.col("customer").n_unique())
        .join(base, on="value")
    )
    whole = found.filter(pl.col("day").is_null()).join(
        expected, on=["obstacle_id", "value"], how="full", coalesce=True
    )
    assert whole["inquiry_count"].to_list() == whole["inquiries"].to_list()
    assert whole["customer_count"].to_list() == whole["customers"].to_list()
    assert whole["base_share"].to_list() == pytest.approx(whole["base"].to_list())
    known = expected.group_by("obstacle_id").agg(pl.col("inquiries").sum())
    assert dict(whole.select("obstacle_id", "known_inquiry_count").iter_rows()) == dict(known.iter_rows())


def test_something_is_shown_and_something_is_hidden():
    shown = [cells(sample(seed))[0]["shown"] for seed in range(8)]
    assert sum(s.sum() for s in shown) > 20
    assert sum((~s).sum() for s in shown) > 20
