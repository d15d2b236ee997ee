"""Writes the sample workspace: configuration, inbox, and the truth beside it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from warehouse.demo.generate import DayOfSample, generate_day
from warehouse.demo.story import VOLUME, Event, daily_counts, season, story
from warehouse.workspace import write_atomically

Form = Literal["jsonl", "csv", "parquet", "mixed"]
_FILE_ROWS = 500_000
_BAD_SHARE = 1 / 2000
_MIXED = {"chats": "jsonl", "calls": "parquet", "tickets": "csv"}
_KINDS = ("chats", "calls", "tickets", "transactions", "customers", "changes")


def write_demo_workspace(
    home: Path,
    *,
    days: int = 28,
    inquiries: int = 12_000,
    seed: int = 7,
    last_day: date = date(2026, 11, 15),
    fmt: Form = "mixed",
) -> None:
    """Write a sample workspace.

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
    customers = max(50, int(inquiries * 0.6))
    counts = daily_counts(last_day, days, inquiries, events)
    bad: dict[str, int] = {}
    truth = []
    for day, count in counts.items():
        made = generate_day(day, count, seed=seed, customers=customers, events=events)
        truth.append(made.truth)
        _write_day(home / "inbox", day, made, fmt, np.random.default_rng([seed, day.toordinal(), 2]), bad)
    _customers(customers, seed).write_csv(home / "inbox" / "customers" / "customers.csv")
    _changes(events, last_day, days).write_csv(home / "inbox" / "changes" / "changes.csv")
    per_day = inquiries / days / 1000
    for day in counts:
        _transactions(day, per_day, seed).write_csv(
            home / "inbox" / "transactions" / f"transactions-{day}.csv"
        )
    _write_truth(home / "demo", truth, events, bad)


def _write_day(
    inbox: Path, day: date, made: DayOfSample, fmt: Form, rng: np.random.Generator, bad: dict[str, int]
) -> None:
    for kind in ("chats", "calls", "tickets"):
        frame: pl.DataFrame = getattr(made, kind)
        form = _MIXED[kind] if fmt == "mixed" else fmt
        frame = _spoiled(frame, kind, rng, bad)
        parts = max(1, -(-frame.height // _FILE_ROWS))
        for number in range(parts):
            part = frame.slice(number * _FILE_ROWS, _FILE_ROWS)
            suffix = f"-{number + 1}" if parts > 1 else ""
            path = inbox / kind / f"{kind}-{day}{suffix}.{form}"
            if form == "jsonl":
                part.write_ndjson(path)
            elif form == "csv":
                part.write_csv(path)
            else:
                part.write_parquet(path, compression="zstd", compression_level=1)


def _spoiled(frame: pl.DataFrame, kind: str, rng: np.random.Generator, bad: dict[str, int]) -> pl.DataFrame:
    """A few rows that no landing should take: without a text, with a time that is none."""
    when, words = {
        "chats": ("sent_at", "text"),
        "calls": ("started_at", "text"),
        "tickets": ("created_at", "description"),
    }[kind]
    draw = pl.Series(rng.random(frame.height))
    no_text, no_time = draw < _BAD_SHARE / 2, (draw >= _BAD_SHARE / 2) & (draw < _BAD_SHARE)
    bad[kind] = bad.get(kind, 0) + int(no_text.sum()) + int(no_time.sum())
    return frame.with_columns(frame[words].set(no_text, None), frame[when].set(no_time, "昨天下午"))


def _customers(count: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng([seed, 5])

    def pick(values: list[str | None], odds: list[float]) -> pl.Series:
        return pl.Series(values, dtype=pl.String).gather(pl.Series(rng.choice(len(values), count, p=odds)))

    return pl.DataFrame(
        {
            "customer_id": "U" + pl.Series(np.arange(count)).cast(pl.String).str.zfill(8),
            "age_band": pick(["18-24", "25-34", "35-44", "45-59", "60+"], [0.18, 0.34, 0.24, 0.16, 0.08]),
            "region": pick(
                ["华东", "华南", "华北", "华中", "西南", "西北", "东北"],
                [0.3, 0.2, 0.16, 0.13, 0.12, 0.05, 0.04],
            ),
            "tenure": pick(["<3m", "3-12m", "1-3y", ">3y"], [0.15, 0.25, 0.35, 0.25]),
            "device": pick(["android", "ios", "harmony"], [0.5, 0.32, 0.18]),
            "accessibility": pick([None, "screen_reader", "large_text"], [0.93, 0.02, 0.05]),
        }
    )


def _changes(events: list[Event], last_day: date, days: int) -> pl.DataFrame:
    from warehouse.demo.catalog import problems

    where = {p.id: (p.product, p.step) for p in problems()}
    rows: list[tuple[str | None, ...]] = [
        (event.first.isoformat(), *where[event.problem], event.change, event.title, f"CHG-{number:03d}")
        for number, event in enumerate(events, start=1)
        if event.change
    ]
    festival = date(last_day.year, 11, 11)
    if last_day - timedelta(days=days) < festival <= last_day:
        rows.append((festival.isoformat(), "wallet", None, "holiday", "双十一", "CHG-100"))
    schema = ["date", "product", "step", "kind", "title", "change_id"]
    return pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")


def _transactions(day: date, per_day: float, seed: int) -> pl.DataFrame:
    """Transactions of a day: a row a step; the wallet also gives its own total. One row is spoiled each 14 days."""
    rng = np.random.default_rng([seed, day.toordinal(), 6])
    rows: list[tuple[str, str, str | None, int, int]] = []
    for (product, step), volume in VOLUME.items():
        count = int(rng.poisson(max(volume * per_day * season(day), 1)))
        rows.append((day.isoformat(), product, step, count, int(count * 0.82)))
    wallet = sum(row[3] for row in rows if row[1] == "wallet")
    rows.append((day.isoformat(), "wallet", None, wallet, int(wallet * 0.5)))
    if day.toordinal() % 14 == 0:
        rows.append((day.isoformat(), "cash_loan", "collect", -1, 0))
    schema = {
        "date": pl.String,
        "product": pl.String,
        "step": pl.String,
        "transactions": pl.Int64,
        "users": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _write_truth(folder: Path, truth: list[pl.DataFrame], events: list[Event], bad: dict[str, int]) -> None:
    folder.mkdir(exist_ok=True)
    pl.concat(truth).write_parquet(folder / "truth.parquet")
    told = [
        {
            "kind": event.kind,
            "problem": event.problem,
            "from": event.first.isoformat(),
            "to": event.last.isoformat(),
            "factor": event.factor,
            "change": event.title,
        }
        for event in events
    ]
    write_atomically(
        folder / "truth.json", json.dumps({"story": told, "bad_rows": bad}, ensure_ascii=False, indent=1)
    )
