"""A folder as it is: what a place can do, and how a file system does it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Kept:
    """A file of a place: where, its bytes, and when it was written (seconds since 1970)."""

    path: Path
    bytes: int
    modified: float


class Place:
    """Small files that change, data files that never do, and locks.

    Paths are those of the local folder. Small files (`read` … `drop`) are the ledger, the configuration's
    history and the list of models; each is replaced as a whole. Data files have names of their own and
    never change: they are written where the path says and then handed over by `keep`.
    """

    # Small files

    def read(self, path: Path) -> str | None:
        """The text of a small file; None when there is none."""
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def stamp(self, path: Path) -> Hashable | None:
        """Changes when the file does; None when there is none."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        return (status.st_mtime_ns, status.st_size, status.st_ino)

    def glob(self, folder: Path, pattern: str) -> list[Path]:
        """Small files of a folder, in order of their names."""
        return sorted(folder.glob(pattern))

    def warm(self, paths: Iterable[Path]) -> None:
        """Small files that will be read soon."""

    def write(self, path: Path, text: str) -> None:
        """Replace a small file, so that a reader sees the old or the new one, never a part."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)

    def move(self, old: Path, new: Path) -> None:
        """Let a small file take the place of another."""
        old.replace(new)

    def delete(self, path: Path) -> None:
        """Remove a small file, if it is there."""
        path.unlink(missing_ok=True)

    def drop(self, folder: Path) -> None:
        """Remove a folder of small files, if it is there."""
        shutil.rmtree(folder, ignore_errors=True)

    # Data files

    def address(self, folder: Path) -> str:
        """What delta-rs opens for a table's folder."""
        return str(folder)

    def keep(self, path: Path) -> None:
        """A data file that was written at `path` belongs to the place from now on."""

    def have(self, paths: Iterable[str]) -> None:
        """Data files that are about to be read under these very paths."""

    def files(self, folder: Path, suffix: str) -> list[Kept]:
        """All files below a folder whose names end so."""
        found = []
        for path in folder.rglob(f"*{suffix}"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # removed just now
            found.append(Kept(path, status.st_size, status.st_mtime))
        return found

    def discard(self, path: Path) -> None:
        """Remove a data file for good, if it is there."""
        path.unlink(missing_ok=True)

    def push(self, folder: Path) -> None:
        """Versions of learned state that were written below `folder` belong to the place from now on."""

    def pull(self, folder: Path) -> None:
        """Versions of learned state below `folder` that are about to be read."""

    def shrink(self, spare: Callable[[], set[str]], now: datetime) -> int:
        """Let go of data files that are only copies, where they take too much room; how many were let go.

        Args:
            spare: gives paths that must stay.
            now: what was used within a day before this stays too.
        """
        return 0

    # Locks

    @contextmanager
    def lock(self, path: Path) -> Iterator[None]:
        """One at a time, over all processes that share the place; one that dies lets go."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


LOCAL = Place()


def write_atomically(path: Path, text: str) -> None:
    """Write a small text file so that a reader sees the old or the new one, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
