"""Sentiment, emotion and effort: what a customer-service lead would say of a sentence, and what must always hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.sentiment.effort import PARTS, effort, parts
from insight.sentiment.inquiries import inquiry_feelings
from insight.sentiment.lexicon import EMOTIONS, Kind, built_in, compiled
from insight.sentiment.measure import feelings
from warehouse.config import LexiconConfig

LEXICON = compiled()


def feel(*turns: str, lexicon=LEXICON) -> dict:
    frame = pl.DataFrame({"inquiry_id": ["i"] * len(turns), "text": turns})
    return feelings(frame, lexicon).row(0, named=True)


@pytest.mark.parametrize(
    ("text", "label", "emotion"),
    [
        # questions and facts are neutral
        ("请问怎么提现", "neutral", "calm"),
        ("提现失败，显示系统错误，没到账", "neutral", "calm"),
        ("逾期了被冻结怎么办", "neutral", "calm"),
        ("投诉渠道在哪", "neutral", "calm"),
        ("谢谢，辛苦了", "neutral", "calm"),
        ("I need help with my account please, it was declined", "neutral", "calm"),
        # complaint
        ("太差了，你们就是骗子", "negative", "disgusted"),
        ("我要投诉，凭什么扣钱", "negative", "angry"),
        ("等了半天没人理，一直转圈", "negative", "annoyed"),
        ("This is the worst service, unacceptable", "negative", "angry"),
        ("still waiting for a refund, this is so frustrating", "negative", "annoyed"),
        # worry and haste are feelings, hardly complaints
        ("很担心影响征信", "neutral", "worried"),
        ("会不会被骗，安全吗", "neutral", "worried"),
        ("急死我了，等着用钱", "neutral", "anxious"),
        # praise
        ("很满意，太好了", "positive", "pleased"),
        ("not bad at all, I love it", "positive", "pleased"),
        # denial
        ("不满意", "negative", "disappointed"),
        ("不是很好用", "negative", "disappointed"),
        ("开心不起来", "negative", "disappointed"),
        ("一点都不生气", "neutral", "calm"),
        ("不是不满意", "neutral", "calm"),
        ("I am not happy with this", "negative", "disappointed"),
        ("不太满意", "negative", "disappointed"),
        ("isn't great", "negative", "disappointed"),
        # asking is not saying
        ("方便吗", "neutral", "calm"),
        ("满不满意", "neutral", "calm"),
        ("好用吗", "neutral", "calm"),
        ("是不是很好用", "neutral", "calm"),
        ("这个好不好用", "neutral", "calm"),
        ("I am not angry", "neutral", "calm"),
        ("whatever, against the glove", "neutral", "calm"),
        # but it is when nobody asks
        ("怎么还没到账？？？", "negative", "annoyed"),
        ("难道要我等一辈子吗", "negative", "annoyed"),
        # 好 strengthens what follows it
        ("味道好难吃", "negative", "disappointed"),
        # emoji and emoticons of platforms
        ("还没到账😡", "negative", "angry"),
        ("[怒]怎么回事", "negative", "angry"),
        ("👍👍", "positive", "pleased"),
        # words inside words
        ("今天天气怎么样，空气好吗", "neutral", "calm"),
        ("银行卡换卡号", "neutral", "calm"),
    ],
)
def test_sentences(text, label, emotion):
    found = feel(text)
    assert (found["sentiment_label"], found["emotion"]) == (label, emotion), found


def test_what_stands_after_but_weighs_more():
    assert feel("送得太慢，但是味道不错")["sentiment"] > feel("味道不错，但是送得太慢")["sentiment"]


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("生气", "非常生气"),
        ("有点烦", "很烦"),
        ("烦", "烦得要命"),
        ("我很生气", "我很生气！！！"),
        ("annoying", "very annoying"),
    ],
)
def test_degrees(weaker, stronger):
    assert feel(stronger)["sentiment"] < feel(weaker)["sentiment"] < 0


def test_the_whole_inquiry_is_told_by_its_start_its_worst_and_its_end():
    found = feel("提现失败了怎么办", "气死我了，你们就是骗子公司", "好吧，解决了，太好了")
    assert (found["emotion_first"], found["emotion"], found["emotion_last"]) == ("calm", "angry", "pleased")
    assert 0 < found["emotion_intensity"] <= 1


def test_an_answer_of_one_word_praises_nothing():
    assert feel("My claim was denied", "Great.", "Okay, perfect!")["sentiment_label"] == "neutral"
    assert feel("Your service is great")["sentiment_label"] == "positive"


def test_facts_never_add_up_to_a_complaint():
    assert feel(*["提现失败，报错，打不开，没到账"] * 20)["sentiment_label"] == "neutral"


def test_own_words_win():
    own = LexiconConfig.model_validate(
        {"feelings": {"angry": {"strong": ["拔草"]}}, "nothing": ["恶心果"], "facts": ["不满意"]}
    )
    lexicon = compiled(own.model_dump_json(include={"feelings", "facts", "nothing"}))
    assert feel("拔草")["emotion"] == "calm"
    assert feel("拔草", lexicon=lexicon)["emotion"] == "angry"
    assert feel("恶心果", lexicon=lexicon)["emotion"] == "calm"
    assert feel("不满意", lexicon=lexicon)["sentiment_label"] == "neutral"


ODD = [
    "",
    "啊",
    "。",
    "😀",
    "😀" * 200,
    "ありがとうございます",
    "مرحبا كيف",
    "x" * 100_000,
    "不" * 5_000,
    "不不不满意" * 999,
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_texts_have_a_defined_result(text):
    found = feel(text)
    assert -1 <= found["sentiment"] <= 1
    assert found["emotion"] in (*EMOTIONS, "calm")


def test_a_text_of_ten_megabytes():
    assert feel("提现太慢了，" * 600_000)["sentiment_label"] == "negative"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(alphabet="不很太好差气死了满意吗？！，。 但是not bad 失败", max_size=30),
        min_size=1,
        max_size=8,
    )
)
def test_a_text_reads_the_same_whatever_stands_beside_it(texts):
    frame = pl.DataFrame({"inquiry_id": [str(n) for n in range(len(texts))], "text": texts})
    together = feelings(frame, LEXICON)
    alone = pl.concat([feelings(row, LEXICON) for row in frame.iter_slices(1)])
    assert together.equals(alone)
    assert together["sentiment"].is_between(-1, 1).all()


def test_the_lexicon_says_each_word_once():
    base = built_in()
    felt = [w.lower() for by in base.feelings.values() for many in by.values() for w in many]
    lists = [*felt, *base.facts, *base.nothing, *base.but, *base.asks, *base.not_]
    twice = {word for word in lists if lists.count(word) > 1}
    assert not twice
    assert len(set(LEXICON.patterns)) == len(LEXICON.patterns) == len(LEXICON.kind)
    assert (LEXICON.kind == Kind.FEELING).sum() > len(felt)  # VADER's words are there too


def test_english_agrees_with_vader_on_what_is_felt():
    """Ours keeps service words neutral; where VADER feels strongly, the sign must be the same."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    sentences = [
        "The app is great and so easy to use", "I hate this horrible app", "not good", "It was not bad", "very disappointing experience",
        "Love it, works perfectly!", "terrible, I will never use it again", "The staff was rude and unhelpful", "Amazing service, thank you so much",
        "I am really happy with the new card", "this is not helpful at all", "awful awful awful", "The food was nice but the delivery was terrible",
    ]  # fmt: skip
    vader = SentimentIntensityAnalyzer()
    for sentence in sentences:
        theirs, ours = vader.polarity_scores(sentence)["compound"], feel(sentence)["sentiment"]
        if abs(theirs) > 0.4:
            assert np.sign(theirs) == np.sign(ours), (sentence, theirs, ours)


NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


def facts(**given):
    base = {
        "inquiry_id": "i", "language": "zh", "problem": "x", "started_at": NOON, "ended_at": NOON, "resolution_s": None,
        "customer_turn_count": 1, "transferred": False, "csat": None,
    }  # fmt: skip
    return pl.DataFrame(
        [{**base, **given}], schema_overrides={"csat": pl.Float64, "resolution_s": pl.Float64}
    )


def told(text, **given):
    turns = pl.DataFrame({"inquiry_id": ["i"], "text": [text]}, schema_overrides={"text": pl.String})
    return inquiry_feelings(turns.drop_nulls(), facts(**given), LEXICON).row(0, named=True)


@pytest.mark.parametrize(
    ("text", "csat", "disagrees"),
    [
        ("气死了", 5.0, True),
        ("气死了", 1.0, False),
        ("太好了", 1.0, True),
        ("怎么提现", 5.0, False),
        ("气死了", None, None),
    ],
)
def test_a_rating_stands_beside_the_words(text, csat, disagrees):
    with_, without = told(text, csat=csat), told(text)
    assert with_["csat_disagrees"] is disagrees
    assert with_["sentiment"] == without["sentiment"]


def test_who_says_nothing_is_calm():
    found = told(None)
    assert (found["sentiment_label"], found["emotion"], found["sentiment"]) == ("neutral", "calm", 0.0)


def hard(text, **given):
    row = told(text, **given)
    frame = pl.DataFrame([{**{name: row.get(name, 0.0) for name in PARTS}}])
    return frame.select(effort()).item()


def test_effort_grows_with_each_of_its_parts():
    easy = hard("怎么提现")
    assert easy == 0
    levels = [
        easy,
        hard("怎么提现", customer_turn_count=4),
        hard("怎么提现", customer_turn_count=4, transferred=True),
        hard("试了还是不行，怎么提现", customer_turn_count=4, transferred=True),
        hard("试了还是不行，转人工", customer_turn_count=4, transferred=True),
        hard(
            "试了还是不行，转人工",
            customer_turn_count=4,
            transferred=True,
            ended_at=NOON + timedelta(hours=30),
        ),
    ]
    assert levels == sorted(levels)
    assert len(set(levels)) == len(levels)
    assert levels[-1] < 1


def test_resolution_counts_before_the_last_turn():
    later = parts(
        pl.DataFrame({"inquiry_id": ["i"], "text": ["x"]}),
        pl.DataFrame(
            {"inquiry_id": ["i"], "customer_turn_count": [1], "transferred": [False], "hours": [1.0]}
        ),
    )
    assert later["effort_wait"].item() == pytest.approx(0.1)  # one doubling of (1 + hours)
    assert told("x", resolution_s=3600.0)["effort_wait"] == pytest.approx(0.1)
