"""Which product and step an inquiry is about: as given, else by words, else by likeness to examples."""

from __future__ import annotations

import numpy as np
import polars as pl

from insight.journey.calibration import DEFAULT, confidence
from insight.journey.evidence import evidence_of, with_learned
from insight.journey.learned import Learned
from insight.journey.linear import Linear, probabilities
from insight.journey.scoring import ENOUGH, MARGIN, best_steps, products_in
from warehouse.config import Journeys

UNSURE = 0.5  # an inquiry stays unmapped where a step is more likely wrong than right
_PRODUCT_ALONE = 0.5
_OTHERS = 2  # secondary steps that are kept
_SLICE = 50_000  # texts at a time: their evidence is held in memory
_DECIDED = ("product", "step", "confidence", "method")

RESULT = {
    "inquiry_id": pl.String(),
    "product": pl.String(),
    "step": pl.String(),
    "confidence": pl.Float64(),
    "method": pl.String(),
    "secondary_steps": pl.List(pl.String()),
}


def resolve(frame: pl.DataFrame, journeys: Journeys) -> pl.DataFrame:
    """Products and steps by any of their names, to ids; unknown names stay as they are.

    A step given without a product gets the product if only one has a step of that name.

    Args:
        frame: has `product` and `step`.
    """
    names = journeys.names()
    pairs = [
        (product.id, name, step)
        for product in journeys.products
        for name, step in journeys.step_names(product.id).items()
    ]
    product = pl.col("product").str.strip_chars()
    made = frame.with_columns(
        product.str.to_lowercase()
        .replace_strict(names, default=product, return_dtype=pl.String)
        .alias("product")
        if names
        else product,
        pl.col("step").str.strip_chars(),
    )
    if not pairs:
        return made
    known = pl.DataFrame(
        pairs, schema={"product": pl.String, "_name": pl.String, "_step": pl.String}, orient="row"
    )
    alone = known.filter(pl.col("product").n_unique().over("_name") == 1).select(
        "_name", pl.col("product").alias("_product")
    )
    return (
        made.with_columns(pl.col("step").str.to_lowercase().alias("_name"))
        .join(alone.unique("_name"), on="_name", how="left", maintain_order="left")
        .with_columns(pl.coalesce("product", "_product").alias("product"))
        .join(known, on=["product", "_name"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("_step", "step").alias("step"))
        .drop("_name", "_step", "_product")
    )


def steps_of(
    inquiries: pl.DataFrame,
    journeys: Journeys,
    *,
    corrections: pl.DataFrame | None = None,
    learned: Learned | None = None,
) -> pl.DataFrame:
    """Product and step of each inquiry, in `RESULT`'s columns.

    In this order: what a person corrected; what the source gave; the evidence of journeys.yaml (`rule` where mostly
    a step's own words speak, `similarity` where mostly likeness to examples, to known inquiries and to what is said at
    such steps everywhere); the classifier that was
    trained on known inquiries, where there is one and it is surer than the evidence (`model`). What has too little
    evidence or a tie stays unmapped. Confidence is 1 for the first two, else a calibrated probability.

    Args:
        inquiries: inquiry_id, product, step (as the source gave them), problem.
        journeys: journeys.yaml.
        corrections: inquiry_id, product, step (see `corrections.py`); null: not corrected.
        learned: what was learned from given and corrected inquiries.
    """
    texts = inquiries.select("inquiry_id", "product", "step", pl.col("problem").alias("text"))
    given = resolve(_corrected(texts, corrections), journeys)
    known = given.filter(pl.col("step").is_not_null())
    open_ = given.filter(pl.col("step").is_null())
    usable = learned if learned is not None and _fits(learned, journeys) else None
    decided = pl.concat(
        [
            known.select(
                "inquiry_id",
                "product",
                "step",
                pl.lit(1.0).alias("confidence"),
                pl.when("by_hand").then(pl.lit("corrected")).otherwise(pl.lit("given")).alias("method"),
                pl.lit(None, pl.List(pl.String)).alias("secondary_steps"),
            ),
            *(_by_evidence(part, journeys, usable) for part in open_.iter_slices(_SLICE)),
        ]
    )
    said = pl.col("product").is_not_null()
    rest = given.join(decided, on="inquiry_id", how="anti").select(
        "inquiry_id",
        "product",
        pl.lit(None, pl.String).alias("step"),
        pl.when(said).then(1.0).alias("confidence"),
        pl.when(said & pl.col("by_hand"))
        .then(pl.lit("corrected"))
        .when(said)
        .then(pl.lit("given"))
        .alias("method"),
        pl.lit(None, pl.List(pl.String)).alias("secondary_steps"),
    )
    return inquiries.select("inquiry_id").join(
        pl.concat([decided, rest]), on="inquiry_id", how="left", maintain_order="left"
    )


def _corrected(texts: pl.DataFrame, corrections: pl.DataFrame | None) -> pl.DataFrame:
    """With corrected products and steps in place of the given ones, and `by_hand`.

    A corrected product takes the given step with it: a step is one of its product.
    """
    if corrections is None or corrections.is_empty():
        return texts.with_columns(pl.lit(False).alias("by_hand"))
    last = corrections.select("inquiry_id", _product="product", _step="step").unique(
        "inquiry_id", keep="last", maintain_order=True
    )
    touched = pl.col("_product").is_not_null() | pl.col("_step").is_not_null()
    moved = pl.col("_product").is_not_null() & (pl.col("_product") != pl.col("product")).fill_null(True)
    return (
        texts.join(last, on="inquiry_id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("_step", pl.when(~moved).then("step")).alias("step"),
            pl.coalesce("_product", "product").alias("product"),
            touched.alias("by_hand"),
        )
        .drop("_product", "_step")
    )


def _fits(learned: Learned, journeys: Journeys) -> bool:
    """Whether any step that was learned is still one of journeys.yaml."""
    steps = journeys.step_table().select("product", "step")
    return not learned.counts.join(steps, on=["product", "step"], how="semi").is_empty()


def _by_evidence(texts: pl.DataFrame, journeys: Journeys, learned: Learned | None) -> pl.DataFrame:
    asked = texts.filter(pl.col("text").is_not_null()).with_row_index("n")
    if asked.is_empty():
        return pl.DataFrame(schema=RESULT)
    evidence = evidence_of(journeys)
    if learned is not None:
        steps = journeys.step_table().select("product", "step")
        evidence = with_learned(evidence, learned.pieces.join(steps, on=["product", "step"], how="semi"))
    given = asked.filter(pl.col("product").is_not_null()).select("n", "product")
    named = products_in(asked.select("n", "text"), evidence)
    best = best_steps(asked.select("n", "text"), evidence, named, given).filter(pl.col("step").is_not_null())
    sure = confidence(learned.calibration if learned else DEFAULT)
    decided = (
        best.with_columns(sure.alias("confidence"))
        .filter(pl.col("score") >= ENOUGH, pl.col("margin") >= MARGIN)
        .select(
            "n",
            "product",
            "step",
            "confidence",
            pl.when(pl.col("own") >= 0.5 * pl.col("score"))
            .then(pl.lit("rule"))
            .otherwise(pl.lit("similarity"))
            .alias("method"),
        )
    )
    if learned is not None and learned.model is not None:
        surer = by_model(asked.select("n", "text"), learned.model, journeys, given)
        decided = pl.concat([decided, surer]).sort(
            "n", "confidence", "method", descending=[False, True, True]
        )
        decided = decided.unique("n", keep="first", maintain_order=True)
    others = best.select("n", "secondary")
    by_step = (
        decided.filter(pl.col("confidence") >= UNSURE)
        .join(others, on="n", how="left")
        .with_columns(
            pl.col("secondary")
            .list.set_difference(pl.concat_list(pl.concat_str("product", pl.lit("/"), "step")))
            .list.head(_OTHERS)
            .alias("secondary_steps")
        )
        .drop("secondary")
    )
    by_product = _by_product(named.join(given, on="n", how="anti")).join(by_step, on="n", how="anti")
    return pl.concat([by_step, by_product]).join(asked.select("n", "inquiry_id"), on="n").select(list(RESULT))


def _by_product(named: pl.DataFrame) -> pl.DataFrame:
    """The product alone, of texts that name one more clearly than any other."""
    return named.filter(
        pl.col("bonus") == pl.col("bonus").max().over("n"),
        (pl.col("bonus") == pl.col("bonus").max().over("n")).sum().over("n") == 1,
    ).select(
        "n",
        "product",
        pl.lit(None, pl.String).alias("step"),
        pl.lit(_PRODUCT_ALONE).alias("confidence"),
        pl.lit("rule").alias("method"),
        pl.lit(None, pl.List(pl.String)).alias("secondary_steps"),
    )


def by_model(texts: pl.DataFrame, model: Linear, journeys: Journeys, given: pl.DataFrame) -> pl.DataFrame:
    """The classifier's step of each text: n, product, step, confidence, method.

    Args:
        texts: n, text.
        model: trained on known inquiries.
        journeys: steps that it does not have are not chosen.
        given: n, product: products that are known.
    """
    known = set(journeys.step_table().select("product", "step").iter_rows())
    alive = np.array([pair in known for pair in model.classes])
    if not alive.any() or texts.is_empty():
        return pl.DataFrame(schema={"n": pl.UInt32, **{name: RESULT[name] for name in _DECIDED}})
    chances = probabilities(model, texts["text"])
    chances[:, ~alive] = 0
    if not given.is_empty():
        products = np.array([product for product, _ in model.classes])
        rows = texts.with_row_index("_row").join(given, on="n").select("_row", "product")
        for product in rows["product"].unique().to_list():
            mine = rows.filter(pl.col("product") == product)["_row"].to_numpy()
            chances[np.ix_(mine, products != product)] = 0
    best = chances.argmax(axis=1)
    pairs = pl.DataFrame(list(model.classes), schema={"product": pl.String, "step": pl.String}, orient="row")
    return (
        texts.select("n")
        .with_columns(
            pl.Series("class", best.astype(np.uint32)),
            pl.Series("confidence", chances[np.arange(len(best)), best].astype(np.float64)),
        )
        .join(pairs.with_row_index("class"), on="class", maintain_order="left")
        .select("n", "product", "step", "confidence", pl.lit("model").alias("method"))
    )
