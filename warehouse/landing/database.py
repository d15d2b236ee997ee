"""Rows of a SQL database: a query of voc.yaml, read on from where the last landing stopped (ADBC).

The watermark is a column that grows as rows are added or changed (a time of change, a serial number). Each
landing asks for rows at or above the highest value that landed; rows at that very value come again and are
found to be there already. The value stands in the receipt, so that a landing that was cut short begins
where the one before it ended.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from warehouse.config.voc import SqlConfig
from warehouse.landing.chunks import Chunk, RefusedFileError

_REASON = re.compile(r"^watermark (int|float|timestamp|date|text) (.*)$", re.DOTALL)


def mark_text(value: object) -> str:
    """A watermark as it stands in a receipt's reason."""
    if isinstance(value, datetime):
        return f"watermark timestamp {value.isoformat()}"
    if isinstance(value, date):
        return f"watermark date {value.isoformat()}"
    kind = "int" if isinstance(value, int) else "float" if isinstance(value, float) else "text"
    return f"watermark {kind} {value}"


def mark_value(reason: str | None) -> Any:
    """The watermark of a receipt's reason; None when it holds none."""
    match = _REASON.match(reason or "")
    if match is None:
        return None
    kind, text = match.groups()
    if kind == "timestamp":
        return datetime.fromisoformat(text)
    if kind == "date":
        return date.fromisoformat(text)
    return int(text) if kind == "int" else float(text) if kind == "float" else text


@dataclass
class Query:
    """One query at work.

    Attributes:
        config: from voc.yaml.
        since: where to go on; None to read everything.
        highest: the highest watermark read so far.
    """

    config: SqlConfig
    since: Any = None
    highest: Any = field(default=None)

    def chunks(self) -> Iterator[Chunk]:
        """Rows as chunks; the line is the number of the row in the answer.

        Raises:
            RefusedFileError: the database cannot be reached, or the query fails.
        """
        try:
            yield from self._read()
        except RefusedFileError:
            raise
        except Exception as error:  # each driver raises errors of its own
            told = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise RefusedFileError(
                f"{self.config.name}: {told}", expected="a database that answers this query"
            ) from error

    def _read(self) -> Iterator[Chunk]:
        url = expanded(self.config.url)
        connection, mark = _connect(url)
        column = '"' + self.config.watermark.replace('"', '""') + '"'
        where = "" if self.since is None else f" WHERE q.{column} >= {mark}"
        sql = f"SELECT * FROM ({self.config.query.rstrip().rstrip(';')}) AS q{where} ORDER BY q.{column}"
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(sql, None if self.since is None else (self.since,))
            line = 1
            for batch in cursor.fetch_record_batch():
                frame = pl.DataFrame(pl.from_arrow(batch))
                if frame.is_empty():
                    continue
                top = frame[self.config.watermark].max()
                self.highest = top if self.highest is None or top > self.highest else self.highest
                numbers = pl.int_range(line, line + frame.height, dtype=pl.Int64, eager=True).alias("line")
                line += frame.height
                yield Chunk(frame.with_columns(numbers))


def expanded(url: str) -> str:
    """A URL with `${NAME}` filled from the environment: passwords do not stand in voc.yaml.

    Raises:
        RefusedFileError: a name is not set.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match.group(1))
        if found is None:
            raise RefusedFileError(
                f"the environment variable {match.group(1)}, which voc.yaml names in a url, is not set",
                expected=f"export {match.group(1)}=…",
            )
        return found

    return re.sub(r"\$\{(\w+)\}", value, url)


def _connect(url: str) -> tuple[Any, str]:
    """A connection, and how this database marks a parameter."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        from adbc_driver_sqlite import dbapi as sqlite

        path = url.removeprefix("sqlite:///")  # as elsewhere: three strokes relative, four absolute
        if not Path(path).exists():
            raise RefusedFileError(f"{path}: no such database", expected="the path of a SQLite file")
        return sqlite.connect(path), "?"
    if scheme in ("postgresql", "postgres"):
        from adbc_driver_postgresql import dbapi as postgresql

        return postgresql.connect(url), "$1"
    raise RefusedFileError(
        f"'{scheme}' is not a kind of database that is known", expected="sqlite:///… or postgresql://…"
    )
