"""The report: what it says, that its numbers are the dashboards', and what it does where there is little to tell."""

from __future__ import annotations

import csv
import html as html_module
import io
import re
import shutil
from contextlib import closing
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dashboards import report as package
from dashboards.data import Warehouse
from dashboards.filters import View, resolve
from dashboards.questions import feelings, journey, obstacles, today
from dashboards.report import Report, write_report
from dashboards.report.words import WORDS
from tests.dashboards.published import LAST, NASTY, write_published
from warehouse.errors import ConfigError, VocError

GOLDEN = Path(__file__).parent / "report_golden" / "day-zh.md"
SECTIONS = [
    "整体与各产品",
    "什么变了，为什么",
    "影响最大的障碍",
    "预警",
    "新主题",
    "情绪",
    "做过的事，效果如何",
    "建议下一步",
]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    """Published files: without a day, of one day, of five weeks with everything filled."""
    place = tmp_path_factory.mktemp("published")
    sizes = {
        "empty": {"days": 0, "topics": 0},
        "one_day": {"days": 1, "topics": 0, "filled": False},
        "filled": {"days": 36, "row_days": 10},
    }
    return {name: write_published(place / f"{name}.duckdb", **size) for name, size in sizes.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def daily(files, folder) -> Report:
    found = write_report(files["filled"], folder, None, "zh", images=True)
    assert found is not None
    return found


@pytest.fixture
def changed(files, tmp_path):
    """A copy of a published file with statements run on it, and its report."""

    def make(*statements: str, size: str = "filled", **options) -> Report:
        path = tmp_path / "changed.duckdb"
        shutil.copy(files[size], path)
        with closing(duckdb.connect(str(path))) as con:
            con.execute("SET TimeZone = 'UTC'")
            for statement in statements:
                con.execute(statement)
        day = options.pop("day", None)
        found = write_report(path, tmp_path / "reports", day, options.pop("language", "zh"), **options)
        assert found is not None
        return found

    return make


def table(report: Report, name: str) -> pl.DataFrame:
    return pl.read_csv((report.folder / "data" / f"{name}.csv").read_bytes(), infer_schema_length=None)


def page(report: Report) -> str:
    return report.html.read_text(encoding="utf-8")


def text_of(markup: str) -> str:
    markup = re.sub(r"<style>.*?</style>", "", markup, flags=re.S)
    return html_module.unescape(re.sub(r"<[^>]+>", " ", markup))


class Tags(HTMLParser):
    """All tags with their attributes, and every tag that is left open."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img", "hr", "path", "circle", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


# The same numbers as the dashboards


def dashboards(path: Path, view: View):
    with Warehouse(path) as voc:
        f = resolve(
            view, voc.first_day, voc.last_day, scatters=voc.has("mart.dispersion_daily", "dispersion")
        )
        since = voc.has("mart.obstacles", "since_day")
        return {
            "totals": voc.frame(today.totals(f)),
            "days": voc.frame(today.daily(f)),
            "why": voc.frame(today.why(f)),
            "steps": voc.frame(journey.steps(f)),
            "obstacles": voc.frame(obstacles.ranked(f, since=since)),
            "feelings": voc.frame(feelings.totals(f)),
            "alerts": voc.frame(today.alerts(f)),
            "new_topics": voc.frame(today.new_topics(f)),
        }


def same(report: Report, name: str, expected: pl.DataFrame) -> None:
    found = table(report, name)
    assert found.columns == expected.columns, name
    assert found.height == expected.height > 0, name
    for column, dtype in expected.schema.items():
        if dtype.is_numeric():
            a, b = found[column].cast(pl.Float64), expected[column].cast(pl.Float64)
            assert a.is_null().to_list() == b.is_null().to_list(), (name, column)
            assert ((a - b).abs() < 1e-9).all(), (name, column)
        elif dtype == pl.String and not column.startswith("explanation"):
            assert found[column].to_list() == expected[column].to_list(), (name, column)


def test_the_days_numbers_are_those_of_the_dashboards_last_day(daily, files):
    pages = dashboards(files["filled"], View(period="1"))
    for name in ("totals", "days", "feelings", "alerts"):
        same(daily, name, pages[name])


def test_causes_and_obstacles_are_those_of_the_dashboards_last_week(daily, files):
    pages = dashboards(files["filled"], View(period="7"))
    for name in ("why", "steps", "obstacles", "new_topics"):
        same(daily, name, pages[name])


def test_quotes_are_those_of_the_dashboards_in_their_order(daily, files):
    with Warehouse(files["filled"]) as voc:
        f = resolve(View(period="7"), voc.first_day, voc.last_day)
        quotes = table(daily, "quotes")
        worst = (
            table(daily, "obstacles")
            .filter(pl.col("obstacle_id") == quotes["obstacle_id"][0])
            .row(0, named=True)
        )
        about = [worst[name] for name in ("product", "step", "topic_id", "cause")]
        theirs = voc.frame(obstacles.words(f, *about))["inquiry_id"].to_list()
    mine = quotes.filter(pl.col("obstacle") == 1)["inquiry_id"].to_list()
    assert len(theirs) > 3
    assert mine[: len(theirs)] == theirs


def test_a_products_numbers_are_those_of_the_dashboards(daily, files):
    for product in ("p1", "p2"):
        pages = dashboards(files["filled"], View(period="1", product=product))
        same(daily, f"product_{product}", pages["totals"])


def test_a_teams_numbers_are_those_of_the_dashboards_for_its_product(files, tmp_path):
    report = write_report(
        files["filled"], tmp_path, None, "zh", period="week", products=["p1"], name="支付组"
    )
    pages = dashboards(
        files["filled"], View(period="custom", start="2026-11-09", end="2026-11-15", product="p1")
    )
    for name in ("totals", "days", "why", "steps", "obstacles", "feelings", "alerts"):
        same(report, name, pages[name])


def test_the_page_shows_the_numbers_of_its_tables(daily):
    now = table(daily, "totals").filter(pl.col("period") == "now").row(0, named=True)
    worst = table(daily, "obstacles").filter(pl.col("step").is_not_null()).row(0, named=True)
    for text in (text_of(page(daily)), daily.headline):
        assert f"{now['inquiries']} 条求助" in text
        assert f"万求率 {now['rate']:.1f}（95% 区间 {now['low']:.1f}–{now['high']:.1f}）" in text
    assert f"{worst['inquiries']} 条" in text_of(page(daily))


def test_the_sql_beside_the_tables_gives_the_tables(daily, files):
    statements = (daily.folder / "data" / "queries.sql").read_text(encoding="utf-8")
    parts = re.split(r"^-- (\w+)\.csv\n", statements, flags=re.M)[1:]
    pairs = dict(zip(parts[::2], parts[1::2], strict=True))
    assert {path.stem for path in (daily.folder / "data").glob("*.csv")} == set(pairs)
    with Warehouse(files["filled"]) as voc:
        for name, statement in pairs.items():
            assert voc.cursor().execute(statement).pl().height == table_rows(daily, name), name


def table_rows(report: Report, name: str) -> int:
    text = (report.folder / "data" / f"{name}.csv").read_text(encoding="utf-8-sig")
    return len(list(csv.reader(io.StringIO(text)))) - 1


# What it says


def test_all_parts_are_there_in_html_markdown_and_mail(daily):
    heads = re.findall(r"<h2[^>]*>([^<]+)", page(daily))
    assert [head.strip() for head in heads[:-1]] == SECTIONS
    assert re.findall(r"^## (.+)$", daily.markdown.read_text(encoding="utf-8"), flags=re.M)[:-1] == SECTIONS
    assert all(section in daily.email_html for section in SECTIONS)


def test_it_tells_of_alerts_topics_changes_and_decisions(daily):
    text = text_of(page(daily))
    assert "环节1-2 的万求率 <b>远高于</b> 预期。" in text  # as text
    assert "主题3" in text
    assert "新版上线 <i>斜</i>" in text
    assert "变差，比值 2.40（2.00–2.90）" in text
    assert "负责人 支付组" in text
    assert daily.noteworthy


def test_a_day_above_its_usual_range_says_so_and_where_it_comes_from(changed):
    report = changed(
        "UPDATE mart.inquiry_rate_daily SET inquiry_count = 6 * inquiry_count WHERE day = '2026-11-15' AND product = 'p2'"
    )
    assert re.search(r"比上周同日上升 \d+%，高于通常范围（[\d.]+–[\d.]+）；", report.headline)
    text = text_of(page(report))
    first = re.search(r"当天比上周同日每万笔多 ([\d.]+) 条，主要来自环节2-\d（产品2） \+([\d.]+)", text)
    assert first is not None
    assert float(first[2]) < float(first[1]) * 1.2
    why = table(report, "why_now")
    totals = table(report, "totals")
    assert why["contribution"].sum() == pytest.approx(totals["rate"][0] - totals["rate"][1])


def test_a_report_of_an_earlier_day_says_that_effects_are_of_later_data(files, tmp_path):
    report = write_report(files["filled"], tmp_path, date(2026, 11, 12), "zh")
    assert "按截至 11月15日 的数据" in text_of(page(report))
    assert "11月13日" not in text_of(page(report))  # a change of a later day


def test_five_obstacles_with_two_quotes_each(daily):
    entries = re.findall(r'<li class="entry">.*?</li>', page(daily), flags=re.S)
    assert len(entries) == 5
    for entry in entries:
        assert 1 <= entry.count("<blockquote>") <= 2
        assert "原因：" in entry
        assert "手段：产品优化" in entry
        assert "95% 区间" in entry
        assert "<svg" in entry


def test_english_has_no_chinese_but_names(files, tmp_path):
    report = write_report(files["filled"], tmp_path, None, "en")
    lines = report.markdown.read_text(encoding="utf-8").splitlines()
    said = [
        line for line in lines if not line.lstrip().startswith(">") and re.search(r"[\u4e00-\u9fff]", line)
    ]
    allowed = "主题|组|新版上线|节日|王芳|支付|粗|斜|环节1-2 的万求率|远高于|预期"
    assert not [line for line in said if re.search(r"[\u4e00-\u9fff]", re.sub(allowed, "", line))]
    assert report.title == "Daily inquiry report, 2026-11-15"


def test_golden_markdown(tmp_path):
    path = write_published(tmp_path / "small.duckdb", days=21, products=2, steps=2, topics=4, row_days=7)
    report = write_report(path, tmp_path / "reports", None, "zh")
    found = report.markdown.read_text(encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8"), "if this is meant: write it anew and read it"


# Text is never markup


def test_customers_text_is_text(daily):
    for markup in (page(daily), daily.email_html):
        tags = Tags(markup)
        assert not tags.wrong
        assert not tags.open
        names = {name for name, _ in tags.found}
        assert not names & {"script", "a", "iframe", "object", "form", "link", "i"}
        assert not [key for _, attributes in tags.found for key in attributes if key.startswith("on")]
    assert "<script>" in text_of(page(daily)) or "<img src" in text_of(page(daily))


def test_markdown_escapes_customers_text(daily):
    text = daily.markdown.read_text(encoding="utf-8")
    quoted = [line for line in text.splitlines() if line.lstrip().startswith("> ")]
    assert quoted
    for line in quoted:
        inner = re.sub(r"\\.", "", line.lstrip()[2:])
        assert not re.search(r"[<>`*\[\]|$]|https?://", inner), line
        assert not re.match(r"[-+=#]", inner), line


def test_markdown_holds_no_link_picture_or_html(changed):
    markdown_it = pytest.importorskip("markdown_it")
    labels = ", ".join("'" + text.replace("'", "''") + "'" for text in NASTY)
    report = changed(
        f"UPDATE insight.topics SET label = [{labels}][substr(topic_id, 2)::INTEGER % {len(NASTY)} + 1] WHERE NOT starts_with(topic_id, 'g')",
        "UPDATE core.changes SET title = '# <b>x</b> [a](http://b.example/) ![c](d)'",
    )
    parser = markdown_it.MarkdownIt("commonmark", {"linkify": False}).enable("table")
    tokens = parser.parse(report.markdown.read_text(encoding="utf-8"))
    kinds = {token.type for token in tokens}
    kinds |= {child.type for token in tokens for child in token.children or ()}
    assert not kinds & {
        "link_open",
        "image",
        "html_block",
        "html_inline",
        "code_block",
        "fence",
        "hr",
        "lheading_open",
    }
    assert {"table_open", "blockquote_open", "ordered_list_open"} <= kinds
    heads = [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]
    assert [head for head in heads if head in SECTIONS] == SECTIONS
    assert not [head for head in heads if "<b>" in head]


def test_a_products_id_names_no_file_outside(changed):
    report = changed(
        *(
            f"UPDATE {table} SET product = '../../x<b>' WHERE product = 'p2'"
            for table in (
                "mart.inquiry_rate_daily",
                "mart.obstacle_daily",
                "mart.sentiment_daily",
                "core.transactions",
            )
        )
    )
    assert (report.folder / "data" / "product__x_b_.csv").exists()
    assert {path.suffix for path in (report.folder / "data").iterdir()} == {".csv", ".sql"}
    assert not [path for path in report.folder.parent.parent.rglob("x*") if path.is_file()]
    assert "../../x<b>" in text_of(page(report))


def test_an_old_alert_about_the_data_is_a_caveat(changed):
    report = changed(
        "INSERT INTO mart.alerts BY NAME SELECT 'd' AS alert_id, DATE '2026-11-12' AS day, 'ed' AS episode_id, 'data_missing' AS kind, "
        "2.0 AS score, '电话三天没有来' AS explanation",
        "INSERT INTO mart.alert_episodes BY NAME SELECT DATE '2026-11-15' AS day, 'ed' AS episode_id, 'data_missing' AS kind, "
        "DATE '2026-11-12' AS start_day, DATE '2026-11-15' AS last_day, DATE '2026-11-12' AS told_day, 1.0 AS excess_count",
    )
    text = text_of(page(report))
    assert text.index("电话三天没有来") < text.index("整体与各产品")
    assert text.count("电话三天没有来") == 1


def test_tables_hold_no_formula(daily):
    words = table(daily, "quotes")["problem"].to_list()
    assert any(text.startswith("'=HYPERLINK") for text in words)
    for path in (daily.folder / "data").glob("*.csv"):
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))):
            for cell in row:
                assert re.match(r"-?\d|[^=+\-@]|$", cell), (path.name, cell)


def test_the_chat_summary_holds_no_markup(changed):
    labels = ", ".join("'" + text.replace("'", "''") + "'" for text in NASTY)
    report = changed(
        f"UPDATE insight.topics SET label = [{labels}][substr(topic_id, 2)::INTEGER % {len(NASTY)} + 1] WHERE NOT starts_with(topic_id, 'g')",
        "UPDATE insight.topics SET status = 'new', first_day = '2026-11-13' WHERE topic_id IN ('t1', 't2')",
    )
    rest = report.summary.replace("**", "")
    assert len(report.summary) <= 1500
    assert "HYPERLINK" in rest or "script" in rest or "SUM" in rest
    assert not re.search(r"[<>`*\[\]|@]|://", rest)
    assert report.summary.startswith(f"**{report.headline[:10]}")


def test_the_page_asks_for_nothing_from_outside(daily):
    markup = page(daily)
    assert not re.findall(
        r"(?:src|href|url)\s*[=(]", re.sub(r"<svg xmlns=\S+", "<svg", markup).split("<body>")[0]
    )
    for name, attributes in Tags(markup).found:
        assert not {"src", "href", "srcset", "data"} & set(attributes), name


# Mail


def test_pictures_of_the_mail(daily):
    names = re.findall(r'src="cid:([^"]+)"', daily.email_html)
    assert names == [name for name, _ in daily.images]
    assert names[0] == "trend"
    assert len(names) == 6
    for _, path in daily.images:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 500


def test_without_pictures_the_mail_has_none(files, tmp_path):
    report = write_report(files["filled"], tmp_path, None, "zh")
    assert report.images == ()
    assert "<img" not in report.email_html
    assert not list(tmp_path.rglob("*.png"))


# Periods


def test_a_week(files, tmp_path):
    report = write_report(files["filled"], tmp_path, date(2026, 11, 5), "zh", period="week")
    assert report.folder.name == "2026-W45"
    assert (report.first, report.last, report.day) == (
        date(2026, 11, 2),
        date(2026, 11, 8),
        date(2026, 11, 8),
    )
    assert report.title == "求助周报 2026 年第 45 周"
    assert "11月2日–11月8日" in report.headline


def test_a_month_that_runs(files, tmp_path):
    report = write_report(files["filled"], tmp_path, None, "en", period="month")
    assert report.folder.name == "2026-11"
    assert (report.first, report.last) == (date(2026, 11, 1), LAST)
    assert report.title == "Monthly inquiry report, November 2026"
    assert "still running: data up to Nov 15" in page(report)
    with Warehouse(files["filled"]) as voc:
        n = voc.sql("SELECT sum(inquiry_count) FROM mart.inquiry_rate_daily WHERE day >= '2026-11-01'").item()
    assert f"{int(n):,} inquiries from Nov 1 to Nov 15" in report.headline


def test_a_week_across_the_year_has_the_iso_year():
    from dashboards.report.period import span

    found = span("week", date(2027, 1, 2), date(2026, 1, 1), date(2027, 3, 1))
    assert (found.folder, found.first, found.last) == ("2026-W53", date(2026, 12, 28), date(2027, 1, 3))


# Teams


def test_a_team_sees_its_products_alone(files, tmp_path):
    report = write_report(files["filled"], tmp_path, None, "zh", products=["p2"], name="支付组")
    assert report.folder == tmp_path / "2026-11-15" / "支付组"
    assert report.title == "支付组 · 求助日报 2026-11-15"
    assert report.products == ("p2",)
    for path in (report.folder / "data").glob("*.csv"):
        frame = pl.read_csv(path.read_bytes(), infer_schema_length=None)
        if "product" in frame.columns:
            assert set(frame["product"].drop_nulls().cast(pl.String)) <= {"p2"}, path.name
    assert "产品1" not in page(report)
    assert "环节1-" not in page(report)


def test_a_team_of_two_products_has_their_sum(files, tmp_path):
    report = write_report(files["filled"], tmp_path, None, "zh", products=["p1", "p2"], name="two")
    whole = write_report(files["filled"], tmp_path, None, "zh")
    parts = [table(report, f"product_{product}")["inquiries"][0] for product in ("p1", "p2")]
    assert table(report, "totals")["inquiries"][0] == sum(parts)
    assert table(whole, "totals")["inquiries"][0] == sum(parts)
    assert table(report, "totals")["rate"][0] == pytest.approx(table(whole, "totals")["rate"][0])


def test_an_unknown_product_and_a_strange_name_are_refused(files, tmp_path):
    with pytest.raises(VocError, match="product 'p9'"):
        write_report(files["filled"], tmp_path, None, "zh", products=["p9"], name="x")
    for name in ("../x", "a/b", "", ".", "x" * 65, "data", "Images"):
        with pytest.raises(ConfigError, match="folder"):
            write_report(files["filled"], tmp_path, None, "zh", name=name)
    with pytest.raises(ConfigError, match="period 'year'"):
        write_report(files["filled"], tmp_path, None, "zh", period="year")
    assert not list(tmp_path.iterdir())


# Where there is little to tell


def test_nothing_published_no_day_and_days_outside(files, tmp_path):
    assert write_report(tmp_path / "none.duckdb", tmp_path, None, "zh") is None
    assert write_report(files["empty"], tmp_path, None, "zh") is None
    for day in (LAST + timedelta(days=1), LAST - timedelta(days=45)):
        assert write_report(files["filled"], tmp_path, day, "zh") is None
    assert not list(tmp_path.iterdir())


def test_the_first_day_of_a_new_workspace(files, tmp_path):
    report = write_report(files["one_day"], tmp_path, None, "zh", images=True)
    text = text_of(page(report))
    assert "没有可对比的时段" in text
    assert "还没有学到主题" in text
    assert "没有新的预警" in text
    assert "近来没有记录到变更" in text
    assert "–%" not in text
    assert "None" not in text


def test_without_transactions_there_are_counts_and_a_caveat(changed):
    report = changed("DELETE FROM core.transactions", images=True)
    text = text_of(page(report))
    assert text.index("没有交易数，无法计算万求率") < text.index("整体与各产品")
    assert "每天的求助数" in text
    assert re.match(r"11月15日共 \d+ 条求助；", report.headline)
    assert report.noteworthy
    assert "None" not in text


def test_without_journeys_everything_is_unmapped(changed):
    report = changed(
        "DELETE FROM core.steps", "DELETE FROM core.transactions", "DELETE FROM mart.obstacle_daily", "DELETE FROM mart.obstacles",
        "UPDATE mart.inquiry_rate_daily SET product = NULL, step = NULL",
        "UPDATE mart.sentiment_daily SET product = NULL, step = NULL", "DELETE FROM mart.alerts", "DELETE FROM core.changes",
    )  # fmt: skip
    text = text_of(page(report))
    assert "还没有产品和环节" in text
    assert "没有归到环节的障碍" in text
    assert "None" not in text


def test_a_day_without_data_between_others(changed):
    tables = ("mart.inquiry_rate_daily", "mart.obstacle_daily", "mart.sentiment_daily", "mart.topic_daily")
    report = changed(
        *(f"DELETE FROM {name} WHERE day = '2026-11-10'" for name in tables), day=date(2026, 11, 10)
    )
    assert report.headline == "11月10日没有任何求助数据。"
    assert "这一天没有数据" in text_of(page(report))
    assert "先把缺的数据补齐再下结论" in text_of(page(report))
    week = changed(*(f"DELETE FROM {name} WHERE day = '2026-11-10'" for name in tables), period="week")
    assert "11月10日没有数据：下面的合计不含这些天" in text_of(page(week))


# Caveats


def test_a_missing_source_is_said_first(changed):
    report = changed("DELETE FROM mart.inquiry_rate_daily WHERE source = 'calls' AND day = '2026-11-15'")
    text = text_of(page(report))
    assert re.search(r"11月15日没有收到电话（平时每天约 \d+ 条）", text)
    assert text.index("先看数据") < text.index(report.headline)
    assert report.markdown.read_text(encoding="utf-8").index("先看数据") < 200
    assert report.summary.index("先看数据") < report.summary.index("什么变了")


def test_held_failed_refused_and_partial(changed):
    report = changed(
        "INSERT INTO ops.runs BY NAME SELECT 'r' AS run_id, DATE '2026-11-16' AS day, 'validate' AS step, "
        "TIMESTAMPTZ '2026-11-17 01:00:00+00' AS started_at, 'held' AS status, 'row_count on <b>core.turns</b>' AS message",
        "INSERT INTO ops.runs BY NAME SELECT 'r' AS run_id, DATE '2026-11-15' AS day, 'conform' AS step, "
        "TIMESTAMPTZ '2026-11-16 01:00:00+00' AS started_at, 'held' AS status, 'mended later' AS message",
        "INSERT INTO ops.runs BY NAME SELECT 'r' AS run_id, DATE '2026-11-15' AS day, 'conform' AS step, "
        "TIMESTAMPTZ '2026-11-16 02:00:00+00' AS started_at, 'done' AS status",
        "INSERT INTO ops.check_results BY NAME SELECT DATE '2026-11-15' AS day, 'r' AS run_id, 'core.turns' AS table_name, "
        "'unique' AS check_name, 'fail' AS severity, false AS success, '2' AS observed, '0' AS expected, 1 AS checked_count, 1 AS failed_count",
        "INSERT INTO ops.files BY NAME SELECT 'calls/x.csv' AS file, 'calls' AS kind, 'y' AS sha256, 0 AS rows_read, 0 AS rows_landed, "
        "0 AS rows_rejected, 0 AS rows_already, 'refused' AS status, 'no header' AS reason, TIMESTAMPTZ '2026-11-16 01:00:00+00' AS landed_at",
        "UPDATE mart.inquiry_rate_daily SET is_partial = true WHERE day = '2026-11-15'",
    )  # fmt: skip
    text = text_of(page(report))
    assert "11月16日被检查拦下、尚未发布：row_count on <b>core.turns</b>" in text
    assert "mended later" not in text
    assert "11月15日有 1 项检查未通过：core.turns unique" in text
    assert "有 1 个文件没有读进来：calls/x.csv" in text
    assert "11月15日数据不全" in text


def test_a_quiet_day_is_not_noteworthy(changed):
    report = changed(
        "DELETE FROM mart.alerts", "DELETE FROM mart.change_effects", "UPDATE insight.topics SET first_day = '2026-10-02'",
        "DELETE FROM ops.check_results",
    )  # fmt: skip
    assert not report.noteworthy
    assert "没有新的预警" in text_of(page(report))


# Words


def test_both_languages_fill_in_the_same_names_and_none_is_left_over():
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(package.__file__).parent.rglob("*.py")
    )
    source = re.sub(r"^WORDS: .*?^}", "", source, flags=re.M | re.S)
    left = []
    for key, (zh, en) in WORDS.items():
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key
        assert not re.search(r"[\u4e00-\u9fff]", en), key
        head = key.rsplit(".", 1)[0]
        used = f'"{key}"' in source or f"{head}.{{" in source or f'"{key.removesuffix("_own")}"' in source
        pair = ", ".join(f'"{part}"' for part in key.split(".")[1:])  # ("product_fix", "fault")
        used = used or f"({pair})" in source
        left += [] if used else [key]
    assert not left


def test_the_report_prints_as_the_path_of_its_page(daily):
    assert str(daily) == str(daily.html)
    assert daily.html.name == "report.html"
    assert daily.language == "zh"
