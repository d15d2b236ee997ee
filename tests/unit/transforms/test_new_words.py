"""New words are found in text by how their characters keep together and what stands around them."""

import polars as pl

from transforms.new_words import LEAST_COUNT, new_words

BEFORE = ["我想问", "今天", "麻烦看看", "昨晚的", "有人说", "客服讲", "妈妈的", "朋友用"]
AFTER = ["不见", "没开", "打折吗", "坏掉", "变少", "太慢", "是啥", "退钱"]


def texts(word: str, times: int = 1) -> list[str]:
    return [f"{b}{word}{a}" for b in BEFORE for a in AFTER] * times


def test_a_word_that_no_dictionary_has_is_found():
    found = new_words(pl.Series([*texts("泓舟贷"), *texts("提现"), "别的一句话"]))
    assert found["word"].to_list()[0] in ("泓舟贷", "提现")
    row = found.filter(word="泓舟贷").row(0, named=True)
    assert row["count"] == len(BEFORE) * len(AFTER)
    assert "泓舟贷" in row["example"]
    assert not {"泓舟", "舟贷"} & set(found["word"].to_list())  # parts of it are no words


def test_what_is_known_or_put_together_of_it_is_left_out():
    said = pl.Series([*texts("泓舟贷"), *texts("提现"), *texts("提现泓舟贷")])
    found = new_words(said, lambda word: word == "提现")["word"].to_list()
    assert "泓舟贷" in found
    assert "提现" not in found
    assert "提现泓舟贷" not in found


def test_what_always_stands_in_one_place_is_no_word():
    said = pl.Series([f"第{n}次尊敬的客服你好" for n in range(40)])
    assert new_words(said).is_empty()


def test_too_little_text_gives_nothing():
    assert new_words(pl.Series(["泓舟贷"] * (LEAST_COUNT - 1))).is_empty()
    assert new_words(pl.Series([], dtype=pl.String)).is_empty()
    assert new_words(pl.Series(["hello world"] * 50)).is_empty()
