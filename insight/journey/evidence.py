"""What in a text points to which step: the words and examples of journeys.yaml, and what such steps hear everywhere.

Each step gets a list of forms with weights; a text's evidence for a step is the sum over the distinct forms found
in it. Four origins:

- `word`: the step's words and names. Of overlapping words the longest counts (提前还款 is not also 还款).
- `concept`: what customers say at steps of that kind (concepts.yaml), for steps whose name or words are among a
  concept's anchors. The workspace's own words win: a word of one step is no concept's word for another.
- `order`: a step's words before those of another step in an example tell how the two are meant together (还清了…不能用
  is neither 还款 nor 支付 where an example says so).
- `example`: pieces of one to three characters (whole words of Latin script) of the examples, with the product's
  words as one sign and words that carry no step taken out. A piece counts by how much it is this step's alone
  (its share among the product's steps, squared), so that what all examples share tells nothing.

The idea is a naive Bayes classifier by hand (a few examples are too few to estimate one): additive evidence
that is weighted by how well a form tells classes apart.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from insight.journey.concepts import concepts, stop
from insight.journey.wording import LONGEST, order_of, words_in
from insight.lexicon import spaced, spaced_text
from warehouse.config import Journeys
from warehouse.config.journeys import Product, Step

PRODUCT_SIGN = "Ⓟ"
_WORD, _SHORT_WORD = 1.0, 0.6  # a step's own word; one of a single character
_CONCEPT, _CONCEPT_CHARACTER = 0.6, 0.3
_WEAK = 0.65  # what is said at many steps, as a share of the above
_WORD_WEAK = 0.65  # a step's own word that is such
_PIECES = {1: 0.25, 2: 0.45, 3: 0.3}  # a piece of an example, by its characters
_PIECE_WORD = 0.3  # a Latin word of an example
_ORDER = 0.7  # words of two steps in the order of an example
LATIN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_CJK = re.compile(r"[㐀-鿿Ⓟ]+")

ORDERS = {
    "product": pl.String,
    "first": pl.String,
    "last": pl.String,
    "step": pl.String,
    "weight": pl.Float64,
}
SCHEMA = {
    "form": pl.String,
    "product": pl.String,
    "step": pl.String,
    "weight": pl.Float64,
    "origin": pl.String,
}


@dataclass(frozen=True)
class Evidence:
    """Forms with weights; `forms` are looked for in the plain text, `pieces` in the text without empty words.

    Frames have the columns of `SCHEMA`; `products` has word, product; `orders` has product, first, last, step, weight.
    """

    forms: pl.DataFrame
    pieces: pl.DataFrame
    orders: pl.DataFrame
    products: pl.DataFrame
    empty_words: tuple[str, ...]
    never: tuple[str, ...]


@lru_cache(maxsize=8)
def _evidence(dumped: str) -> Evidence:
    journeys = Journeys.model_validate_json(dumped)
    products = pl.DataFrame(
        [
            (w.lower(), p.id)
            for p in journeys.products
            for w in dict.fromkeys((*p.words, *p.names.all()))
            if w
        ],
        schema={"word": pl.String, "product": pl.String},
        orient="row",
    ).unique(maintain_order=True)
    stopped = stop()
    empty = tuple(dict.fromkeys([*stopped.say_nothing, *stopped.never]))
    forms: list[tuple[str, str, str, float, str]] = []
    pieces: list[tuple[str, str, str, float, str]] = []
    for product in journeys.products:
        own = _own_words(product)
        # A single character is looked for where 还是, 费用 and the like have been taken out.
        forms += [row for row in own if not _is_character(row[0])]
        pieces += [row for row in own if _is_character(row[0])]
        said = _concept_words(product, {form for form, *_ in own})
        forms += [row for row in said if not _is_character(row[0])]
        pieces += [row for row in said if _is_character(row[0])]
        pieces += _example_pieces(product, empty)
    made = Evidence(
        pl.DataFrame(forms, schema=SCHEMA, orient="row"),
        pl.DataFrame(pieces, schema=SCHEMA, orient="row"),
        pl.DataFrame(schema=ORDERS),
        products,
        empty,
        tuple(stopped.never),
    )
    examples = [(p.id, s.id, text) for p in journeys.products for s in p.steps for text in s.examples]
    return replace(made, orders=_orders(examples, made))


def evidence_of(journeys: Journeys) -> Evidence:
    """The evidence that journeys.yaml gives, made once for each journeys.yaml."""
    return _evidence(journeys.model_dump_json(by_alias=True))


def _orders(examples: list[tuple[str, str, str]], evidence: Evidence) -> pl.DataFrame:
    """How much the order of two steps' words tells of a step, as pieces of examples do."""
    given = pl.DataFrame(
        examples, schema={"product": pl.String, "step": pl.String, "text": pl.String}, orient="row"
    ).with_row_index("n")
    told = order_of(words_in(given.select("n", "text"), evidence.forms, evidence.never)).join(
        given.drop("text"), on=["n", "product"]
    )
    pair = ["product", "first", "last"]
    return (
        told.group_by(*pair, "step")
        .agg(pl.len().alias("count"))
        .with_columns((_ORDER * (pl.col("count") / pl.col("count").sum().over(pair)) ** 2).alias("weight"))
        .sort(*pair, "step")
        .select(list(ORDERS))
    )


def with_learned(evidence: Evidence, pieces: pl.DataFrame) -> Evidence:
    """The evidence with learned pieces besides; where both have a piece of a step, the heavier counts."""
    both = pl.concat([evidence.pieces, pieces.select(list(SCHEMA))]).sort(
        "weight", descending=True, maintain_order=True
    )
    return replace(
        evidence, pieces=both.unique(["form", "product", "step"], keep="first", maintain_order=True)
    )


def _own_words(product: Product) -> list[tuple[str, str, str, float, str]]:
    """A word of several steps of the product counts for each, less."""
    owners: dict[str, set[str]] = defaultdict(set)
    for step in product.steps:
        for word in (*step.words, *step.names.all()):
            if word.strip():
                owners[word.strip().lower()].add(step.id)
    weak = {word for concept in concepts().values() for word in concept.weak}

    def weight(word: str) -> float:
        return (_WORD if len(word) > 1 else _SHORT_WORD) * (_WORD_WEAK if word in weak else 1.0)

    return [
        (word, product.id, step, weight(word) / len(steps), "word")
        for word, steps in owners.items()
        for step in sorted(steps)
    ]


def concepts_of(step: Step) -> dict[str, float]:
    """Concepts of a step, by how it is called: 1 by its name or id, less by one of its words."""
    names = {name.strip().lower() for name in (step.id.replace("_", " "), step.id, *step.names.all())}
    words = {word.strip().lower() for word in step.words}
    found = {}
    for name, concept in concepts().items():
        anchors = {anchor.lower() for anchor in concept.anchors}
        parts = {
            part for called in names for part in (*re.split(r"[与和及、/&,\s]+|and", called), called) if part
        }
        if parts & anchors or any(
            len(a) > 1 and a in called for called in names for a in anchors if _is_cjk(a)
        ):
            found[name] = 1.0
        elif words & anchors:
            found[name] = 0.5
    return found


def _is_character(word: str) -> bool:
    return len(word) == 1 and _is_cjk(word)


def _is_cjk(word: str) -> bool:
    return bool(_CJK.search(word))


def _concept_words(product: Product, own: set[str]) -> list[tuple[str, str, str, float, str]]:
    strength: dict[str, dict[str, float]] = defaultdict(dict)
    for step in product.steps:
        for name, share in concepts_of(step).items():
            concept = concepts()[name]
            for words, part in ((concept.says, 1.0), (concept.weak, _WEAK)):
                for word in words:
                    known = strength[word.lower()]
                    known[step.id] = max(share * part, known.get(step.id, 0.0))
    rows = []
    for word, steps in strength.items():
        if word in own:
            continue
        best = max(steps.values())
        best_steps = {step: share for step, share in steps.items() if share == best}
        base = _CONCEPT if len(word) > 1 else _CONCEPT_CHARACTER
        rows += [
            (word, product.id, step, base * share / len(best_steps), "concept")
            for step, share in best_steps.items()
        ]
    return rows


def units(text: str) -> list[str]:
    """Pieces of a text whose empty words are spaces: one to three characters, whole Latin words."""
    found = [
        run[start : start + size]
        for run in _CJK.findall(text)
        for size in _PIECES
        for start in range(len(run) - size + 1)
    ]
    found += [word for word in LATIN.findall(text) if len(word) > 1]
    return [piece for piece in found if piece != PRODUCT_SIGN]


def _example_pieces(product: Product, empty: Iterable[str]) -> list[tuple[str, str, str, float, str]]:
    examples = [(step.id, example) for step in product.steps for example in step.examples]
    return _pieces(examples, product, empty) if examples else []


def pieces_of(known: pl.DataFrame, journeys: Journeys, *, minimum: int = 1) -> pl.DataFrame:
    """Pieces of texts whose step is known, weighted as those of examples, in the columns of `SCHEMA`.

    Args:
        known: product, step, text.
        journeys: journeys.yaml.
        minimum: texts of a step that a piece must occur in.
    """
    empty = evidence_of(journeys).empty_words
    rows: list[tuple[str, str, str, float, str]] = []
    for product in journeys.products:
        texts = known.filter(pl.col("product") == product.id).select("step", "text")
        if not texts.is_empty():
            rows += _pieces(texts.rows(), product, empty, minimum)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _pieces(
    texts: list[tuple[str, str]], product: Product, empty: Iterable[str], minimum: int = 1
) -> list[tuple[str, str, str, float, str]]:
    frame = pl.DataFrame(texts, schema={"step": pl.String, "text": pl.String}, orient="row")
    names = [w.lower() for w in (*product.words, *product.names.all())]
    bare = frame.select("step", bare_text(pl.col("text"), names, empty).alias("bare"))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    # What is within a step's own word has been counted with that word.
    within = {step.id: " ".join((*step.words, *step.names.all())).lower() for step in product.steps}
    for step, text in bare.iter_rows():
        for piece in set(units(text)):
            if len(piece) == 1 or piece not in within.get(step, ""):
                counts[piece][step] += 1
    made = []
    for piece, steps in counts.items():
        total = sum(steps.values())
        base = _PIECE_WORD if LATIN.fullmatch(piece) else _PIECES[len(piece)]
        made += [
            (piece, product.id, step, base * (count / total) ** 2, "example")
            for step, count in steps.items()
            if count >= minimum
        ]
    return made


def bare_text(text: pl.Expr, products: Iterable[str], empty: Iterable[str]) -> pl.Expr:
    """Text with products as one sign and empty words as spaces."""
    signs = {spaced(word, whole=True): PRODUCT_SIGN for word in products if word}
    blanks = {spaced(word, whole=True): " " for word in empty}
    every = {**blanks, **signs}
    ordered = sorted(every, key=lambda word: (-len(word), word))
    plain = spaced_text(text.str.slice(0, LONGEST))
    return plain.str.replace_many(ordered, [every[word] for word in ordered], leftmost=True)
