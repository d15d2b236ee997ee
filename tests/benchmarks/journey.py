"""`python -m tests.benchmarks.journey [WORKSPACE]`: steps and causes on questions that a person labelled, each beside
its target; how far confidence is to be believed; speed; and, given a sample workspace, its truth.

The labels (tests/fixtures/atec_labels) name questions of ../shared/data by id: half `dev` and `more` were looked at
while the mapping was made, half `test` was not.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import yaml

from insight.journey.calibration import calibration_error, reliability
from insight.journey.causes import CAUSES, causes
from insight.journey.learned import learn
from insight.journey.repeats import repeats
from insight.journey.steps_of import resolve, steps_of
from tests.support import SHARED
from warehouse.config import Journeys

LABELS = Path(__file__).parents[1] / "fixtures" / "atec_labels"
ENGLISH = {
    "bitext_support_intents_dev": "text",
    "banking77_dev": "text",
    "dstc11_insurance_utterances_dev": "text",
    "twitter_support_dev": "text",
}
SPEED_ROWS = 200_000
DAY_ROWS = 100_000
# A journey of one app, with the intents of BANKING77 that belong to its steps; words and examples of the author's own.
BANKING = """
products:
  - id: app
    steps:
      - {id: verify, name: Verify identity, words: [verify, identity, verification], examples: [how do i prove who i am, why do you need my documents]}
      - {id: card, name: Order a card, words: [new card, virtual card, physical card], examples: [i want a card, when will my card come, how to get one more card]}
      - {id: topup, name: Top up, words: [top up, top-up, topping up], examples: [how do i add money, my top up did not go through]}
      - {id: transfer, name: Transfer, words: [transfer, transfers], examples: [i sent money and it has not come, the money to my friend was rejected]}
      - {id: withdraw, name: Withdraw cash, words: [withdraw, withdrawal, atm, cash machine], examples: [the machine gave me less cash, which machines can i use]}
      - {id: exchange, name: Exchange, words: [exchange, exchange rate, currency, currencies], examples: [what rate do i get for euros, the conversion was wrong]}
"""
INTENTS = {
    "verify": [
        "unable_to_verify_identity",
        "verify_my_identity",
        "verify_source_of_funds",
        "why_verify_identity",
    ],
    "card": [
        "card_arrival",
        "card_delivery_estimate",
        "get_disposable_virtual_card",
        "get_physical_card",
        "getting_spare_card",
        "getting_virtual_card",
        "order_physical_card",
    ],
    "topup": [
        "automatic_top_up",
        "pending_top_up",
        "top_up_by_bank_transfer_charge",
        "top_up_by_card_charge",
        "top_up_by_cash_or_cheque",
        "top_up_failed",
        "top_up_limits",
        "top_up_reverted",
        "topping_up_by_card",
        "verify_top_up",
    ],
    "transfer": [
        "cancel_transfer",
        "declined_transfer",
        "failed_transfer",
        "pending_transfer",
        "transfer_fee_charged",
        "transfer_into_account",
        "transfer_not_received_by_recipient",
        "transfer_timing",
        "beneficiary_not_allowed",
    ],
    "withdraw": [
        "atm_support",
        "cash_withdrawal_charge",
        "cash_withdrawal_not_recognised",
        "declined_cash_withdrawal",
        "pending_cash_withdrawal",
        "wrong_amount_of_cash_received",
    ],
    "exchange": ["exchange_charge", "exchange_rate", "exchange_via_app", "fiat_currency_support"],
}


def load(path: Path) -> Journeys:
    """A journeys.yaml."""
    return Journeys.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def labelled() -> pl.DataFrame:
    """inquiry_id, half, product, step, cause, cause_also, text."""
    texts = pl.read_parquet(SHARED / "atec_pairs_dev.parquet")
    labels = pl.read_csv(LABELS / "labels.csv")
    return labels.join(
        texts.select("pair_id", text="question_a"), on="pair_id", how="left", maintain_order="left"
    ).rename({"pair_id": "inquiry_id"})


def as_inquiries(texts: pl.DataFrame) -> pl.DataFrame:
    """Texts as inquiries of which the source gave nothing."""
    nothing = pl.lit(None, pl.String)
    return texts.select("inquiry_id", product=nothing, step=nothing, problem=pl.col("text"))


def right(frame: pl.DataFrame) -> pl.Series:
    """Whether product and step are as labelled; what has no step in truth is right when it gets none."""
    same = pl.col("step").eq_missing(pl.col("found_step")) & (
        pl.col("product").eq_missing(pl.col("found_product")) | pl.col("step").is_null()
    )
    return frame.select(same).to_series()


def macro_f1(truth: pl.Series, found: pl.Series) -> float:
    """Mean F1 of the causes that occur in truth."""
    scores = []
    for cause in truth.unique().to_list():
        both = ((truth == cause) & (found == cause)).sum()
        scores.append(2 * both / ((truth == cause).sum() + (found == cause).sum()))
    return sum(scores) / len(scores)


def line(name: str, value: str, target: str = "") -> None:
    """One measured number beside its target."""
    print(f"  {name:<58} {value:>14}   {target}")


def on_questions() -> None:
    """Steps and causes of the labelled questions."""
    truth = labelled()
    journeys = load(LABELS / "journeys.yaml")
    decided = steps_of(as_inquiries(truth), journeys)
    found = truth.join(
        decided.rename({"product": "found_product", "step": "found_step"}),
        on="inquiry_id",
        maintain_order="left",
    ).join(
        causes(truth.select("inquiry_id", "text")).rename({"cause": "found_cause"}),
        on="inquiry_id",
        maintain_order="left",
    )
    for half in ("dev", "more", "test"):
        part = found.filter(pl.col("half") == half)
        held = half == "test"
        print(
            f"{part.height} real questions, {'held out' if held else 'looked at while developing'} ({half})"
        )
        share = float(right(part).cast(pl.Float64).mean() or 0)  # type: ignore[arg-type]
        error = (share * (1 - share) / part.height) ** 0.5
        line("step right, from journeys.yaml alone", f"{share:.3f} ± {error:.3f}", ">= .85" if held else "")
        line("unmapped", f"{part['found_step'].is_null().mean():.3f}", "<= .10" if held else "")
        line("cause right", f"{(part['cause'] == part['found_cause']).mean():.3f}")
        also = (part["cause"] == part["found_cause"]) | (part["cause_also"] == part["found_cause"]).fill_null(
            False
        )
        line("cause right, or the label's second", f"{also.mean():.3f}")
        line("cause, macro-F1", f"{macro_f1(part['cause'], part['found_cause']):.3f}")
    test = found.filter(pl.col("half") == "test")
    print("\ncauses of the held-out questions: labelled (rows), found (columns)")
    print(" " * 15 + "".join(f"{cause[:8]:>10}" for cause in CAUSES))
    for cause in CAUSES:
        row = test.filter(pl.col("cause") == cause)
        if row.height:
            print(
                f"  {cause:<13}" + "".join(f"{(row['found_cause'] == other).sum():>10}" for other in CAUSES)
            )
    table = reliability(decided.join(test, on="inquiry_id", how="semi"), test, bins=5)
    print("\nis confidence to be believed? (held out)")
    show(table)


def show(table: pl.DataFrame) -> None:
    """A reliability table and its error."""
    for row in table.iter_rows(named=True):
        print(
            f"  {row['method']:<11} {row['from']:.1f}-{row['to']:.1f}  {row['count']:>6}  said {row['confidence']:.2f}"
            f"  right {row['accuracy']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
        )
    line("expected calibration error", f"{calibration_error(table):.3f}")


def on_sample(home: Path) -> None:
    """A sample workspace against its truth, with and without what its given steps teach."""
    journeys = load(home / "journeys.yaml")
    columns = ["inquiry_id", "started_at", "day", "product", "step", "problem"]
    inquiries = (
        pl.scan_delta(str(home / "store" / "core.inquiries")).filter("is_inquiry").select(columns).collect()
    )
    truth = pl.read_parquet(next(home.rglob("truth.parquet"))).filter("is_inquiry")
    inquiries = inquiries.join(truth, on="inquiry_id", how="semi").sort("started_at", "inquiry_id")
    known = resolve(inquiries, journeys).with_columns(method=pl.lit("given"))
    days = inquiries["day"].unique().sort().to_list()
    half = days[len(days) // 2]
    later = inquiries.filter(pl.col("day") >= half)
    past = learn(known.filter(pl.col("day") < half).drop_nulls(["product", "step"]), journeys)
    print(f"\nsample workspace, {later.height} inquiries of the later {len(days) - len(days) // 2} days")
    for name, learned in (("journeys.yaml alone", None), ("and steps given in the days before", past)):
        decided = steps_of(later, journeys, learned=learned)
        found = decided.rename({"product": "found_product", "step": "found_step"}).join(
            truth.select("inquiry_id", "product", "step"), on="inquiry_id"
        )
        open_ = found.filter(pl.col("method").ne_missing("given") | pl.col("found_step").is_null())
        line(f"step right ({name})", f"{right(found).mean():.3f}", ">= .90" if learned else "")
        line("  of those that the source gave no step for", f"{right(open_).mean():.3f}")
        line("  unmapped of these", f"{open_['found_step'].is_null().mean():.3f}")
        show(reliability(decided.filter(pl.col("method") != "given"), truth, bins=5))
    said = causes(later.select("inquiry_id", text="problem")).rename({"cause": "found"})
    both = said.join(truth.select("inquiry_id", "cause"), on="inquiry_id").drop_nulls()
    line("cause right", f"{(both['cause'] == both['found']).mean():.3f}")
    line("cause, macro-F1", f"{macro_f1(both['cause'], both['found']):.3f}")


def on_banking() -> None:
    """Steps of English questions to a bank, by their intent: a second opinion on journeys.yaml alone."""
    wanted = [(intent, step) for step, intents in INTENTS.items() for intent in intents]
    labels = pl.DataFrame(wanted, schema=["intent", "step"], orient="row")
    truth = (
        pl.read_parquet(SHARED / "banking77_dev.parquet")
        .join(labels, on="intent")
        .with_row_index("n")
        .select(
            pl.col("n").cast(pl.String).alias("inquiry_id"), pl.lit("app").alias("product"), "step", "text"
        )
    )
    decided = steps_of(as_inquiries(truth), Journeys.model_validate(yaml.safe_load(BANKING)))
    found = truth.join(decided.rename({"product": "found_product", "step": "found_step"}), on="inquiry_id")
    print(f"\n{found.height} English questions of {labels.height} intents, six steps (BANKING77)")
    line("step right, from journeys.yaml alone", f"{right(found).mean():.3f}")
    line("unmapped", f"{found['found_step'].is_null().mean():.3f}")
    line("right, of those mapped", f"{right(found.drop_nulls('found_step')).mean():.3f}")


def on_english() -> None:
    """How many English texts get a cause at all."""
    print("\nEnglish: share of texts without a cause")
    for name, column in ENGLISH.items():
        frame = pl.read_parquet(SHARED / f"{name}.parquet")
        if "direction" in frame.columns:
            frame = frame.filter(pl.col("direction") == "inbound")
        texts = frame.select(pl.int_range(pl.len()).cast(pl.String).alias("inquiry_id"), text=column)
        found = causes(texts)["cause"]
        line(f"{name} ({texts.height})", f"{(found == 'other').mean():.3f}")


def speed() -> None:
    """Inquiries per second of steps, causes and repeats together."""
    journeys = load(LABELS / "journeys.yaml")
    texts = pl.read_parquet(SHARED / "atec_pairs_dev.parquet")["question_a"]
    many = pl.concat([texts] * (SPEED_ROWS // len(texts) + 1)).head(SPEED_ROWS)
    frame = (
        pl.DataFrame({"text": many})
        .with_row_index("n")
        .with_columns(pl.col("n").cast(pl.String).alias("inquiry_id"))
    )
    inquiries = as_inquiries(frame)
    # Any will do for speed; as many as the step learns from at most.
    known = steps_of(inquiries.head(texts.len()), journeys).join(
        inquiries.select("inquiry_id", "problem"), on="inquiry_id"
    )
    usable = known.drop_nulls("step").with_columns(method=pl.lit("given"))
    learn(usable.head(1000), journeys)  # compiling aside
    begin = time.perf_counter()
    learned = learn(usable, journeys)
    learning = time.perf_counter() - begin
    count = int(learned.counts["given"].sum()) if learned else 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = {}
    for name, artifact in (("steps", None), ("steps, with a classifier", learned)):
        steps_of(inquiries.head(2000), journeys, learned=artifact)  # compiling and reading of words aside
        begin = time.perf_counter()
        decided = steps_of(inquiries, journeys, learned=artifact)
        seconds[name] = time.perf_counter() - begin
    begin = time.perf_counter()
    causes(frame.select("inquiry_id", "text"))
    seconds["causes"] = time.perf_counter() - begin
    placed = decided.select(
        "inquiry_id",
        pl.concat_str(pl.lit("u"), pl.col("inquiry_id").str.slice(0, 4)).alias("customer_key"),
        pl.lit(datetime(2026, 11, 2, tzinfo=UTC)).dt.cast_time_unit("us").alias("started_at"),
        "product",
        "step",
        pl.lit(None, pl.String).alias("topic_id"),
    )
    begin = time.perf_counter()
    repeats(placed, placed.clear())
    seconds["repeats"] = time.perf_counter() - begin
    print(f"\nspeed on {SPEED_ROWS:,} real questions, {pl.thread_pool_size()} threads")
    for name, took in seconds.items():
        line(name, f"{SPEED_ROWS / took:,.0f}/s")
    all_of_it = sum(seconds.values()) - seconds["steps"]
    line("all (with a classifier)", f"{SPEED_ROWS / all_of_it:,.0f}/s", ">= 20,000/s")
    line(f"learning, once a week, from {count:,} known inquiries", f"{learning:.2f} s")
    with_learning = all_of_it * DAY_ROWS / SPEED_ROWS + learning
    line(f"all and learning, a day of {DAY_ROWS:,}", f"{DAY_ROWS / with_learning:,.0f}/s", ">= 20,000/s")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    line("memory above the start", f"{grown / 1024:,.0f} MB")


def main(workspace: str | None = None) -> None:
    """Print everything."""
    if not (SHARED / "atec_pairs_dev.parquet").exists():
        print("skipped: the development data (../shared/data) is not here")
        return
    on_questions()
    if workspace:
        on_sample(Path(workspace))
    on_banking()
    on_english()
    speed()


if __name__ == "__main__":
    main(*sys.argv[1:])
