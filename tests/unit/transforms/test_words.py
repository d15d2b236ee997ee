"""Words of problems."""

import polars as pl
import pytest

from tests.support import SHARED
from transforms.words import built_in_words, tokens, user_words
from warehouse.config import LexiconConfig

OWN = LexiconConfig(words={"星河贷": 0, "禾分期": 1200})


def words(*texts: str, own: LexiconConfig | None = None) -> list[list[str]]:
    frame = pl.DataFrame({"inquiry_id": [str(n) for n in range(len(texts))], "problem": texts})
    return tokens(frame, own)["tokens"].to_list()


def of_jieba(texts: list[str], own: LexiconConfig) -> list[list[str]]:
    """What jieba itself makes of them, with the same user words and frequencies."""
    import jieba

    reference = jieba.Tokenizer()
    for word, frequency in user_words(own).items():
        reference.add_word(word, frequency)
    keep = pl.DataFrame({"w": ["x"]})  # the same idea of punctuation
    made = []
    for text in texts:
        cut = pl.DataFrame({"w": reference.lcut(text.lower(), HMM=False)}, schema=keep.schema)
        made.append(cut.filter(~pl.col("w").str.contains(r"^[\s\p{P}\p{S}]*$"))["w"].to_list())
    return made


def test_words_are_those_of_jieba():
    texts = [
        "提现三天了还没到账",
        "账单金额看不懂！！",
        "禾分期怎么开通，iPhone15 能用吗",
        "星河贷, 额度",
        "花呗10月账单",
    ]
    assert words(*texts, own=OWN) == of_jieba(texts, OWN)


@pytest.mark.skipif(
    not (SHARED / "atec_pairs_dev.parquet").exists(),
    reason="the development data (../shared/data) is not here",
)
def test_words_are_those_of_jieba_on_real_text():
    texts = pl.read_parquet(SHARED / "atec_pairs_dev.parquet")["question_a"].head(5000).to_list()
    frame = pl.DataFrame({"inquiry_id": [str(n) for n in range(len(texts))], "problem": texts})
    made = tokens(frame, OWN)["tokens"].to_list()
    expected = of_jieba(texts, OWN)
    chinese = [any("\u4e00" <= c <= "\u9fff" for c in text) for text in texts]
    different = [n for n in range(len(texts)) if chinese[n] and made[n] != expected[n]]
    assert different == []


def test_user_words_stay_whole_and_pinned():
    assert words("星河贷还款", own=OWN) == [["星河贷", "还款"]]
    assert words("星河贷还款") != [["星河贷", "还款"]]
    assert user_words(OWN)["禾分期"] == 1200
    assert set(built_in_words()) <= set(user_words(LexiconConfig()))


def test_english_words_keep_their_apostrophes():
    assert words("My card doesn't work, re-sent TWICE!") == [
        ["my", "card", "doesn't", "work", "re-sent", "twice"]
    ]


@pytest.mark.parametrize("text", ["", "！", "😀😀", "x", "ありがとう", "مرحبا", "啊" * 20_000])
def test_odd_texts_have_a_defined_result(text):
    assert len(words(text)) == 1


def test_every_text_keeps_its_own_words():
    texts = ["提现", "", "！！", "退款 到账", "hello"]
    assert words(*texts) == [["提现"], [], [], ["退款", "到账"], ["hello"]]


def test_an_inquiry_without_a_problem_has_no_words():
    frame = pl.DataFrame({"inquiry_id": ["a"], "problem": [None]}, schema_overrides={"problem": pl.String})
    assert tokens(frame).is_empty()
