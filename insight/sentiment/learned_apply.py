"""Learned models over the rules: their labels take the place of the rules' where they know more."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from insight.sentiment.learned import LearnedModel, predict, sentiment_of
from insight.sentiment.learned_signals import signals_of
from insight.sentiment.learned_training import settled
from insight.sentiment.lexicon import CALM, Lexicon
from insight.sentiment.measure import LIMIT


def by_models(
    felt: pl.DataFrame, problems: pl.Series, models: Mapping[str, LearnedModel], lexicon: Lexicon
) -> pl.DataFrame:
    """`felt` with sentiment and emotion by models where there are some; where a model knows nothing, as it was.

    The value of a learned sentiment is P(positive) − P(negative), on its label's side of ±LIMIT. The intensity of a
    learned emotion is its probability, 0 when calm. How an inquiry begins and ends stays with the rules.

    Args:
        felt: sentiment, sentiment_label, emotion, emotion_intensity by the rules, and any other columns.
        problems: what the customer asked, in the order of `felt`; null where there is nothing.
        models: `sentiment` and `emotion`, either or none of them.
        lexicon: of the rules; models that were learned with signals need it.
    """
    signals = signals_of(lexicon)
    for name, model in models.items():
        said = predict(model, problems, signals if len(model.signal_weights) else None)
        if name == "sentiment":
            new = {"sentiment_label": said["label"], "sentiment": sentiment_of(said, LIMIT)}
        else:
            calm = (said["label"] == CALM).fill_null(False)
            new = {"emotion": said["label"], "emotion_intensity": said["certainty"].set(calm, 0.0)}
        theirs = pl.DataFrame({f"_{column}": values for column, values in new.items()})
        label = next(iter(new))
        taken = settled(model, pl.col(f"_{label}"), pl.col(label))
        felt = (
            pl.concat([felt, theirs], how="horizontal")
            .with_columns(pl.when(taken).then(f"_{column}").otherwise(column).alias(column) for column in new)
            .drop(theirs.columns)
        )
    return felt
