"""What is wrong with the data: said first, where it matters for reading the numbers."""

from __future__ import annotations

from datetime import date

from dashboards import formats
from dashboards.report.blocks import Point, Points, Section
from dashboards.report.facts import Facts
from dashboards.report.parts import common

_SOURCES = ("chats", "calls", "tickets")
_USUAL = 0.6  # a source that comes on so many of the days is expected on the others, too
_UNMAPPED = 0.25
_WITHOUT = 0.05


def caveats(facts: Facts) -> Section | None:
    """All caveats, the gravest first; None when there are none."""
    found = [*_days(facts), *_held(facts), *_alerts(facts), *_mapping(facts)]
    if not found:
        return None
    points = tuple(Point("", text, tone="worse") for text in found)
    return Section("caveats", facts.w("caveats"), (Points(points),))


def _days(facts: Facts) -> list[str]:
    """Missing days, sources and transactions; what else is partial."""
    w, rows = facts.w, facts.coverage.to_dicts()
    days = [row for row in rows if facts.now.start <= row["day"] <= facts.now.end]
    missing = sorted(row["day"] for row in days if row["is_missing"])
    found: list[str] = []
    if missing and not facts.has_data:
        found.append(w("caveat.missing_only"))
    elif missing:
        found.append(w("caveat.missing_day", days=common.day_list(facts, missing)))
    explained: set[date] = set(missing)
    there = [row for row in rows if not row["is_missing"]]
    for source in _SOURCES:
        counts = sorted(row[source] or 0 for row in there)
        if not there or sum(n > 0 for n in counts) < _USUAL * len(there):
            continue
        lacking = sorted(row["day"] for row in days if not row["is_missing"] and not row[source])
        # A quiet day of a small source is no gap: a Poisson count with this mean is zero less than once in 400 days.
        usual = sum(counts) / max(sum(n > 0 for n in counts), 1)
        if lacking and usual >= 6:
            explained |= set(lacking)
            found.append(
                w(
                    "caveat.source",
                    days=common.day_list(facts, lacking),
                    source=w.of("source", source),
                    n=formats.count(usual),
                )
            )
    rated = [row for row in there if row["transactions"]]
    if not rated and there:
        found.append(w("caveat.no_rates"))
    elif len(rated) >= _USUAL * len(there):
        lacking = sorted(row["day"] for row in days if not row["is_missing"] and not row["transactions"])
        if lacking:
            explained |= set(lacking)
            found.append(w("caveat.transactions", days=common.day_list(facts, lacking)))
    partial = sorted(row["day"] for row in days if row["is_partial"] and row["day"] not in explained)
    if partial:
        found.append(w("caveat.partial", days=common.day_list(facts, partial)))
    return found


def _held(facts: Facts) -> list[str]:
    w = facts.w
    found = [
        w(
            "caveat.held",
            days=formats.day(row["day"], w.language),
            reason=row["message"] or w.of("status", None),
        )
        for row in facts.held
    ]
    if facts.failed:
        days = sorted({row["day"] for row in facts.failed})
        what = w.listed(sorted({f"{row['table_name']} {row['check_name']}" for row in facts.failed})[:3])
        found.append(w("caveat.failed", days=common.day_list(facts, days), n=len(facts.failed), what=what))
    if facts.refused:
        files = w.listed([row["file"] for row in facts.refused[:3]]) + ("…" if len(facts.refused) > 3 else "")
        found.append(w("caveat.refused", n=len(facts.refused), files=files))
    return found


def _alerts(facts: Facts) -> list[str]:
    from dashboards.report.parts.news import sentence

    going = [row for row in facts.ongoing if row["last_day"] >= facts.now.start]
    return [sentence(facts, row) for row in (*facts.alerts, *going) if row["kind"].startswith("data_")]


def _mapping(facts: Facts) -> list[str]:
    w, now = facts.w, facts.totals_recent.get("now", {})
    if not facts.steps_known:
        return [w("caveat.no_steps")]
    found = []
    inquiries = now.get("inquiries") or 0
    if inquiries and now["unmapped"] / inquiries > _UNMAPPED:
        share = formats.share(now["unmapped"] / inquiries)
        found.append(w("caveat.unmapped", share=share, n=formats.count(now["unmapped"])))
    lacking = facts.without_transactions
    if now.get("transactions") and inquiries and lacking["inquiries"].sum() > _WITHOUT * inquiries:
        places = [
            common.place(facts, row["product"], row["step"]) for row in lacking.head(4).iter_rows(named=True)
        ]
        found.append(w("caveat.denominator", places=w.listed(places) + ("…" if lacking.height > 4 else "")))
    return found
