"""Object storage with a local mirror: S3 and what speaks it, Google's, Azure's (obstore, as in delta-rs).

Data files never change, so a file of the mirror is right for ever; it comes when it is first read. The
mirror is a cache but for one thing: published files read the files that they pin from it.

Small files are asked for by listing their folder, which is done again after `_FRESH` seconds, whenever a lock was
taken, and never for what this process wrote itself: planning looks at the records of all days of history,
which one by one would be thousands of requests.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from warehouse.errors import ConfigError, VocError
from warehouse.place.lease import Lease
from warehouse.place.local import Kept, Place, write_atomically
from warehouse.place.room import shrink
from warehouse.place.trouble import explained

_FRESH = 2.0
_AT_ONCE = 16  # downloads
_BLOCK = 8 << 20  # bytes of a file in memory
_WHOLE = ".whole"  # the last object of a version of learned state: without it, the version is not all there
_RETRY: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
_CLIENT: dict[str, Any] = {"connect_timeout": "10s", "timeout": "300s"}
_CACHES = ("alerts",)  # folders of models/ that are made again where they are missing

Result = TypeVar("Result")


class RemotePlace(Place):
    """A prefix of a bucket.

    Args:
        url: for example s3://bucket/prefix; options and credentials come from the environment.
        root: the mirror.
    """

    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        self._listed: dict[Path, tuple[float, dict[str, str]]] = {}
        self._texts: dict[Path, tuple[str, str]] = {}
        self._pulled: dict[Path, dict[str, str]] = {}

    @cached_property
    def client(self) -> Any:
        """The object store, reached once to see that it is there.

        Raises:
            ConfigError: it cannot be reached, or not with these credentials.
        """
        try:
            import obstore
            from obstore.store import from_url
        except ImportError as error:
            raise ConfigError(
                f"voc.yaml: store: {self.url}: the package obstore is not installed",
                hint="pip install 'wanqiu[s3]'",
            ) from error
        with explained(self.url):
            http = os.environ.get("AWS_ALLOW_HTTP", "").lower() in (
                "1",
                "true",
            )  # forgotten where options are given
            client_options: Any = {**_CLIENT, "allow_http": http}
            store = from_url(self.url, client_options=client_options, retry_config=_RETRY)
            obstore.list_with_delimiter(store, "store")
        return store

    def key(self, path: Path) -> str:
        """The object of a local path."""
        return path.relative_to(self.root).as_posix()

    # Small files

    def _listing(self, folder: Path) -> dict[str, str]:
        """Name -> tag of a folder's objects."""
        import obstore

        known = self._listed.get(folder)
        if known is not None and time.monotonic() - known[0] < _FRESH:
            return known[1]
        begin = time.monotonic()
        with explained(self.url):
            found = obstore.list_with_delimiter(self.client, self.key(folder))["objects"]
        listed = {item["path"].rsplit("/", 1)[-1]: _tag(item) for item in found}
        self._listed[folder] = (begin, listed)
        return listed

    def _note(self, path: Path, tag: str | None, text: str = "") -> None:
        """What this process did itself, it knows without asking."""
        known = self._listed.get(path.parent)
        if tag is None:
            self._texts.pop(path, None)
        else:
            self._texts[path] = (tag, text)
        if known is not None:
            known[1].pop(path.name, None)
            if tag is not None:
                known[1][path.name] = tag

    def read(self, path: Path) -> str | None:
        """As `Place.read`; one whose tag is known is not fetched again."""
        import obstore

        tag = self._listing(path.parent).get(path.name)
        if tag is None:
            return None
        known = self._texts.get(path)
        if known is not None and known[0] == tag:
            return known[1]
        copy = path.with_name(f"{path.name}@{sha256(tag.encode()).hexdigest()[:16]}")
        try:
            text = copy.read_text(encoding="utf-8")
        except FileNotFoundError:
            try:
                with explained(self.url):
                    found = obstore.get(self.client, self.key(path))
                    text = bytes(found.bytes()).decode()
            except FileNotFoundError:  # removed since it was listed
                self._note(path, None)
                return None
            if _tag(found.meta) == tag:
                self._copy(copy, path.name, text)
            tag = _tag(found.meta)
        self._note(path, tag, text)
        return text

    def _copy(self, copy: Path, name: str, text: str) -> None:
        copy.parent.mkdir(parents=True, exist_ok=True)
        for old in copy.parent.glob(f"{name}@*"):
            old.unlink(missing_ok=True)
        write_atomically(copy, text)

    def stamp(self, path: Path) -> Hashable | None:
        """As `Place.stamp`: the object's tag."""
        return self._listing(path.parent).get(path.name)

    def glob(self, folder: Path, pattern: str) -> list[Path]:
        """As `Place.glob`."""
        return [folder / name for name in sorted(self._listing(folder)) if fnmatchcase(name, pattern)]

    def warm(self, paths: Iterable[Path]) -> None:
        """Fetch small files side by side."""
        self._side_by_side(self.read, paths)

    def write(self, path: Path, text: str) -> None:
        """As `Place.write`: an object appears whole or not at all."""
        import obstore

        with explained(self.url):
            made = obstore.put(self.client, self.key(path), text.encode())
        self._note(path, _tag(made), text)

    def move(self, old: Path, new: Path) -> None:
        """As `Place.move`; cut short in between, both are there."""
        text = self.read(old)
        if text is None:
            raise VocError(f"{self.url}/{self.key(old)}: it is gone while it was being worked on")
        self.write(new, text)
        self.delete(old)

    def delete(self, path: Path) -> None:
        """As `Place.delete`."""
        self._remove([self.key(path)])
        self._note(path, None)

    def drop(self, folder: Path) -> None:
        """As `Place.drop`."""
        import obstore

        with explained(self.url):
            keys = [item["path"] for block in obstore.list(self.client, self.key(folder)) for item in block]
        self._remove(keys)
        self._listed.pop(folder, None)

    def _remove(self, keys: list[str]) -> None:
        import obstore

        for key in keys:
            try:
                with explained(self.url):
                    obstore.delete(self.client, key)
            except FileNotFoundError:  # some stores say so
                continue

    # Data files

    def address(self, folder: Path) -> str:
        """As `Place.address`; the store was reached before delta-rs begins to try again and again."""
        _ = self.client
        return f"{self.url}/{self.key(folder)}"

    def keep(self, path: Path) -> None:
        """Send a file up."""
        import obstore

        with explained(self.url):
            obstore.put(self.client, self.key(path), path)

    def have(self, paths: Iterable[str]) -> None:
        """Fetch what is not in the mirror yet, and note the use of the rest."""
        missing = []
        for path in paths:
            try:
                os.utime(path)  # what was used last is let go last
            except FileNotFoundError:
                missing.append(Path(path))
        self._side_by_side(self._fetch, missing)

    def files(self, folder: Path, suffix: str) -> list[Kept]:
        """As `Place.files`: what the store has, whether the mirror has it or not."""
        import obstore

        with explained(self.url):
            found = [item for block in obstore.list(self.client, self.key(folder)) for item in block]
        return [
            Kept(self.root / item["path"], item["size"], item["last_modified"].timestamp())
            for item in found
            if item["path"].endswith(suffix)
        ]

    def discard(self, path: Path) -> None:
        """As `Place.discard`: in the store, and its copy."""
        self._remove([self.key(path)])
        path.unlink(missing_ok=True)

    def _fetch(self, path: Path) -> None:
        import obstore

        private = self.root / "raw"
        if path.is_relative_to(private):
            private.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            with explained(self.url), temporary.open("wb") as handle:
                for block in obstore.get(self.client, self.key(path)).stream(min_chunk_size=_BLOCK):
                    handle.write(block)
            temporary.replace(path)
        except FileNotFoundError as error:
            raise VocError(
                f"{self.url}/{self.key(path)}: the file is missing in the store",
                hint="restore it from a backup, or process its day again: voc run --day …",
            ) from error
        finally:
            temporary.unlink(missing_ok=True)

    def _side_by_side(self, work: Callable[[Path], Result], paths: Iterable[Path]) -> None:
        wanted = list(paths)
        if len(wanted) < 2:
            for path in wanted:
                work(path)
            return
        with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(wanted))) as pool:
            for _ in pool.map(work, wanted):
                pass

    def shrink(self, spare: Callable[[], set[str]], now: datetime) -> int:
        """As `Place.shrink`: down to `VOC_CACHE_GB` (100), what was used longest ago first."""
        return shrink(self.root, spare, now)

    # Learned state

    def push(self, folder: Path) -> None:
        """Send up the versions that the store has not got whole."""
        there = self._versions(folder)
        for version in sorted(_leaves(folder)):
            if version in there:
                continue
            for path in sorted(p for p in version.iterdir() if p.is_file()):
                self.keep(path)
            self.write(version / _WHOLE, "")

    def pull(self, folder: Path) -> None:
        """Fetch the versions that are whole in the store and not here; asks only after a list of models changed."""
        now = dict(self._listing(folder))
        if self._pulled.get(folder) == now:
            return
        for version, names in self._versions(folder).items():
            if version.exists():
                continue
            temporary = version.with_name(f".{version.name}.{os.getpid()}")
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            for name in names:
                self._fetch(version / name)
                (version / name).replace(temporary / name)
            shutil.rmtree(version, ignore_errors=True)
            temporary.replace(version)
        self._pulled[folder] = now

    def _versions(self, folder: Path) -> dict[Path, list[str]]:
        """Versions that are whole in the store, with the names of their files."""
        import obstore

        with explained(self.url):
            keys = [item["path"] for block in obstore.list(self.client, self.key(folder)) for item in block]
        found: dict[Path, list[str]] = {}
        for key in keys:
            path = self.root / key
            found.setdefault(path.parent, []).append(path.name)
        return {
            version: [name for name in names if name != _WHOLE]
            for version, names in found.items()
            if _WHOLE in names
        }

    # Locks

    @contextmanager
    def lock(self, path: Path) -> Iterator[None]:
        """As `Place.lock`, by a lease; what others wrote meanwhile is seen."""
        lease = Lease(self.client, self.key(path))
        with explained(self.url):
            lease.acquire()
        self._listed.clear()
        try:
            yield
        finally:
            lease.release()
        if lease.lost:
            raise VocError(
                f"{self.url}/{self.key(path)}: the lock was lost while it was held: the storage or this machine "
                "did not answer for a minute",
                hint="run it again: what was committed stays, the rest is done anew",
            )


def _tag(meta: Any) -> str:
    return str(meta.get("e_tag") or meta.get("version") or meta.get("last_modified"))


def _leaves(folder: Path) -> Iterator[Path]:
    """Folders of versions: those that hold files."""
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        ours = parts[0] not in _CACHES and not any(part.startswith(".") for part in parts)
        if ours and path.is_dir() and any(child.is_file() for child in path.iterdir()):
            yield path
