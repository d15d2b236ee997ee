"""Finding many words in many texts at once (Aho–Corasick)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl


def hits(texts: pl.DataFrame, words: Iterable[str]) -> pl.DataFrame:
    """Each occurrence of each word: inquiry_id, word (in lower case).

    Of words that overlap the longest counts: 不满意 is not also 满意.

    Args:
        texts: inquiry_id, text.
        words: what to look for; case of Latin letters does not matter.
    """
    patterns = sorted({word.lower() for word in words if word}, key=lambda word: (-len(word), word))
    schema = {"inquiry_id": pl.String, "word": pl.String}
    if not patterns or texts.is_empty():
        return pl.DataFrame(schema=schema)
    return (
        texts.lazy()
        .select(
            "inquiry_id",
            pl.col("text").str.to_lowercase().str.extract_many(patterns, leftmost=True).alias("word"),
        )
        .filter(pl.col("word").list.len() > 0)
        .explode("word")
        .collect()
    )
