"""Rules on text, computed as columns: what Great Expectations sees of a text is whether it keeps a rule."""

from __future__ import annotations

import polars as pl

TEXT_RULES = ("no_nul", "masked", "text_length")
_EXPECTED = {
    "no_nul": "no NUL character",
    "masked": "no e-mail address, mobile, card or identity number left",
}
# Second look, independent of the masking rules and narrower than they are: a shape that is found here is one
# that masking is sure to replace wherever it sees it. Borders as there: a number within a word is a part number.
_LEFTOVER = (
    r"[A-Za-z0-9._%+-]@[A-Za-z0-9-]+\.[A-Za-z]{2,}"
    r"|(?:^|[^0-9A-Za-z])(?:1[3-9]\d{9}|\d{12,}|[1-9]\d{16}[Xx])(?:[^0-9]|$)"
)


def text_expected(name: str) -> str:
    """A text rule in words."""
    return _EXPECTED[name]


def text_kept(name: str, column: str, low: float | None = None, high: float | None = None) -> pl.Expr:
    """Whether a text keeps a rule; a text that is not there keeps them all.

    Args:
        name: one of `TEXT_RULES`.
        column: the text.
        low, high: of `text_length`, in characters.
    """
    text = pl.col(column)
    if name == "no_nul":
        kept = ~text.str.contains("\x00", literal=True)
    elif name == "masked":
        kept = ~text.str.contains(_LEFTOVER)
    else:
        length = text.str.len_chars()
        kept = pl.lit(True)
        kept = kept if low is None else kept & (length >= low)
        kept = kept if high is None else kept & (length <= high)
    return kept.fill_null(True)
