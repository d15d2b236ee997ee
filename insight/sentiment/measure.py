"""Sentiment, emotion and effort of inquiries, from what customers say and what they went through.

Most service questions are neutral; a classifier trained on reviews calls half of them negative. So the
score starts at 0 and moves by what is said.
"""

from __future__ import annotations

import polars as pl

from insight.sentiment.lexicon import CALM, EMOTIONS, Lexicon
from insight.sentiment.reading import read

LIMIT = 0.2  # |sentiment| below it is neutral
_DAMPING = 1.0  # one strong word gives 1/(1+1) = 0.5, three 0.75
_FACTS = 0.15  # what went wrong, however often it is said: never negative by itself (0.15/1.15 < LIMIT)
_FELT = 0.3  # weight of an emotion below which the customer is calm: about a mild word
# `Great.` alone answers; it praises nothing.
_ANSWER = r"(?i)^(?:(?:oh|ok|okay|yes|yeah|well|that's|sounds|very|all)[,. ]+)*(?:great|good|excellent|perfect|awesome|wonderful|nice|cool|fine|lovely|beautiful|super|fantastic|amazing|right|it'?s great)[.! ]*$"
FEELINGS = {
    "inquiry_id": pl.String(),
    "sentiment": pl.Float64(),
    "sentiment_label": pl.String(),
    "emotion": pl.String(),
    "emotion_intensity": pl.Float64(),
    "emotion_first": pl.String(),
    "emotion_last": pl.String(),
}


def feelings(turns: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """Sentiment and emotion of each inquiry, in `FEELINGS`' columns.

    `sentiment` = (p − n) / (p + n + 1), p and n the weights of praise and complaint over all customer
    turns; things that went wrong add 0.15 to n once. `emotion` is the heaviest over the inquiry (at a tie the
    earlier of `EMOTIONS`), `pleased` only where praise outweighs complaint, `calm` below 0.3;
    `emotion_intensity` = 1 − exp(−weight); `emotion_first` and `emotion_last` are those of the first and the
    last turn.

    Args:
        turns: inquiry_id, text: what the customer said, turn by turn, in order.
        lexicon: from `insight.sentiment.lexicon.compiled`.
    """
    text = turns.select(pl.when(~pl.col("text").str.contains(_ANSWER)).then("text"))["text"]
    felt = pl.concat([turns.select("inquiry_id"), read(text, lexicon)], how="horizontal")
    weights = [f"_{name}" for name in EMOTIONS]
    told = felt.with_columns(_emotion().alias("_now"))
    whole = told.group_by("inquiry_id", maintain_order=True).agg(
        pl.col("praise", "complaint", "facts", *weights).sum(),
        pl.col("_now").first().alias("emotion_first"),
        pl.col("_now").last().alias("emotion_last"),
    )
    complaint = pl.col("complaint") + pl.when(pl.col("facts") > 0).then(_FACTS).otherwise(0.0)
    score = (pl.col("praise") - complaint) / (pl.col("praise") + complaint + _DAMPING)
    emotion = _emotion()
    return whole.with_columns(emotion.alias("emotion"), score.alias("sentiment")).select(
        "inquiry_id",
        "sentiment",
        label(pl.col("sentiment")).alias("sentiment_label"),
        "emotion",
        pl.when(pl.col("emotion") == CALM)
        .then(0.0)
        .otherwise(1 - (-pl.max_horizontal(weights)).exp())
        .alias("emotion_intensity"),
        "emotion_first",
        "emotion_last",
    )


def label(score: pl.Expr) -> pl.Expr:
    """negative, neutral or positive."""
    return (
        pl.when(score <= -LIMIT)
        .then(pl.lit("negative"))
        .when(score >= LIMIT)
        .then(pl.lit("positive"))
        .otherwise(pl.lit("neutral"))
    )


def _emotion() -> pl.Expr:
    """The heaviest emotion of a row of weights; a complaint drowns praise that does not outweigh it."""
    weight = {
        name: pl.when(pl.col("praise") > pl.col("complaint")).then(f"_{name}").otherwise(0.0)
        if name == "pleased"
        else pl.col(f"_{name}")
        for name in EMOTIONS
    }
    most = pl.max_horizontal(weight.values())
    return pl.coalesce(
        pl.when((most >= _FELT) & (weight[name] == most)).then(pl.lit(name)) for name in EMOTIONS
    ).fill_null(CALM)
