"""What was felt in each inquiry: sentiment, emotion and the parts of effort side by side."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from insight.sentiment.effort import parts
from insight.sentiment.learned import LearnedModel
from insight.sentiment.learned_apply import by_models
from insight.sentiment.lexicon import CALM, Lexicon
from insight.sentiment.measure import feelings

FACTS = (
    "inquiry_id", "language", "problem", "started_at", "ended_at", "resolution_s", "customer_turn_count",
    "transferred", "csat",
)  # fmt: skip
_GOOD, _BAD = 4.0, 2.0  # ratings from here on are good, up to here bad


def inquiry_feelings(
    turns: pl.DataFrame,
    facts: pl.DataFrame,
    lexicon: Lexicon,
    learned: Mapping[str, LearnedModel] | None = None,
) -> pl.DataFrame:
    """The columns of `insight.inquiry_feelings` that words and facts give; a row an inquiry.

    An inquiry without a customer's word is neutral and calm. The customer's own rating is never mixed into
    the sentiment; `csat_disagrees` says where a bad rating meets positive words or a good one negative.

    Args:
        turns: inquiry_id, text: what the customer said, turn by turn, in order.
        facts: `FACTS` of all inquiries.
        lexicon: from `insight.sentiment.lexicon.compiled`.
        learned: models by what they say (sentiment, emotion), where labels taught better than the rules.
    """
    hours = (
        pl.coalesce(pl.col("resolution_s"), (pl.col("ended_at") - pl.col("started_at")).dt.total_seconds())
        / 3600
    )
    hard = parts(
        turns, facts.select("inquiry_id", "customer_turn_count", "transferred", hours.alias("hours"))
    )
    rated = facts.select("inquiry_id", "csat")
    return (
        rated.join(feelings(turns, lexicon), on="inquiry_id", how="left", maintain_order="left")
        .join(hard, on="inquiry_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("sentiment", "emotion_intensity").fill_null(0.0),
            pl.col("sentiment_label").fill_null("neutral"),
            pl.col("emotion", "emotion_first", "emotion_last").fill_null(CALM),
        )
        .pipe(by_models, facts["problem"], learned or {}, lexicon)
        .with_columns(
            pl.when(pl.col("csat").is_not_null())
            .then(
                ((pl.col("csat") >= _GOOD) & (pl.col("sentiment_label") == "negative"))
                | ((pl.col("csat") <= _BAD) & (pl.col("sentiment_label") == "positive"))
            )
            .alias("csat_disagrees")
        )
        .drop("csat")
    )
