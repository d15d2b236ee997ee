import polars as pl
import pytest

from transforms.tags import customer_words, tagged, tokens
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


def test_words_are_those_of_jieba():
    import jieba

    texts = ["提现三天了还没到账", "账单金额看不懂", "my card was declined twice"]
    found = tokens(pl.DataFrame({"inquiry_id": list("abc"), "problem": texts}))["tokens"].to_list()
    expected = [[w for w in jieba.lcut(text, HMM=False) if w.strip()] for text in texts]
    assert found == expected


def test_an_inquiry_without_a_problem_has_no_words():
    assert tokens(
        pl.DataFrame({"inquiry_id": ["a"], "problem": [None]}, schema_overrides={"problem": pl.String})
    ).is_empty()
