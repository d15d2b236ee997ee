"""Words of steps in texts, in the order in which they are said."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from insight.lexicon import spaced, spaced_text

LONGEST = 600  # characters of a problem that are looked at


def words_in(texts: pl.DataFrame, forms: pl.DataFrame, never: Iterable[str]) -> pl.DataFrame:
    """Words of steps in texts, in their order: n and the columns of `forms`; a word of several steps has a row for each.

    Args:
        texts: n, text.
        forms: form, and what it points to.
        never: words that only look like a form: found too, so that no form is found within them.
    """
    words = forms["form"].unique(maintain_order=True).to_list()
    written = {spaced(word, whole=False): word for word in (*never, *words)}
    longest_first = sorted(written, key=lambda word: (-len(word), word))
    plain = spaced_text(pl.col("text").str.slice(0, LONGEST))
    return (
        texts.lazy()
        .select("n", plain.str.extract_many(longest_first, leftmost=True).alias("form"))
        .explode("form", empty_as_null=False)
        .with_columns(pl.col("form").replace_strict(written, return_dtype=pl.String))
        .collect()
        .join(forms, on="form", maintain_order="left")
    )


def order_of(found: pl.DataFrame) -> pl.DataFrame:
    """The step of a text's first word and that of its last: n, product, first, last; only where they differ.

    Args:
        found: n, product, step: words in the order in which the text has them.
    """
    ends = found.group_by("n", "product", maintain_order=True).agg(
        pl.col("step").first().alias("first"), pl.col("step").last().alias("last")
    )
    return ends.filter(pl.col("first") != pl.col("last"))
