"""Decisions from the screens: the same records as the command line's, never locking, marked until they take effect."""

from datetime import UTC, datetime

import duckdb
import pytest

from dashboards import actions, data
from dashboards.data import Warehouse
from dashboards.words import Words
from tests.dashboards.conftest import NOW, html
from warehouse.decisions import decisions
from warehouse.errors import VocError
from warehouse.store import Store
from warehouse.workspace import Workspace

ZH = Words("zh")


def journal(setup):
    workspace = Workspace(setup.home)
    return decisions(Store(workspace.store_dir, workspace.raw_dir))


def save(page, number=0):
    """The button of a form, looked up anew: a run makes new elements."""
    labels = (ZH("decide.save"), ZH("topic.retire"))
    return [button for button in page.button if button.label in labels][number]


def worst(dashboard_setup):
    return (
        data.newest(dashboard_setup.published)
        .sql("SELECT * FROM mart.obstacles ORDER BY rank LIMIT 1")
        .row(0, named=True)
    )


def test_a_status_is_written_down_with_who_and_when(look, dashboard):
    setup = dashboard()
    obstacle = worst(setup)["obstacle_id"]
    page = look("obstacles", size=None, obstacle=obstacle)
    page.selectbox[2].set_value("fixing")
    names = {box.label: box for box in page.text_input}
    names[ZH("owner")].set_value("支付组 <b>")
    names[ZH("note")].set_value("下周发布")
    save(page).click().run()
    assert not page.exception
    assert [found.value for found in page.success] == [ZH("decide.done")]
    row = journal(setup).row(0, named=True)
    assert (row["at"], row["by"], row["kind"], row["target"]) == (NOW, "王芳", "status", obstacle)
    assert '"status": "fixing"' in row["value"]
    assert '"owner": "支付组 <b>"' in row["value"]
    # The next look says that it waits, for whom and since when, and still as text.
    text = html(look("obstacles", size=None, obstacle=obstacle))
    assert ZH("status.fixing") in text
    assert "王芳" in text
    assert "支付组 &lt;b&gt;" in text
    assert "支付组 <b>" not in text


def test_nobody_decides_nothing(look, dashboard):
    setup = dashboard(person="")
    page = look("obstacles", size=None, obstacle=worst(setup)["obstacle_id"])
    save(page).click().run()
    assert [found.value for found in page.error] == [ZH("decide.who")]
    assert journal(setup).is_empty()


def test_a_step_is_corrected_at_the_end_of_a_conversation(look, dashboard):
    setup = dashboard()
    row = (
        data.newest(setup.published)
        .sql("SELECT * FROM insight.inquiry_journey WHERE step = 's1' LIMIT 1")
        .row(0, named=True)
    )
    page = look("search", size=None, inquiry=row["inquiry_id"], day=row["day"].isoformat())
    box = next(box for box in page.selectbox if box.label == ZH("correct.step"))
    box.set_value((row["product"], "s2"))
    save(page).click().run()
    assert not page.exception
    written = journal(setup).row(0, named=True)
    assert (written["kind"], written["target"]) == ("correct", row["inquiry_id"])
    assert f'"day": "{row["day"]}"' in written["value"]
    assert '"step": "s2"' in written["value"]
    assert "cause" not in written["value"]  # what was not changed is not decided


def test_a_topic_is_renamed_merged_and_retired(look, dashboard):
    setup = dashboard()
    page = look("topics", size=None, topic="t2")
    next(box for box in page.text_input if box.label == ZH("topic.new_name")).set_value("提现慢")
    save(page, 0).click().run()
    next(box for box in page.selectbox if box.label == ZH("topic.into")).set_value("t1")
    save(page, 1).click().run()
    save(page, 2).click().run()
    assert not page.exception
    found = journal(setup)
    assert set(found.select("kind", "target", "value").iter_rows()) == {
        ("topic_rename", "t2", '{"label": "提现慢"}'),
        ("topic_merge", "t2", '{"into": "t1"}'),
        ("topic_retire", "t2", "{}"),
    }


def test_what_waits_is_what_the_published_file_does_not_hold(dashboard):
    setup = dashboard()
    warehouse = data.newest(setup.published)
    published = warehouse.sql("SELECT * FROM ops.decisions").row(0, named=True)
    import json

    # The decision that is published already, in the journal as well, and a new one.
    old = setup.__class__(setup.published, setup.home, lambda: published["at"], "王芳")
    actions.decide(
        old,
        by=published["by"],
        kind="status",
        target=published["target"],
        value=json.loads(published["value"]),
    )
    actions.decide(setup, by="李雷", kind="status", target="o1", value={"status": "fixed", "note": ""})
    waiting = actions.pending(setup, warehouse)
    assert waiting.select("by", "target").rows() == [("李雷", "o1")]
    assert actions.about(waiting, "o1")[0]["value"] == {"status": "fixed"}
    assert actions.about(waiting, "o2") == []


def test_looking_only_writes_nothing(dashboard):
    setup = dashboard(clock=None)
    with pytest.raises(VocError, match="look only"):
        actions.decide(setup, by="x", kind="status", target="o1", value={"status": "open"})
    assert actions.pending(setup, data.newest(setup.published)).is_empty()


def test_a_decision_locks_nothing(dashboard, files):
    """While pages hold the file open, another process's reader and a decision go on."""
    setup = dashboard()
    warehouse = data.newest(setup.published)
    warehouse.sql("SELECT 1")
    actions.decide(setup, by="x", kind="status", target="o1", value={"status": "open"})
    with duckdb.connect(str(files["filled"]), read_only=True) as other:
        assert other.execute("SELECT count(*) FROM mart.obstacles").fetchone()[0] > 0


def test_the_data_page_lists_them_all(look, dashboard):
    setup = dashboard()
    actions.decide(setup, by="李雷", kind="topic_rename", target="t1", value={"label": "提现"})
    page = look("data", size=None)
    rows = next(frame.value for frame in page.dataframe if "by" in frame.value.columns)
    assert list(rows["by"]) == ["李雷", "王芳"]
    assert list(rows["state"]) == [ZH("decide.waiting_short"), ZH("decide.published_short")]


def test_a_warehouse_for_notebooks(files, tmp_path, monkeypatch):
    from dashboards import open_warehouse

    with open_warehouse(files["filled"]) as found:
        frame = found.sql(
            "SELECT product, count(*) AS n FROM core.steps WHERE product = $p GROUP BY ALL", p="p1"
        )
        assert frame.rows() == [("p1", 3)]
        with pytest.raises(duckdb.Error):
            found.cursor().execute("CREATE TABLE core.mine (x INTEGER)")
        assert found.cursor().execute("SELECT max(started_at) FROM core.inquiries").fetchone()[0] < datetime(
            2026, 11, 16, tzinfo=UTC
        )
    home = tmp_path / "home"
    (home / "published").mkdir(parents=True)
    (home / "published" / "voc.duckdb").symlink_to(files["one_day"])
    monkeypatch.setenv("VOC_HOME", str(home))
    for given in (None, home, str(home)):
        with open_warehouse(given) as found:
            assert found.first_day == found.last_day
    with pytest.raises(VocError, match="nothing was published"):
        open_warehouse(tmp_path)


def test_two_openings_of_a_file_share_its_lock(files):
    """A second one in the same process finds it locked already, and neither can open it up."""
    with Warehouse(files["filled"]) as one, Warehouse(files["filled"]) as two:
        for found in (one, two):
            with pytest.raises(duckdb.Error):
                found.cursor().execute("SET enable_external_access = true")
            with pytest.raises(duckdb.Error):
                found.cursor().execute("SELECT * FROM read_text('/etc/hostname')")


def test_answers_are_kept_and_bounded(files, monkeypatch):
    monkeypatch.setattr(data, "_KEPT", 3)
    with Warehouse(files["filled"]) as found:
        first = found.sql("SELECT 1 AS x")
        assert found.sql("SELECT 1 AS x") is first
        for n in range(5):
            found.sql("SELECT $n AS x", n=n)
        assert found.sql("SELECT 1 AS x") is not first
        assert len(found._answers) == 3
