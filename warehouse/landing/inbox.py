"""What lies in the inbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.config import KINDS, SourceConfig, VocConfig
from warehouse.errors import nearest

if TYPE_CHECKING:
    from warehouse.landing.database import Query
    from warehouse.landing.places import Remote

_FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}


@dataclass(frozen=True)
class InputFile:
    """One file of the inbox.

    Attributes:
        path: where it lies.
        name: relative to the inbox; this is its name in `ops.files`.
        kind: kind of input, from its folder; None when the folder is not one of the kinds.
        format: jsonl, csv, tsv or parquet; None when the ending is unknown.
        compressed: whether it is gzipped.
        skip: why it is not read; None when it is.
        source: its entry of voc.yaml, where that names the file's location.
        remote: where it is fetched from; None when it lies at `path`.
        query: the query whose answer stands for a file.
    """

    path: Path
    name: str
    kind: str | None
    format: str | None
    compressed: bool
    skip: str | None
    source: SourceConfig | None = None
    remote: Remote | None = None
    query: Query | None = None


def find_inputs(inbox: Path) -> list[InputFile]:
    """Everything in the inbox, by kind (customers and transactions first) and name.

    Folders inside a kind, links, and files of an unknown kind or form are listed as skipped with the
    reason; hidden files (a copy still under way) are left alone silently.
    """
    found: list[InputFile] = []
    for entry in sorted(inbox.iterdir()) if inbox.is_dir() else []:
        if entry.name.startswith("."):
            continue
        if entry.name not in KINDS or not entry.is_dir() or entry.is_symlink():
            close = nearest(entry.name, KINDS)
            offer = f"; did you mean inbox/{close[0]}/?" if close else f"; kinds: {', '.join(KINDS)}"
            what = "a link is not followed" if entry.is_symlink() else f"not a folder of a known kind{offer}"
            found.append(InputFile(entry, entry.name, None, None, False, what))
            continue
        for path in sorted(entry.iterdir()):
            if not path.name.startswith("."):
                found.append(describe(path, f"{entry.name}/{path.name}", entry.name))
    order = {kind: number for number, kind in enumerate(KINDS)}
    return sorted(found, key=lambda f: (order.get(f.kind or "", len(KINDS)), f.name))


def describe(
    path: Path, name: str, kind: str, source: SourceConfig | None = None, remote: Remote | None = None
) -> InputFile:
    """A file by its path: form and compression from its ending, and whether it can be read at all."""
    suffixes = [s.lower() for s in path.suffixes]
    compressed = bool(suffixes) and suffixes[-1] == ".gz"
    ending = suffixes[-2] if compressed and len(suffixes) > 1 else (suffixes[-1] if suffixes else "")
    form = _FORMATS.get(ending)
    skip = None
    if path.is_symlink():
        skip = "a link is not followed; put the file itself here"
    elif path.is_dir():
        skip = "a folder; put files directly into the folder of their kind"
    elif form is None:
        skip = f"unknown ending '{path.suffix}'; expected .jsonl, .csv, .tsv or .parquet, plain or .gz"
    return InputFile(path, name, kind, form, compressed, skip, source, remote)


def source_of(config: VocConfig, file: InputFile) -> SourceConfig:
    """The entry of voc.yaml that is for a file; an empty one (canonical columns) when none matches."""
    if file.source is not None:
        return file.source
    entries: Sequence[SourceConfig] = config.sources.get(file.kind, [])  # type: ignore[call-overload]
    fitting = (
        e for e in entries if e.location is None and e.sql is None and fnmatch(file.path.name, e.files)
    )
    return next(fitting, SourceConfig())
