"""Reads signals of feeling in every text of a column.

What a signal does to the feelings around it: `insight.sentiment.reading_kernels`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from insight.lexicon import spaced_text
from insight.sentiment.lexicon import EMOTIONS, Lexicon

SCHEMA = {
    "praise": pl.Float64(),
    "complaint": pl.Float64(),
    "facts": pl.Int32(),
    **{f"_{name}": pl.Float64() for name in EMOTIONS},
}


def read(texts: pl.Series, lexicon: Lexicon) -> pl.DataFrame:
    """Praise and complaint, facts that went wrong, and the weight of each emotion of each text.

    Args:
        texts: texts; null reads as empty.
        lexicon: what to look for.

    Returns:
        `SCHEMA`'s columns, a row a text.
    """
    from insight.sentiment.reading_kernels import read_signals

    plain = pl.DataFrame({"t": texts.cast(pl.String).fill_null("")}).select(spaced_text(pl.col("t")))["t"]
    patterns = list(lexicon.patterns)
    places = plain.str.find_many(patterns, leftmost=True)
    words = plain.str.extract_many(patterns, leftmost=True)
    lengths = places.list.len().to_numpy()
    ends = np.cumsum(lengths, dtype=np.int64)
    starts = places.explode(empty_as_null=False).to_numpy().astype(np.int64)
    found = words.explode(empty_as_null=False)
    sizes = found.str.len_bytes().to_numpy().astype(np.int64)
    number = {pattern: n for n, pattern in enumerate(patterns)}
    ids = found.replace_strict(number, return_dtype=pl.Int32).to_numpy()
    made = read_signals(
        ends, starts, starts + sizes, ids, lexicon.kind, lexicon.weight, lexicon.emotion, lexicon.degree, lexicon.latin
    )  # fmt: skip
    columns = {name: made[:, n] for n, name in enumerate(SCHEMA)}
    return pl.DataFrame(columns).cast(SCHEMA)  # type: ignore[arg-type]
