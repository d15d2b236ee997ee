"""voc.yaml: sources, timezone, language, privacy, limits."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from warehouse.config.loading import ConfigModel
from warehouse.config.report import ReportConfig

KINDS = ("chats", "calls", "tickets", "transactions", "customers", "changes")
STORES = ("s3", "s3a", "gs", "az", "abfs", "abfss", "file")
Kind = Literal["chats", "calls", "tickets", "transactions", "customers", "changes"]


class SqlConfig(ConfigModel):
    """A query on a SQL database.

    Attributes:
        name: stands for the file's name in `ops.files`.
        url: sqlite:///path or postgresql://…; `${NAME}` is filled from the environment.
        query: a SELECT without ORDER BY; its columns are mapped like those of a file.
        watermark: the column that grows as rows are added or changed.
    """

    name: str = Field(min_length=1)
    url: str
    query: str
    watermark: str


class SourceConfig(ConfigModel):
    """How one export differs from the contract's input files.

    Attributes:
        files: glob of the files this entry is for, relative to `inbox/<kind>/`; first match wins.
        location: path or URL of files outside the inbox (a glob; s3://…, gs://…, relative to the workspace).
        sql: a query on a database instead of files.
        columns: our column name -> the export's column name.
        values: our column name -> our value -> the export's value or values.
        header: column names of a file without a header line, in order.
        constants: our column name -> a fixed value for every row.
        row_number: our column name that is filled from the line number (an id or an order).
        from_filename: a regular expression with named groups, matched against the file name.
        explode: the column that holds a list of turns (nested records).
        unpivot: several utterances in one record: role -> the column that holds its text.
    """

    files: str = "*"
    location: str | None = None
    sql: SqlConfig | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, list[str]]] = Field(default_factory=dict)
    header: list[str] | None = None
    constants: dict[str, str] = Field(default_factory=dict)
    row_number: str | None = None
    from_filename: str | None = None
    explode: str | None = None
    unpivot: dict[str, str] = Field(default_factory=dict)

    @field_validator("values", mode="before")
    @classmethod
    def _lists(cls, value: Any) -> Any:
        """Accept one value where a list may stand."""
        if not isinstance(value, dict):
            return value
        return {
            column: {
                ours: [str(item) for item in theirs] if isinstance(theirs, list) else [str(theirs)]
                for ours, theirs in mapping.items()
            }
            if isinstance(mapping, dict)
            else mapping
            for column, mapping in value.items()
        }


class PrivacyConfig(ConfigModel):
    """What is kept of personal data, and for how long.

    Attributes:
        raw_retention_days: days for which unmasked chats, calls and tickets are kept in `raw/`; `voc maintain`
            removes older ones. None: for ever.
    """

    raw_retention_days: int | None = Field(default=None, ge=1)


class AlertConfig(ConfigModel):
    """Limits of the alerts."""

    false_discovery_rate: float = Field(default=0.05, gt=0, lt=1)
    minimum_count: int = Field(default=5, ge=1)


class ValidateConfig(ConfigModel):
    """When a day is held back."""

    max_reject_share: float = Field(default=0.2, ge=0, le=1)


class VocConfig(ConfigModel):
    """The whole of voc.yaml.

    Attributes:
        store: URL under which store/, raw/ and models/ lie (s3://bucket/prefix, file:///shared/folder); None: in the
            workspace. Endpoint and credentials stand in the environment, never here.
    """

    timezone: str = "Asia/Shanghai"
    store: str | None = None
    language: Literal["zh", "en"] = "zh"
    sources: dict[Kind, list[SourceConfig]] = Field(default_factory=dict)
    publish: list[str] = Field(default_factory=list)
    keep_versions: int = Field(default=5, ge=1)
    shards: int = Field(default=1, ge=1, le=64)  # parts of a day that map over Airflow's workers
    privacy: PrivacyConfig = Field(default_factory=PrivacyConfig)
    alerts: AlertConfig = Field(default_factory=AlertConfig)
    report: ReportConfig = Field(default_factory=ReportConfig)
    validate_: ValidateConfig = Field(default_factory=ValidateConfig, alias="validate")

    @field_validator("sources", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        """A kind may hold one export, or a list of exports told apart by `files`."""
        if not isinstance(value, dict):
            return value
        return {kind: entry if isinstance(entry, list) else [entry or {}] for kind, entry in value.items()}

    @field_validator("store")
    @classmethod
    def _known_store(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in STORES:
            known = ", ".join(f"{scheme}://" for scheme in STORES)
            raise ValueError(f"expected a URL that begins with one of {known}")
        if parts.scheme == "file" and (parts.netloc or not parts.path.strip("/")):
            raise ValueError("expected three strokes and a folder: file:///shared/folder")
        if parts.scheme != "file" and not parts.netloc:
            raise ValueError(f"expected the name of a bucket: {parts.scheme}://bucket/prefix")
        if parts.query or parts.password or (parts.username and parts.scheme in ("s3", "s3a", "gs")):
            raise ValueError("credentials and options belong into the environment (AWS_…), not into the URL")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(f"unknown time zone '{value}'; expected a name such as Asia/Shanghai") from error
        return value
