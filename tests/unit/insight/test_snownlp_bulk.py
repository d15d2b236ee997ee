"""SnowNLP's score in bulk: the same to the last bit, for any text."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from insight.sentiment import snownlp_bulk, snownlp_model
from insight.sentiment.snownlp_bulk import snownlp_scores
from insight.sentiment.snownlp_kernels import mark_words, score_words
from tests.support import SHARED
from warehouse.errors import VocError

OWN = [
    "怎么开通分期付",
    "服务态度太差了，等了半个小时都没有人理我！！！",
    "很好，很满意，下次还来",
    "我的钱什么时候到账？已经3天了…… 急急急",
    "好",
    "龘龘龘",  # unknown to the model
    "我龘你",
    "龘我龘龘你好龘",
    "thanks, it works now",
    "Refund没到account啊 please帮我check一下",
    "😡😡",
    "   ",
    "\u3000你好\u3000\n再见\x1c。\u2028",
    "，。！",
    "!",
    "ありがとうございます、助かりました",
    "Спасибо большое",
    "不不不不不不不不不不",
    "的" * 300,
    "𠀀𠀁不错",
    "一二三四五六七八九十百千万亿",
    "中华人民共和国中央人民政府今天成立了",
]
# Han characters that the model knows, some that it doesn't, and what stands between runs of them.
CHARACTERS = st.sampled_from("的一是不了在人有我他这中大来上个国到说们好坏差龘靐齉 \t\n\u3000，。!aZ9😀é")


def one_by_one(texts):
    from snownlp import SnowNLP

    return [SnowNLP(text).sentiments for text in texts]


def test_equal_to_the_last_bit_on_own_texts():
    assert snownlp_scores(pl.Series("x", OWN)).to_list() == one_by_one(OWN)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(CHARACTERS, min_size=1, max_size=12), min_size=1, max_size=8))
@example(["龘龘我", "我龘", "龘"])
def test_equal_on_made_up_texts(texts):
    assert snownlp_scores(pl.Series(texts)).to_list() == one_by_one(texts)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_equal_on_any_characters(text):
    assert snownlp_scores(pl.Series([text])).to_list() == one_by_one([text])


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("waimai_reviews_dev", "text"),
        ("online_shopping_reviews_dev", "text"),
        ("weibo_emotion_dev", "text"),
        ("atec_pairs_dev", "question_a"),
    ],
)
def test_equal_on_real_texts(name, column):
    file = SHARED / f"{name}.parquet"
    if not file.exists():
        pytest.skip("the development data (../shared/data) is not here")
    texts = pl.read_parquet(file, columns=[column])[column].drop_nulls()
    texts = texts.filter(texts.str.len_chars() > 0).sample(450, seed=7)
    expected = one_by_one(texts)
    assert (snownlp_scores(texts) == pl.Series(expected)).all()
    assert len(set(expected)) > 200, "the comparison is of many different scores"


def test_no_text_no_score():
    found = snownlp_scores(pl.Series("said", [None, "", "好", None], dtype=pl.String))
    assert found.name == "said"
    assert found.dtype == pl.Float64
    assert found.is_null().to_list() == [True, True, False, True]
    assert snownlp_scores(pl.Series([], dtype=pl.String)).to_list() == []
    assert snownlp_scores(pl.Series([None, None])).to_list() == [None, None]


def test_neither_threads_nor_batches_change_scores(monkeypatch):
    texts = pl.Series([*OWN, None, ""] * 30)
    expected = snownlp_scores(texts, threads=1)
    monkeypatch.setattr(snownlp_bulk, "BATCH_CHARACTERS", 50)
    assert snownlp_scores(texts, threads=4).equals(expected)


def test_a_very_long_text_has_a_score():
    """3.5 million characters, 10 MB, without a space: SnowNLP itself would need hours."""
    long = "你们的服务太差了" * 437_500
    assert len(long.encode()) > 10_000_000
    found = snownlp_scores(pl.Series(["好", long, "不错", "a" * 10_000_000])).to_list()
    assert found[1] == 0.0
    assert [found[0], found[2]] == one_by_one(["好", "不错"])
    assert 0 < found[3] < 1


def test_the_kernels_are_plain_python_too():
    model = snownlp_model.snownlp_model()
    codes = np.frombuffer("".join(OWN).encode("utf-32-le"), np.uint32)
    first = np.cumsum([0, *map(len, OWN)])
    marks, scores = np.empty(len(codes), np.uint8), np.empty(len(OWN))
    with np.errstate(over="ignore"):
        mark_words(
            codes, marks, model.tag_logs, model.pair_first, model.pair_second, model.pair_entry, model.pair_tags,
            model.pair_logs, model.triple_first, model.triple_before, model.triple_entry, model.triple_tags,
            model.triple_logs, first,
        )  # fmt: skip
        score_words(
            codes, marks, first, scores, model.word_slots, model.word_first, model.word_codes, model.word_logs,
            model.word_stop, model.class_logs,
        )  # fmt: skip
    assert scores.tolist() == one_by_one(OWN)
    from snownlp import seg

    text = OWN[-1]
    at = first[-2]
    begins = [i for i in range(len(text)) if marks[at + i] == 1]
    assert [text[a:b] for a, b in zip(begins, [*begins[1:], len(text)], strict=True)] == seg.seg(text)


def test_the_cached_model_is_the_compiled_one(tmp_path, monkeypatch):
    load = snownlp_model.snownlp_model.__wrapped__
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiled = load()
    (file,) = (tmp_path / "wanqiu").iterdir()
    monkeypatch.setattr(snownlp_model, "_compiled", lambda *_: pytest.fail("compiled again"))
    cached = load()
    for name in snownlp_model.Model.__dataclass_fields__:
        assert np.array_equal(getattr(compiled, name), getattr(cached, name)), name
    monkeypatch.setattr(snownlp_model, "_compiled", lambda *_: compiled)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert load() is compiled, "a damaged cache is made anew"
    assert load() is not compiled


def test_without_a_place_for_the_cache(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.touch()
    compiled = snownlp_model.snownlp_model()
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setattr(snownlp_model, "_compiled", lambda *_: compiled)
    assert snownlp_model.snownlp_model.__wrapped__() is compiled


def test_an_unknown_model_is_an_error_that_says_so():
    import marshal

    with pytest.raises(VocError, match="unknown form") as caught:
        snownlp_model._compiled(marshal.dumps({"l1": 0.1}), marshal.dumps({}), b"")
    assert "snownlp==0.12.3" in str(caught.value)
