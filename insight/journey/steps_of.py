"""Which product and step an inquiry is about: as given, else by words, else by likeness to examples."""

from __future__ import annotations

import polars as pl

from insight.lexicon import hits
from warehouse.config import Journeys

SIMILAR = 0.5  # Dice of pairs of neighbours; below it two questions share topic words at most
_LONGEST, _UNITS = (
    400,
    60,
)  # characters, and characters or words, of a problem that examples are compared with
_SLICE = 20_000  # texts compared with all examples at a time: their shared pairs are held in memory
_UNIT = r"[a-z0-9']+|[^\sa-z0-9'\p{P}\p{S}]"

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


def steps_of(inquiries: pl.DataFrame, journeys: Journeys) -> pl.DataFrame:
    """Product and step of each inquiry, in `RESULT`'s columns.

    Given by the source: confidence 1. By words of journeys.yaml: the step whose words make up most of the
    text, where the product's own words count too; a tie leaves the step open. By examples: the step of the
    example that is most alike.

    Args:
        inquiries: inquiry_id, product, step (as the source gave them), problem.
    """
    given = resolve(
        inquiries.select("inquiry_id", "product", "step", pl.col("problem").alias("text")), journeys
    )
    complete = given.filter(pl.col("step").is_not_null())
    open_ = given.filter(pl.col("step").is_null())
    by_words = _by_words(open_, journeys)
    left = open_.join(by_words.filter(pl.col("step").is_not_null()), on="inquiry_id", how="anti")
    by_examples = _by_examples(left, journeys)
    decided = pl.concat(
        [
            complete.select(
                "inquiry_id",
                "product",
                "step",
                pl.lit(1.0).alias("confidence"),
                pl.lit("given").alias("method"),
                pl.lit(None, pl.List(pl.String)).alias("secondary_steps"),
            ),
            by_words.filter(pl.col("step").is_not_null()),
            by_examples,
            by_words.filter(pl.col("step").is_null()).join(by_examples, on="inquiry_id", how="anti"),
        ]
    )
    rest = given.join(decided, on="inquiry_id", how="anti").select(
        "inquiry_id",
        "product",
        pl.lit(None, pl.String).alias("step"),
        pl.when(pl.col("product").is_not_null()).then(1.0).alias("confidence"),
        pl.when(pl.col("product").is_not_null()).then(pl.lit("given")).alias("method"),
        pl.lit(None, pl.List(pl.String)).alias("secondary_steps"),
    )
    return inquiries.select("inquiry_id").join(
        pl.concat([decided, rest]), on="inquiry_id", how="left", maintain_order="left"
    )


def _words(journeys: Journeys) -> pl.DataFrame:
    """word, product, step (null: a word of the product)."""
    rows: list[tuple[str, str, str | None]] = []
    for product in journeys.products:
        rows += [(w.lower(), product.id, None) for w in (*product.words, *product.names.all())]
        for step in product.steps:
            rows += [(w.lower(), product.id, step.id) for w in (*step.words, *step.names.all())]
    schema = {"word": pl.String, "_product": pl.String, "_step": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)


def _by_words(texts: pl.DataFrame, journeys: Journeys) -> pl.DataFrame:
    words = _words(journeys)
    found = hits(texts.filter(pl.col("text").is_not_null()), words["word"].to_list(), whole=False).unique()
    if found.is_empty():
        return pl.DataFrame(schema=RESULT)
    scored = (
        found.join(words, on="word")
        .join(texts.select("inquiry_id", "product"), on="inquiry_id")
        .filter(pl.col("product").is_null() | (pl.col("product") == pl.col("_product")))
        .group_by("inquiry_id", "product", "_product", "_step")
        .agg(pl.col("word").str.len_chars().sum().alias("score"))
    )
    # A product's own words speak for each of its steps; alone they speak for the product.
    own = pl.col("score").filter(pl.col("_step").is_null()).sum().over("inquiry_id", "_product")
    products = scored.filter(pl.col("_step").is_null())
    steps = scored.with_columns((pl.col("score") + own).alias("total")).filter(pl.col("_step").is_not_null())
    ranked = steps.sort("inquiry_id", "total", "_product", "_step", descending=[False, True, False, False])
    best = ranked.group_by("inquiry_id", maintain_order=True).agg(
        pl.col("_product").first(),
        pl.col("_step").first(),
        pl.col("total").first(),
        pl.col("total").get(1, null_on_oob=True).fill_null(0).alias("second"),
        pl.col("_product")
        .filter(pl.col("total") == pl.col("total").first())
        .n_unique()
        .alias("tied_products"),
        pl.concat_str("_product", pl.lit("/"), "_step").slice(1, 2).alias("secondary_steps"),
    )
    clear = pl.col("total") > pl.col("second")
    by_step = best.select(
        "inquiry_id",
        pl.when(pl.col("tied_products") == 1).then("_product").alias("product"),
        pl.when(clear).then("_step").alias("step"),
        pl.when(clear)
        .then(0.5 + 0.4 * (pl.col("total") - pl.col("second")) / pl.col("total"))
        .when(pl.col("tied_products") == 1)
        .then(0.5)
        .alias("confidence"),
        pl.when(clear | (pl.col("tied_products") == 1)).then(pl.lit("rule")).alias("method"),
        "secondary_steps",
    )
    by_product = (
        products.join(by_step.filter(pl.col("product").is_not_null()), on="inquiry_id", how="anti")
        .sort("inquiry_id", "score", "_product", descending=[False, True, False])
        .filter(pl.col("score") == pl.col("score").max().over("inquiry_id"), pl.len().over("inquiry_id") == 1)
        .select(
            "inquiry_id",
            pl.col("_product").alias("product"),
            pl.lit(None, pl.String).alias("step"),
            pl.lit(0.5).alias("confidence"),
            pl.lit("rule").alias("method"),
            pl.lit(None, pl.List(pl.String)).alias("secondary_steps"),
        )
    )
    both = pl.concat([by_product, by_step.filter(pl.col("product").is_not_null())])
    return both.unique("inquiry_id", keep="first", maintain_order=True)


def _by_examples(texts: pl.DataFrame, journeys: Journeys) -> pl.DataFrame:
    rows = [(p.id, s.id, example) for p in journeys.products for s in p.steps for example in s.examples]
    texts = texts.filter(pl.col("text").is_not_null())
    if not rows or texts.is_empty():
        return pl.DataFrame(schema=RESULT)
    schema = {"_product": pl.String, "_step": pl.String, "text": pl.String}
    examples = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("example")
    best = pl.concat([_alike(part, examples) for part in texts.iter_slices(_SLICE)])
    return best.select(
        "inquiry_id",
        pl.col("_product").alias("product"),
        pl.col("_step").alias("step"),
        (pl.col("alike") * 0.8).alias("confidence"),
        pl.lit("similarity").alias("method"),
        pl.lit(None, pl.List(pl.String)).alias("secondary_steps"),
    )


def _alike(texts: pl.DataFrame, examples: pl.DataFrame) -> pl.DataFrame:
    """The most alike example of each text that has one: inquiry_id, _product, _step, alike (Dice)."""
    known = examples.select("example", "_product", "_step", pairs(pl.col("text")).alias("pair")).with_columns(
        pl.col("pair").list.len().alias("size")
    )
    asked = (
        texts.with_row_index("n")
        .select("n", "inquiry_id", "product", pairs(pl.col("text")).alias("pair"))
        .with_columns(pl.col("pair").list.len().alias("own"))
    )
    owners = known.drop("pair")
    return (
        asked.select("n", "pair")
        .explode("pair")
        .join(known.select("example", "pair").explode("pair"), on="pair")
        .group_by("n", "example")
        .agg(pl.len().alias("shared"))
        .join(owners, on="example")
        .join(asked.drop("pair"), on="n")
        .filter(pl.col("product").is_null() | (pl.col("product") == pl.col("_product")))
        .with_columns((2 * pl.col("shared") / (pl.col("own") + pl.col("size"))).alias("alike"))
        .filter(pl.col("alike") >= SIMILAR)
        .sort("n", "alike", "example", descending=[False, True, False])
        .unique("n", keep="first", maintain_order=True)
        .select("inquiry_id", "_product", "_step", "alike")
    )


def pairs(text: pl.Expr) -> pl.Expr:
    """Distinct pairs of neighbours: characters of Chinese, whole words of Latin script; punctuation aside.

    Words, because pairs of Latin letters are shared by nearly all sentences: they tell nothing apart.
    """
    units = text.str.slice(0, _LONGEST).str.to_lowercase().str.extract_all(_UNIT).list.head(_UNITS)
    together = pl.element() + " " + pl.element().shift(-1)
    return units.list.eval(together).list.drop_nulls().list.unique()
