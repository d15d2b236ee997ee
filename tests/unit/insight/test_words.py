"""Which words are found in a text, and what a denial or a degree makes of them."""

import polars as pl
import pytest

from insight.journey.steps_of import steps_of
from insight.lexicon import hits
from insight.sentiment.forms import emotions, weights
from insight.sentiment.measure import sentiment
from warehouse.config import Journeys


def found(text, words, **options):
    frame = pl.DataFrame({"inquiry_id": ["i"], "text": [text]}, schema_overrides={"text": pl.String})
    return hits(frame, words, **options)["word"].to_list()


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("whatever you say", ["hate"], []),
        ("I HATE it, hate it", ["hate"], ["hate", "hate"]),
        ("这个app闪退了", ["app闪退", "闪退"], ["app闪退"]),
        ("这个bug真多", ["bug"], ["bug"]),
        ("it doesn’t work", ["doesn't work"], ["doesn't work"]),
        ("the app's error", ["app", "error"], ["app", "error"]),
        ("扣了12次", ["2次"], []),
        ("not, working", ["not working"], []),
        ("useless/terrible", ["terrible", "useless"], ["useless", "terrible"]),
        (None, ["x"], []),
    ],
)
def test_latin_words_are_found_as_words(text, words, expected):
    assert found(text, words) == expected


def test_a_word_of_a_journey_counts_with_an_ending():
    assert found("was it refunded?", ["refund"], whole=False) == ["refund"]
    assert found("please prefund it", ["refund"], whole=False) == []
    assert found("was it refunded?", ["refund"]) == []


def test_denials_and_degrees():
    known = weights({"满意": 0.6, "good": 0.6}, {"失望": 1.0, "不满意": 1.0}, ["满意度"])
    assert known["不太满意"] == -0.6
    assert known["not good"] == -0.6
    assert known["不满意"] == -1.0  # the lists' own word
    assert known["没失望"] == 0
    assert known["特别失望"] == -1.5
    assert known["very good"] == pytest.approx(0.9)
    assert known["是不是很满意"] == 0
    assert known["满意度"] == 0
    feelings = emotions({"pleased": ["满意"], "disappointed": ["失望"]}, {"满意": 0.6}, known)
    assert {"满意", "非常满意"} <= set(feelings["pleased"])
    assert {"失望", "特别失望", "不太满意"} <= set(feelings["disappointed"])
    assert "没失望" not in feelings["disappointed"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("不太满意", "negative"),
        ("是不是很好用", "neutral"),
        ("这个好不好用", "neutral"),
        ("isn't great", "negative"),
        ("I am not angry", "neutral"),
        ("whatever, against the lovely glove", "neutral"),
    ],
)
def test_what_is_denied_or_asked_is_not_said(text, label):
    texts = pl.DataFrame({"inquiry_id": ["i"], "text": [text]})
    facts = pl.DataFrame(
        {"inquiry_id": ["i"], "customer_turn_count": [1], "transferred": [False], "csat": [None]},
        schema_overrides={"csat": pl.Float64},
    )
    assert sentiment(texts, facts)["sentiment_label"].to_list() == [label]


def test_english_examples_are_compared_by_words():
    # Pairs of letters are shared by almost all English sentences; pairs of words are not.
    journeys = Journeys.model_validate(
        {
            "products": [
                {"id": "w", "steps": [{"id": "pay", "examples": ["my card payment was refused at the shop"]}]}
            ]
        }
    )
    frame = pl.DataFrame(
        {
            "inquiry_id": ["same", "other"],
            "product": [None, None],
            "step": [None, None],
            "problem": [
                "Hi, my card payment was refused at the shop today",
                "the parcel has the wrong address, as ever",
            ],
        },
        schema_overrides={"product": pl.String, "step": pl.String},
    )
    assert steps_of(frame, journeys)["step"].to_list() == ["pay", None]
