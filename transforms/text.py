"""Normalising text: one written form for the same words, whatever platform they came from."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl

# NFKC would also turn ，：？！（）；～ into their ASCII forms; Chinese punctuation stays Chinese, so these
# are carried over it as private-use characters.
_KEPT = "，：？！（）；～…"
_HIDDEN = [chr(0xE000 + n) for n in range(len(_KEPT))]
_COMPATIBLE = r"[\x{FF02}-\x{FF07}\x{FF0A}\x{FF0B}\x{FF0D}-\x{FF19}\x{FF1C}-\x{FF1E}\x{FF20}-\x{FF5D}\x{FF5F}-\x{FFEF}\x{3000}\x{2460}-\x{24FF}\x{3300}-\x{33FF}\x{FB00}-\x{FB06}\x{2100}-\x{214F}\x{2F00}-\x{2FDF}\x{FE30}-\x{FE6F}\x{0300}-\x{036F}]"
_ENTITIES = {
    "&nbsp;": " ", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'",
}  # fmt: skip
_MARKUP = r"<\s*/?\s*(?:a|b|br|div|em|font|h[1-6]|i|img|li|ol|p|script|span|strong|style|table|tbody|td|th|tr|u|ul)\b[^<>]{0,500}>"
_LINK = r"(?:https?://|www\.)[^\s\x{3000}-\x{303F}\x{4E00}-\x{9FFF}，。！？；）]+"
_EMOTICON = r"#E-[A-Za-z]*(?:\[数字x\]|\d+)"
_INVISIBLE = r"[\x{200B}-\x{200F}\x{2028}-\x{202E}\x{2060}-\x{2064}\x{FEFF}\x{00AD}\x{FE0E}\x{FE0F}]"
_CONTROL = r"[\x00-\x1F\x7F-\x9F]+"
_REPEATED = {
    r"!{4,}": "!!!",
    r"！{4,}": "！！！",
    r"\?{4,}": "???",
    r"？{4,}": "？？？",
    r"[。.]{4,}": "…",
    r"[~～]{3,}": "～",
}
_SPACE = r"\s{2,}|^\s|\s$|[\t\x{00A0}]"
_FILLER = r"(^|[，,。？?！!\s])(?:嗯+|呃+|额+|啊+|唔+|那个那个|这个这个)(?:[，,。\s]+|$)"


@lru_cache(maxsize=1)
def _converter() -> tuple[Any, str]:
    """OpenCC from traditional to simplified, and a class of the characters that it would change."""
    import opencc

    converter = opencc.OpenCC("t2s")
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    turned = converter.convert("\n".join(han)).split("\n")
    changed = "".join(a for a, b in zip(han, turned, strict=True) if a != b)
    return converter, f"[{changed}]"


def where(texts: pl.Series, pattern: str, change: pl.Expr) -> pl.Series:
    """Apply an expression on `text` to the texts that contain a pattern; clean text costs one look."""
    hit = texts.str.contains(pattern).fill_null(False)
    count = int(hit.sum())
    if count == 0:
        return texts
    changed = pl.DataFrame({"text": texts.filter(hit)}).select(change)["text"]
    return changed if count == len(texts) else texts.scatter(hit.arg_true(), changed)


def normalise(texts: pl.Series) -> pl.Series:
    """One form for the same words.

    Full-width letters and digits, ligatures and circled numbers (NFKC), traditional to simplified,
    entities and tags, links, emoticon codes, invisible characters, white space, runs of one mark.
    Chinese punctuation, emoji and marks such as [数字x] stay. Idempotent; null stays null.
    """
    texts = texts.cast(pl.String).alias("text")
    hit = texts.str.contains(_anything()).fill_null(False)
    if not hit.any():
        return texts
    changed = _normalised(texts.filter(hit))
    return changed if hit.all() else texts.scatter(hit.arg_true(), changed)


@lru_cache(maxsize=1)
def _anything() -> str:
    """One expression for all that normalising could change: most texts are looked at once, and are fine."""
    return "|".join(
        [_COMPATIBLE, _converter()[1], r"[<&]", r"://|www\.|#E-", _INVISIBLE, _CONTROL, *_REPEATED, _SPACE]
    )


def _normalised(texts: pl.Series) -> pl.Series:
    text = pl.col("text")
    texts = where(
        texts,
        _COMPATIBLE,
        text.str.replace_many(list(_KEPT), _HIDDEN)
        .str.normalize("NFKC")
        .str.replace_many(_HIDDEN, list(_KEPT)),
    )
    converter, traditional = _converter()
    hit = texts.str.contains(traditional).fill_null(False)
    if hit.any():
        found = texts.filter(hit).to_list()
        turned = [converter.convert(value) for value in found]  # few: only texts with such a character
        texts = texts.scatter(hit.arg_true(), pl.Series(turned, dtype=pl.String))
    texts = where(
        texts,
        r"[<&]",
        text.str.replace_all("&(?:amp;)+", "&")
        .str.replace_many(list(_ENTITIES), list(_ENTITIES.values()))
        .str.replace_all(f"(?i){_MARKUP}", " "),
    )
    texts = where(
        texts, r"://|www\.|#E-", text.str.replace_all(_LINK, "[链接]").str.replace_all(_EMOTICON, "[表情]")
    )
    texts = where(
        texts, f"{_INVISIBLE}|{_CONTROL}", text.str.replace_all(_INVISIBLE, "").str.replace_all(_CONTROL, " ")
    )
    runs = text
    for pattern, short in _REPEATED.items():
        runs = runs.str.replace_all(pattern, short)
    texts = where(texts, "|".join(_REPEATED), runs)
    return where(texts, _SPACE, text.str.replace_all(r"\s+", " ").str.strip_chars())


def clean_speech(texts: pl.Series) -> pl.Series:
    """Transcripts without fillers (嗯, 呃, 那个那个) and pause marks; for calls alone."""
    text = pl.col("text")
    pauses = text.str.replace_all(r"(^|[^A-Za-z0-9])_+", "$1 ").str.replace_all(r"_+([^A-Za-z0-9]|$)", " $1")
    texts = where(texts.alias("text"), r"_", pauses)  # not the one in [PERSON_NAME]
    texts = where(
        texts,
        _FILLER,
        text.str.replace_all(_FILLER, "$1").str.replace_all(_FILLER, "$1").str.strip_chars(" ，,"),
    )
    return where(texts, r"\s{2,}|^\s|\s$", text.str.replace_all(r"\s+", " ").str.strip_chars())
