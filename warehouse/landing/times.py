"""Points in time as exports write them, to UTC."""

from __future__ import annotations

import polars as pl

# Tried in this order; the first that fits a value wins.
_WITH_ZONE = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%a %b %d %H:%M:%S %z %Y")
_LOCAL = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
)
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日")
EXPECTED_TIME = "a time such as 2026-11-15 09:30:00, or ISO 8601"
EXPECTED_DATE = "a date such as 2026-11-15"


def to_utc(values: pl.Series, timezone: str) -> pl.Series:
    """Times as UTC microseconds; null where no form fits.

    Args:
        values: text (ISO 8601, local times in `timezone`, seconds or milliseconds since 1970), or a
            Parquet column that holds times already (without a zone: local).
        timezone: of times that name none.
    """
    dtype = values.dtype
    if isinstance(dtype, pl.Datetime):
        zoned = values if dtype.time_zone else _localized(values, timezone)
        return zoned.dt.convert_time_zone("UTC").dt.cast_time_unit("us")
    if dtype == pl.Date:
        return _localized(values.cast(pl.Datetime("us")), timezone).dt.convert_time_zone("UTC")
    texts = values.cast(pl.String).str.strip_chars()
    result = pl.Series(values.name, [None], dtype=pl.Datetime("us", "UTC")).new_from_index(0, len(texts))
    for form in _forms(texts, timezone):
        left = result.is_null() & texts.is_not_null()
        if not left.any():
            return result
        open_texts = texts if left.all() else texts.filter(left)
        parsed = _parse(open_texts, form, timezone)
        if parsed.null_count() == len(parsed):
            continue
        result = parsed if left.all() else result.scatter(left.arg_true(), parsed)
    left = result.is_null() & texts.is_not_null()
    if left.any():
        number = texts.cast(pl.Float64, strict=False)
        seconds = pl.when(number > 1e11).then(number / 1000).otherwise(number)
        whole = pl.select(
            pl.when(left & (number > 1e8)).then((seconds * 1e6).cast(pl.Int64, strict=False))
        ).to_series()
        result = result.zip_with(~left, whole.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
    return result


def _forms(texts: pl.Series, timezone: str) -> list[str]:
    """All forms, the one that fits the first value first: nearly every column has one form alone."""
    forms = [*_WITH_ZONE, *_LOCAL, *_DATES]
    first = texts.drop_nulls().head(1)
    fitting = next((f for f in forms if first.len() and _parse(first, f, timezone).null_count() == 0), None)
    return forms if fitting is None else [fitting, *(f for f in forms if f != fitting)]


def _parse(texts: pl.Series, form: str, timezone: str) -> pl.Series:
    if form in _WITH_ZONE:
        fixed = texts.str.replace(r"[zZ]$", "+00:00") if "%#z" in form else texts
        return fixed.str.to_datetime(form, time_zone="UTC", strict=False, time_unit="us")
    if form in _DATES:
        return _localized(
            texts.str.to_date(form, strict=False).cast(pl.Datetime("us")), timezone
        ).dt.convert_time_zone("UTC")
    naive = texts.str.to_datetime(form, strict=False, time_unit="us")
    return _localized(naive, timezone).dt.convert_time_zone("UTC")


def _localized(naive: pl.Series, timezone: str) -> pl.Series:
    """A clock that was set back shows an hour twice: the first is meant; a skipped hour gives null."""
    return naive.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null").dt.cast_time_unit(
        "us"
    )


def to_date(values: pl.Series) -> pl.Series:
    """Days; null where no form fits."""
    if values.dtype == pl.Date:
        return values
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.date()
    texts = values.cast(pl.String).str.strip_chars().str.replace(r"[ T]00:00(:00(\.0+)?)?$", "")
    result = pl.Series(values.name, [None], dtype=pl.Date).new_from_index(0, len(texts))
    for form in _DATES:
        left = result.is_null()
        if not left.any():
            break
        result = result.zip_with(~left, texts.str.to_date(form, strict=False))
    return result


def local_day(times: pl.Series, timezone: str) -> pl.Series:
    """The business day of UTC times."""
    return times.dt.convert_time_zone(timezone).dt.date()
