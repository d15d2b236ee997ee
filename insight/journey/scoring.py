"""From evidence to one step: which product is spoken of, which of its steps has most evidence, and how sure that is."""

from __future__ import annotations

import polars as pl

from insight.journey.evidence import Evidence
from insight.journey.finding import find
from insight.lexicon import spaced, spaced_text

ENOUGH = 0.25  # evidence below which nothing is decided
MARGIN = 0.02  # what the best step must be ahead of the second
_NAMED = 1.0  # evidence of a product's own word
_ASKED, _FIRST = 0.25, 0.05  # more, of several products, for those in the last clause, and for the first
_SECONDARY = 0.5  # evidence of own words that makes a step a secondary one
_MORE = 0.2  # what further words of a step count: five weak ones are no strong one
_SIMILAR_MOST = 0.9  # pieces of examples add up to at most about one word
_LAST_CLAUSE = r"[^。！？!?；;，,\s]*[。！？!?；;，,\s]*$"

SCORED = {
    "n": pl.UInt32,
    "product": pl.String,
    "step": pl.String,
    "score": pl.Float64,  # evidence for the step alone
    "total": pl.Float64,  # with that for its product
    "own": pl.Float64,  # the part of score that comes from the step's own words
}


def products_in(texts: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """Products that texts name: n, product, bonus.

    Args:
        texts: n, text.
    """
    if evidence.products.is_empty():
        return pl.DataFrame(schema={"n": pl.UInt32, "product": pl.String, "bonus": pl.Float64})
    written = {spaced(word, whole=False): word for word in evidence.products["word"].to_list()}
    ordered = sorted(written, key=lambda word: (-len(word), word))

    def found(part: pl.DataFrame, text: pl.Expr) -> pl.DataFrame:
        """n, product, place (from 0, in the order of mention)."""
        words = spaced_text(text).str.extract_many(ordered, leftmost=True)
        return (
            part.lazy()
            .select("n", words.list.unique(maintain_order=True).alias("word"))
            .filter(pl.col("word").is_not_null())
            .explode("word")
            .with_columns(pl.col("word").replace_strict(written, return_dtype=pl.String))
            .collect()
            .join(evidence.products, on="word", maintain_order="left")
            .unique(["n", "product"], keep="first", maintain_order=True)
            .select("n", "product", pl.int_range(pl.len()).over("n").alias("place"))
        )

    named = found(texts, pl.col("text"))
    several = texts.join(named.filter(pl.col("place") > 0), on="n", how="semi")
    asked = found(several, pl.col("text").str.strip_chars().str.extract(rf"({_LAST_CLAUSE})"))
    extra = pl.when(pl.col("place_right").is_not_null()).then(_ASKED).otherwise(0.0)
    first = pl.when(pl.col("place") == 0).then(_FIRST).otherwise(0.0)
    return named.join(asked, on=["n", "product"], how="left").select(
        "n", "product", (_NAMED + extra + first).alias("bonus")
    )


def scored(found: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Evidence added up for each step that has some, in the columns of `SCORED`.

    Args:
        found: result of `finding.find`.
        named: result of `products_in`.
    """
    word = pl.col("weight").filter(pl.col("origin") != "example")
    by_words = (1 - _MORE) * word.max().fill_null(0.0) + _MORE * word.sum()
    by_pieces = pl.col("weight").filter(pl.col("origin") == "example").sum()
    steps = (
        found.group_by("n", "product", "step")
        .agg(
            by_words.alias("words"),
            by_pieces.alias("pieces"),
            pl.col("weight").filter(pl.col("origin") == "word").sum().alias("own"),
        )
        .with_columns(
            (pl.col("words") + _SIMILAR_MOST * (1 - (-pl.col("pieces") / _SIMILAR_MOST).exp())).alias("score")
        )
        .join(named, on=["n", "product"], how="left")
        .with_columns((pl.col("score") + pl.col("bonus").fill_null(0.0)).alias("total"))
        .select(list(SCORED))
    )
    # A named product stands against the steps of others even where none of its own steps is meant.
    alone = named.select(
        "n",
        "product",
        pl.lit(None, pl.String).alias("step"),
        pl.lit(0.0).alias("score"),
        (pl.col("bonus") + ENOUGH).alias("total"),
        pl.lit(0.0).alias("own"),
    ).join(steps.filter(pl.col("total") >= _NAMED + ENOUGH), on=["n", "product"], how="anti")
    return pl.concat([steps, alone])


def ranked(scores: pl.DataFrame) -> pl.DataFrame:
    """The best step of each text: n, product, step, score, own, margin, secondary (list)."""
    ordered = scores.sort("n", "total", "product", "step", descending=[False, True, False, False])
    best = pl.col("total").first()
    name = pl.concat_str("product", pl.lit("/"), "step")
    return ordered.group_by("n", maintain_order=True).agg(
        pl.col("product").first(),
        pl.col("step").first(),
        pl.col("score").first(),
        pl.col("own").first(),
        (best - pl.col("total").get(1, null_on_oob=True).fill_null(0.0)).alias("margin"),
        name.filter(pl.col("step").is_not_null(), pl.col("own") >= _SECONDARY).slice(0, 3).alias("secondary"),
    )


def best_steps(
    texts: pl.DataFrame,
    evidence: Evidence,
    named: pl.DataFrame | None = None,
    given: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The best step of each text that has evidence for one, in the columns of `ranked`.

    Args:
        texts: n, text.
        evidence: of journeys.yaml, with or without learned pieces.
        named: result of `products_in`, when it is known already.
        given: n, product: products that are known; their texts get no other product's step.
    """
    found = find(texts, evidence)
    named = products_in(texts, evidence) if named is None else named
    if given is not None:
        other = given.rename({"product": "_given"})
        found, named = (
            part.join(other, on="n", how="left")
            .filter(pl.col("_given").is_null() | (pl.col("_given") == pl.col("product")))
            .drop("_given")
            for part in (found, named)
        )
    return ranked(scored(found, named))
