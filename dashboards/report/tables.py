"""The tables behind a report as CSV, and the SQL that made them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from dashboards.exports import safe_csv
from dashboards.questions.base import Question
from warehouse.workspace import write_atomically


def write_tables(folder: Path, answers: Mapping[str, tuple[Question, pl.DataFrame]], note: str) -> None:
    """One CSV a question and `queries.sql`; tables of an earlier report of the same days are taken away.

    Args:
        folder: where they go; made when it is not there.
        answers: name of the table -> question and answer.
        note: first line of `queries.sql`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.csv"):
        if old.stem not in answers:
            old.unlink()
    for name, (_, frame) in answers.items():
        (folder / f"{name}.csv").write_bytes(safe_csv(frame))
    text = "\n\n".join(f"-- {name}.csv\n{question.text()}" for name, (question, _) in answers.items())
    write_atomically(folder / "queries.sql", f"-- {note}\n\n{text}\n")
