"""The form of a contract file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from warehouse.contracts import types

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Severity = Literal["fail", "warn"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """One column: type, what may stand in it, and what it means in both languages.

    Attributes:
        severity: of the checks that follow from `nullable`, `values`, `min` and `max`.
        pii: what the column holds of a person: nothing, masked text, a pseudonym, or personal data
            (raw tables alone).
    """

    name: str
    type: types.TypeName
    nullable: bool = True
    unit: str | None = None
    pii: Literal["none", "masked", "pseudonym", "personal"] = "none"
    values: list[str] | None = None
    min: float | None = None
    max: float | None = None
    severity: Severity = "fail"
    zh: str
    en: str


class Check(_Strict):
    """A check beyond those that follow from the columns."""

    check: Literal[
        "row_count", "reference", "freshness", "volume", "share_not_null", "share_rejected", "text_length"
    ]
    severity: Severity = "warn"
    column: str | None = None
    to: str | None = None
    min: float | None = None
    max: float | None = None
    tolerance: float | None = None


class Contract(_Strict):
    """One table: its grain, key, columns and checks.

    Attributes:
        by_day: whether it is a Delta table partitioned by `day`.
        published: as a view over pinned files, as a table of its own in the published file, or not.
    """

    table: str
    zh: str
    en: str
    grain: str
    key: list[str]
    by_day: bool
    published: Literal["view", "table", "none"]
    columns: list[Column]
    checks: list[Check] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Contract:
        names = [column.name for column in self.columns]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{self.table}: column '{twice[0]}' stands twice")
        unknown = [name for name in self.key if name not in names]
        unknown += [c.column for c in self.checks if c.column is not None and c.column not in names]
        if unknown:
            raise ValueError(f"{self.table}: no column '{unknown[0]}'")
        if self.by_day and "day" not in names:
            raise ValueError(f"{self.table} is by day and has no column 'day'")
        return self

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            raise KeyError(f"{self.table} has no column {name}")
        return found

    def polars_schema(self) -> dict[str, pl.DataType]:
        """Column -> Polars type, in order."""
        return {column.name: types.polars_type(column.type) for column in self.columns}

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema, in order."""
        import pyarrow as pa

        return pa.schema([pa.field(c.name, types.arrow_type(c.type), nullable=True) for c in self.columns])

    def duckdb_ddl(self) -> str:
        """CREATE TABLE with quoted names."""
        lines = [
            f'  "{c.name}" {types.duckdb_type(c.type)}{"" if c.nullable else " NOT NULL"}'
            for c in self.columns
        ]
        return f"CREATE TABLE {self.table} (\n" + ",\n".join(lines) + "\n)"

    def comments_sql(self, kind: Literal["TABLE", "VIEW"]) -> list[str]:
        """COMMENT ON the table or view and each of its columns: Chinese, English, unit."""
        statements = [f"COMMENT ON {kind} {self.table} IS {_quoted(f'{self.zh} · {self.en}')}"]
        for column in self.columns:
            unit = f" [{column.unit}]" if column.unit else ""
            text = _quoted(f"{column.zh} · {column.en}{unit}")
            statements.append(f'COMMENT ON COLUMN {self.table}."{column.name}" IS {text}')
        return statements


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def parse(data: dict[str, Any]) -> Contract:
    """A contract from its YAML."""
    return Contract.model_validate(data)
