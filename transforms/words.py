"""Words of a problem: segmented once, kept for tags, topics and search."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl

from warehouse.config import LexiconConfig

if TYPE_CHECKING:
    from rjieba import Jieba

_END = "\x01"  # conform leaves no control character in a text, so it can stand between two
_HAN = r"[\x{3400}-\x{9FFF}]"
_LATIN = r"[a-z0-9]+(?:['’\-][a-z0-9]+)*"
_MARK = r"^[\s\p{P}\p{S}]*$"
_SLICE = 50_000  # texts segmented at a time


def tokens(problems: pl.DataFrame, lexicon: LexiconConfig | None = None) -> pl.DataFrame:
    """Words of each problem, in order: inquiry_id, tokens; a problem that is null has no row.

    Chinese by rjieba without its guesses for unknown words (HMM), so that it agrees with jieba word for word;
    texts without a Chinese character by their letters and digits (`don't` and `re-send` are words). Latin
    letters in lower case, punctuation left out.

    Args:
        problems: inquiry_id, problem.
        lexicon: user words of the workspace beside the built-in ones.
    """
    said = problems.filter(pl.col("problem").is_not_null()).select(
        "inquiry_id", pl.col("problem").str.to_lowercase().str.replace_all(_END, " ", literal=True)
    )
    segmenter = _segmenter((lexicon or LexiconConfig()).model_dump_json(include={"words"}))
    return pl.concat(
        [_tokens(part, segmenter) for part in said.iter_slices(_SLICE)] or [_tokens(said, segmenter)]
    )


def _tokens(said: pl.DataFrame, segmenter: Jieba) -> pl.DataFrame:
    chinese = pl.col("problem").str.contains(_HAN)
    numbered = said.with_row_index("row")
    plain = numbered.filter(~chinese).select("row", pl.col("problem").str.extract_all(_LATIN).alias("tokens"))
    mixed = numbered.filter(chinese).select("row", "problem")
    words = pl.concat([plain, _segmented(mixed, segmenter)])
    return numbered.join(words, on="row", how="left", maintain_order="left").select(
        "inquiry_id", pl.col("tokens").fill_null(pl.lit([], pl.List(pl.String)))
    )


def _segmented(texts: pl.DataFrame, segmenter: Jieba) -> pl.DataFrame:
    """row, tokens; a text without words has no row.

    One call for all texts: crossing into the segmenter for each costs as much as its work.
    """
    words = segmenter.cut(_END.join(texts["problem"].to_list()), False) if texts.height else []
    found = pl.DataFrame({"word": words}, schema={"word": pl.String})
    return (
        found.with_columns((pl.col("word") == _END).cum_sum().cast(pl.UInt32).alias("text"))
        .filter(~pl.col("word").str.contains(_MARK), pl.col("word") != _END)
        .group_by("text", maintain_order=True)
        .agg(pl.col("word").alias("tokens"))
        .join(texts.with_row_index("text"), on="text")
        .select("row", "tokens")
    )


@lru_cache(maxsize=2)
def _segmenter(own: str) -> Jieba:
    import rjieba

    made = rjieba.Jieba()
    for word, frequency in user_words(LexiconConfig.model_validate_json(own)).items():
        made.add_word(word, frequency, "x")
    return made


def is_word(word: str, lexicon: LexiconConfig) -> bool:
    """Whether the segmenter keeps it whole already."""
    return bool(_segmenter(lexicon.model_dump_json(include={"words"})).has_word(word))


def user_words(lexicon: LexiconConfig) -> dict[str, int]:
    """User words -> pinned frequencies; the same for any segmenter of the jieba family, in any order.

    A word without a frequency gets the least that keeps it whole by itself (jieba's `suggest_freq`, asked of
    the dictionary as it ships, so that one user word does not change another).
    """
    import rjieba

    plain = rjieba.Jieba()
    wanted = {**dict.fromkeys(built_in_words(), 0), **lexicon.words}
    return {word: wanted[word] or int(plain.suggest_freq(word)) for word in sorted(wanted)}


@lru_cache(maxsize=1)
def built_in_words() -> tuple[str, ...]:
    """Words of customer service that general dictionaries lack, one a line in words_zh.txt."""
    text = files("transforms").joinpath("words_zh.txt").read_text(encoding="utf-8")
    return tuple(re.findall(r"^[^#\s]+", text, flags=re.MULTILINE))
