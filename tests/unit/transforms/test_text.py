import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text import clean_speech, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＡＢＣ１２３", "ABC123"),
        ("你好，在吗？（急）", "你好，在吗？（急）"),  # Chinese punctuation stays Chinese
        ("還款失敗，為什麼？", "还款失败，为什么？"),
        ("著名的乾隆", "著名的乾隆"),
        ("a&nbsp;b<br/>c", "a b c"),
        ("1 &lt; 2", "1 < 2"),
        ("我 <3 你们", "我 <3 你们"),
        ("看https://a.cn/x?y=1，谢谢", "看[链接]，谢谢"),
        ("#E-s[数字x]好的", "[表情]好的"),
        ("不\u200b可\ufeff见", "不可见"),
        ("  多  个\t空\n格 ", "多 个 空 格"),
        ("快点！！！！！！", "快点！！！"),
        ("😭退钱", "😭退钱"),
        ("[数字x]元，找[姓名x]", "[数字x]元，找[姓名x]"),
        ("", ""),
        (None, None),
    ],
)
def test_normalise(text, expected):
    assert normalise(pl.Series([text], dtype=pl.String)).to_list() == [expected]


@given(st.lists(st.text(max_size=30), max_size=8))
def test_normalise_twice_is_once(texts):
    once = normalise(pl.Series(texts, dtype=pl.String))
    assert normalise(once).to_list() == once.to_list()


def test_a_text_does_not_depend_on_its_neighbours():
    texts = ["還款", "ＡＢ", "看 www.a.cn", "普通的话", None, "a&amp;b"]
    alone = [normalise(pl.Series([t], dtype=pl.String))[0] for t in texts]
    assert normalise(pl.Series(texts)).to_list() == alone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("嗯，我想问一下", "我想问一下"),
        ("那个那个 提现_没到账", "提现 没到账"),
        ("呃", ""),
        ("My name is [PERSON_NAME].", "My name is [PERSON_NAME]."),
        ("嗯嗯很好", "嗯嗯很好"),
    ],
)
def test_speech(text, expected):
    assert clean_speech(pl.Series([text])).to_list() == [expected]
