"""A small linear model of feeling, learned from labels that people gave to the workspace's own texts.

One logistic regression a label (one against the rest) on hashed n-grams, weighted by inverse document frequency and
scaled to length 1, and on what the rules make of the text (`insight.sentiment.learned_signals`); labels weigh the same
however often they occur. It fits in seconds and needs no downloaded weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from insight.sentiment.learned_grams import BINS, grams

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from insight.sentiment.learned_signals import Signals

BATCH = 2_048  # texts at a time: their features fit into the processor's cache
_STRENGTH = 4.0  # C of the regression: from 2 to 6 macro-F1 changed by at most .015 on three real sets
_SIGNAL = 0.4  # length of a full signal beside that of all n-grams; between 0.3 and 0.6 little changes
_LEAST_TEXTS = 2  # in which a feature must stand to count
FOLDS = 5


@dataclass(frozen=True)
class LearnedModel:
    """A fitted model.

    Attributes:
        labels: what it can say, in alphabetical order.
        bins: (features,) ascending numbers of the features it knows.
        idf: (features,) their inverse document frequency, ln((1 + texts) / (1 + texts with it)) + 1.
        weights: (features, labels) float32.
        bias: (labels,) float32.
        signal_weights: (signals, labels) float32; without rows: learned from n-grams alone.
    """

    labels: tuple[str, ...]
    bins: npt.NDArray[np.int32]
    idf: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    signal_weights: npt.NDArray[np.float32]

    @cached_property
    def column_of(self) -> npt.NDArray[np.int32]:
        """Place of each bin among `bins`; -1: unknown."""
        columns = np.full(BINS, -1, np.int32)
        columns[self.bins] = np.arange(len(self.bins), dtype=np.int32)
        return columns


def fit(
    texts: pl.Series, labels: pl.Series, signals: Signals | None = None, *, seed: int = 0
) -> LearnedModel:
    """Learn from texts and their labels; the same input gives the same model.

    Args:
        texts: strings.
        labels: their labels, two or more different ones.
        signals: what else is known of a text, from `signals_of`; None: n-grams alone.
        seed: of the solver.
    """
    return _fit(grams(texts), _told(texts, signals), labels.to_numpy().astype(str), seed)


def probabilities(
    model: LearnedModel, texts: pl.Series, signals: Signals | None = None
) -> npt.NDArray[np.float64]:
    """Probability of each label: texts × labels, rows add up to 1; NaN where the model knows no word of a text.

    Raises:
        ValueError: the model was learned with signals and gets none, or the other way round.
    """
    told = _told(texts, signals)
    if told.shape[1] != len(model.signal_weights):
        raise ValueError(f"the model knows {len(model.signal_weights)} signals and is told {told.shape[1]}")
    parts = [
        _probabilities(model, grams(texts.slice(at, BATCH)), told[at : at + BATCH])
        for at in range(0, len(texts), BATCH)
    ]
    return np.concatenate(parts) if parts else np.empty((0, len(model.labels)))


def predict(model: LearnedModel, texts: pl.Series, signals: Signals | None = None) -> pl.DataFrame:
    """The likeliest label of each text.

    Returns:
        label, certainty (0 … 1, its probability), then a column `p_<label>` for each label; all null where the text is
        null or empty, or nothing in it is known to the model.

    Raises:
        ValueError: as `probabilities`.
    """
    return _frame(model.labels, probabilities(model, texts, signals))


def cross_validated(
    texts: pl.Series,
    labels: pl.Series,
    signals: Signals | None = None,
    *,
    folds: int = FOLDS,
    seed: int = 0,
) -> pl.DataFrame:
    """What models say of texts that they have not seen: `predict`'s columns, each text by a model without its fold.

    Folds are stratified by label. Texts should be distinct, else a copy in another fold gives the answer away.

    Raises:
        ValueError: a label has fewer texts than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    given = labels.to_numpy().astype(str)
    names = tuple(sorted(set(given.tolist())))
    if min(np.unique(given, return_counts=True)[1]) < folds:
        raise ValueError(f"a label has fewer texts than there are folds ({folds})")
    features, told = grams(texts), _told(texts, signals)
    found = np.empty((len(texts), len(names)))
    for known, held_out in StratifiedKFold(folds, shuffle=True, random_state=seed).split(given, given):
        model = _fit(features[known], told[known], given[known], seed)
        found[held_out] = _probabilities(model, features[held_out], told[held_out])
    return _frame(names, found)


def sentiment_of(predicted: pl.DataFrame, limit: float) -> pl.Series:
    """−1 … 1 from `predict` on sentiment labels: P(positive) − P(negative), kept on the label's side of ±`limit`.

    So value and label never contradict each other; null stays null.
    """
    least = np.nextafter(limit, 0)
    value = _share(predicted, "positive") - _share(predicted, "negative")
    return predicted.select(
        pl.when(pl.col("label") == "negative")
        .then(pl.min_horizontal(value, -limit))
        .when(pl.col("label") == "positive")
        .then(pl.max_horizontal(value, limit))
        .when(pl.col("label") == "neutral")
        .then(value.clip(-least, least))
        .alias("sentiment")
    )["sentiment"]


def _share(predicted: pl.DataFrame, label: str) -> pl.Expr:
    return pl.col(f"p_{label}") if f"p_{label}" in predicted.columns else pl.lit(0.0)


def _told(texts: pl.Series, signals: Signals | None) -> npt.NDArray[np.float32]:
    return np.zeros((len(texts), 0), np.float32) if signals is None else signals(texts) * np.float32(_SIGNAL)


def _fit(
    features: csr_matrix, told: npt.NDArray[np.float32], labels: npt.NDArray[np.str_], seed: int
) -> LearnedModel:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    names = tuple(sorted(set(labels.tolist())))
    if len(names) < 2:
        raise ValueError(f"at least two labels are needed to learn a difference, found {list(names)}")
    documents = np.bincount(features.indices, minlength=BINS)
    bins = np.flatnonzero(documents >= _LEAST_TEXTS).astype(np.int32)
    idf = (np.log((1 + features.shape[0]) / (1 + documents[bins])) + 1).astype(np.float32)
    none = np.zeros((0, 0), np.float32)
    weighted, _ = _weighted(LearnedModel(names, bins, idf, none, none, none), features)
    known = hstack([weighted, csr_matrix(told)], format="csr")
    weights, bias = [], []
    for name in names if len(names) > 2 else names[1:]:
        regression = LogisticRegression(
            C=_STRENGTH, solver="liblinear", dual=True, class_weight="balanced", random_state=seed, max_iter=1000
        )  # fmt: skip
        regression.fit(known, labels == name)
        weights.append(regression.coef_[0])
        bias.append(regression.intercept_[0])
    if len(names) == 2:  # one regression tells two labels apart: the other's weights are its negative
        weights.insert(0, -weights[0])
        bias.insert(0, -bias[0])
    by_label = np.array(weights, np.float32).T.copy()
    return LearnedModel(
        names, bins, idf, by_label[: len(bins)], np.array(bias, np.float32), by_label[len(bins) :]
    )


def _weighted(model: LearnedModel, features: csr_matrix) -> tuple[csr_matrix, npt.NDArray[np.bool_]]:
    """Known features × idf, rows scaled to length 1; and which rows have any."""
    from scipy.sparse import csr_matrix

    column = model.column_of[features.indices]
    known = column >= 0
    counts = np.concatenate([[0], np.cumsum(known)])[features.indptr]
    values = model.idf[column[known]]
    rows = np.repeat(np.arange(features.shape[0]), np.diff(counts))
    square = np.bincount(rows, weights=values.astype(np.float64) ** 2, minlength=features.shape[0])
    scaled = values / np.sqrt(square)[rows]
    matrix = csr_matrix((scaled, column[known], counts), shape=(features.shape[0], len(model.bins)))
    return matrix, square > 0


def _probabilities(
    model: LearnedModel, features: csr_matrix, told: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """One against the rest, then scaled to a sum of 1."""
    weighted, known = _weighted(model, features)
    margin = np.asarray(weighted @ model.weights + told @ model.signal_weights, np.float64) + model.bias
    share = 1 / (1 + np.exp(-margin))
    share /= share.sum(axis=1, keepdims=True)
    share[~known] = np.nan
    return share


def _frame(labels: Sequence[str], found: npt.NDArray[np.float64]) -> pl.DataFrame:
    known = pl.Series(~np.isnan(found).any(axis=1), dtype=pl.Boolean)
    best = pl.Series(np.argmax(np.nan_to_num(found), axis=1) if len(found) else [], dtype=pl.Int64)
    columns = {f"p_{label}": pl.Series(found[:, n]).fill_nan(None) for n, label in enumerate(labels)}
    names = pl.Series(list(labels), dtype=pl.String)
    return (
        pl.DataFrame(columns)
        .with_columns(names.gather(best).set(~known, None).alias("label"))
        .with_columns(
            pl.when(pl.col("label").is_not_null()).then(pl.max_horizontal(*columns)).alias("certainty")
        )
        .select("label", "certainty", *columns)
    )
