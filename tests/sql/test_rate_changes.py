"""The split of a rate change is exact: contributions add up to the change of every product's rate."""

from contextlib import closing
from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import query
from warehouse.contracts import load_contracts
from warehouse.sql import load_denominators, load_macros, load_rates

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


def test_the_macro_gives_the_rows_of_the_mart(demo_home):
    (span,) = query(
        demo_home,
        "SELECT from_start, from_end, to_start, to_end FROM mart.rate_changes WHERE period = 'week' ORDER BY to_end DESC LIMIT 1",
    )
    columns = (
        "product, step, topic_id, rate_effect, mix_effect, contribution_per_10k, total_contribution_per_10k"
    )
    mart = query(
        demo_home,
        f"SELECT {columns} FROM mart.rate_changes WHERE from_start = $1 AND to_end = $2 ORDER BY ALL",
        [span[0], span[3]],
    )
    macro = query(demo_home, f"SELECT {columns} FROM rate_changes($1, $2, $3, $4) ORDER BY ALL", list(span))
    around = query(demo_home, f"SELECT {columns} FROM rate_changes_around($1) ORDER BY ALL", [span[2]])
    assert len(mart) > 10
    for row, *others in zip(mart, macro, around, strict=True):
        for other in others:
            assert other == pytest.approx(row, abs=1e-9)


# Two periods of any make: steps and products that appear, vanish, or never had transactions.

BEFORE, AFTER = (date(2026, 11, 1), date(2026, 11, 3)), (date(2026, 11, 10), date(2026, 11, 11))
DAYS = [BEFORE[0], BEFORE[1], AFTER[0], AFTER[1]]
COUNTS = st.one_of(st.just(0), st.integers(0, 40))
TRANSACTIONS = st.one_of(st.none(), st.just(0), st.integers(1, 5000))
CELLS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["s1", "s2", "s3", None]),
        st.sampled_from(["t1", "t2", None]),
        st.sampled_from(DAYS),
        COUNTS,
    ),
    max_size=30,
)
BASES = st.dictionaries(
    st.tuples(
        st.sampled_from(["a", "b", "c"]), st.sampled_from(["s1", "s2", "s3", None]), st.sampled_from(DAYS)
    ),
    TRANSACTIONS,
    max_size=48,
)


@pytest.fixture(scope="module")
def tables():
    with closing(duckdb.connect()) as connection:
        load_macros(connection)
        for schema in ("core", "insight", "mart"):
            connection.execute(f"CREATE SCHEMA {schema}")
        for table, spec in load_contracts().items():
            if table.split(".")[0] in ("core", "insight", "mart"):
                connection.execute(spec.duckdb_ddl().replace(" NOT NULL", ""))
        load_denominators(connection)
        load_rates(connection)
        yield connection


def filled(connection, cells, bases):
    for table in ("core.steps", "core.transactions", "mart.obstacle_daily"):
        connection.execute(f"DELETE FROM {table}")
    for product, named in (("a", "s1"), ("b", None)):  # c is known to its transactions alone
        for number, step in enumerate(("s1", "s2", "s3")):
            connection.execute(
                "INSERT INTO core.steps BY NAME SELECT $p AS product, $s AS step, $n AS step_no, $d AS denominator_step, $b AS product_denominator_step",
                {
                    "p": product,
                    "s": step,
                    "n": number + 1,
                    "d": "product" if step == "s3" else step,
                    "b": named,
                },
            )
    for (product, step, day), count in bases.items():
        if count is not None:
            connection.execute(
                "INSERT INTO core.transactions BY NAME SELECT $p AS product, $s AS step, $d AS day, $n AS transaction_count",
                {"p": product, "s": step, "d": day, "n": count},
            )
    for number, (product, step, topic, day, count) in enumerate(cells):
        connection.execute(
            "INSERT INTO mart.obstacle_daily BY NAME SELECT $o AS obstacle_id, $p AS product, $s AS step, $t AS topic_id, $d AS day, $n AS inquiry_count",
            {"o": str(number), "p": product, "s": step, "t": topic, "d": day, "n": count},
        )
    found = connection.execute(
        "FROM rate_changes($1, $2, $3, $4)", [BEFORE[0], BEFORE[1], AFTER[0], AFTER[1]]
    ).pl()
    bases_of = connection.execute(
        "SELECT product, coalesce(sum(transaction_count) FILTER (WHERE day <= $1), 0) AS t0, "
        "coalesce(sum(transaction_count) FILTER (WHERE day > $1), 0) AS t1 FROM denominators() WHERE step IS NULL GROUP BY ALL",
        [BEFORE[1]],
    ).fetchall()
    return found, {product: (float(t0), float(t1)) for product, t0, t1 in bases_of}


@settings(max_examples=150, deadline=None)
@given(cells=CELLS, bases=BASES)
def test_contributions_add_up_whatever_appears_or_vanishes(tables, cells, bases):
    found, known = filled(tables, cells, bases)
    numbers = found.select(pl.col("^.*effect$", "^.*contribution.*$"))
    assert not numbers.select(pl.any_horizontal(pl.all().is_nan() | pl.all().is_infinite()).any()).item()
    counts = {p: [0, 0] for p in known}
    for product, _, _, day, count in cells:
        if product in counts:
            counts[product][day > BEFORE[1]] += count
    for product, (t0, t1) in known.items():
        rows = found.filter(pl.col("product") == product)
        if t0 > 0 and t1 > 0 and sum(b[0] for b in known.values()) > 0:
            change = (counts[product][1] / t1 - counts[product][0] / t0) * 10_000
            assert rows["contribution_per_10k"].sum() == pytest.approx(change, abs=1e-9)
            assert rows["rate_effect"].sum() + rows["mix_effect"].sum() == pytest.approx(change, abs=1e-9)
            bounds = rows.select(
                low=pl.col("contribution_low") - pl.col("contribution_per_10k"),
                high=pl.col("contribution_high") - pl.col("contribution_per_10k"),
            )
            assert bounds.filter((pl.col("low") > 1e-9) | (pl.col("high") < -1e-9)).is_empty()
        else:
            assert rows["contribution_per_10k"].drop_nulls().is_empty()
    whole0, whole1 = (sum(b[side] for b in known.values()) for side in (0, 1))
    if whole0 > 0 and whole1 > 0:
        some = [p for p, (t0, t1) in known.items() if t0 + t1 > 0]
        change = (
            sum(counts[p][1] for p in some) / whole1 - sum(counts[p][0] for p in some) / whole0
        ) * 10_000
        assert found["total_contribution_per_10k"].sum() == pytest.approx(change, abs=1e-9)
    else:
        assert found.is_empty()


def test_a_step_that_begins_is_all_mix_and_one_with_earlier_inquiries_all_rate(tables):
    cells = [("a", "s2", "t1", DAYS[3], 10), ("a", "s1", None, DAYS[0], 5), ("a", "s1", None, DAYS[2], 5)]
    bases = {("a", "s1", DAYS[0]): 1000, ("a", "s1", DAYS[2]): 1000, ("a", "s2", DAYS[3]): 200}
    found, _ = filled(tables, cells, bases)
    begun = found.filter(pl.col("step") == "s2").row(0, named=True)
    assert (begun["before_per_10k"], begun["after_per_10k"]) == (None, 500.0)
    assert (begun["rate_effect"], begun["mix_effect"]) == pytest.approx((0, 100))
    asked, _ = filled(tables, [*cells, ("a", "s2", "t1", DAYS[1], 2)], bases)
    early = asked.filter(pl.col("step") == "s2").row(0, named=True)
    assert (early["rate_effect"], early["mix_effect"]) == pytest.approx((80, 0))


def test_a_product_that_begins_counts_in_the_whole_alone(tables):
    cells = [("a", "s1", None, DAYS[0], 5), ("a", "s1", None, DAYS[2], 5), ("b", "s1", None, DAYS[2], 8)]
    bases = {("a", "s1", DAYS[0]): 1000, ("a", "s1", DAYS[2]): 1000, ("b", "s1", DAYS[2]): 1000}
    found, _ = filled(tables, cells, bases)
    begun = found.filter(pl.col("product") == "b").row(0, named=True)
    assert begun["contribution_per_10k"] is None
    assert (begun["total_rate_effect"], begun["total_mix_effect"]) == pytest.approx((0, 40))
    assert found["total_contribution_per_10k"].sum() == pytest.approx(65 - 50)


def test_days_between_the_periods_do_not_count(tables):
    cells = [("a", "s1", None, DAYS[0], 5), ("a", "s1", None, DAYS[2], 5)]
    bases = {("a", "s1", DAYS[0]): 1000, ("a", "s1", DAYS[2]): 1000}
    plain, _ = filled(tables, cells, bases)
    between = DAYS[1] + timedelta(days=2)
    more, _ = filled(tables, [*cells, ("a", "s1", None, between, 99)], {**bases, ("a", "s1", between): 77})
    assert plain.equals(more)
