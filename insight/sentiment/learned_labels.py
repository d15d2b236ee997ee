"""The file that people label: drawn from inquiries, written for spreadsheets, read back with clear errors."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import polars as pl

from insight.sentiment.learned_training import LEAST
from warehouse.errors import ConfigError, nearest
from warehouse.hashing import stable_hash

NAMES: dict[str, dict[str, tuple[str, ...]]] = {  # what a label may be called in a file
    "sentiment": {
        "negative": ("负面", "消极", "-1"),
        "neutral": ("中性", "中立", "0"),
        "positive": ("正面", "积极", "1"),
    },
    "emotion": {
        "calm": ("平静",),
        "anxious": ("着急",),
        "worried": ("忧虑",),
        "disappointed": ("失望",),
        "annoyed": ("烦躁",),
        "angry": ("愤怒",),
        "disgusted": ("厌恶",),
        "pleased": ("满意",),
    },
}
REQUIRED = {
    "sentiment": ("negative", "neutral"),
    "emotion": ("calm",),
}  # praise is rare where people ask for help
COLUMNS = ("inquiry_id", "text", "label", "now_sentiment", "now_emotion", "product", "source", "language")
_STRATA = ("sentiment_label", "emotion", "product", "source", "language", "_unsure")
_NEAR = 0.1  # so close to the border between two labels the measure is unsure
_FORMULA = r"^[=+\-@\t\r]"  # what a spreadsheet takes for a formula (OWASP, CSV injection)
_SHOWN = 5


def drawn(inquiries: pl.DataFrame, count: int, *, limit: float, seed: int = 0) -> pl.DataFrame:
    """A stratified sample to label.

    Strata are label, emotion, product, source, language, and whether the measure was unsure. A stratum's share grows
    with the square root of its size (power allocation: Bankier 1988), so rare feelings come in numbers that can
    be learned from while frequent ones still come most. The same text comes once; the same seed gives the same sample.

    Args:
        inquiries: inquiry_id, text, sentiment, sentiment_label, emotion, product, source, language.
        count: how many; fewer when there are not so many different texts.
        limit: |sentiment| that separates neutral from the rest.
        seed: another one draws another sample.

    Returns:
        `COLUMNS`, in random order, label empty.
    """
    near = ((pl.col("sentiment").abs() - limit).abs() < _NEAR).alias("_unsure")
    ranked = (
        inquiries.with_columns(near, stable_hash(pl.lit(str(seed)), pl.col("inquiry_id")).alias("_chance"))
        .filter(pl.col("text").str.strip_chars() != "")
        .sort("_chance", "inquiry_id")
        .unique("text", keep="first", maintain_order=True)
        .with_columns(
            pl.int_range(pl.len()).over(_STRATA).alias("_place"), pl.len().over(_STRATA).alias("_size")
        )
    )
    chosen = (
        ranked.sort((pl.col("_place") + 0.5) / pl.col("_size").sqrt(), "_chance", "inquiry_id")
        .head(count)
        .sort("_chance", "inquiry_id")
    )
    return chosen.with_columns(
        pl.lit("").alias("label"),
        pl.col("sentiment_label").alias("now_sentiment"),
        pl.col("emotion").alias("now_emotion"),
    ).select(COLUMNS)


def written(sample: pl.DataFrame) -> bytes:
    """The sample as CSV for spreadsheets: UTF-8 with a mark, a line a row, nothing that would run as a formula."""
    text = pl.col(pl.String).str.replace_all(r"[\r\n]+", " ").str.replace(_FORMULA, "'$0").replace("", None)
    return b"\xef\xbb\xbf" + sample.with_columns(text).write_csv().encode()


def read(contents: Mapping[str, bytes], kind: str) -> pl.DataFrame:
    """Labelled texts of one or more files.

    Args:
        contents: file name -> content: CSV with commas, semicolons or tabs, UTF-8 or GB18030.
        kind: `sentiment` or `emotion`.

    Returns:
        line (as in the file, its header is 1), text, label; without rows whose label is empty.

    Raises:
        ConfigError: columns are missing, a label is not one of the kind, or there are too few texts to learn from.
    """
    rows = pl.concat([_labelled(content, kind, file) for file, content in contents.items()])
    _enough(rows.unique("text")["label"], kind, ", ".join(contents))
    return rows


def _labelled(content: bytes, kind: str, file: str) -> pl.DataFrame:
    frame = _table(content, file)
    for column in ("text", "label"):
        if column not in frame.columns:
            close = nearest(column, frame.columns)
            raise ConfigError(
                f"{file}: no column '{column}'; found {', '.join(frame.columns)}",
                expected="the columns text and label, as `voc label` writes them",
                hint=f"rename the column '{close[0]}' to '{column}'" if close else None,
            )
    plain = frame.with_row_index("line", offset=2).select(
        "line",
        pl.col("text").fill_null("").str.replace(r"^'([=+\-@\t\r])", "$1"),
        pl.col("label").fill_null("").str.strip_chars().str.strip_prefix("'").str.to_lowercase(),
    )
    given = plain.filter(pl.col("label") != "")
    names = {name: label for label, others in NAMES[kind].items() for name in (label, *others)}
    strange = given.filter(~pl.col("label").is_in(list(names)))
    if not strange.is_empty():
        raise _strange(strange, kind, file)
    return given.with_columns(pl.col("label").replace_strict(names, return_dtype=pl.String)).filter(
        pl.col("text").str.strip_chars() != ""
    )


def drawn_before(contents: Mapping[str, bytes]) -> pl.Series:
    """Ids of the inquiries in files that were drawn before.

    Raises:
        ConfigError: a file has no column inquiry_id.
    """
    ids = []
    for file, content in contents.items():
        frame = _table(content, file)
        if "inquiry_id" not in frame.columns:
            raise ConfigError(
                f"{file}: no column 'inquiry_id'; found {', '.join(frame.columns)}",
                expected="a file as `voc label` writes it",
            )
        ids.append(frame["inquiry_id"])
    return pl.concat(ids) if ids else pl.Series(dtype=pl.String)


def _table(content: bytes, file: str) -> pl.DataFrame:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    header = text.split("\n", 1)[0]
    separator = max(",;\t", key=header.count)
    try:
        frame = pl.read_csv(io.BytesIO(text.encode()), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise ConfigError(
            f"{file}: not a table ({error})", expected="CSV as `voc label` writes it", hint="voc label --sample 300"
        ) from error  # fmt: skip
    return frame.rename({column: column.strip().lower() for column in frame.columns})


def _strange(rows: pl.DataFrame, kind: str, file: str) -> ConfigError:
    shown = "; ".join(
        f"line {line}: '{label}'" for line, label in rows.select("line", "label").head(_SHOWN).rows()
    )
    more = f" and {rows.height - _SHOWN} more" if rows.height > _SHOWN else ""
    close = nearest(rows["label"][0], NAMES[kind])
    return ConfigError(
        f"{file}: not a label of {kind}: {shown}{more}",
        expected=" · ".join(f"{label} ({names[0]})" for label, names in NAMES[kind].items()),
        hint=f"did you mean '{close[0]}'?" if close else "leave the label empty where none fits",
    )


def _enough(labels: pl.Series, kind: str, file: str) -> None:
    counts: dict[str, int] = dict(labels.value_counts().rows())
    few = [f"{label} {counts.get(label, 0)}" for label in REQUIRED[kind] if counts.get(label, 0) < LEAST]
    if few or sum(number >= LEAST for number in counts.values()) < 2:
        found = ", ".join(f"{label} {number}" for label, number in sorted(counts.items())) or "none"
        raise ConfigError(
            f"{file}: too few different texts to learn from: {', '.join(few) or 'one frequent label alone'} (labelled: {found})",
            expected=f"at least {LEAST} each for {_listed(REQUIRED[kind])}, and for two labels or more",
            hint="voc label --sample 500 --without FILE --out more.csv   draws more; voc train takes several files",
        )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
