"""Every page on files of every size: it draws, it says what to do where there is nothing, it never breaks."""

from __future__ import annotations

import pytest

from dashboards import data, setup
from dashboards.words import Words
from tests.dashboards.conftest import PAGES, html
from tests.dashboards.published import NASTY

ZH, EN = Words("zh"), Words("en")


def healthy(page):
    assert not page.exception, page.exception
    assert not page.error
    text = html(page)
    for words in (ZH, EN):
        assert words("broken") not in text
    return text


@pytest.mark.parametrize("size", ["empty", "one_day", "filled", "long"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_on_a_file_of_any_size(look, name, size):
    page = look(name, size)
    text = healthy(page)
    if size == "empty":
        assert ZH("first.no_days") in text
    else:
        assert f"{ZH(f'{name}.title' if name != 'sql' else 'sqlpage.title')}</h1>" in text
        assert ZH("first.no_days") not in text


@pytest.mark.parametrize("name", PAGES)
def test_a_page_speaks_english(look, name):
    page = look(name, lang="en")
    text = healthy(page)
    assert EN("sidebar.version", version="1") in text
    shown = "".join(metric.label for metric in page.metric) + "".join(box.label for box in page.selectbox)
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in shown.replace("环节", "")), shown


def test_nothing_published_says_what_to_do(look, dashboard, tmp_path):
    dashboard(published=tmp_path / "published" / "voc.duckdb")
    for name in ("today", "sql"):
        page = look(name, size=None)
        assert not page.exception
        assert ZH("first.title") in html(page)


def test_a_file_that_cannot_be_read_says_so(look, dashboard, tmp_path):
    broken = tmp_path / "voc.duckdb"
    broken.write_bytes(b"no database")
    dashboard(published=broken)
    page = look("today", size=None)
    assert not page.exception
    assert ZH("first.unreadable") in html(page)


def test_a_page_that_fails_shows_words_and_no_trace(look, monkeypatch):
    from dashboards.questions import today

    monkeypatch.setattr(today, "totals", lambda f: today.ask("SELECT no_such_column FROM mart.obstacles"))
    page = look("today")
    assert not page.exception
    text = html(page)
    assert ZH("broken") in text
    assert "no_such_column" not in text


def test_customers_words_stay_text(look):
    """Markup in words, labels, titles and sentences is escaped wherever it is shown."""
    for name, params in (
        ("search", {}),
        ("today", {}),
        ("topics", {"topic": "t1"}),
        ("feelings", {}),
        ("data", {}),
    ):
        text = healthy(look(name, **params))
        for raw in ("<script", "<img", "<b>远高于", "<b>粗", "<i>斜", "<b>我来"):
            assert raw not in text, f"{name}: {raw}"
    text = healthy(look("search", q="script"))
    assert "&lt;script&gt;" in text
    shown = [block.value for page in (look("search"), look("today")) for block in page.markdown]
    assert not any(word in value for value in shown for word in NASTY)


def test_the_worst_step_its_reason_and_its_beginning_stand_on_the_first_page(look):
    text = healthy(look("today"))
    assert "产品1 · 环节1-2" in text
    assert ZH("since.lasts", since="11月9日", until="", inside="", outside="").split("：")[0] in text
    assert "主要障碍" in text
    assert "远高于" in text  # the alert's sentence
    assert len([button for button in look("today").button if button.label == ZH("conversation.open")]) >= 5


def test_filters_come_from_the_link_and_go_back_into_it(look):
    page = look("today", product="p1", step="s2", period="28", compare="none", lang="en")
    healthy(page)
    assert page.selectbox(key="filter_product").value == "p1"
    assert page.selectbox(key="filter_step").value == "s2"
    page.selectbox(key="filter_product").set_value("p2").run()
    healthy(page)
    assert page.query_params == {
        "product": ["p2"],
        "period": ["28"],
        "compare": ["none"],
        "lang": ["en"],
    } or (page.query_params == {"product": "p2", "period": "28", "compare": "none", "lang": "en"})
    assert page.selectbox(key="filter_step").value == ""


def test_a_link_of_nonsense_still_shows_a_page(look):
    text = healthy(
        look("today", period="forever", product="no such", start="yesterday", lang="tlh", compare="x")
    )
    assert ZH("today.title") in text


def test_obstacles_lead_to_one_and_back(look):
    page = look("obstacles")
    healthy(page)
    worst = page.dataframe[0].value
    assert len(worst) > 5
    name = (
        data.newest(setup.current().published)
        .sql("SELECT obstacle_id FROM mart.obstacles ORDER BY rank LIMIT 1")
        .item()
    )
    page = look("obstacles", obstacle=name)
    text = healthy(page)
    assert ZH("obstacle.trend") in text
    assert "60+" in str(page.dataframe[0].value)
    assert "新版上线" in text
    assert "支付组" in text  # who is responsible, as published
    page.button(key="obstacle_back").click().run()
    assert ZH("obstacles.title") in healthy(page)


def test_an_obstacle_topic_or_conversation_that_is_gone_says_so(look):
    assert ZH("obstacle.gone") in healthy(look("obstacles", obstacle="o0"))
    assert ZH("topic.gone") in healthy(look("topics", topic="t0"))
    assert ZH("conversation.gone") in healthy(look("search", inquiry="chats:none", day="2026-11-15"))


def test_a_conversation_opens_whole_and_masked(look):
    page = look("search", inquiry="chats:c1", day="2026-10-19")
    text = healthy(page)
    assert "您好" in text
    assert "&lt;b&gt;我来&lt;/b&gt;" in text
    assert ZH("masked") in text


def test_search_finds_counts_and_leaves_out(look):
    found = healthy(look("search", q="急用钱 不到账", period="all"))
    warehouse = data.newest(setup.current().published)
    n = warehouse.sql("SELECT count(*) FROM mart.verbatims WHERE contains(problem, '急用钱')").item()
    days = warehouse.sql(
        "SELECT count(DISTINCT day) FROM mart.verbatims WHERE contains(problem, '急用钱')"
    ).item()
    assert ZH("search.found", n=f"{n:,}", days=days) in found
    assert ZH("search.none") in healthy(look("search", q="急用钱 -提现"))


def test_topics_show_groups_growth_and_new_ones(look):
    page = look("topics")
    healthy(page)
    assert [metric.value for metric in page.metric][:1] == ["8"]
    assert len(page.dataframe[0].value) == 8
    assert ZH("topics.none") in html(look("topics", "one_day"))


def test_the_sql_page_answers_and_refuses(look):
    page = look("sql")
    page.text_area(key="sql_text").set_value(
        "SELECT product, count(*) AS n FROM core.steps GROUP BY ALL ORDER BY 1"
    )
    page.button[0].click().run()
    healthy(page)
    assert list(page.dataframe[0].value["n"]) == [3, 3]
    page.text_area(key="sql_text").set_value("DROP TABLE core.steps")
    page.button[0].click().run()
    assert not page.exception
    assert page.error
    page.text_area(key="sql_text").set_value("SELECT * FROM read_text('/etc/passwd')")
    page.button[0].click().run()
    assert "Permission Error" in page.error[0].value.replace("\\", "")


def test_every_number_can_be_had_by_the_sql_beside_it(look):
    """Each statement that a page shows runs as it stands, without parameters."""
    warehouse = None
    shown = 0
    for name, params in (
        ("today", {}), ("journey", {"product": "p1"}), ("obstacles", {}), ("topics", {}), ("feelings", {"channel": "app"}),
        ("search", {"q": "it's 'quoted'"}), ("data", {}), ("topics", {"topic": "t1"}),
    ):  # fmt: skip
        page = look(name, **params)
        warehouse = data.newest(setup.current().published)
        assert page.code, name
        for block in page.code:
            assert "$" not in block.value.replace("$x^2$", "")
            warehouse.cursor().execute(block.value).fetchall()
            shown += 1
    assert shown > 20


def test_new_data_show_without_a_restart(look, dashboard, tmp_path):
    from tests.dashboards.published import write_published

    link = tmp_path / "voc.duckdb"
    link.symlink_to(write_published(tmp_path / "voc-000001.duckdb", days=2, topics=0))
    dashboard(published=link)
    page = look("data", size=None)
    assert ZH("sidebar.version", version="1") in healthy(page)
    newer = write_published(tmp_path / "voc-000002.duckdb", days=3, topics=0, version=2)
    link.unlink()
    link.symlink_to(newer)
    assert ZH("sidebar.version", version="2") in healthy(page.run())


def test_without_a_clock_pages_are_for_looking_only(look, dashboard):
    dashboard(clock=None)
    page = look("obstacles", size=None)
    assert ZH("decide.look_only") in healthy(page)


def test_stale_data_are_named(look, dashboard):
    from datetime import UTC, datetime

    dashboard(clock=lambda: datetime(2026, 11, 21, 3, tzinfo=UTC))
    assert ZH("stale", n=5) in healthy(look("today", size=None))
    dashboard()
    assert ZH("stale_todo") not in healthy(look("today", size=None))


def test_partial_and_missing_days_are_named(look, dashboard, tmp_path):
    import duckdb

    from tests.dashboards.published import write_published

    path = write_published(tmp_path / "partial.duckdb", days=20, topics=0)
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE mart.inquiry_rate_daily SET is_partial = true WHERE day = DATE '2026-11-14'")
        con.execute("DELETE FROM mart.inquiry_rate_daily WHERE day = DATE '2026-11-10'")
    dashboard(published=path)
    warned = [block.value.replace("\\", "") for block in look("today", size=None).warning]
    assert warned == [ZH("partial")]
    warned = [block.value.replace("\\", "") for block in look("data", size=None).warning]
    assert warned == [ZH("data.days_missing", days="11月10日"), ZH("data.days_partial", days="11月14日")]


def test_the_journey_shows_one_product_and_the_way_to_the_others(look):
    page = look("journey", product="p2")
    healthy(page)
    assert [metric.label for metric in page.metric] == ["1. 环节2-1", "2. 环节2-2", "3. 环节2-3"]
    page.segmented_control(key="journey_product").set_value("p1").run()
    healthy(page)
    assert [metric.label for metric in page.metric] == ["1. 环节1-1", "2. 环节1-2", "3. 环节1-3"]


def test_the_highest_and_the_riser_are_not_told_twice(look):
    text = healthy(look("today"))
    assert ZH("today.both") in text or ZH("today.highest") in text
    assert text.count("产品1 · 环节1-2</p>") == 1
