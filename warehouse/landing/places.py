"""Files outside the inbox: any path or object-store URL that voc.yaml names (`location`), by fsspec.

Files on this machine are read where they lie. Remote ones are fetched into a private folder beside the raw
tables, only when their size or time of change is new, and removed after the landing. Credentials come from
the environment, as each file system's own tools read them; they never stand in voc.yaml.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.config import SourceConfig, VocConfig
from warehouse.landing.database import Query
from warehouse.landing.inbox import InputFile, describe


@dataclass(frozen=True)
class Remote:
    """A file that is not on this machine.

    Attributes:
        stamp: what tells that it changed: size, and the time or tag of its version.
    """

    system: Any
    path: str
    stamp: tuple[str, ...]

    def fetch(self, target: Path) -> None:
        """Copy it to `target`."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.system.open(self.path, "rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)


def find_located(config: VocConfig, home: Path, fetched: Path) -> list[InputFile]:
    """Files at the locations of voc.yaml, and its queries, by kind; a location that cannot be reached is one refused file.

    Args:
        config: voc.yaml.
        home: the workspace, which relative paths start from.
        fetched: folder for copies of remote files.
    """
    found: list[InputFile] = []
    for kind, sources in config.sources.items():
        for source in sources:
            if source.location is not None:
                found += _at(source.location, kind, source, home, fetched)
            if source.sql is not None:
                name = f"{kind}/{source.sql.name}.sql"
                found.append(
                    InputFile(Path(name), name, kind, "sql", False, None, source, None, Query(source.sql))
                )
    return found


def _at(location: str, kind: str, source: SourceConfig, home: Path, fetched: Path) -> list[InputFile]:
    import fsspec

    try:
        url = location if "://" in location else str(home / location)
        system, pattern = fsspec.core.url_to_fs(url)
        local = "file" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,))
        paths = sorted(system.glob(pattern))
        if not paths:
            return [InputFile(Path(location), location, kind, None, False, "no file is there")]
        return [_file(path, kind, source, system, local=local, fetched=fetched) for path in paths]
    except Exception as error:  # whatever a file system raises: this location is refused, other input goes on
        reason = (
            f"cannot be reached: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        )
        return [InputFile(Path(location), location, kind, None, False, reason)]


def _file(
    path: str, kind: str, source: SourceConfig, system: Any, *, local: bool, fetched: Path
) -> InputFile:
    if local:
        return describe(Path(path), path, kind, source)
    name = system.unstrip_protocol(path)
    info = system.info(path)
    version = next(
        (
            str(info[k])
            for k in ("ETag", "etag", "mtime", "LastModified", "updated", "created")
            if info.get(k)
        ),
        "",
    )
    target = fetched / hashlib.sha256(name.encode()).hexdigest()[:16] / Path(path).name
    return describe(target, name, kind, source, Remote(system, path, (str(info.get("size")), version)))
