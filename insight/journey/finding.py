"""Evidence found in texts, all texts at once (Aho–Corasick)."""

from __future__ import annotations

import polars as pl

from insight.journey.evidence import LATIN, SCHEMA, Evidence, bare_text
from insight.journey.wording import LONGEST, order_of, words_in

_LAST = 0.15  # more for the word that comes last: what a sentence is about stands at its end
_BEFORE_SHARE = 0.7
# A first part that tells what was before or how things are: 还款以后…, 退款的话…, 我还了，…, 有额度怎么…; the rest is asked.
_BEFORE = (
    r"(?s)^(?:.{2,30}?(?:以后|之后|后|的话)|[^，,。；;！!？?\s]{2,30}[了过][^，,。；;！!？?\s]{0,12}[，,。；;！!\s]"
    r"|[^，,。；;！!？?\s]{0,20}(?:了|已|完|清|有)[^，,。；;！!？?\s]{0,10}?"
    r"(?:为什么|为啥|为何|怎么|却|什么时候|还能|还可以|还是|多久))(.{2,})$"
)


def find(texts: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """All evidence in texts: n, product, step, form, weight, origin.

    What is said of before (还款以后…, …了，) counts less than what is asked now.

    Args:
        texts: n (row number), text.
    """
    found = _find(texts, evidence)
    now = texts.select(
        "n", pl.col("text").str.slice(0, LONGEST).str.extract(_BEFORE, 1).alias("text")
    ).filter(pl.col("text").is_not_null())
    if now.is_empty():
        return found
    kept = _find(now, evidence).select("n", "form", pl.lit(True).alias("_now")).unique()
    told = kept.select("n", pl.lit(True).alias("_told")).unique()
    return (
        found.join(told, on="n", how="left")
        .join(kept, on=["n", "form"], how="left")
        .with_columns(
            pl.when(pl.col("_told").is_not_null(), pl.col("_now").is_null(), pl.col("origin") != "order")
            .then(pl.col("weight") * _BEFORE_SHARE)
            .otherwise("weight")
            .alias("weight")
        )
        .drop("_told", "_now")
    )


def _find(texts: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    pieces = evidence.pieces["form"].unique(maintain_order=True).to_list()
    found = []
    if not evidence.forms.is_empty():
        words = words_in(texts, evidence.forms, evidence.never)
        found.append(
            words.unique(["n", "form", "product", "step"], keep="last", maintain_order=True).with_columns(
                pl.when(pl.col("form") == pl.col("form").last().over("n"))
                .then(pl.col("weight") * (1 + _LAST))
                .otherwise("weight")
                .alias("weight")
            )
        )
        if not evidence.orders.is_empty():
            found.append(
                order_of(words)
                .join(evidence.orders, on=["product", "first", "last"])
                .with_columns(form=pl.concat_str("first", pl.lit(" > "), "last"), origin=pl.lit("order"))
            )
    if pieces:
        written = {(f" {p} " if LATIN.fullmatch(p) else p): p for p in pieces}
        bare = bare_text(pl.col("text"), evidence.products["word"].to_list(), evidence.empty_words)
        found.append(
            texts.lazy()
            .select("n", bare.str.extract_many(list(written), overlapping=True).list.unique().alias("form"))
            .explode("form", empty_as_null=False)
            .with_columns(pl.col("form").replace_strict(written, return_dtype=pl.String))
            .collect()
            .join(evidence.pieces, on="form")
        )
    if not found:
        return pl.DataFrame(schema={"n": pl.UInt32, **SCHEMA})
    return pl.concat([part.select("n", *SCHEMA) for part in found])
