"""Writes a day's report: report.html, report.md and the numbers behind them as CSV."""

from __future__ import annotations

import html
import re
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dashboards.queries import TOTALS, VERBATIMS, step_rates
from dashboards.report.words import WORDS
from warehouse.workspace import write_atomically

_STYLE = (
    "body{font:15px/1.6 'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;max-width:60rem;margin:2rem auto;"
    "padding:0 1rem;color:#222}table{border-collapse:collapse;width:100%}th,td{padding:.35rem .6rem;"
    "border-bottom:1px solid #ddd;text-align:left}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
    ".note{color:#666;font-size:13px}.warn{background:#fff3cd;padding:.4rem .8rem}"
)


def write_report(published: Path, reports: Path, day: date | None, language: str) -> Path | None:
    """Write the report of a day into `reports/<day>/`.

    Args:
        published: the published file or the link to it.
        reports: folder of all reports.
        day: the day; None for the last published one.
        language: zh or en.

    Returns:
        Path of report.html; None when nothing has been published or the day has no data.
    """
    if not published.exists():
        return None
    words = WORDS["en" if language == "en" else "zh"]
    with closing(duckdb.connect(str(published.resolve()), read_only=True)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(
            "SELECT max(day) FROM mart.inquiry_rate_daily WHERE $day IS NULL OR day = $day", {"day": day}
        ).fetchone()
        if found is None or found[0] is None:
            return None
        day = found[0]
        totals = connection.execute(TOTALS, {"day": day}).pl().row(0, named=True)
        steps = connection.execute(step_rates(language), {"day": day}).pl()
        verbatims = connection.execute(VERBATIMS, {"day": day}).pl()
        version = connection.execute("SELECT value FROM ops.meta WHERE key = 'published_version'").fetchall()[
            0
        ][0]
    folder = reports / str(day)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    pl.DataFrame([totals]).write_csv(folder / "data" / "totals.csv")
    steps.write_csv(folder / "data" / "step_rates.csv")
    verbatims.write_csv(folder / "data" / "verbatims.csv")
    facts = _facts(day, totals, steps, verbatims, str(version), words)
    write_atomically(folder / "report.md", _markdown(facts))
    path = folder / "report.html"
    write_atomically(path, _html(facts, language))
    return path


def _facts(
    day: date,
    totals: dict[str, Any],
    steps: pl.DataFrame,
    verbatims: pl.DataFrame,
    version: str,
    words: dict[str, str],
) -> dict[str, Any]:
    worst = steps.head(10)
    rows = [
        [
            row["product_name"],
            row["step_name"],
            f"{row['inquiries']:,}",
            f"{row['transactions']:,}",
            f"{row['per_10k']:.1f}",
            f"{row['per_10k_low']:.1f}–{row['per_10k_high']:.1f}",
            "" if row["per_10k_week_before"] is None else f"{row['per_10k_week_before']:.1f}",
        ]
        for row in worst.to_dicts()
    ]
    said = verbatims.join(
        worst.head(5).select("product", "step", "product_name", "step_name"), on=["product", "step"]
    )
    return {
        "words": words,
        "title": words["title"].format(day=day),
        "total": words["total"].format(
            n=f"{totals['inquiries'] or 0:,}",
            before="–" if totals["inquiries_week_before"] is None else f"{totals['inquiries_week_before']:,}",
            negative=f"{totals['negative'] or 0:,}",
            unmapped=f"{totals['unmapped'] or 0:,}",
        ),
        "partial": words["partial"] if totals["is_partial"] else "",
        "rows": rows,
        "said": [(f"{r['product_name']} · {r['step_name']}", r["problem"]) for r in said.to_dicts()],
        "made": words["made"].format(day=day, version=version),
    }


def _markdown(facts: dict[str, Any]) -> str:
    words = facts["words"]
    lines = [f"# {facts['title']}", "", facts["total"], ""]
    if facts["partial"]:
        lines += [f"> {facts['partial']}", ""]
    lines += [f"## {words['worst']}", ""]
    if facts["rows"]:
        heads = words["columns"].split("|")
        lines += ["| " + " | ".join(heads) + " |", "|---|---|" + "---:|" * (len(heads) - 2)]
        lines += ["| " + " | ".join(_plain(cell) for cell in row) + " |" for row in facts["rows"]]
    else:
        lines.append(words["none"])
    lines += ["", f"## {words['words']}", ""]
    lines += [f"- {_plain(where)}: {_plain(problem)}" for where, problem in facts["said"]]
    return "\n".join([*lines, "", facts["made"], ""])


def _plain(text: str) -> str:
    """Customers' text is never markup: what Markdown would read as a sign is escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>-])", r"\\\1", " ".join(text.split()))


def _html(facts: dict[str, Any], language: str) -> str:
    words = facts["words"]
    e = html.escape
    heads = words["columns"].split("|")
    head = "".join(f"<th{' class=n' if n > 1 else ''}>{e(h)}</th>" for n, h in enumerate(heads))
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=n' if n > 1 else ''}>{e(cell)}</td>" for n, cell in enumerate(row))
        + "</tr>"
        for row in facts["rows"]
    )
    table = (
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        if body
        else f"<p>{e(words['none'])}</p>"
    )
    said = "".join(f"<li>{e(where)}：{e(problem)}</li>" for where, problem in facts["said"])
    warn = f"<p class=warn>{e(facts['partial'])}</p>" if facts["partial"] else ""
    return (
        f"<!doctype html><html lang={'en' if language == 'en' else 'zh-CN'}><meta charset=utf-8>"
        f"<meta name=viewport content='width=device-width,initial-scale=1'><title>{e(facts['title'])}</title>"
        f"<style>{_STYLE}</style><h1>{e(facts['title'])}</h1><p>{e(facts['total'])}</p>{warn}"
        f"<h2>{e(words['worst'])}</h2>{table}<h2>{e(words['words'])}</h2><ul>{said}</ul>"
        f"<p class=note>{e(facts['made'])}</p></html>\n"
    )
