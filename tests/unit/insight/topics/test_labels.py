import polars as pl
import pytest

from insight.topics.labels import labelled, segmented
from insight.topics.stopwords import JOINING, STOP


def names(texts_by_topic, **more):
    rows = [(topic, text) for topic, texts in texts_by_topic.items() for text in texts]
    frame = pl.DataFrame(rows, schema=["topic", "text"], orient="row")
    found = labelled(frame.select("topic", tokens=segmented(frame["text"])), **more)
    return {row["topic"]: row for row in found.iter_rows(named=True)}


TEXTS = {
    1: ["提现不到账怎么办", "我的提现不到账", "提现不到账了好几天", "请问提现不到账", "提现慢"] * 4,
    2: ["怎么关闭花呗", "花呗关闭不了", "想关闭花呗", "关闭花呗"] * 4,
    3: ["card payment declined", "my card payment was declined", "why card payment declined"] * 4,
    4: ["花呗额度降低", "额度为什么降低", "额度降低了"] * 4,
}


def test_labels_are_phrases_that_texts_share():
    found = names(TEXTS)
    assert found[1]["label"].startswith("提现不到账")
    assert "关闭" in found[2]["label"]
    assert found[3]["label"] in ("card payment declined", "payment declined", "card payment")
    assert "额度" in found[4]["label"]
    assert found[1]["keywords"][0] in ("提现", "到账")


def test_names_unknown_to_the_segmenter_stay_whole():
    found = names(TEXTS)
    for row in found.values():
        assert not {"花", "呗"} & set(row["keywords"])
    assert "花呗" in found[2]["keywords"]


def test_no_label_is_a_stop_word_or_a_whole_sentence():
    sentence = "你好我想请问一下为什么我的账单里面有一笔没有用过的消费记录请帮我查一下好吗谢谢"
    found = names(
        {1: [sentence] * 6 + ["账单消费不对"] * 6, 2: ["你好", "在吗", "谢谢"] * 5, 3: ["提现失败"] * 5}
    )
    for row in found.values():
        parts = row["label"].split(" · ")
        assert all(len(part) <= 14 for part in parts)
        assert row["label"] == "其他" or not set(parts) & (STOP | JOINING)
        assert not set(row["keywords"]) & (STOP | JOINING)
    assert found[2]["label"] == "其他"


def test_labels_are_distinct():
    found = names({1: ["提现失败"] * 6, 2: ["提现失败"] * 6, 3: ["提现失败"] * 6, 4: ["账单错误"] * 9})
    labels = [row["label"] for row in found.values()]
    assert len(set(labels)) == 4


def test_own_stop_words():
    assert "花呗" not in names(TEXTS, stop=["花呗"])[2]["label"]


def test_marks_and_numbers_name_nothing():
    found = names({1: ["[手机号] 验证码 8888", "[手机号] 验证码 123"] * 5, 2: ["提现失败"] * 5})
    assert found[1]["label"] == "验证码"


@pytest.mark.parametrize("frame", [[], [(None, ["提现"])]])
def test_nothing_gives_nothing(frame):
    schema = {"topic": pl.Int64, "tokens": pl.List(pl.String)}
    assert labelled(pl.DataFrame(frame, schema=schema, orient="row")).is_empty()
