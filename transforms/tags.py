"""Tags by rule, and words of a problem."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from warehouse.config import TagRule

_SCHEMA = {"inquiry_id": pl.String, "tag": pl.String, "rule": pl.String}


def customer_words(turns: pl.DataFrame) -> pl.DataFrame:
    """All that the customer said in each inquiry: inquiry_id, text."""
    return (
        turns.filter(pl.col("role") == "customer", pl.col("text").is_not_null())
        .group_by("inquiry_id", maintain_order=True)
        .agg(pl.col("text").str.join("\n"))
    )


def tagged(texts: pl.DataFrame, rules: Sequence[TagRule]) -> pl.DataFrame:
    """Hits of all rules: inquiry_id, tag, rule (the word or pattern that made the hit).

    A rule hits where any of `any` (or `pattern`) stands, all of `all`, and none of `not`. Case of Latin
    letters does not matter.

    Args:
        texts: inquiry_id, text.
        rules: rules of tags.yaml.
    """
    found = []
    for rule in rules:
        condition = pl.lit(True)
        words = rule.any or rule.all
        if rule.any:
            condition = pl.col("text").str.contains_any(rule.any, ascii_case_insensitive=True)
        if rule.pattern:
            matches = _pattern(texts["text"], rule.pattern)
            condition = (condition | pl.lit(matches)) if rule.any else pl.lit(matches)
        for word in rule.all:
            condition = condition & pl.col("text").str.contains(f"(?i){re.escape(word)}")
        if rule.not_:
            condition = condition & ~pl.col("text").str.contains_any(rule.not_, ascii_case_insensitive=True)
        hits = texts.filter(condition)
        if hits.is_empty():
            continue
        named = (
            pl.col("text").str.extract_many(words, ascii_case_insensitive=True).list.first()
            if words
            else pl.lit(None, pl.String)
        )
        found.append(
            hits.select(
                "inquiry_id",
                pl.lit(rule.id).alias("tag"),
                pl.coalesce(named, pl.lit(rule.pattern, pl.String)).alias("rule"),
            )
        )
    return pl.concat(found).sort("inquiry_id", "tag") if found else pl.DataFrame(schema=_SCHEMA)


def _pattern(texts: pl.Series, pattern: str) -> pl.Series:
    """Polars' expressions where they can (no look-around), else Python's on each text."""
    try:
        return texts.str.contains(pattern)
    except pl.exceptions.ComputeError:
        compiled = re.compile(pattern)
        return pl.Series([compiled.search(text) is not None for text in texts.to_list()], dtype=pl.Boolean)


def tokens(problems: pl.DataFrame) -> pl.DataFrame:
    """Words of each problem, in order: inquiry_id, tokens. Chinese by rjieba, without its guesses for
    unknown words (HMM), so that it agrees with jieba word for word; English words as they stand."""
    import rjieba

    said = problems.filter(pl.col("problem").is_not_null())
    segment = rjieba.Jieba().cut
    words = [
        [word for word in (w.strip() for w in segment(text, False)) if word and not _MARK.fullmatch(word)]
        for text in said["problem"].to_list()
    ]
    return said.select("inquiry_id").with_columns(pl.Series("tokens", words, dtype=pl.List(pl.String)))


_MARK = re.compile(r"[\W_]+")
