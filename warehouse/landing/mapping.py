"""An export's own columns and values, brought to the contract's names by voc.yaml alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from warehouse.config import SourceConfig
from warehouse.contracts import contract
from warehouse.errors import nearest
from warehouse.landing.readers import RefusedFileError

# Columns that may not be missing or empty (bold in the contract of input files).
REQUIRED: dict[str, tuple[str, ...]] = {
    "chats": ("conversation_id", "sent_at", "sender", "text"),
    "calls": ("call_id", "started_at", "speaker", "text"),
    "tickets": ("ticket_id", "created_at", "description"),
    "transactions": ("date", "product", "transactions"),
    "customers": ("customer_id",),
    "changes": ("date", "product", "kind", "title"),
}
_META = (
    "key_hash",
    "row_hash",
    "record_hash",
    "file",
    "line",
    "landed_no",
    "attributes",
    "day",
    "segment_no",
)


def input_columns(kind: str) -> list[str]:
    """Columns that an input file of a kind may have under our names; everything else is an attribute."""
    return [c.name for c in contract(f"raw.{kind}").columns if c.name not in _META]


@dataclass(frozen=True)
class Mapping:
    """How one file's columns become ours; fitted to the first chunk, applied to all.

    Attributes:
        renames: our column -> the file's column.
        fixed: our column -> value of every row.
        row_number: our column that takes the line number.
        values: our column -> the file's value -> our value.
    """

    kind: str
    renames: dict[str, str]
    fixed: dict[str, str] = field(default_factory=dict)
    row_number: str | None = None
    values: dict[str, dict[str, str]] = field(default_factory=dict)

    def apply(self, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
        """Our columns (null where the file has none), `line`, and the names of the extra columns.

        Extra columns keep their names; one that is called as one of ours gets the prefix `source_`.
        """
        ours = input_columns(self.kind)
        present = set(frame.columns)
        made: list[pl.Expr] = []
        for name in ours:
            if name in self.fixed:
                made.append(pl.lit(self.fixed[name]).alias(name))
            elif name == self.row_number:
                made.append(pl.col("line").cast(pl.String).alias(name))
            elif self.renames.get(name) in present:
                made.append(_valued(self.renames[name], self.values.get(name)).alias(name))
            else:
                made.append(pl.lit(None, pl.String).alias(name))
        used = set(self.renames.values()) | {"line"}
        rest = [name for name in frame.columns if name not in used]
        aliases = [f"source_{name}" if name in ours else name for name in rest]
        extras = [pl.col(name).alias(alias) for name, alias in zip(rest, aliases, strict=True)]
        return frame.select(*made, "line", *extras), aliases


def _valued(column: str, values: dict[str, str] | None) -> pl.Expr:
    expr = pl.col(column)
    if not values:
        return expr
    text = expr.cast(pl.String).str.strip_chars()
    return text.replace_strict(values, default=text, return_dtype=pl.String)


def fit(kind: str, source: SourceConfig, columns: list[str], path: Path) -> Mapping:
    """The mapping of a file with these columns.

    Raises:
        RefusedFileError: a required column is missing, or voc.yaml names a column that the file lacks.
    """
    ours = input_columns(kind)
    for section in ("columns", "values", "constants"):
        for name in getattr(source, section):
            if name not in ours:
                close = nearest(name, ours)
                offer = f"did you mean '{close[0]}'?" if close else f"columns of {kind}: {', '.join(ours)}"
                raise RefusedFileError(f"voc.yaml: sources.{kind}.{section} names '{name}'", expected=offer)
    by_plain_name = {name.strip().lower(): name for name in reversed(columns)}
    renames = {name: by_plain_name[name] for name in ours if name in by_plain_name}
    for name, theirs in source.columns.items():
        if theirs not in columns:
            close = nearest(theirs, columns)
            offer = f"; nearest: '{close[0]}'" if close else ""
            raise RefusedFileError(
                f"{path.name} has no column '{theirs}', which voc.yaml maps to '{name}'{offer}",
                expected=f"one of: {', '.join(columns)}",
            )
        renames = {n: t for n, t in renames.items() if t != theirs or n in source.columns}
        renames[name] = theirs
    fixed = dict(source.constants) | _from_filename(source, path, ours)
    have = set(renames) | set(fixed) | ({source.row_number} if source.row_number else set())
    missing = [name for name in REQUIRED[kind] if name not in have]
    if missing:
        offers = []
        for name in missing:
            close = nearest(name, [c for c in columns if c not in renames.values()])
            offers.append(f"{name}: {close[0]}" if close else f"{name}: …")
        raise RefusedFileError(
            f"{path.name} lacks the required column{'s' if len(missing) > 1 else ''} {', '.join(missing)}; "
            f"found: {', '.join(columns)}",
            expected=f"these names, or in voc.yaml: sources: {{{kind}: {{columns: {{{', '.join(offers)}}}}}}}",
        )
    values = {
        name: {theirs: own for own, many in mapping.items() for theirs in many}
        for name, mapping in source.values.items()
    }
    return Mapping(kind, renames, fixed, source.row_number, values)


def _from_filename(source: SourceConfig, path: Path, ours: list[str]) -> dict[str, str]:
    if source.from_filename is None:
        return {}
    match = re.search(source.from_filename, path.name)
    if match is None:
        raise RefusedFileError(
            f"{path.name} does not match from_filename '{source.from_filename}'",
            expected="a file name that the pattern in voc.yaml fits",
        )
    return {name: value for name, value in match.groupdict().items() if value is not None and name in ours}
