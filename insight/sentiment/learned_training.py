"""Learning from labelled texts, and whether what was learned is better than the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from insight.sentiment.learned import FOLDS, LearnedModel, cross_validated, fit, predict
from insight.sentiment.learned_scores import Difference, Scores, difference, distinct, scores

if TYPE_CHECKING:
    from insight.sentiment.learned_signals import Signals

Labelling = Callable[[pl.Series], pl.Series]
LEAST = 10  # texts that a label must have to be learned: two a fold


@dataclass(frozen=True)
class Training:
    """What came of it.

    Attributes:
        model: learned from all texts whose label is frequent enough.
        scores: by who labelled: `model` (as `settled` uses it, each text by a model that has not seen it), `rules`,
            then others.
        gain: macro-F1 of the model over that of the rules.
        rare: labels with too few texts to be learned, and how many; they are left to the rules.
    """

    model: LearnedModel
    scores: dict[str, Scores]
    gain: Difference
    rare: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """For model.json."""
        return {
            "scores": {name: found.as_dict() for name, found in self.scores.items()},
            "gain": {"macro_f1": self.gain.macro_f1, "error": self.gain.error, "better": self.gain.better},
            "folds": FOLDS,
            "rare": self.rare,
        }


def settled(model: LearnedModel, by_model: pl.Expr, by_rules: pl.Expr) -> pl.Expr:
    """Whether the model's label counts, not the rules'.

    The rules keep what the model knows nothing of: texts without a known word, and labels that nobody taught it.

    Args:
        model: the model.
        by_model: its label; null where it knows nothing.
        by_rules: the label that the rules give.
    """
    return by_model.is_not_null() & by_rules.is_in(list(model.labels)).fill_null(True)


def trained(
    texts: pl.Series,
    labels: pl.Series,
    rules: Labelling,
    signals: Signals | None = None,
    others: Mapping[str, Labelling] | None = None,
    *,
    seed: int = 0,
) -> Training:
    """Learn a model and judge it on the distinct texts by cross-validation, beside the rules and others.

    Rare labels count in all scores, though the model is not taught them.

    Args:
        texts: labelled texts.
        labels: their labels, two of them at least LEAST times.
        rules: what the rules say of texts, in order; null where they say nothing.
        signals: what else the model is told of a text, from `signals_of`.
        others: name -> what else to compare with, as `rules`.
        seed: of folds and fit.
    """
    rows = distinct(texts, labels).with_columns((pl.len().over("label") >= LEAST).alias("_taught"))
    taught, rare = rows.filter("_taught"), rows.filter(~pl.col("_taught"))
    model = fit(taught["text"], taught["label"], signals, seed=seed)
    unseen = pl.concat(
        [
            cross_validated(taught["text"], taught["label"], signals, seed=seed),
            predict(model, rare["text"], signals),
        ]
    )
    judged = pl.concat([taught, rare]).with_columns(by_model=unseen["label"])
    judged = judged.with_columns(by_rules=rules(judged["text"])).with_columns(
        by_model=pl.when(settled(model, pl.col("by_model"), pl.col("by_rules")))
        .then("by_model")
        .otherwise("by_rules")
    )
    given = judged["label"]
    found = {"model": scores(given, judged["by_model"]), "rules": scores(given, judged["by_rules"])}
    for name, labelling in (others or {}).items():
        found[name] = scores(given, labelling(judged["text"]))
    counts = dict(sorted(rare["label"].value_counts().rows()))
    return Training(model, found, difference(given, judged["by_rules"], judged["by_model"]), counts)
