"""How good labels are: accuracy, F1 of each label, and whether one way of labelling is better than another."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from insight.sentiment.learned import FOLDS, cross_validated

if TYPE_CHECKING:
    from insight.sentiment.learned_signals import Signals

_DRAWS = 1_000


@dataclass(frozen=True)
class LabelScore:
    """One label: how much of what was called so is so, how much of what is so was found, their harmonic mean."""

    label: str
    texts: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Scores:
    """Accuracy, the mean F1 over the given labels, each with its standard error, and the scores of each label."""

    texts: int
    accuracy: float
    accuracy_error: float
    macro_f1: float
    macro_f1_error: float
    labels: tuple[LabelScore, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Difference:
    """Macro-F1 of the second labelling less that of the first on the same texts, and its standard error."""

    macro_f1: float
    error: float

    @property
    def better(self) -> bool:
        """Whether the second is better by more than the standard error."""
        return self.macro_f1 > self.error


def evaluate(
    texts: pl.Series,
    labels: pl.Series,
    signals: Signals | None = None,
    *,
    folds: int = FOLDS,
    seed: int = 0,
) -> tuple[Scores, pl.Series]:
    """How good a model learned from these labels is on texts that it has not seen: scores, and what it said.

    Stratified cross-validation over distinct texts; the label of a text that stands there twice is its first.

    Args:
        texts: strings.
        labels: their labels, any strings.
        signals: what else is known of a text, from `signals_of`; None: n-grams alone.
        folds: how many parts; each is predicted by a model learned from the others.
        seed: of the folds.

    Returns:
        The scores, and predictions in the order of the distinct texts (`texts.unique(maintain_order=True)`).
    """
    rows = distinct(texts, labels)
    found = cross_validated(rows["text"], rows["label"], signals, folds=folds, seed=seed)["label"]
    return scores(rows["label"], found), found


def distinct(texts: pl.Series, labels: pl.Series) -> pl.DataFrame:
    """text, label: each text once, in order of appearance, with its first label; nulls and empty texts left out."""
    frame = pl.DataFrame({"text": texts.cast(pl.String), "label": labels.cast(pl.String)}).drop_nulls()
    return frame.filter(pl.col("text").str.strip_chars() != "").unique(
        "text", keep="first", maintain_order=True
    )


def scores(labels: pl.Series, predicted: pl.Series) -> Scores:
    """Scores of predictions. Standard errors by bootstrap over texts (1,000 draws, seeded).

    Args:
        labels: what people said, without null.
        predicted: what is to be judged, in the same order; null, or a label that nobody gave, is wrong.
    """
    names, cells = _cells(labels, predicted)
    total = int(cells.sum())
    f1 = _f1(cells)
    right, given, called = np.diag(cells), cells.sum(axis=1), cells.sum(axis=0)
    accuracy = float(right.sum() / total)
    judged = tuple(
        LabelScore(
            name,
            int(given[n]),
            float(right[n] / called[n]) if called[n] else 0.0,
            float(right[n] / given[n]),
            float(f1[n]),
        )
        for n, name in enumerate(names)
    )
    return Scores(
        texts=total,
        accuracy=accuracy,
        accuracy_error=float(np.sqrt(accuracy * (1 - accuracy) / total)),
        macro_f1=float(f1.mean()),
        macro_f1_error=float(_f1(_drawn(cells)).mean(axis=-1).std()),
        labels=judged,
    )


def difference(labels: pl.Series, first: pl.Series, second: pl.Series) -> Difference:
    """By how much the macro-F1 of `second` is above that of `first`; paired bootstrap over texts (1,000 draws, seeded).

    Efron & Tibshirani (1993), An Introduction to the Bootstrap, section 6.2.
    """
    _, cells = _cells(labels, first, second)
    draws = _drawn(cells)
    apart = _f1(draws.sum(axis=-2)) - _f1(draws.sum(axis=-1))
    whole = _f1(cells.sum(axis=1)) - _f1(cells.sum(axis=2))
    return Difference(float(whole.mean()), float(apart.mean(axis=-1).std()))


def _cells(labels: pl.Series, *said: pl.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Label names, and counts by given label × each labelling, whose last place is for anything else."""
    names = sorted(set(labels.to_list()))
    number = {name: n for n, name in enumerate(names)}
    codes = [
        each.replace_strict(number, default=len(names), return_dtype=pl.Int64)
        .fill_null(len(names))
        .to_numpy()
        for each in (labels, *said)
    ]
    cells = np.zeros((len(names), *[len(names) + 1] * len(said)), np.int64)
    np.add.at(cells, tuple(codes), 1)
    return names, cells


def _drawn(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Bootstrap samples of the texts, as counts of the same cells: draws × cells."""
    total = cells.sum()
    draws = np.random.default_rng(0).multinomial(total, cells.ravel() / total, size=_DRAWS)
    return draws.reshape(_DRAWS, *cells.shape)


def _f1(cells: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """F1 of each label from (… × given × said) counts; 0 where a label was neither found nor called."""
    right = np.diagonal(cells, axis1=-2, axis2=-1)
    both = cells.sum(axis=-1) + cells.sum(axis=-2)[..., :-1]
    found: npt.NDArray[np.float64] = np.divide(2.0 * right, both, out=np.zeros(right.shape), where=both > 0)
    return found
