"""Why the customer was stuck: the nine causes of the glossary, by how it is said.

Ordered rules (causes.yaml, beside this file) look at the form of a sentence, not at single words alone: what is
broken, feared or refused is decided before what is asked, so 怎么还不了款 is `fault` and 怎么还款 `operation`.
A correction wins over everything; where the customer's words say nothing, the agent's resolution speaks, and then what
the others of its topic say (`days.causes_of`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import polars as pl
from pydantic import Field

from warehouse.config.levers import CAUSES, Cause
from warehouse.config.loading import ConfigModel, read_config

__all__ = ["CAUSES", "Cause", "causes"]


LONGEST = 300  # characters of a problem that are looked at: the rest repeats or adds
_NEAR = ".{0,8}"
_ENDS = r"[，,。；;！!～~]|\.\s|([？?])"  # of clauses; a question mark is kept, as it tells
_SPACE_END = (
    r"([^a-z\s,])\s+"  # a space after all but a Latin word (Chinese, a number, a picture) ends a clause too
)
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}~]")


class CauseRule(ConfigModel):
    """A cause, and the patterns that tell it."""

    cause: Cause
    zh: list[str] = Field(default_factory=list)
    en: list[str] = Field(default_factory=list)
    weak: bool = False


class CauseRules(ConfigModel):
    """causes.yaml."""

    ignore: list[str] = Field(default_factory=list)
    asides: list[str] = Field(default_factory=list)
    rules: list[CauseRule]
    resolutions: list[CauseRule] = Field(default_factory=list)


@cache
def cause_rules() -> CauseRules:
    """The built-in rules."""
    return read_config(Path(__file__).with_name("causes.yaml"), CauseRules)


def _pattern(patterns: list[str]) -> tuple[list[str], str]:
    """Plain words (found by one automaton), and one regular expression of the rest; both may be empty."""
    parts = [part for pattern in patterns for part in _alternatives(pattern)]
    plain = [part for part in parts if not _SPECIAL.search(part)]
    rest = "|".join(part for part in parts if _SPECIAL.search(part))
    # The Unicode edge of a word would keep the engine from its fast path; Latin words need the ASCII one.
    return plain, "(?m)" + rest.replace("~", _NEAR).replace(r"\b", r"(?-u:\b)") if rest else ""


def _alternatives(pattern: str) -> list[str]:
    """What stands between the `|` of the outermost level."""
    parts, depth, bracket, start = [], 0, False, 0
    for at, sign in enumerate(pattern):
        escaped = at > 0 and pattern[at - 1] == "\\"
        if escaped:
            continue
        bracket = sign == "[" or (bracket and sign != "]")
        depth += 0 if bracket else (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0 and not bracket:
            parts.append(pattern[start:at])
            start = at + 1
    return [*parts, pattern[start:]]


def _says(patterns: list[str]) -> pl.Expr:
    plain, rest = _pattern(patterns)
    text = pl.col("text")
    if plain and rest:
        return text.str.contains_any(plain) | text.str.contains(rest)
    return text.str.contains_any(plain) if plain else text.str.contains(rest)


def _first_of(rules: list[CauseRule], texts: pl.DataFrame) -> pl.DataFrame:
    """The first rule that matches: inquiry_id, cause; texts without a match have no row.

    Args:
        rules: in order.
        texts: inquiry_id, text (clauses as lines).
    """
    left = texts.select("inquiry_id", "text").with_columns(
        pl.col("text").str.contains(r"\p{Han}").alias("zh"),
        pl.col("text").str.contains(r"[a-z][a-z]").alias("en"),
    )
    found = []
    for rule in rules:
        says = [
            pl.col(language) & _says(patterns)
            for language, patterns in (("zh", rule.zh), ("en", rule.en))
            if patterns
        ]
        # Only what no rule before has matched is looked at: most texts leave early.
        marked = left.with_columns(pl.any_horizontal(says).alias("said"))
        found.append(marked.filter("said").select("inquiry_id", pl.lit(rule.cause).alias("cause")))
        left = marked.filter(~pl.col("said")).drop("said")
    return pl.concat(found) if found else pl.DataFrame(schema={"inquiry_id": pl.String, "cause": pl.String})


def _clauses(text: pl.Expr) -> pl.Expr:
    """Text in lower case, a line a clause."""
    plain = (
        text.fill_null("").str.slice(0, LONGEST).str.to_lowercase().str.replace_all("’", "'", literal=True)
    )
    return plain.str.replace_all(_ENDS, "$1\n").str.replace_all(_SPACE_END, "$1\n").str.strip_chars()


def _without_asides(texts: pl.DataFrame, asides: list[str]) -> pl.DataFrame:
    """Texts without the clauses that only reproach; texts of nothing else stay as they are."""
    if not asides:
        return texts
    whole = [aside for aside in asides if aside.startswith("^")]
    within = "|".join(aside for aside in asides if not aside.startswith("^")).replace("~", _NEAR)
    pattern = "|".join([*whole, rf"^.*(?:{within}).*$"] if within else whole)
    left = pl.col("text").str.replace_all(f"(?m){pattern}", "").str.strip_chars()
    return texts.with_columns(pl.when(left != "").then(left).otherwise("text").alias("text"))


def causes(
    problems: pl.DataFrame,
    *,
    corrections: pl.DataFrame | None = None,
    resolutions: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The cause of each problem: inquiry_id, cause; `other` where nothing points to one.

    Args:
        problems: inquiry_id, text.
        corrections: inquiry_id, cause (null: not corrected), oldest first.
        resolutions: inquiry_id, text: what the agent said or wrote to solve it.
    """
    rules = cause_rules()
    ignored = sorted(rules.ignore, key=lambda word: (-len(word), word))
    text = _clauses(pl.col("text"))
    texts = problems.select(
        "inquiry_id", text.str.replace_many(ignored, [" "] * len(ignored), leftmost=True).alias("text")
    )
    strong = [rule for rule in rules.rules if not rule.weak]
    bare = _without_asides(texts, rules.asides)
    told = _first_of(strong, bare)
    # Where the rest says nothing, the asides do.
    cut = bare.rename({"text": "_bare"}).join(told, on="inquiry_id", how="anti").join(texts, on="inquiry_id")
    said = pl.concat([told, _first_of(strong, cut.filter(pl.col("text") != pl.col("_bare")).drop("_bare"))])
    open_ = texts.join(said, on="inquiry_id", how="anti")
    hints = [said]
    if resolutions is not None:
        spoken = resolutions.join(open_, on="inquiry_id", how="semi").group_by(
            "inquiry_id", maintain_order=True
        )
        joined = spoken.agg(pl.col("text").str.join("\n")).with_columns(_clauses(pl.col("text")))
        hints.append(_first_of(rules.resolutions, joined))
    hints.append(_first_of([rule for rule in rules.rules if rule.weak], open_))
    if corrections is not None and not corrections.is_empty():
        hints.insert(
            0, corrections.select("inquiry_id", "cause").drop_nulls().unique("inquiry_id", keep="last")
        )
    made = problems.select("inquiry_id")
    for number, hint in enumerate(hints):
        named = hint.drop_nulls().rename({"cause": f"hint{number}"})
        made = made.join(named, on="inquiry_id", how="left", maintain_order="left")
    order = [f"hint{number}" for number in range(len(hints))]
    return made.select("inquiry_id", pl.coalesce(*order, pl.lit("other")).alias("cause"))
