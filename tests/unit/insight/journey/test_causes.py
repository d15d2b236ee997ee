"""Why a customer was stuck, by how they say it; whose word wins; a topic's cause."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.journey.causes import CAUSES, cause_rules, causes
from insight.journey.settled import settled_causes


def cause_of(text, **options):
    return causes(pl.DataFrame({"inquiry_id": ["i"], "text": [text]}), **options)["cause"].item()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        # the form of the sentence decides, not a word alone
        ("怎么还款", "operation"),
        ("怎么还不了款", "fault"),
        ("为什么要收手续费", "comprehension"),
        ("要收手续费吗", "awareness"),
        ("手续费是什么意思", "comprehension"),
        ("能提前还款吗", "awareness"),
        ("提前还款显示失败", "fault"),
        ("帮我关闭这个功能", "operation"),
        ("关闭以后还能开通吗", "awareness"),
        ("怎么不能付款了", "fault"),
        ("条件都满足为什么不能开通", "policy"),
        ("申请被拒了", "policy"),
        ("审核要多久", "process"),
        ("审核三天了还没有结果", "process"),
        ("这笔不是我操作的", "trust"),
        ("绑卡安全吗", "trust"),
        ("客服没人理，态度差", "service"),
        ("在哪里看账单", "operation"),
        ("账单怎么变多了", "comprehension"),
        ("一直收不到验证码", "fault"),
        ("受不了了", "other"),
        ("已经还款", "other"),
        # a plea or a sigh beside it tells nothing, alone it does
        ("账单怎么变多了，帮我看下", "comprehension"),
        ("还款多扣了一笔，怎么办", "fault"),
        ("怎么办", "operation"),
        ("绑卡安全吗😡 听不懂你说的", "trust"),
        # a limit that is asked for, and one that was met
        ("一天有限额吗", "awareness"),
        ("提示超过限额", "policy"),
        ("如果忘了还怎么办", "awareness"),
        ("怎么才能关闭自动扣款", "operation"),
        ("人脸识别失败", "fault"),
        ("退款后还显示待还", "fault"),
        ("申请被驳回", "policy"),
        # English
        ("How do I change my address?", "operation"),
        ("I can't log in to my account", "fault"),
        ("My card was declined", "policy"),
        ("Why was I charged a fee", "comprehension"),
        ("How long does a refund take", "process"),
        ("Someone stole my card and used it, this is fraud", "trust"),
        ("The agent was rude and hung up", "service"),
        ("Do you ship abroad?", "awareness"),
        ("ok then", "other"),
    ],
)
def test_how_it_is_said(text, cause):
    assert cause_of(text) == cause


def test_a_person_wins_then_the_customer_then_hints():
    problems = pl.DataFrame(
        {"inquiry_id": ["a", "b", "c", "d"], "text": ["付款失败", "付款失败", "付款", "付款"]}
    )
    found = causes(
        problems,
        corrections=pl.DataFrame({"inquiry_id": ["a", "a", "b"], "cause": ["trust", "policy", None]}),
        resolutions=pl.DataFrame(
            {"inquiry_id": ["b", "c"], "text": ["根据规定无法为您办理", "根据规定无法为您办理"]}
        ),
    )
    assert dict(found.iter_rows()) == {
        "a": "policy",
        "b": "fault",
        "c": "policy",
        "d": "other",
    }


@given(st.lists(st.text(max_size=60), max_size=8))
def test_every_text_has_one_of_the_nine(texts):
    frame = pl.DataFrame(
        {"inquiry_id": [str(n) for n in range(len(texts))], "text": texts},
        schema={"inquiry_id": pl.String, "text": pl.String},
    )
    found = causes(frame)
    assert found["inquiry_id"].to_list() == frame["inquiry_id"].to_list()
    assert set(found["cause"]) <= set(CAUSES)


def test_a_text_alone_gets_what_it_gets_in_company():
    texts = ["怎么还款", "付款失败", None, "", "Why?", "能不能分期"]
    frame = pl.DataFrame({"inquiry_id": list("abcdef"), "text": texts})
    together = causes(frame)["cause"].to_list()
    assert together == [cause_of(text) for text in texts]


def test_every_rule_names_a_pattern_that_compiles():
    for rule in (*cause_rules().rules, *cause_rules().resolutions):
        assert rule.zh or rule.en
    assert {rule.cause for rule in cause_rules().rules} == set(CAUSES) - {"other"}


def mix(**topics):
    rows = [(topic, cause) for topic, said in topics.items() for cause in said]
    return pl.DataFrame(rows, schema=["topic_id", "cause"], orient="row")


def test_a_topic_has_the_cause_of_most_of_its_inquiries():
    found = settled_causes(mix(t1=["fault"] * 6 + ["policy"] * 3, t2=["other"] * 5 + ["operation"] * 3))
    assert found.select("topic_id", "cause", "count").rows() == [("t1", "fault", 9), ("t2", "operation", 8)]
    assert found["share"].is_between(0, 1).all()


def test_a_cause_does_not_flicker():
    even = mix(t1=["fault"] * 10 + ["policy"] * 10)
    had = pl.DataFrame({"topic_id": ["t1"], "cause": ["fault"]})
    clear = mix(t1=["fault"] * 10 + ["policy"] * 20)
    assert settled_causes(even, had)["cause"].item() == "fault"
    assert settled_causes(clear, had)["cause"].item() == "policy"
    assert settled_causes(clear.clear())["cause"].to_list() == []
