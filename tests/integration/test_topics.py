"""Topics in a workspace: learned once, assigned by day, new matters noticed, people's word kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dags.pipeline import Pipeline
from tests.support import new_workspace, pipeline, published_content, query, write_jsonl
from warehouse.decisions import decide
from warehouse.models import Models

pytestmark = pytest.mark.slow
FIRST = date(2026, 10, 1)
# Matters in words of their own; filled with an object each they make as many different problems as are asked for.
MATTERS = {
    "提现": "{}提现一直不到账，已经过了{}天",
    "密码": "忘记支付密码了，{}怎么重置密码，试了{}次",
    "发票": "{}的电子发票怎么开，订单{}要报销",
    "退款": "退款退到哪里去了，{}退货{}天没收到退款",
    "额度": "为什么{}我的额度突然降了{}千",
}
NEW = "刷脸认证{}转圈打不开摄像头，{}号手机也不行"
WHO = ("昨天", "早上", "我老婆", "单位同事", "朋友", "店里", "家里", "网上", "晚上", "刚才", "上周", "我妈")


def chats(day: date, extra: int = 0) -> list[dict[str, object]]:
    texts = [
        text.format(WHO[(n * 5 + day.day) % len(WHO)], n * 7 % 30 + 1)
        for text in MATTERS.values()
        for n in range(12)
    ]
    texts += [NEW.format(WHO[(n * 3 + day.day) % len(WHO)], n + 3) for n in range(extra)]
    return [
        {
            "conversation_id": f"{day}-{n}", "sent_at": f"{day} 10:00:{n % 60:02}", "sender": "customer",
            "text": text, "customer_id": f"U{n}",
        }
        for n, text in enumerate(texts)
    ]  # fmt: skip


def land(home, day: date, extra: int = 0) -> None:
    write_jsonl(home / f"inbox/chats/{day}.jsonl", chats(day, extra))


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """Ten days of five matters, processed in one run."""
    home = new_workspace(tmp_path_factory.mktemp("topics") / "w")
    for n in range(10):
        land(home, FIRST + timedelta(days=n))
    pipeline(home).run()
    return home


@pytest.fixture
def home(learned, tmp_path):
    import shutil

    copy = tmp_path / "w"
    shutil.copytree(learned, copy, symlinks=True)
    return copy


def by_matter(home, matter: str) -> dict[str | None, int]:
    sql = (
        "SELECT topic_id, count(*) FROM insight.inquiry_topics JOIN core.inquiries USING (inquiry_id, day) "
        f"WHERE problem LIKE '%{matter}%' GROUP BY 1 ORDER BY 2 DESC"
    )
    return dict(query(home, sql))


def test_each_matter_becomes_a_topic_that_names_it(learned):
    seen = set()
    for matter in MATTERS:
        counts = by_matter(learned, matter)
        topic, most = next(iter(counts.items()))
        assert topic is not None
        assert most >= 0.8 * sum(counts.values())
        seen.add(topic)
        told = query(learned, f"SELECT label, keywords FROM insight.topics WHERE topic_id = '{topic}'")[0]
        assert matter in told[0] + "".join(told[1])
    assert len(seen) == len(MATTERS)
    assert query(learned, "SELECT count(*) FROM insight.topic_lineage WHERE event = 'created'")[0][0] >= len(
        MATTERS
    )


def test_running_a_day_again_changes_nothing(home):
    before = published_content(home)["insight.inquiry_topics"]
    work = pipeline(home)
    work.run(first=FIRST + timedelta(days=8), last=FIRST + timedelta(days=9))
    assert published_content(home)["insight.inquiry_topics"] == before


def test_a_new_matter_is_told_of_the_days_on_which_it_began(home):
    for n in range(10, 14):
        land(home, FIRST + timedelta(days=n), extra=20 if n >= 11 else 0)
        pipeline(home).run()
    counts = by_matter(home, "刷脸认证")
    topic, most = next(iter(counts.items()))
    assert topic is not None
    assert most >= 45, counts
    status = query(home, f"SELECT status FROM insight.topics WHERE topic_id = '{topic}'")
    assert status == [("new",)]
    days = query(home, f"SELECT min(day) FROM insight.inquiry_topics WHERE topic_id = '{topic}'")
    assert days == [(FIRST + timedelta(days=11),)]
    # Every matter of old keeps its id.
    for matter in MATTERS:
        assert next(iter(by_matter(home, matter).values())) >= 0.8 * 12 * 14


def decided(work: Pipeline, kind: str, target: str, **value: object) -> None:
    decide(work.store, at=work.clock(), by="li", kind=kind, target=target, value=value)


def test_peoples_word_holds_from_the_next_day_or_the_day_they_name(home):
    work = pipeline(home)
    first, second, third = (next(iter(by_matter(home, m))) for m in ("提现", "密码", "发票"))
    decided(work, "topic_rename", first, label="提现不到账")
    decided(work, "topic_merge", second, into=first, since=str(FIRST + timedelta(days=8)))
    decided(work, "topic_retire", third)
    decided(work, "topic_retire", "t_9999")
    outcome = work.run()

    assert query(home, f"SELECT label, is_renamed FROM insight.topics WHERE topic_id = '{first}'") == [
        ("提现不到账", True)
    ]
    assert any("t_9999" in remark for remark in outcome.remarks)
    days = "SELECT DISTINCT day FROM insight.inquiry_topics WHERE topic_id = '{}' ORDER BY 1"
    assert max(query(home, days.format(second)))[0] == FIRST + timedelta(days=7)
    land(home, FIRST + timedelta(days=10))
    pipeline(home).run()
    last = query(
        home, f"SELECT topic_id FROM insight.inquiry_topics WHERE day = '{FIRST + timedelta(days=10)}'"
    )
    assert (third,) not in last
    assert (first,) in last
    events = query(home, 'SELECT event, "by" FROM insight.topic_lineage WHERE "by" = \'li\' ORDER BY event')
    assert events == [("merged", "li"), ("renamed", "li"), ("retired", "li")]
    # Taken over once: running again makes no new version.
    versions = Models(home / "models").history("topics").used
    pipeline(home).run()
    assert Models(home / "models").history("topics").used == versions


def test_too_few_problems_make_no_topics(tmp_path):
    home = new_workspace(tmp_path / "w")
    write_jsonl(home / "inbox/chats/a.jsonl", chats(FIRST)[:20])
    pipeline(home).run()
    assert query(home, "SELECT count(*), count(topic_id) FROM insight.inquiry_topics") == [(20, 0)]
    assert query(home, "SELECT count(*) FROM insight.topics") == [(0,)]
