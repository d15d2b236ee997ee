"""Read-only access to the published file: one version at a time, answers kept while it is the newest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dashboards.questions.base import Question, ask, literal
from warehouse.errors import VocError
from warehouse.publish.access import restrict

_KEPT = 600  # answers, each a small aggregated frame
_KEPT_ROWS = 20_000  # larger ones are asked again
_MEMORY = "600MB"


class NotPublishedError(VocError):
    """There is no published file yet."""


class Warehouse:
    """One published file, open for reading.

    The connection reaches the file and its pinned files alone. Frames that come back are shared: they are
    immutable, like all Polars frames that nobody writes to in place.

    Args:
        path: the file itself, not the link.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = duckdb.connect(str(path), read_only=True)
        self._answers: OrderedDict[Question, pl.DataFrame] = OrderedDict()
        self._lock = threading.Lock()
        self.meta: dict[str, str] = dict(
            self._connection.execute("SELECT key, value FROM ops.meta").fetchall()
        )
        self._prepare()
        found = self._connection.execute("SELECT min(day), max(day) FROM mart.inquiry_rate_daily").fetchone()
        self.first_day: date | None = found[0] if found else None
        self.last_day: date | None = found[1] if found else None

    def _prepare(self) -> None:
        """Settings, then the lock. A file that this process has open already is prepared."""
        locked = self._connection.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]
        if not locked:
            self._connection.execute(f"SET GLOBAL TimeZone = {literal(self.timezone)}")
            self._connection.execute(f"SET memory_limit = '{_MEMORY}'")
            self._connection.execute(
                "SET temp_directory = ''"
            )  # too large a query fails, the disk stays free
            restrict(self._connection)

    @property
    def version(self) -> str:
        """Number of the published version."""
        return self.meta.get("published_version", "?")

    @property
    def timezone(self) -> str:
        """Time zone of the business days."""
        return self.meta.get("timezone", "UTC")

    @property
    def language(self) -> str:
        """Language of the workspace: zh or en."""
        return "en" if self.meta.get("language") == "en" else "zh"

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of one's own to the same file, for one thread; close it after use."""
        return self._connection.cursor()

    def frame(self, question: Question) -> pl.DataFrame:
        """The answer to a question; kept, for the file never changes."""
        with self._lock:
            if question in self._answers:
                self._answers.move_to_end(question)
                return self._answers[question]
        cursor = self.cursor()
        try:
            values = {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in question.parameters
            }
            found = cursor.execute(question.sql, values).pl() if values else cursor.execute(question.sql).pl()
        finally:
            cursor.close()
        if found.height <= _KEPT_ROWS:
            with self._lock:
                self._answers[question] = found
                while len(self._answers) > _KEPT:
                    self._answers.popitem(last=False)
        return found

    def has(self, table: str, column: str) -> bool:
        """Whether a table of this file has a column: files of an earlier version lack the newer ones."""
        schema, name = table.split(".", 1)
        found = self.sql(
            "SELECT count(*) FROM duckdb_columns() WHERE schema_name = $s AND table_name = $t AND column_name = $c",
            s=schema, t=name, c=column,
        )  # fmt: skip
        return bool(found.item())

    def sql(self, query: str, **parameters: Any) -> pl.DataFrame:
        """A Polars frame of any query; values as `$name`.

        >>> open_warehouse().sql("SELECT * FROM mart.obstacles WHERE product = $p", p="wallet")  # doctest: +SKIP
        """
        return self.frame(ask(query, None, **parameters))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_newest: dict[Path, Warehouse] = {}
_opening = threading.Lock()


def newest(published: Path) -> Warehouse:
    """The newest version behind the link; opened once, and again when a new one was published.

    Raises:
        NotPublishedError: nothing was published yet.
    """
    path = real_path(published)
    with _opening:
        known = _newest.get(published)
        if known is None or known.path != path:
            # The one before is not closed here: a page that is being drawn may still read it. It goes with the
            # last reference to it.
            known = _newest[published] = Warehouse(path)
        return known


def close_all() -> None:
    """Close every file that `newest` holds open."""
    with _opening:
        for warehouse in _newest.values():
            warehouse.close()
        _newest.clear()


def real_path(published: Path) -> Path:
    """The file behind the link.

    Raises:
        NotPublishedError: there is none.
    """
    if not published.exists():
        raise NotPublishedError(f"{published}: nothing was published yet", hint="voc run")
    return published.resolve()


def open_warehouse(workspace: str | Path | None = None) -> Warehouse:
    """The published warehouse of a workspace, for notebooks: read-only, Polars frames.

    Args:
        workspace: the workspace's folder, or a DuckDB file (published or exported); None: `VOC_HOME`.

    Returns:
        An open warehouse; `.sql("SELECT …")` gives Polars frames, `.cursor()` a DuckDB connection.

    Raises:
        NotPublishedError: nothing was published yet.
    """
    from dashboards.setup import current

    if workspace is None:
        return Warehouse(real_path(current().published))
    path = Path(workspace)
    return Warehouse(real_path(path / "published" / "voc.duckdb" if path.is_dir() else path))
