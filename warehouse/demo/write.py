"""Writes the sample workspace: configuration, inbox, and the truth beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from warehouse.demo import people
from warehouse.demo.catalog import problems
from warehouse.demo.generate import DayOfSample, customers_of, generate_parts
from warehouse.demo.story import VOLUME, Event, daily_counts, season, step_factor, story
from warehouse.workspace import write_atomically

Form = Literal["jsonl", "csv", "parquet", "mixed"]
_BAD_SHARE = 1 / 2000
_MIXED = {"chats": "jsonl", "calls": "parquet", "tickets": "csv"}
_KINDS = ("chats", "calls", "tickets", "transactions", "customers", "changes")
_REQUIRED = {
    "chats": ("conversation_id", "sent_at", "sender", "text"),
    "calls": ("call_id", "started_at", "speaker", "text"),
    "tickets": ("ticket_id", "created_at", "created_at", "description"),
}


def write_demo_workspace(
    home: Path,
    *,
    days: int = 28,
    inquiries: int = 12_000,
    seed: int = 7,
    last_day: date = date(2026, 11, 15),
    fmt: Form = "mixed",
) -> None:
    """Write a sample workspace: voc.yaml, journeys.yaml, tags.yaml, inbox/, and the truth in demo/.

    Args:
        home: the folder; made if it is not there.
        days: days of data.
        inquiries: in all.
        seed: another seed, another sample.
        last_day: the last day of data.
        fmt: form of chats, calls and tickets; `mixed` takes a different one for each.
    """
    for kind in _KINDS:
        (home / "inbox" / kind).mkdir(parents=True, exist_ok=True)
    for name in ("lexicon", "reports", "models", "published"):
        (home / name).mkdir(exist_ok=True)
    for name in ("voc.yaml", "journeys.yaml", "tags.yaml"):
        text = files("warehouse.demo").joinpath("workspace", name).read_text(encoding="utf-8")
        write_atomically(home / name, text)
    events = story(last_day, days)
    customers = customers_of(inquiries)
    bad = dict.fromkeys(("chats", "calls", "tickets", "transactions"), 0)
    pieces = home / "demo" / "pieces"
    pieces.mkdir(parents=True, exist_ok=True)
    per_day = inquiries / days / 1000
    for day, count in daily_counts(last_day, days, inquiries, events, seed).items():
        parts = generate_parts(day, count, seed=seed, customers=customers, events=events)
        _write_parts(home / "inbox", parts, fmt, seed, bad, pieces)
        table = _transactions(day, per_day, seed, bad)
        table.write_csv(home / "inbox" / "transactions" / f"transactions-{day}.csv")
    people.customer_table(customers).write_csv(home / "inbox" / "customers" / "customers.csv")
    _changes(events, last_day, days).write_csv(home / "inbox" / "changes" / "changes.csv")
    _write_truth(home / "demo", pieces, events, bad)


def _write_parts(
    inbox: Path, parts: Iterable[DayOfSample], fmt: Form, seed: int, bad: dict[str, int], pieces: Path
) -> None:
    for made in parts:
        rng = np.random.Generator(np.random.PCG64([seed, made.day.toordinal(), made.part, 2]))
        suffix = f"-{made.part + 1:03d}" if made.part else ""
        for kind, form in _MIXED.items():
            form = form if fmt == "mixed" else fmt
            frame = _spoiled(getattr(made, kind), kind, rng, bad)
            if frame.is_empty():
                continue
            path = inbox / kind / f"{kind}-{made.day}{suffix}.{form}"
            if form == "jsonl":
                frame.write_ndjson(path)
            elif form == "csv":
                frame.write_csv(path)
            else:
                frame.write_parquet(path, compression="zstd", compression_level=1)
        made.truth.write_parquet(pieces / f"{made.day}-{made.part:04d}.parquet")


def _spoiled(frame: pl.DataFrame, kind: str, rng: np.random.Generator, bad: dict[str, int]) -> pl.DataFrame:
    """A few rows that no landing should take: without an id, a speaker or a text, with a time that is none."""
    record, when, who, words = _REQUIRED[kind]
    fault = np.where(rng.random(frame.height) < _BAD_SHARE, rng.integers(1, 5, frame.height), 0)
    bad[kind] += int((fault > 0).sum())
    if who == when:  # tickets have no speaker
        fault = np.where(fault == 3, 2, fault)
    spoil = pl.Series("fault", fault)
    return frame.with_columns(
        pl.when(spoil != number).then(name).otherwise(pl.lit(put, pl.String)).alias(name)
        for number, name, put in ((1, record, None), (2, when, "昨天下午"), (3, who, None), (4, words, None))
        if not (number == 3 and who == when)
    )


def _changes(events: list[Event], last_day: date, days: int) -> pl.DataFrame:
    where = {p.id: (p.product, p.step) for p in problems()}
    rows: list[tuple[str | None, ...]] = [
        (event.first.isoformat(), *where[event.problem], event.change, event.title, f"CHG-{number:03d}")
        for number, event in enumerate(events, start=1)
        if event.change
    ]
    first = last_day - timedelta(days=days - 1)
    if days >= 14:
        policy = (first + timedelta(days=round(days * 0.3))).isoformat()
        rows.append((policy, "wallet", "transfer", "policy", "转账免费额度规则调整公告", "CHG-050"))
    festival = date(last_day.year, 11, 11)
    if first <= festival <= last_day:
        rows.append((festival.isoformat(), "wallet", None, "holiday", "双十一", "CHG-100"))
    schema = ["date", "product", "step", "kind", "title", "change_id"]
    return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")


def _transactions(day: date, per_day: float, seed: int, bad: dict[str, int]) -> pl.DataFrame:
    """Transactions of a day: a row a step; the wallet also gives its own total. One row is spoiled each 14 days."""
    rng = np.random.Generator(np.random.PCG64([seed, day.toordinal(), 6]))
    rows: list[tuple[str, str, str | None, int, int]] = []
    for (product, step), volume in VOLUME.items():
        expected = max(volume * per_day * season(day) * rng.gamma(900, 1 / 900), 1)
        count = int(rng.poisson(expected))
        rows.append((day.isoformat(), product, step, count, int(count * 0.82)))
    wallet = sum(row[3] for row in rows if row[1] == "wallet")
    rows.append((day.isoformat(), "wallet", None, wallet, int(wallet * 0.5)))
    if day.toordinal() % 14 == 0:
        rows.append((day.isoformat(), "cash_loan", "collect", -1, 0))
        bad["transactions"] += 1
    names = ("date", "product", "step")
    schema = {**dict.fromkeys(names, pl.String), "transactions": pl.Int64, "users": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _write_truth(folder: Path, pieces: Path, events: list[Event], bad: dict[str, int]) -> None:
    pl.scan_parquet(sorted(pieces.iterdir())).sink_parquet(folder / "truth.parquet")
    for piece in pieces.iterdir():
        piece.unlink()
    pieces.rmdir()
    where = {p.id: p for p in problems()}
    told = [
        {
            "kind": event.kind,
            "product": where[event.problem].product,
            "step": where[event.problem].step,
            "problem": event.problem,
            "cause": where[event.problem].cause,
            "from": event.first.isoformat(),
            "to": event.last.isoformat(),
            "factor": None if event.kind == "new" else event.factor,
            "step_factor": round(step_factor(event), 2),
            "change": event.title,
        }
        for event in events
    ]
    truth = {"story": told, "bad_rows": bad}
    write_atomically(folder / "truth.json", json.dumps(truth, ensure_ascii=False, indent=1))
