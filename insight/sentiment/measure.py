"""A first measure of feeling: words, punctuation and ratings. Neutral unless something says otherwise.

Most service questions are neutral; a classifier trained on reviews calls half of them negative. So the
score starts at 0 and moves by what is said. A model trained on the workspace's own labels comes later.
"""

from __future__ import annotations

import polars as pl

from insight.lexicon import hits
from insight.sentiment.forms import emotions, weights
from insight.sentiment.words import EFFORT, EMOTIONS, NEGATIVE, NEUTRAL, POSITIVE

LIMIT = 0.2  # |sentiment| below it is neutral: half a strong word
_DAMPING = 1.5  # one strong word gives 1/(1+1.5) = 0.4, three 0.67
_WEIGHTS = weights(POSITIVE, NEGATIVE, NEUTRAL)
_EMOTIONS = emotions(EMOTIONS, POSITIVE, _WEIGHTS)


def sentiment(texts: pl.DataFrame, inquiries: pl.DataFrame) -> pl.DataFrame:
    """Sentiment, emotion and effort.

    `sentiment` = (p − n) / (p + n + 1.5), p and n the summed weights of words that praise or complain; a
    rating of 1–2 counts as two complaints, 4–5 as two praises; three exclamation or question marks in a
    row make complaints half as heavy again. Denials and degrees: `insight.sentiment.forms`. `effort` = 1 − exp(−x), x = 0.06 for each customer turn after
    the first + 0.3 for a transfer + 0.3 for words of trying again (at most twice).

    Args:
        texts: inquiry_id, text: all that the customer said.
        inquiries: inquiry_id, customer_turn_count, transferred, csat.

    Returns:
        inquiry_id, sentiment (−1 … 1), sentiment_label, emotion, effort (0 … 1); a row an inquiry.
    """
    found = hits(texts, [*_WEIGHTS, *EFFORT, *(word for many in _EMOTIONS.values() for word in many)])
    weight = pl.col("word").replace_strict(_WEIGHTS, default=0.0, return_dtype=pl.Float64)
    scores = found.group_by("inquiry_id").agg(
        weight.filter(weight > 0).sum().alias("_praise"),
        (-weight.filter(weight < 0)).sum().alias("_complaint"),
        pl.col("word").is_in(list(EFFORT)).sum().clip(0, 2).alias("_again"),
        *(pl.col("word").is_in(many).sum().alias(f"_{name}") for name, many in _EMOTIONS.items()),
    )
    loud = texts.select("inquiry_id", pl.col("text").str.contains(r"[!！?？]{3,}").alias("_loud"))
    zero = [c for c in scores.columns if c != "inquiry_id"]
    joined = (
        inquiries.join(scores, on="inquiry_id", how="left", maintain_order="left")
        .join(loud, on="inquiry_id", how="left", maintain_order="left")
        .with_columns(pl.col(zero).fill_null(0), pl.col("_loud").fill_null(False))
    )
    rated = pl.col("csat")
    praise = pl.col("_praise") + pl.when(rated >= 4).then(2.0).otherwise(0.0)
    complaint = pl.col("_complaint") * pl.when("_loud").then(1.5).otherwise(1.0) + pl.when(rated <= 2).then(
        2.0
    ).otherwise(0.0)
    score = (praise - complaint) / (praise + complaint + _DAMPING)
    effort = (
        0.06 * (pl.col("customer_turn_count") - 1).clip(0)
        + 0.3 * pl.col("transferred").cast(pl.Float64)
        + 0.3 * pl.col("_again")
    )
    best = pl.max_horizontal(f"_{name}" for name in _EMOTIONS)
    emotion = pl.coalesce(
        pl.when((best > 0) & (pl.col(f"_{name}") == best)).then(pl.lit(name)) for name in _EMOTIONS
    )
    return joined.select(
        "inquiry_id",
        score.alias("sentiment"),
        pl.when(score <= -LIMIT)
        .then(pl.lit("negative"))
        .when(score >= LIMIT)
        .then(pl.lit("positive"))
        .otherwise(pl.lit("neutral"))
        .alias("sentiment_label"),
        pl.when((emotion == "pleased") & (score < LIMIT))
        .then(pl.lit("calm"))
        .otherwise(emotion)
        .fill_null("calm")
        .alias("emotion"),
        (1 - (-effort).exp()).alias("effort"),
    )
