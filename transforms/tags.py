"""Tags by rule (tags.yaml)."""

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

    A rule hits where any of `any` (or `pattern`) stands, all of `all`, and none of `not`; where the inquiry
    comes from one of its `sources` and is about one of its `products`, if it names some. Case of Latin
    letters does not matter. The words of all rules are found in one pass (Aho–Corasick).

    Args:
        texts: inquiry_id, text; source and product where rules ask for them.
        rules: rules of tags.yaml.
    """
    roles = _roles(rules)
    if texts.is_empty() or not rules:
        return pl.DataFrame(schema=_SCHEMA)
    numbered = texts.with_row_index("row")
    found = (
        numbered.lazy()
        .select(
            "row",
            pl.col("text")
            .str.extract_many(
                roles["word"].unique().sort().to_list(), ascii_case_insensitive=True, overlapping=True
            )
            .alias("found"),
        )
        .filter(pl.col("found").list.len() > 0)
        .explode("found")
        .with_columns(pl.col("found").str.to_lowercase().alias("word"))
        .unique(["row", "word"], keep="first", maintain_order=True)
        .join(roles.lazy(), on="word", maintain_order="left")
        .collect()
        if roles.height
        else pl.DataFrame(schema={"row": pl.UInt32, "found": pl.String, **roles.schema})
    )
    by_pattern = [
        pl.DataFrame({"row": _pattern(texts["text"], rule.pattern).arg_true()}).select(
            pl.col("row").cast(pl.UInt32),
            pl.lit(rule.pattern).alias("found"),
            pl.lit(number, pl.UInt32).alias("rule_no"),
            pl.lit("pattern").alias("role"),
        )
        for number, rule in enumerate(rules)
        if rule.pattern
    ]
    told = pl.concat([found.select("row", "found", "rule_no", "role"), *by_pattern])
    wanted = pl.DataFrame(
        {
            "rule_no": range(len(rules)),
            "tag": [rule.id for rule in rules],
            "needs_any": [bool(rule.any or rule.pattern) for rule in rules],
            "needs_all": [len({word.lower() for word in rule.all}) for rule in rules],
            "sources": [rule.sources or None for rule in rules],
            "products": [rule.products or None for rule in rules],
        },
        schema_overrides={
            "rule_no": pl.UInt32,
            "sources": pl.List(pl.String),
            "products": pl.List(pl.String),
        },
    )
    role = pl.col("role")
    hits = (
        told.group_by("row", "rule_no", maintain_order=True)
        .agg(
            role.is_in(["any", "pattern"]).any().alias("any"),
            (role == "all").sum().alias("all"),
            (role == "not").any().alias("not"),
            pl.col("found").filter(role == "any").first().alias("named"),
            pl.col("found").filter(role == "all").first().alias("named_all"),
            pl.col("found").filter(role == "pattern").first().alias("pattern"),
        )
        .join(wanted, on="rule_no")
        .filter(pl.col("any") | ~pl.col("needs_any"), pl.col("all") >= pl.col("needs_all"), ~pl.col("not"))
        .join(numbered.drop("text"), on="row")
        .filter(*(_allowed(column, texts.columns) for column in ("source", "product")))
    )
    return hits.select("inquiry_id", "tag", pl.coalesce("named", "named_all", "pattern").alias("rule")).sort(
        "inquiry_id", "tag"
    )


def _roles(rules: Sequence[TagRule]) -> pl.DataFrame:
    """word (lower case), rule_no, role (any, all, not)."""
    rows = [
        (word.lower(), number, role)
        for number, rule in enumerate(rules)
        for role, words in (("any", rule.any), ("all", rule.all), ("not", rule.not_))
        for word in words
        if word
    ]
    schema = {"word": pl.String, "rule_no": pl.UInt32, "role": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)


def _allowed(column: str, there: Sequence[str]) -> pl.Expr:
    limits = pl.col(f"{column}s")
    if column not in there:
        return limits.is_null()
    return limits.is_null() | limits.list.contains(pl.col(column))


def _pattern(texts: pl.Series, pattern: str) -> pl.Series:
    """Polars' expressions where they can (no look-around), else Python's on each text."""
    try:
        return texts.str.contains(pattern)
    except pl.exceptions.ComputeError:
        compiled = re.compile(pattern)
        return pl.Series([compiled.search(text) is not None for text in texts.to_list()], dtype=pl.Boolean)


def doubts(rules: Sequence[TagRule]) -> list[str]:
    """What is wrong with rules by themselves, in words: those that can never apply, and those said twice."""
    said = []
    for rule in rules:
        blocked = [
            word for word in rule.any if any(other.lower() in word.lower() for other in rule.not_ if other)
        ]
        if rule.any and len(blocked) == len(rule.any) and not rule.pattern:
            said.append(f"tag '{rule.id}' can never apply: each word of `any` contains a word of `not`")
        elif blocked:
            said.append(
                f"tag '{rule.id}': '{blocked[0]}' of `any` contains a word of `not`, so it never counts"
            )
        against = [w for w in rule.all if any(other.lower() in w.lower() for other in rule.not_ if other)]
        if against:
            said.append(f"tag '{rule.id}' can never apply: '{against[0]}' of `all` contains a word of `not`")
        useless = [
            w
            for w in rule.any
            for other in rule.any
            if w != other and other.lower() in w.lower() and not rule.all
        ]
        if useless:
            said.append(f"tag '{rule.id}': '{useless[0]}' is found by a shorter word of `any` already")
    for number, rule in enumerate(rules):
        for other in rules[:number]:
            same = {w.lower() for w in rule.any} & {w.lower() for w in other.any}
            if same and len(same) == min(len(rule.any), len(other.any)):
                said.append(f"tags '{other.id}' and '{rule.id}' share all words of one of them")
    return said


def overlaps(hits: pl.DataFrame, rules: Sequence[TagRule], *, limit: float = 0.8) -> list[str]:
    """What hits say of rules, in words: rules that never fired, and pairs that fire together.

    Args:
        hits: inquiry_id, tag.
        rules: rules of tags.yaml.
        limit: share of common inquiries (Jaccard) from which two tags are named.
    """
    counts = dict(hits.group_by("tag").len().rows())
    said = [f"tag '{rule.id}' never fired" for rule in rules if rule.id not in counts]
    both = (
        hits.join(hits, on="inquiry_id", suffix="_other")
        .filter(pl.col("tag") < pl.col("tag_other"))
        .group_by("tag", "tag_other")
        .len()
        .sort("tag", "tag_other")
    )
    for one, other, together in both.iter_rows():
        share = together / (counts[one] + counts[other] - together)
        if share >= limit:
            said.append(f"tags '{one}' and '{other}' stand on the same inquiries ({share:.0%})")
    return said
