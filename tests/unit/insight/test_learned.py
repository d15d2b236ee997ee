"""Learning from labels: features, model, scores, the file that people label, versions on disk."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.sentiment import learned, learned_store
from insight.sentiment.learned import cross_validated, fit, predict, probabilities, sentiment_of
from insight.sentiment.learned_apply import by_models
from insight.sentiment.learned_grams import BINS, MAX_CHARACTERS, grams
from insight.sentiment.learned_labels import COLUMNS, drawn, drawn_before, read, written
from insight.sentiment.learned_scores import difference, evaluate, scores
from insight.sentiment.learned_signals import SIGNALS, signals_of
from insight.sentiment.learned_training import LEAST, trained
from insight.sentiment.lexicon import compiled
from tests.support import SHARED
from warehouse.errors import ConfigError, VocError

GOOD = ["很好用", "太方便了", "客服耐心", "解决得快", "非常满意", "works great", "很贴心", "真不错"]
BAD = ["太慢了", "没人理我", "气死人了", "一直失败", "还是不行", "so annoying", "乱扣钱", "再也不用"]
PLAIN = [
    "怎么还款",
    "在哪里开通",
    "额度是多少",
    "几号扣款",
    "可以提前还吗",
    "how to pay",
    "如何解绑",
    "能改号码吗",
]
WHERE = ["分期付", "钱包", "借款", "提现", "转账", "绑卡", "账单", "红包"]


def labelled():
    rows = [
        (f"{where}{words}", label)
        for label, said in (("positive", GOOD), ("negative", BAD), ("neutral", PLAIN))
        for words in said
        for where in WHERE
    ]
    return pl.DataFrame(rows, schema=["text", "label"], orient="row")


def bins(text):
    return set(grams(pl.Series([text])).indices.tolist())


# Features


def test_grams_of_characters_and_words():
    assert len(bins("提现吧")) == 3 + 2 + 1, "single characters, pairs, a triple"
    assert len(bins("提现提现")) == 2 + 2 + 2, "presence, not number"
    assert len(bins("not good")) == 2 + 1 + 1 + (2 + 1), "words, their pair, pieces of 3 and 4 letters"
    assert bins("提现") < bins("提现失败")
    assert bins("现提") != bins("提现")
    assert bins("good") & bins("goods"), "a word and its forms have pieces in common"
    assert not bins("hate") & bins("whatever"), "pieces know where a word begins and ends"


def test_grams_do_not_depend_on_form_or_neighbours():
    same = grams(pl.Series(["提现３天 ＯＫ", "提现9天ok", "提现 5 天  OK"]))
    assert (same[0] != same[1]).nnz == 0
    assert (same[0] != same[2]).nnz == 0
    texts = ["提现失败", None, "", "  ", "not good", "😡！！！", "a", "\u3000", "ก็ดี"]
    together = grams(pl.Series(texts))
    assert together.shape == (len(texts), BINS)
    for row, text in enumerate(texts):
        assert set(together[row].indices.tolist()) == bins(text or "")
    assert np.diff(together.indptr)[[1, 2, 3, 7]].tolist() == [0, 0, 0, 0]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=15), max_size=6))
def test_grams_of_any_text(texts):
    found = grams(pl.Series(texts, dtype=pl.String))
    assert found.shape[0] == len(texts)
    assert found.has_canonical_format
    for row, text in enumerate(texts):
        assert set(found[row].indices.tolist()) == bins(text)


def test_a_long_text_costs_no_more_than_its_beginning():
    assert bins("提现失败" * 2_500_000) == bins("提现失败" * (MAX_CHARACTERS // 4))


# Model


def test_a_model_learns_and_is_the_same_again():
    rows = labelled()
    model = fit(rows["text"], rows["label"])
    assert model.labels == ("negative", "neutral", "positive")
    new = pl.Series(["红包太慢了，一直失败", "转账很好用", "账单在哪里开通", None, "", "ЖЖЖ"])
    found = predict(model, new)
    assert found["label"].to_list() == ["negative", "positive", "neutral", None, None, None]
    shares = found.select("p_negative", "p_neutral", "p_positive")
    assert shares.null_count().row(0) == (3, 3, 3)
    assert shares[:3].sum_horizontal().to_list() == pytest.approx([1, 1, 1])
    assert found["certainty"][:3].to_list() == shares[:3].max_horizontal().to_list()
    again = fit(rows["text"], rows["label"])
    assert learned_store.version_of(again) == learned_store.version_of(model)
    assert learned_store.version_of(fit(rows["text"][:-9], rows["label"][:-9])) != learned_store.version_of(
        model
    )


def test_the_model_is_logistic_regression_on_tf_idf():
    """Probabilities of a binary model equal scikit-learn's own on the same features."""
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    rows = labelled().filter(pl.col("label") != "neutral")
    features = grams(rows["text"])
    frequent = np.flatnonzero(np.bincount(features.indices, minlength=BINS) >= 2)
    weighted = TfidfTransformer().fit_transform(features[:, frequent])
    expected = LogisticRegression(
        C=4.0, solver="liblinear", dual=True, class_weight="balanced", random_state=0, max_iter=1000
    )
    expected.fit(weighted, rows["label"] == "positive")
    found = probabilities(fit(rows["text"], rows["label"]), rows["text"])
    assert found[:, 1] == pytest.approx(expected.predict_proba(weighted)[:, 1], abs=1e-5)
    assert found.sum(axis=1) == pytest.approx(1)


def test_batches_do_not_change_predictions(monkeypatch):
    rows = labelled()
    model = fit(rows["text"], rows["label"])
    expected = predict(model, rows["text"])
    monkeypatch.setattr(learned, "BATCH", 7)
    assert predict(model, rows["text"]).equals(expected)
    assert predict(model, pl.Series([], dtype=pl.String)).schema == expected.schema


def test_cross_validation_shows_texts_to_models_that_have_not_seen_them():
    """Labels drawn by chance cannot be foretold, however well a model remembers them."""
    texts = pl.Series([f"{where}{words}{n}号" for where in WHERE for words in GOOD for n in "一二三四五"])
    chance = pl.Series(np.random.default_rng(1).choice(["negative", "positive"], len(texts)))
    known = predict(fit(texts, chance), texts)["label"]
    assert (known == chance).mean() > 0.68
    unseen = cross_validated(texts, chance)["label"]
    assert 0.38 < (unseen == chance).mean() < 0.62
    with pytest.raises(ValueError, match="fewer"):
        cross_validated(texts[:6], pl.Series(["a"] * 3 + ["b"] * 3))
    with pytest.raises(ValueError, match="two labels"):
        fit(texts[:6], pl.Series(["a"] * 6))


def test_value_and_label_of_sentiment_agree():
    found = pl.DataFrame(
        {
            "label": ["negative", "neutral", "positive", "negative", "neutral", None],
            "p_negative": [0.4, 0.2, 0.0, 0.9, 0.05, None],
            "p_neutral": [0.3, 0.45, 0.1, 0.1, 0.5, None],
            "p_positive": [0.3, 0.35, 0.9, 0.0, 0.45, None],
        }
    )
    values = sentiment_of(found, 0.2).to_list()
    assert values[:4] == pytest.approx([-0.2, 0.15, 0.9, -0.9])
    assert 0.19 < values[4] < 0.2
    assert values[5] is None


# What the rules tell a model


@pytest.fixture(scope="module")
def signals():
    return signals_of(compiled())


def test_signals_are_what_rules_and_snownlp_say(signals):
    found = signals(pl.Series(["太差了，气死我了", "非常满意", "怎么还款", None, "", "垃圾" * 200]))
    assert found.shape == (6, len(SIGNALS))
    assert found.dtype == np.float32
    assert (np.abs(found) <= 1).all()
    column = {name: found[:, n] for n, name in enumerate(SIGNALS)}
    assert column["complaint"][0] > 0 == column["complaint"][1]
    assert column["praise"][1] > 0 == column["praise"][0]
    assert column["_angry"][0] > 0
    assert column["snownlp"][0] < 0 < column["snownlp"][1]
    assert not found[3:5].any()


def test_what_the_rules_know_helps_with_words_that_nobody_labelled(signals):
    taught = pl.DataFrame(
        [(f"{where}{word}", label) for where in WHERE for word, label in (
            ("满意", "positive"), ("好用", "positive"), ("垃圾", "negative"), ("失望", "negative"), ("怎么开通", "neutral"),
        )], schema=["text", "label"], orient="row",
    )  # fmt: skip
    new = pl.Series(["账单恶心", "账单气人", "红包贴心", "红包给力"])
    expected = ["negative", "negative", "positive", "positive"]
    told = predict(fit(taught["text"], taught["label"], signals), new, signals)["label"].to_list()
    alone = predict(fit(taught["text"], taught["label"]), new)["label"].to_list()
    assert told == expected
    assert alone != expected
    assert cross_validated(taught["text"], taught["label"], signals)["label"].null_count() == 0


def test_a_model_gets_the_signals_that_it_was_learned_with(signals, tmp_path):
    rows = labelled()
    model = fit(rows["text"], rows["label"], signals)
    with pytest.raises(ValueError, match="is told 0"):
        predict(model, rows["text"])
    with pytest.raises(ValueError, match="knows 0"):
        predict(fit(rows["text"], rows["label"]), rows["text"], signals)
    version = learned_store.save(tmp_path, "sentiment", model, {})
    back = learned_store.load(tmp_path, "sentiment", version)
    assert predict(back, rows["text"], signals).equals(predict(model, rows["text"], signals))
    learned_store.load.cache_clear()
    about = tmp_path / f"sentiment-{version}" / "model.json"
    about.write_text(about.read_text().replace("snownlp", "something"))
    with pytest.raises(VocError, match="signals that this version of the program does not give"):
        learned_store.load(tmp_path, "sentiment", version)


def test_models_take_the_place_of_rules_where_they_know_more():
    rows = labelled().filter(pl.col("label") != "positive")
    emotions = rows["label"].replace_strict({"negative": "annoyed", "neutral": "calm"})
    problems = pl.Series(["转账太慢了", "账单在哪里开通", "太慢了", None, "ЖЖ"])
    felt = pl.DataFrame(
        {
            "inquiry_id": list("abcde"),
            "sentiment": [0.0, -0.6, 0.5, 0.0, 0.3],
            "sentiment_label": ["neutral", "negative", "positive", "neutral", "positive"],
            "emotion": ["calm", "angry", "calm", "calm", "pleased"],
            "emotion_intensity": [0.0, 0.7, 0.0, 0.0, 0.4],
        }
    )
    models = {"sentiment": fit(rows["text"], rows["label"]), "emotion": fit(rows["text"], emotions)}
    lexicon = compiled()
    assert by_models(felt, problems, {}, lexicon).equals(felt)
    found = by_models(felt, problems, models, lexicon)
    assert found.columns == felt.columns
    assert found["sentiment_label"].to_list() == ["negative", "neutral", "positive", "neutral", "positive"]
    assert found["sentiment"][0] <= -0.2
    assert abs(found["sentiment"][1]) < 0.2
    assert found["sentiment"].to_list()[2:] == [0.5, 0.0, 0.3], (
        "nobody taught it praise; no text; unknown words"
    )
    assert found["emotion"].to_list() == ["annoyed", "angry", "annoyed", "calm", "pleased"], "nor anger"
    assert found["emotion_intensity"][0] > 0.4
    assert found["emotion_intensity"].to_list()[1] == 0.7


# Scores


def test_scores_by_hand_and_by_scikit_learn():
    from sklearn.metrics import accuracy_score, f1_score

    given = pl.Series(["a", "a", "a", "b", "b", "c"])
    said = pl.Series(["a", "a", "b", "b", None, "d"])
    found = scores(given, said)
    assert found.accuracy == pytest.approx(3 / 6)
    by_label = {each.label: each for each in found.labels}
    assert (by_label["a"].precision, by_label["a"].recall) == (1, pytest.approx(2 / 3))
    assert by_label["a"].f1 == pytest.approx(0.8)
    assert by_label["b"].f1 == pytest.approx(0.5)
    assert by_label["c"].f1 == 0
    assert found.macro_f1 == pytest.approx((0.8 + 0.5 + 0) / 3)
    rng = np.random.default_rng(0)
    given, said = (pl.Series(rng.choice(list("abcd"), 300)) for _ in range(2))
    found = scores(given, said)
    assert found.macro_f1 == pytest.approx(f1_score(given, said, average="macro"))
    assert found.accuracy == pytest.approx(accuracy_score(given, said))


def test_the_standard_error_is_that_of_repeated_samples():
    rng = np.random.default_rng(3)

    def draw(n):
        given = rng.choice(["a", "b", "c"], n, p=[0.5, 0.3, 0.2])
        return pl.Series(given), pl.Series(
            np.where(rng.random(n) < 0.7, given, rng.choice(["a", "b", "c"], n))
        )

    repeated = np.std([scores(*draw(400)).macro_f1 for _ in range(150)])
    assert scores(*draw(400)).macro_f1_error == pytest.approx(repeated, rel=0.25)


def test_a_difference_counts_only_beyond_its_error():
    given = pl.Series(["a", "b"] * 100)
    right = given.clone()
    half = pl.Series((["a", "b"] * 50) + (["b", "a"] * 50))
    assert difference(given, half, right).better
    worse = difference(given, right, half)
    assert worse.macro_f1 == pytest.approx(scores(given, half).macro_f1 - 1)
    assert not worse.better
    same = difference(given, half, half)
    assert (same.macro_f1, same.error, same.better) == (0, 0, False)
    one_more = pl.concat([right[:101], half[101:]])
    other = pl.concat([right[:100], pl.Series([None]), half[101:]])
    tiny = difference(given, other, one_more)
    assert 0 < tiny.macro_f1 < 0.02


def test_evaluate_takes_each_text_once():
    rows = labelled()
    found, said = evaluate(pl.concat([rows["text"], rows["text"]]), pl.concat([rows["label"], rows["label"]]))
    assert found.texts == rows.height == len(said)
    assert found.macro_f1 > 0.9
    outcome = trained(rows["text"], rows["label"], lambda texts: pl.repeat("neutral", len(texts), eager=True))
    assert outcome.gain.better
    assert outcome.scores["rules"].accuracy == pytest.approx(1 / 3)
    assert outcome.gain.macro_f1 == pytest.approx(
        outcome.scores["model"].macro_f1 - outcome.scores["rules"].macro_f1
    )
    perfect = dict(rows.rows())
    outcome = trained(rows["text"], rows["label"], lambda texts: texts.replace_strict(perfect))
    assert not outcome.gain.better


def test_what_is_rare_or_unknown_is_left_to_the_rules():
    rows = labelled().with_columns(
        pl.when(pl.col("text") == "分期付很好用").then(pl.lit("disgusted")).otherwise("label").alias("label")
    )
    rows = pl.concat([rows, pl.DataFrame({"text": [f"ж{n}" for n in "абвгде"], "label": "negative"})])
    everything = dict(rows.rows())
    wrong = {"positive": "negative", "negative": "neutral", "neutral": "positive"}
    told = []

    def rules(texts):
        told.extend(texts)
        label = texts.replace_strict(everything)
        return label.replace_strict({**wrong, "disgusted": "disgusted"})

    outcome = trained(rows["text"], rows["label"], rules)
    assert sorted(told) == sorted(everything)
    assert outcome.rare == {"disgusted": 1}
    assert outcome.model.labels == ("negative", "neutral", "positive")
    f1 = {each.label: each.f1 for each in outcome.scores["model"].labels}
    assert f1["disgusted"] == 1, "the rules say it, and the model was not taught it"
    assert outcome.gain.better
    assert {each.label: each.f1 for each in outcome.scores["rules"].labels}["positive"] == 0


@pytest.mark.parametrize(
    ("name", "column", "limit"),
    [("waimai_reviews_dev", "label", 0.88), ("bdci_car_opinions_dev", "sentiment", 0.6)],
)
def test_learning_on_real_reviews(name, column, limit):
    file = SHARED / f"{name}.parquet"
    if not file.exists():
        pytest.skip("the development data (../shared/data) is not here")
    rows = pl.read_parquet(file, columns=["text", column])
    found, _ = evaluate(rows["text"], rows[column].cast(pl.String), folds=3)
    assert found.accuracy >= limit


@pytest.mark.heavy
def test_learning_on_real_emotions():
    file = SHARED / "weibo_emotion_dev.parquet"
    if not file.exists():
        pytest.skip("the development data (../shared/data) is not here")
    rows = pl.read_parquet(file)
    found, _ = evaluate(rows["text"], rows["emotion"])
    assert found.macro_f1 >= 0.6


# The file that people label


def published(n=4000):
    """Mostly neutral, some negative, a handful positive; rare products."""
    rng = np.random.default_rng(0)
    label = rng.choice(["neutral", "negative", "positive"], n, p=[0.9, 0.09, 0.01])
    return pl.DataFrame(
        {
            "inquiry_id": [f"chats:{i}" for i in range(n)],
            "text": [f"第{i}个问题" if i % 10 else "怎么还款" for i in range(n)],
            "sentiment": np.where(label == "neutral", 0.0, np.where(label == "negative", -0.5, 0.5)),
            "sentiment_label": label,
            "emotion": np.where(label == "negative", "annoyed", "calm"),
            "product": rng.choice(["pay", "loan", None], n),
            "source": "chats",
            "language": "zh",
        }
    )


def test_a_sample_has_more_of_the_rare():
    inquiries = published()
    sample = drawn(inquiries, 300, limit=0.2)
    assert sample.columns == list(COLUMNS)
    assert sample.height == 300
    assert sample["text"].n_unique() == 300
    assert set(sample["label"]) == {""}
    share = dict(sample["now_sentiment"].value_counts(normalize=True).rows())
    assert 0.15 < share["negative"] < 0.35
    assert 0.03 < share["positive"] < 0.15
    assert share["neutral"] > share["negative"]
    assert drawn(inquiries.sample(fraction=1, shuffle=True, seed=5), 300, limit=0.2).equals(sample)
    other = drawn(inquiries, 300, limit=0.2, seed=1)
    assert len(set(other["inquiry_id"]) & set(sample["inquiry_id"])) < 150
    assert drawn(inquiries.head(0), 10, limit=0.2).height == 0
    assert drawn_before({"f": written(sample), "g": written(other)}).n_unique() > 400
    with pytest.raises(ConfigError, match="inquiry_id"):
        drawn_before({"f": b"text,label\n"})
    everything = drawn(inquiries, 10_000, limit=0.2)
    assert everything.height == inquiries["text"].n_unique()


def test_a_sample_has_more_of_the_doubtful():
    inquiries = published().with_columns(
        sentiment=pl.when(pl.int_range(pl.len()) % 50 == 1).then(0.15).otherwise(0.0),
        sentiment_label=pl.lit("neutral"),
    )
    ids = inquiries.filter(pl.col("sentiment") == 0.15)["inquiry_id"]
    assert drawn(inquiries, 300, limit=0.2)["inquiry_id"].is_in(ids.implode()).mean() > 0.06


def test_the_file_holds_no_formula_and_comes_back_as_it_was():
    texts = [
        "=1+1",
        "+86 打不通",
        "-5元",
        "@客服",
        "\t=2",
        "说\n了两遍",
        '他说"不行", 怎么办',
        "'引号",
        "",
        "普通",
    ]
    sample = pl.DataFrame({name: texts if name == "text" else ["neutral"] * len(texts) for name in COLUMNS})
    content = written(sample)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").splitlines()
    assert len(lines) == len(texts) + 1
    cells = pl.read_csv(content, infer_schema=False)["text"].drop_nulls()
    assert not cells.str.contains(r"^[=+\-@\t\r]").any()
    many = pl.concat([labelled(), sample.select("text", "label")])
    back = read({"f": written(many)}, "sentiment")
    assert back["text"][-9:].to_list() == [t.replace("\n", " ") for t in texts if t]


def as_csv(rows, **options):
    return pl.DataFrame(rows, schema=["text", "label"], orient="row").write_csv(**options).encode()


def test_labels_in_any_usual_form():
    rows = [
        *labelled().rows(),
        ("没有标注", ""),
        ("负面的话", " Negative "),
        ("正面的话", "正面"),
        ("零", "0"),
        ("负", "'-1"),
    ]
    expected = read({"f": as_csv(rows)}, "sentiment")
    assert expected.height == len(rows) - 1
    assert expected.tail(4).rows() == [
        (195, "负面的话", "negative"), (196, "正面的话", "positive"), (197, "零", "neutral"), (198, "负", "negative")
    ]  # fmt: skip
    halves = {"f": as_csv(rows[:100]), "g": as_csv(rows[100:])}
    assert read(halves, "sentiment").drop("line").equals(expected.drop("line"))
    for separator in ";\t":
        assert read({"f": as_csv(rows, separator=separator)}, "sentiment").equals(expected)
    gb = as_csv([row for row in rows if row[0].isprintable()]).decode().encode("gb18030")
    assert read({"f": gb}, "sentiment").equals(expected)


@pytest.mark.parametrize(
    ("content", "kind", "parts"),
    [
        (as_csv([("a", "good")]), "sentiment", ["line 2: 'good'", "neutral (中性)"]),
        (as_csv([("a", "negativ")]), "sentiment", ["did you mean 'negative'?"]),
        (as_csv([("a", "sad")] * 9), "emotion", ["line 2: 'sad'", "and 4 more", "disappointed (失望)"]),
        (b"txt,label\na,neutral\n", "sentiment", ["no column 'text'", "txt", "rename the column 'txt'"]),
        (b"text,says\na,neutral\n", "sentiment", ["no column 'label'", "voc label"]),
        (as_csv(labelled().head(128).rows()), "sentiment", ["neutral 0", f"at least {LEAST}", "positive 64"]),
        (as_csv([("同一句", "calm")] * 50), "emotion", ["calm 1"]),
        (as_csv([(f"{n}", "calm") for n in range(50)]), "emotion", ["one frequent label alone", "calm 50"]),
        (as_csv([]), "sentiment", ["labelled: none"]),
        (b"", "sentiment", ["not a table"]),
        (b'text,label\n"a,b\n', "emotion", ["f:"]),
    ],
)  # fmt: skip
def test_a_wrong_file_says_what_is_wrong(content, kind, parts):
    with pytest.raises(ConfigError) as caught:
        read({"f": content}, kind)
    for part in parts:
        assert part in str(caught.value), caught.value


# Versions on disk


def test_models_are_kept_and_noticed_when_changed(tmp_path):
    rows = labelled()
    model = fit(rows["text"], rows["label"])
    version = learned_store.save(tmp_path, "sentiment", model, {"made_from": "x"})
    folder = tmp_path / f"sentiment-{version}"
    about = json.loads((folder / "model.json").read_text())
    assert (about["version"], about["labels"], about["made_from"]) == (version, list(model.labels), "x")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert learned_store.save(tmp_path, "sentiment", model, {"made_from": "other"}) == version
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, "never written again"
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    back = learned_store.load(tmp_path, "sentiment", version)
    assert predict(back, rows["text"]).equals(predict(model, rows["text"]))
    learned_store.load.cache_clear()
    (folder / "model.json").write_text(json.dumps({**about, "labels": ["negative", "positive", "neutral"]}))
    with pytest.raises(VocError, match="its content is not that of version"):
        learned_store.load(tmp_path, "sentiment", version)
    (folder / "model.npz").write_bytes(b"PK")
    with pytest.raises(VocError, match="cannot be read"):
        learned_store.load(tmp_path, "sentiment", version)
    with pytest.raises(VocError, match="missing"):
        learned_store.load(tmp_path, "sentiment", "abc")
