"""Published versions: numbering, the atomic switch, and which old files are kept.

A reader opens the link at any time. A version is built under a temporary name, renamed when it is whole,
and then the link is replaced in one step; a file that a reader may open is never written to again.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.errors import VocError
from warehouse.ledger import Ledger
from warehouse.publish.access import pinned_files
from warehouse.publish.build import build_file, read_meta, source_digest
from warehouse.store import Store
from warehouse.workspace import Workspace

LINK = "voc.duckdb"
_NAME = re.compile(r"voc-(\d{6})\.duckdb$")
_KEEP = timedelta(days=7)  # a reader that opened a file within the week still finds it


@dataclass(frozen=True)
class Published:
    """The newest published file.

    Attributes:
        path: the file itself, not the link.
        version: its number.
        days: the days in it.
        is_new: whether this call made it.
    """

    path: Path
    version: int
    days: tuple[date, ...]
    is_new: bool


def _versions(folder: Path) -> dict[int, Path]:
    found = {}
    for path in folder.glob("voc-*.duckdb"):
        match = _NAME.search(path.name)
        if match:
            found[int(match.group(1))] = path
    return dict(sorted(found.items()))


def newest_version(folder: Path) -> Path | None:
    """The file that the link points to; None when nothing was published."""
    link = folder / LINK
    return link.resolve() if link.exists() else None


def publish(ws: Workspace, store: Store, ledger: Ledger, *, now: datetime, force: bool = False) -> Published:
    """Publish what the manifests hold, unless the newest file holds just that already.

    Raises:
        VocError: there is no good day to publish.
    """
    manifests = ledger.manifests()
    if not manifests:
        raise VocError(
            f"{ws.home}: nothing to publish: no day has passed its checks",
            hint="voc status   shows which day is held back and why",
        )
    folder = ws.published
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(".voc-*"):
        left.unlink(missing_ok=True)  # of a publish that was killed; the caller holds the lock
    digest = source_digest(ws, store, manifests)
    newest = newest_version(folder)
    days = tuple(manifests)
    if newest is not None and not force and read_meta(newest).get("source_digest") == digest:
        match = _NAME.search(newest.name)
        return Published(newest, int(match.group(1)) if match else 0, days, is_new=False)
    version = max(_versions(folder), default=0) + 1
    path = folder / f"voc-{version:06d}.duckdb"
    temporary = folder / f".{path.name}.tmp"
    build_file(temporary, ws, store, manifests, version=version, digest=digest, published_at=now)
    temporary.replace(path)
    _switch(folder, path)
    for old in old_versions(folder, keep=ws.voc.keep_versions, now=now):
        old.unlink(missing_ok=True)
    ws.place.shrink(lambda: _pinned(folder), now)
    return Published(path, version, days, is_new=True)


def _switch(folder: Path, path: Path) -> None:
    temporary = folder / f".{LINK}.{os.getpid()}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(path.name)
    temporary.replace(folder / LINK)


def all_versions(folder: Path) -> list[Path]:
    """All published files, oldest first."""
    return list(_versions(folder).values())


def old_versions(folder: Path, *, keep: int, now: datetime) -> list[Path]:
    """Published files that need not be kept: beyond the newest `keep` and older than a week."""
    limit = now.timestamp() - _KEEP.total_seconds()
    return [path for path in all_versions(folder)[:-keep] if path.stat().st_mtime < limit]


def _pinned(folder: Path) -> set[str]:
    """Files that any version reads."""
    found: set[str] = set()
    for path in _versions(folder).values():
        with closing(duckdb.connect(str(path), read_only=True)) as connection:
            found.update(pinned_files(connection))
    return found
