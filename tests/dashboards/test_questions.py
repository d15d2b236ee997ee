"""The numbers of the pages: against tables, against each other, against the marts, and as shown."""

from datetime import UTC, date, datetime

import duckdb
import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given
from polars.testing import assert_frame_equal

from dashboards.data import Warehouse
from dashboards.filters import View, resolve
from dashboards.questions import ask, feelings, journey, literal, obstacles, quality, today, topics, voices


@pytest.fixture(scope="module")
def warehouse(files):
    with Warehouse(files["filled"]) as found:
        yield found


def filters(warehouse, **choices):
    return resolve(
        View(**choices),
        warehouse.first_day,
        warehouse.last_day,
        scatters=warehouse.has("mart.dispersion_daily", "dispersion"),
    )


VIEWS = [
    {}, {"product": "p1"}, {"product": "p1", "step": "s2"}, {"channel": "app"}, {"source": "calls"}, {"period": "1"},
    {"period": "all", "compare": "none"}, {"product": "p2", "step": "s1", "channel": "web", "source": "chats", "period": "28"},
]  # fmt: skip


def every(f, product="p1", step="s2"):
    """All questions of all pages."""
    matter = (product, step, None, "fault")
    found = [
        today.totals(f), today.daily(f), today.alerts(f), today.new_topics(f), today.changes(f),
        journey.steps(f), journey.step_days(f), journey.outbreaks(f), journey.emotions(f),
        obstacles.ranked(f), obstacles.ranked(f, cause="fault", lever="product_fix", status="open", order="growth"),
        obstacles.one("o1"), obstacles.decided("o'1"), obstacles.days(f, "o1", product, step), obstacles.totals(f, "o1", product, step),
        obstacles.segments(f, "o1"), obstacles.spread(f, "channel", *matter), obstacles.spread(f, "app_version", *matter),
        obstacles.spread(f, "emotion", *matter), obstacles.words(f, *matter), obstacles.words(f, product, None, None, None),
        topics.listed(f), topics.coverage(f), topics.one("t1"), topics.days(f, "t1"), topics.places(f, "t1"), topics.words(f, "t1"),
        topics.lineage(), topics.lineage("t1"),
        feelings.totals(f), feelings.days(f), feelings.by(f, "step"), feelings.by(f, "channel"), feelings.worst(f), feelings.worst(f, "angry"),
        voices.found(f, "提现 -退款 it's"), voices.found_days(f, ""), voices.inquiry("chats:c1", f.end), voices.turns("chats:c1", f.end),
        quality.coverage(f), quality.checks(f), quality.failed_checks(f), quality.rejects(), quality.files(), quality.refused_files(),
        quality.versions(), quality.decided(), quality.without_transactions(f),
    ]  # fmt: skip
    return found + ([today.why(f)] if f.compares else [])


@pytest.mark.parametrize("choices", VIEWS, ids=str)
def test_the_sql_that_is_shown_gives_the_numbers_that_are_shown(warehouse, choices):
    f = filters(warehouse, **choices)
    for question in every(f):
        asked = warehouse.frame(question)
        shown = warehouse.cursor().execute(question.text()).pl()
        assert_frame_equal(asked, shown)  # to 1e-5 of a float: threads may add in another order


@given(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(max_size=20)
    | st.dates(date(1970, 1, 1))
    | st.lists(st.text(max_size=5), min_size=1, max_size=3)
)
def test_a_literal_is_the_value(value):
    found = duckdb.sql(f"SELECT {literal(value)}").fetchone()
    assert found == (value,)


def test_a_literal_moment():
    moment = datetime(2026, 11, 15, 1, 2, 3, tzinfo=UTC)
    assert duckdb.sql(f"SELECT {literal(moment)} = $m", params={"m": moment}).fetchone() == (True,)


def test_a_question_keeps_only_the_values_that_it_names(warehouse):
    question = ask("SELECT $a", None, a=1, b=2)
    assert question.parameters == (("a", 1),)
    with pytest.raises(KeyError):
        ask("SELECT $missing")


def test_totals_are_sums_and_the_rate_comes_last(warehouse):
    f = filters(warehouse)
    rows = {r["period"]: r for r in warehouse.frame(today.totals(f)).iter_rows(named=True)}
    for period, first, last in (("now", f.start, f.end), ("before", f.base_start, f.base_end)):
        n = warehouse.sql(
            "SELECT sum(inquiry_count) FROM mart.inquiry_rate_daily WHERE day BETWEEN $a AND $b",
            a=first,
            b=last,
        ).item()
        # Each product counts once, by the step that stands for it (s1).
        t = warehouse.sql(
            "SELECT sum(transaction_count) FROM core.transactions WHERE step = 's1' AND day BETWEEN $a AND $b",
            a=first,
            b=last,
        ).item()
        assert rows[period]["inquiries"] == n
        assert rows[period]["transactions"] == t
        assert rows[period]["rate"] == pytest.approx(float(n) * 10000 / float(t))
        assert rows[period]["low"] < rows[period]["rate"] < rows[period]["high"]


@pytest.mark.parametrize(
    "choices",
    [{}, {"product": "p1"}, {"product": "p1", "step": "s2"}, {"channel": "app"}, {"period": "1"}],
    ids=str,
)
def test_contributions_add_up_to_the_change(warehouse, choices):
    f = filters(warehouse, **choices)
    rows = {r["period"]: r for r in warehouse.frame(today.totals(f)).iter_rows(named=True)}
    parts = warehouse.frame(today.why(f))
    change = rows["now"]["rate"] - rows["before"]["rate"]
    if "step" in choices:  # obstacles tell no channels apart, and steps have no inquiries beside them
        assert parts.height > 1
    assert parts["contribution"].sum() == pytest.approx(change, abs=1e-9)
    assert (parts["rate_effect"] + parts["mix_effect"] - parts["contribution"]).abs().max() < 1e-9
    assert parts["part_before"].sum() == pytest.approx(rows["before"]["rate"])


def test_steps_of_the_journey_are_those_of_the_report(warehouse):
    from dashboards.queries import step_rates

    mine = warehouse.frame(journey.steps(filters(warehouse))).sort("rate", descending=True)
    report = warehouse.cursor().execute(step_rates("zh"), {"day": warehouse.last_day}).pl()
    assert mine.select("product", "step", "inquiries", "transactions").equals(
        report.select("product", "step", "inquiries", "transactions")
    )
    for a, b in (
        ("rate", "per_10k"),
        ("low", "per_10k_low"),
        ("high", "per_10k_high"),
        ("rate_before", "per_10k_week_before"),
    ):
        assert (mine[a] - report[b]).abs().max() < 1e-9


def test_the_scan_finds_the_week_that_got_worse(warehouse):
    found = warehouse.frame(journey.outbreaks(filters(warehouse)))
    assert found.select("product", "step", "since", "lasts").rows() == [("p1", "s2", date(2026, 11, 9), True)]
    assert found["rate_inside"][0] > 1.5 * found["rate_outside"][0]


def test_the_scan_is_quiet_where_nothing_happened(warehouse):
    f = filters(warehouse, period="custom", start="2026-10-10", end="2026-11-08")
    assert warehouse.frame(journey.outbreaks(f)).is_empty()


def test_control_limits_hold_quiet_days_and_show_the_loud_ones(warehouse):
    days = warehouse.frame(today.daily(filters(warehouse, product="p1", step="s2")))
    loud = days.filter(pl.col("rate") > pl.col("control_high"))
    assert set(loud["day"]) <= set(pl.date_range(date(2026, 11, 9), date(2026, 11, 15), eager=True))
    quiet = warehouse.frame(today.daily(filters(warehouse, product="p2")))
    assert (
        quiet.filter(
            (pl.col("rate") > pl.col("control_high")) | (pl.col("rate") < pl.col("control_low"))
        ).height
        <= 1
    )


def test_intervals_are_as_wide_as_the_days_scatter(tmp_path):
    from tests.dashboards.published import write_published

    path = write_published(tmp_path / "scatter.duckdb", days=14, topics=0)
    with Warehouse(path) as found:
        if not found.has("mart.dispersion_daily", "dispersion"):
            pytest.skip("this file says nothing of scatter")
        narrow = found.frame(today.totals(filters(found))).row(0, named=True)
    with duckdb.connect(str(path)) as con:
        con.execute(
            "INSERT INTO mart.dispersion_daily BY NAME SELECT DISTINCT day, 4.0 AS dispersion, 14 AS day_count FROM mart.inquiry_rate_daily"
        )
        con.execute(
            "INSERT INTO mart.dispersion_daily BY NAME SELECT DISTINCT day, product, step, 9.0 AS dispersion, 14 AS day_count "
            "FROM mart.inquiry_rate_daily WHERE step IS NOT NULL"
        )
    with Warehouse(path) as found:
        wide = found.frame(today.totals(filters(found))).row(0, named=True)
        assert wide["rate"] == narrow["rate"]
        assert (wide["high"] - wide["low"]) / (narrow["high"] - narrow["low"]) == pytest.approx(2, rel=0.03)
        daily = found.frame(today.daily(filters(found))).row(0, named=True)
        assert daily["low"] < daily["rate"] < daily["high"]
        assert set(found.frame(journey.steps(filters(found)))["dispersion"]) == {9.0}


def test_a_day_without_history_has_no_limits(files):
    with Warehouse(files["one_day"]) as found:
        days = found.frame(today.daily(filters(found)))
        assert days.height == 1
        assert days["control_high"].null_count() == 1


def test_ranked_obstacles_add_up_and_carry_their_trend(warehouse):
    f = filters(warehouse)
    rows = warehouse.frame(obstacles.ranked(f))
    n = warehouse.sql(
        "SELECT sum(inquiry_count) FROM mart.obstacle_daily WHERE day BETWEEN $a AND $b", a=f.start, b=f.end
    ).item()
    assert rows["inquiries"].sum() == n
    assert rows["impact"].is_sorted(descending=True)
    assert all(len(trend) == (f.end - f.trend_start).days + 1 for trend in rows["trend"])
    assert all(sum(trend[-7:]) == n for trend, n in rows.select("trend", "inquiries").iter_rows())
    only = warehouse.frame(obstacles.ranked(f, cause="fault"))
    assert set(only["cause"]) == {"fault"}


def test_a_channel_with_transactions_of_its_own_has_its_own_denominator(tmp_path):
    from tests.dashboards.published import write_published

    path = write_published(tmp_path / "by_channel.duckdb", days=14, topics=0)
    with duckdb.connect(str(path)) as con:
        con.execute(
            "INSERT INTO core.transactions SELECT day, product, step, 'app', 100, 50 FROM core.transactions WHERE product = 'p1'"
        )
        con.execute("DELETE FROM core.transactions WHERE product = 'p1' AND channel IS NULL")
    with Warehouse(path) as found:
        rows = found.frame(today.totals(filters(found, product="p1", channel="app")))
        assert rows["transactions"].to_list() == [700, 700]
        web = found.frame(today.totals(filters(found, product="p1", channel="web")))
        assert web["rate"].to_list() == [None, None]
        shared = found.frame(today.totals(filters(found, product="p2", channel="web")))
        assert shared["rate"].null_count() == 0


def test_steps_without_transactions_are_named(tmp_path):
    from tests.dashboards.published import write_published

    path = write_published(tmp_path / "bare.duckdb", days=14, topics=0)
    with duckdb.connect(str(path)) as con:
        con.execute("DELETE FROM core.transactions WHERE product = 'p2' AND step = 's3'")
    with Warehouse(path) as found:
        assert found.frame(quality.without_transactions(filters(found))).select("product", "step").rows() == [
            ("p2", "s3")
        ]
        row = found.frame(journey.steps(filters(found))).filter(product="p2", step="s3").row(0, named=True)
        assert row["rate"] is None
        assert row["inquiries"] > 0


def test_search_reads_all_its_words(warehouse):
    assert voices.terms("提现  不到账 - -退款") == ["提现", "不到账", "-退款"]
    assert len(voices.terms("a b c d e f g h")) == 6
    f = filters(warehouse, period="all")
    all_ = warehouse.frame(voices.found(f, "", limit=100_000))
    some = warehouse.frame(voices.found(f, "提现 急用钱", limit=100_000))
    rest = warehouse.frame(voices.found(f, "-提现", limit=100_000))
    assert 0 < some.height < all_.height
    assert some.height + rest.height == all_.height
    assert warehouse.frame(voices.found_days(f, "提现"))["inquiries"].sum() == some.height
    app = warehouse.frame(voices.found(filters(warehouse, period="all", channel="app"), "", limit=100_000))
    web = warehouse.frame(voices.found(filters(warehouse, period="all", channel="web"), "", limit=100_000))
    assert app.height + web.height == all_.height
