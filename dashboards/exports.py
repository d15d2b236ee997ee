"""CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import polars as pl

_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # full-width ones count in some locales


def safe_csv(frame: pl.DataFrame) -> bytes:
    """A frame as CSV in UTF-8 with a byte order mark, so that Excel reads Chinese.

    Text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection);
    numbers are numbers and stay. Lists become one cell.
    """
    frame = frame.with_columns(
        pl.col(name).cast(pl.List(pl.String)).list.join(" | ")
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.List)
    )
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    frame = frame.with_columns(
        pl.col(name).map_elements(str, return_dtype=pl.String).alias(name) for name in nested
    )
    texts = [name for name, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical, pl.Enum)]
    frame = frame.with_columns(
        pl.when(pl.col(name).cast(pl.String).str.contains(_PATTERN))
        .then(pl.concat_str(pl.lit("'"), pl.col(name).cast(pl.String)))
        .otherwise(pl.col(name).cast(pl.String))
        .alias(name)
        for name in texts
    )
    return (
        b"\xef\xbb\xbf" + frame.rename({name: _harmless(name) for name in frame.columns}).write_csv().encode()
    )


# White space and characters that nobody sees may stand before the sign.
_PATTERN = r"^[\s\p{C}]*[" + "".join("\\" + start if start in "+-@=" else start for start in _STARTS) + "]"


def _harmless(name: str) -> str:
    return "'" + name if name.lstrip().startswith(_STARTS) else name
