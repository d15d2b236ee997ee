"""Finding many words in many texts at once (Aho–Corasick)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl

# A word of Latin letters and digits, with n't, 've and the like, but without a possessive 's.
_LATIN = r"[a-z0-9]+(?:'[a-rt-z]+)?"


def hits(texts: pl.DataFrame, words: Iterable[str], *, whole: bool = True) -> pl.DataFrame:
    """Each occurrence of each word: inquiry_id, word (in lower case).

    Of words that overlap the longest counts: 不满意 is not also 满意. Latin words count as words (`hate` is not
    in `whatever`); Chinese knows no such limit.

    Args:
        texts: inquiry_id, text.
        words: what to look for; case of Latin letters does not matter.
        whole: a Latin word counts only up to its end; if not, also with an ending (`refund` in `refunded`).
    """
    written = {spaced(word, whole): word.lower() for word in words if word}
    patterns = sorted(written, key=lambda word: (-len(word), word))
    schema = {"inquiry_id": pl.String, "word": pl.String}
    if not patterns or texts.is_empty():
        return pl.DataFrame(schema=schema)
    return (
        texts.lazy()
        .select(
            "inquiry_id",
            spaced_text(pl.col("text")).str.extract_many(patterns, leftmost=True).alias("word"),
        )
        .filter(pl.col("word").list.len() > 0)
        .explode("word")
        .with_columns(pl.col("word").replace_strict(written, return_dtype=pl.String))
        .collect()
    )


def spaced(word: str, whole: bool = True) -> str:
    """The word as it stands in a text whose Latin words have been given spaces of their own."""
    made = re.sub(_LATIN, r" \g<0> ", word.lower())
    return made if whole else made.rstrip(" ")


def spaced_text(text: pl.Expr) -> pl.Expr:
    """Texts in lower case whose Latin words stand between spaces of their own."""
    plain = text.str.to_lowercase().str.replace_all("’", "'", literal=True)
    return plain.str.replace_all(_LATIN, " $0 ")
