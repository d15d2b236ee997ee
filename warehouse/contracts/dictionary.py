"""DATA_DICTIONARY.md, made from the contracts."""

from __future__ import annotations

from warehouse.contracts.loading import load_contracts
from warehouse.contracts.models import Check, Column, Contract

_INTRO = """# 数据字典 · Data dictionary

Made from `warehouse/contracts/*.yaml` by `make docs`; do not edit. Every table and column of the published
warehouse carries the same words as a comment (`SELECT * FROM duckdb_columns()`).

由 `warehouse/contracts/*.yaml` 生成（`make docs`），请勿手工修改。发布的数据仓库里，每张表、每一列都带有同样的注释。

- `raw.*` holds the input as it came, unmasked, and is never published. `raw.*` 为未脱敏的原始输入，从不发布。
- `day` is the business day in the workspace's time zone, `_at` is UTC, `_share` lies between 0 and 1,
  `_per_10k` is per 10,000 transactions, `_low`/`_high` bound a 95 % interval.
- Published as: **view** over pinned Parquet files, or **table** of its own in the file.
"""


def data_dictionary() -> str:
    """The whole dictionary as Markdown."""
    contracts = load_contracts().values()
    lines = [_INTRO, "| table | 说明 | description | grain | published |", "|---|---|---|---|---|"]
    for spec in contracts:
        anchor = spec.table.replace(".", "")
        lines.append(
            f"| [`{spec.table}`](#{anchor}) | {spec.zh} | {spec.en} | {spec.grain} | {spec.published} |"
        )
    for spec in contracts:
        lines += ["", *_table(spec)]
    return "\n".join(lines) + "\n"


def _table(spec: Contract) -> list[str]:
    lines = [
        f"## {spec.table}",
        "",
        f"{spec.zh} · {spec.en}",
        "",
        f"Grain: {spec.grain}. Key: {', '.join(f'`{k}`' for k in spec.key) or 'none'}."
        f"{' Partitioned by day.' if spec.by_day else ''}",
        "",
        "| column | type | 说明 | description | |",
        "|---|---|---|---|---|",
    ]
    for column in spec.columns:
        name, kind = f"`{column.name}`", column.type.replace("<", "\\<")
        lines.append(f"| {name} | {kind} | {_cell(column.zh)} | {_cell(column.en)} | {_notes(column)} |")
    if spec.checks:
        lines += [
            "",
            "Checks beyond the columns': " + "; ".join(_check(check) for check in spec.checks) + ".",
        ]
    return lines


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")


def _notes(column: Column) -> str:
    notes = [] if column.nullable else ["required"]
    if column.unit:
        notes.append(column.unit)
    if column.pii != "none":
        notes.append(f"personal data: {column.pii}")
    if column.values:
        notes.append(" · ".join(column.values))
    if column.min is not None:
        notes.append(f"≥ {column.min:g}")
    if column.max is not None:
        notes.append(f"≤ {column.max:g}")
    return "; ".join(notes)


def _check(check: Check) -> str:
    parts: list[str] = [check.check]
    if check.column:
        parts.append(f"`{check.column}`")
    if check.to:
        parts.append(f"in {check.to}")
    if check.min is not None:
        parts.append(f"≥ {check.min:g}")
    if check.max is not None:
        parts.append(f"≤ {check.max:g}")
    if check.tolerance is not None:
        parts.append(f"within a factor of {check.tolerance:g}")
    return f"{' '.join(parts)} ({check.severity})"
