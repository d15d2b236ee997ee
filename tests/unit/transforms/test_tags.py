import polars as pl
import pytest

from transforms.tags import customer_words, doubts, overlaps, tagged
from warehouse.config import TagRule


def rule(**parts):
    return TagRule.model_validate({"id": "t", **parts})


@pytest.mark.parametrize(
    ("parts", "text", "hit"),
    [
        ({"any": ["转人工", "人工客服"]}, "我要人工客服", "人工客服"),
        ({"any": ["转人工"], "not": ["不用转人工"]}, "不用转人工了", None),
        ({"any": ["Agent"]}, "real AGENT please", "AGENT"),
        ({"all": ["征信", "逾期"]}, "逾期会上征信吗", "逾期"),
        ({"all": ["征信", "逾期"]}, "会上征信吗", None),
        ({"pattern": "E\\d{3}"}, "错误E404", "E\\d{3}"),
        ({"pattern": "(?<!不)满意"}, "很满意", "(?<!不)满意"),
        ({"pattern": "(?<!不)满意"}, "不满意", None),
        ({"any": ["退款"]}, "还款", None),
    ],
)
def test_rules(parts, text, hit):
    found = tagged(pl.DataFrame({"inquiry_id": ["i"], "text": [text]}), [rule(**parts)])
    assert found["rule"].to_list() == ([] if hit is None else [hit])


def test_only_the_customers_words_count():
    turns = pl.DataFrame(
        {
            "inquiry_id": ["a", "a", "b"],
            "role": ["customer", "agent", "customer"],
            "text": ["你好", "投诉", None],
        }
    )
    assert customer_words(turns).rows() == [("a", "你好")]


@pytest.mark.parametrize(
    ("parts", "source", "product", "hit"),
    [
        ({"sources": ["calls"]}, "calls", None, True),
        ({"sources": ["calls"]}, "chats", "wallet", False),
        ({"products": ["wallet"]}, "chats", "wallet", True),
        ({"products": ["wallet"]}, "chats", None, False),
        ({}, "chats", None, True),
    ],
)
def test_rules_of_one_source_or_product(parts, source, product, hit):
    texts = pl.DataFrame(
        {"inquiry_id": ["i"], "text": ["投诉"], "source": [source], "product": [product]},
        schema_overrides={"product": pl.String},
    )
    assert bool(tagged(texts, [rule(any=["投诉"], **parts)]).height) == hit


def test_words_of_several_rules_may_overlap():
    rules = [rule(any=["要投诉"]), TagRule(id="u", any=["投诉你们"]), TagRule(id="v", pattern="投.")]
    found = tagged(pl.DataFrame({"inquiry_id": ["i"], "text": ["我要投诉你们"]}), rules)
    assert found.rows() == [("i", "t", "要投诉"), ("i", "u", "投诉你们"), ("i", "v", "投.")]


def test_rules_that_cannot_work_are_named():
    rules = [
        TagRule.model_validate({"id": "never", "any": ["转人工"], "not": ["人工"]}),
        TagRule.model_validate({"id": "all", "all": ["退款"], "not": ["款"]}),
        TagRule(id="short", any=["投诉", "要投诉"]),
        TagRule(id="same", any=["投诉", "举报"]),
        TagRule(id="fine", any=["谢谢"]),
    ]
    said = "\n".join(doubts(rules))
    assert "'never' can never apply" in said
    assert "'all' can never apply" in said
    assert "'要投诉' is found by a shorter word" in said
    assert "fine" not in said
    assert doubts([rules[-1]]) == []


def test_rules_that_never_fire_or_always_together_are_named():
    hits = pl.DataFrame({"inquiry_id": ["a", "a", "b", "b", "c"], "tag": ["x", "y", "x", "y", "z"]})
    rules = [TagRule(id=name, any=[name]) for name in ("x", "y", "z", "silent")]
    assert overlaps(hits, rules) == [
        "tag 'silent' never fired",
        "tags 'x' and 'y' stand on the same inquiries (100%)",
    ]
