"""Which words are found in a text."""

import polars as pl
import pytest

from insight.journey.steps_of import steps_of
from insight.lexicon import hits
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
