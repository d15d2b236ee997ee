import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.topics.embedder import Embedder, chinese_words, fit_embedder, fit_ppmi, fit_tfidf, load_embedder
from insight.topics.ngrams import grams_of, term_table, utf8
from warehouse.errors import ConfigError, VocError


def grams(text, terms=()):
    table = term_table(pl.Series("terms", list(terms), dtype=pl.String))
    return set(grams_of(utf8(pl.Series([text])), table)[0].tolist())


def test_n_grams_are_those_that_the_module_names():
    assert len(grams("提现")) == 2 + 1 + 2  # characters, their pair, and each as a word of its own
    assert len(grams("提现", ["提现"])) == 2 + 1 + 1
    assert len(grams("to")) == 1 + 2 + 1  # the word; <to and to>; <to>
    assert (
        grams("A1b 23") == grams("a9B, 7!") != grams("ab")
    )  # digits look alike, a number alone says nothing
    assert grams("可以") & grams("以可") == {g for c in "可以" for g in grams(c)}
    assert grams("[手机号]提现") == grams("提现")
    assert grams("提[现") == grams("提 现")  # not closed: a separator like any other
    assert grams("don't") == grams("dont")
    assert grams("，。!? 42") == grams("") == set()


def test_long_runs_and_long_texts_are_cut_not_refused():
    assert grams("啊" * 5_000) == grams("啊" * 300)
    assert len(grams("x" * 1_000)) < 200


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=8), st.data())
def test_a_text_has_one_vector_whatever_stands_beside_it(embedder, texts, data):
    rows = embedder.encode(pl.Series(texts, dtype=pl.String))
    place = data.draw(st.integers(0, len(texts) - 1))
    assert np.array_equal(embedder.encode(pl.Series([texts[place]]))[0], rows[place])
    lengths = np.linalg.norm(rows, axis=1)
    assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0))


def test_slices_nulls_and_empty_frames(embedder):
    texts = pl.Series(["提现", None, "", "关闭分期付", "提现"])
    rows = embedder.encode(texts)
    assert isinstance(embedder, Embedder)
    assert rows.dtype == np.float32
    assert rows.shape == (5, embedder.dim)
    assert not rows[1:3].any()
    assert np.array_equal(rows[0], rows[4])
    assert np.array_equal(embedder.encode(texts.slice(3, 1))[0], rows[3])
    assert embedder.encode(pl.Series([], dtype=pl.String)).shape == (0, embedder.dim)


def test_same_matter_is_nearer_than_another(embedder):
    a, b, c = embedder.encode(pl.Series(["提现不到账怎么办", "为什么提现没有到账", "我想关闭分期付"]))
    assert a @ b > 0.5 > a @ c


def test_words_never_heard_of_lie_together_and_away(embedder):
    new, again, old = embedder.encode(pl.Series(["人脸识别通不过", "人脸识别失败", "提现不到账"]))
    assert new @ again > 0.4
    assert abs(new @ old) < 0.4


def test_the_fit_depends_on_texts_and_seed_alone(problems):
    once, again = fit_ppmi(problems["text"]), fit_ppmi(problems["text"])
    assert once.version == again.version
    assert np.array_equal(once.vectors, again.vectors)
    assert fit_ppmi(problems["text"].head(300)).version != once.version


def test_few_problems_take_the_tfidf_path(problems):
    few = fit_embedder(problems["text"].head(100))
    assert few.kind == "tfidf"
    assert fit_embedder(problems["text"]).kind == "ppmi"
    a, b, c = few.encode(pl.Series(["提现不到账怎么办", "提现没有到账", "关闭分期付"]))
    assert a @ b > a @ c


@pytest.mark.parametrize("fit", [fit_ppmi, fit_tfidf])
def test_tiny_corpora_fit(fit):
    for texts in (["提现"], ["提现", "提现失败"], ["a b", "c d"]):
        rows = fit(pl.Series(texts)).encode(pl.Series(texts))
        assert np.isfinite(rows).all()


def test_nothing_to_learn_from_is_said():
    with pytest.raises(ConfigError, match="none of 1 distinct texts"):
        fit_embedder(pl.Series(["!!", None]))


def test_saved_and_loaded(tmp_path, embedder):
    embedder.save(tmp_path / "e")
    found = load_embedder(tmp_path / "e")
    text = pl.Series(["提现不到账", "card declined"])
    assert found.version == embedder.version
    assert np.array_equal(found.encode(text), embedder.encode(text))


def test_a_damaged_embedder_is_refused(tmp_path, embedder):
    with pytest.raises(VocError, match="holds no readable embedder"):
        load_embedder(tmp_path)
    embedder.save(tmp_path)
    about = json.loads((tmp_path / "embedder.json").read_text())
    (tmp_path / "embedder.json").write_text(json.dumps({**about, "version": "ppmi-64-000000000000"}))
    with pytest.raises(VocError, match="by its content"):
        load_embedder(tmp_path)


def test_chinese_words():
    texts = pl.Series(["提现失败", "提现成功", "提现 abc", "失败"])
    assert chinese_words(texts).to_list() == ["提现"]
    assert chinese_words(texts, 2).to_list() == ["失败", "提现"]
