"""A workspace: the folder that holds one company's set-up and data."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import cast

from warehouse.config import Journeys, LexiconConfig, TagRule, Tags, VocConfig, read_config
from warehouse.config.lexicon import bundle
from warehouse.config.loading import ConfigModel
from warehouse.errors import ConfigError
from warehouse.place import Place, open_place, secret_key
from warehouse.place.local import write_atomically

_DATED: dict[str, type[ConfigModel]] = {"journeys": Journeys, "tags": Tags, "lexicon": LexiconConfig}


@dataclass(frozen=True)
class ConfigVersion:
    """One version of journeys.yaml, tags.yaml or lexicon/ and the first day it holds for (None: since ever)."""

    kind: str
    digest: str
    valid_from: date | None


class Workspace:
    """Paths, configuration and key of one workspace.

    journeys.yaml, tags.yaml and lexicon/ are effective-dated: `adopt_config` keeps a copy of each version under
    `store/_config/` with the day from which it holds, and `journeys(day)` reads the version of a day.
    """

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()

    @classmethod
    def open(cls, home: Path) -> Workspace:
        """The workspace at `home`.

        Raises:
            ConfigError: there is none.
        """
        workspace = cls(home)
        if not workspace.voc_file.exists():
            raise ConfigError(
                f"{workspace.home}: no workspace here (no voc.yaml)",
                hint=f"voc init {home}   or set VOC_HOME to a workspace",
            )
        return workspace

    @property
    def voc_file(self) -> Path:
        """The main configuration file."""
        return self.home / "voc.yaml"

    @property
    def inbox(self) -> Path:
        """Files as they arrive, one folder a kind."""
        return self.home / "inbox"

    @cached_property
    def _placed(self) -> tuple[Place, Path]:
        return open_place(self.voc.store, self.home, os.environ)

    @property
    def place(self) -> Place:
        """Where store/, raw/ and models/ are: this folder, a shared one, or object storage (`store:` of voc.yaml)."""
        return self._placed[0]

    @property
    def store_dir(self) -> Path:
        """Delta tables of everything masked; of a store on object storage its local mirror."""
        return self._placed[1] / "store"

    @property
    def raw_dir(self) -> Path:
        """Delta tables of the input as it came, unmasked: readable by the owner alone."""
        return self._placed[1] / "raw"

    @property
    def published(self) -> Path:
        """Published warehouse files and the link to the newest."""
        return self.home / "published"

    @property
    def reports(self) -> Path:
        """One folder a day."""
        return self.home / "reports"

    @property
    def models(self) -> Path:
        """Learned state, one folder a version."""
        return self._placed[1] / "models"

    @cached_property
    def voc(self) -> VocConfig:
        """voc.yaml."""
        return read_config(self.voc_file, VocConfig)

    @property
    def timezone(self) -> str:
        """The time zone that business days are counted in."""
        return self.voc.timezone

    def secret(self) -> bytes:
        """The key of pseudonyms: `VOC_SECRET`, else made on first use and kept in the workspace with mode 0600."""
        given = secret_key(os.environ)
        if given is not None:
            return given
        path = self.home / ".secret"
        if not path.exists():
            temporary = path.with_name(f".secret.{os.getpid()}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_hex(32) + "\n")
            try:
                os.link(temporary, path)  # of two that begin at once, one key wins and both read it
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        try:
            return bytes.fromhex(path.read_text().strip())
        except ValueError as error:
            raise ConfigError(
                f"{path}: not a key of hexadecimal digits",
                hint="restore it from a backup: with another key every customer gets a new pseudonym",
            ) from error

    # Configuration with a date

    @property
    def _history_file(self) -> Path:
        return self.store_dir / "_config" / "history.json"

    def config_history(self, kind: str) -> list[ConfigVersion]:
        """Adopted versions of `journeys`, `tags` or `lexicon`, oldest first."""
        text = self.place.read(self._history_file)
        if text is None:
            return []
        rows = json.loads(text)
        return [
            ConfigVersion(
                r["kind"], r["digest"], date.fromisoformat(r["valid_from"]) if r["valid_from"] else None
            )
            for r in rows
            if r["kind"] == kind
        ]

    def adopt_config(self, first_new_day: date | None) -> None:
        """Keep the present journeys.yaml, tags.yaml and lexicon/ if they changed; they hold from `first_new_day`.

        The first version of all holds since ever. An edit before any new day replaces the version that
        was waiting for the same day.
        """
        for kind, model in _DATED.items():
            path, text = self._present(kind)
            read_config(path, model, text)
            digest = hashlib.sha256(text.encode()).hexdigest()[:16]
            history = self.config_history(kind)
            if history and history[-1].digest == digest:
                continue
            valid_from = first_new_day if history else None
            kept = [version for version in history if version.valid_from != valid_from]
            copy = self._history_file.parent / f"{kind}-{digest}.yaml"
            self.place.write(copy, text)
            others = [v for other in _DATED if other != kind for v in self.config_history(other)]
            rows = [*others, *kept, ConfigVersion(kind, digest, valid_from)]
            self.place.write(
                self._history_file,
                json.dumps(
                    [
                        {
                            "kind": v.kind,
                            "digest": v.digest,
                            "valid_from": v.valid_from.isoformat() if v.valid_from else None,
                        }
                        for v in rows
                    ],
                    indent=1,
                ),
            )

    def config_version(self, kind: str, day: date | None) -> ConfigVersion | None:
        """The version that holds on a day (None: the newest); None when none was adopted yet."""
        versions = self.config_history(kind)
        if day is not None:
            versions = [v for v in versions if v.valid_from is None or v.valid_from <= day]
        return versions[-1] if versions else None

    def _dated(self, kind: str, day: date | None) -> ConfigModel:
        version = self.config_version(kind, day)
        if version:
            copy = self._history_file.parent / f"{kind}-{version.digest}.yaml"
            return read_config(copy, _DATED[kind], self.place.read(copy) or "")
        path, text = self._present(kind)
        return read_config(path, _DATED[kind], text)

    def _present(self, kind: str) -> tuple[Path, str]:
        """What people wrote: the file (or folder) and its text."""
        if kind == "lexicon":
            return self.home / "lexicon", bundle(self.home / "lexicon")
        path = self.home / f"{kind}.yaml"
        return path, path.read_text(encoding="utf-8-sig") if path.exists() else ""

    def journeys(self, day: date | None = None) -> Journeys:
        """journeys.yaml as it holds on a day (None: the newest adopted version)."""
        return cast(Journeys, self._dated("journeys", day))

    def tags(self, day: date | None = None) -> list[TagRule]:
        """Rules of tags.yaml as they hold on a day."""
        return cast(Tags, self._dated("tags", day)).tags

    def lexicon(self, day: date | None = None) -> LexiconConfig:
        """Words of lexicon/ as they hold on a day."""
        return cast(LexiconConfig, self._dated("lexicon", day))


__all__ = ["ConfigVersion", "Workspace", "write_atomically"]
