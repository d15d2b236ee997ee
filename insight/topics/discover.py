"""Finding topics in a sample without being told how many.

Two ways propose: over-cluster then merge (`micro.py`), cut at many heights, and BERTopic (`bertopic_way.py`). All proposals are judged on
the workspace itself, the same way, and the scores are kept:

- stability: two disjoint parts of the sample are clustered apart; a third part is assigned by both; how far do they agree (adjusted
  mutual information, so that neither few nor many topics win by chance; after Lange, Roth, Braun and Buhmann, "Stability-Based
  Validation of Clustering Solutions", Neural Computation 16, 2004)?
- separation: the mean silhouette.

Of the proposals that are as stable as the best (within `AS_STABLE`) and not much worse separated, the finest wins: groups give the coarse
view, and two topics are merged by a word while one is divided with work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from insight.topics.geometry import Places, Vectors
from insight.topics.micro import over_cluster, smoothed, tree
from insight.topics.partition import Partition, compact, without_small
from warehouse.errors import VocError
from warehouse.hashing import stable_hash

SAMPLE = 50_000
AS_STABLE = 0.015  # share of the best stability that may be missing
AS_SEPARATE = 0.8  # share of the best separation, among the stable, that must be there
MOST_TOPICS = 400
LEAST_MEMBERS = 5  # distinct texts of a topic
_JUDGED = 3_000  # texts whose silhouette is computed
_STEP = 1.3  # between numbers of topics tried


@dataclass(frozen=True)
class Candidate:
    """A proposal and its scores; `setting` is the number of topics asked for, or the smallest size for BERTopic."""

    method: str
    setting: int
    topic_count: int
    stability: float
    separation: float
    chosen: bool = False


@dataclass(frozen=True, eq=False)
class Discovery:
    """The chosen partition, the topic of each text of the sample, and all candidates with their scores."""

    partition: Partition
    topic: Places
    candidates: tuple[Candidate, ...]

    def scores(self) -> pl.DataFrame:
        """A row a candidate: method, setting, topic_count, stability, separation, chosen."""
        return pl.DataFrame([vars(candidate) for candidate in self.candidates])


Way = Callable[[Places, int], dict[int, Partition]]  # (which rows, seed) -> setting -> proposal


def draw(problems: pl.DataFrame, size: int = SAMPLE) -> pl.DataFrame:
    """A stratified sample of distinct texts, in the columns that came; the same rows in any order give the same sample.

    Every stratum gives its proportional share, rounded up, so that a small product or a quiet day is heard.

    Args:
        problems: text, and optionally `stratum` (such as day and product in one string) and further columns.
        size: about how many texts.
    """
    text = pl.col("text").str.strip_chars()
    distinct = (
        problems.filter(pl.col("text").is_not_null() & (text != ""))
        .with_columns(_hash=stable_hash("text"))
        .sort("_hash", *(["stratum"] if "stratum" in problems.columns else []))
        .unique("text", keep="first", maintain_order=True)
    )
    if distinct.height > size:
        share = size / distinct.height
        over = ["stratum"] if "stratum" in problems.columns else []
        place = pl.int_range(pl.len()).over(over) if over else pl.int_range(pl.len())
        count = pl.len().over(over) if over else pl.len()
        distinct = distinct.filter(place < (count * share).ceil())
    return distinct.drop("_hash")


def discover(
    vectors: Vectors, seed: int = 0, words: Sequence[Sequence[str]] | None = None, bertopic: bool = True
) -> Discovery:
    """The topics of a sample.

    Args:
        vectors: rows of length 1, one for each distinct text, in an order that says nothing (`draw` gives one).
        seed: of everything random.
        words: words of each text, for BERTopic; none: BERTopic is not asked.
        bertopic: ask BERTopic too.

    Raises:
        VocError: too few texts to learn from.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    said = np.flatnonzero(np.any(vectors != 0, axis=1))
    if len(said) < 4 * LEAST_MEMBERS:
        raise VocError(
            f"{len(said)} distinct problems are too few to learn topics from",
            expected=f"at least {4 * LEAST_MEMBERS}",
            hint="let more days land: topics are learned from the first 28",
        )
    rows = vectors[said]
    ways: dict[str, Way] = {"merge": lambda part, turn: merged(rows[part], turn)}
    if bertopic and words is not None:
        from insight.topics.bertopic_way import bertopic_partitions

        heard = [words[int(place)] for place in said]
        ways["bertopic"] = lambda part, turn: bertopic_partitions(
            rows[part], [heard[int(place)] for place in part], turn
        )
    with threadpool_limits(1):
        everyone = np.arange(len(rows))
        proposals = {
            (name, at): found for name, way in ways.items() for at, found in way(everyone, seed).items()
        }
        candidates = _judged(rows, proposals, ways, seed)
        best = next(c for c in candidates if c.chosen)
        partition = without_small(rows, proposals[best.method, best.setting], LEAST_MEMBERS)
    topic = np.full(len(vectors), -1, np.int64)
    topic[said] = partition.of(rows)
    return Discovery(partition, topic, tuple(candidates))


def counts_tried(most: int) -> list[int]:
    """Numbers of topics that are tried, up to `most`."""
    found = [4]
    while (following := max(found[-1] + 1, round(found[-1] * _STEP))) <= most:
        found.append(following)
    return found


def merged(rows: Vectors, seed: int) -> dict[int, Partition]:
    """Over-cluster then merge, cut at every number of topics that is tried."""
    micro = over_cluster(rows, seed)
    cut = tree(smoothed(micro.centres))
    most = min(MOST_TOPICS, len(micro.centres) // 2)
    return {count: compact(rows, micro, cut, cut(count)) for count in counts_tried(most)}


def _judged(
    rows: Vectors, proposals: dict[tuple[str, int], Partition], ways: dict[str, Way], seed: int
) -> list[Candidate]:
    stable = _stability(rows, ways, seed)
    judged = np.random.default_rng(seed).permutation(len(rows))[:_JUDGED]
    separate = _separation(rows[judged])
    found = []
    for (method, setting), partition in proposals.items():
        stability = stable.get((method, setting))
        if stability is not None:
            score = separate(partition.of(rows[judged]))
            found.append(Candidate(method, setting, partition.count, stability, score))
    if not found:  # so few texts that no part of them can be clustered apart
        (method, setting), partition = next(iter(proposals.items()))
        return [
            Candidate(
                method, setting, partition.count, float("nan"), separate(partition.of(rows[judged])), True
            )
        ]
    best = choose(found)
    return [Candidate(**{**vars(c), "chosen": c is best}) for c in found]


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """The finest of those as stable as the best and not much worse separated than the best of these."""
    most = max(c.stability for c in candidates)
    stable = [c for c in candidates if c.stability >= most - AS_STABLE * abs(most)]
    apart = max(c.separation for c in stable)
    return max(
        (c for c in stable if c.separation >= min(apart * AS_SEPARATE, apart)),
        key=lambda c: (c.topic_count, c.stability),
    )


def _stability(rows: Vectors, ways: dict[str, Way], seed: int) -> dict[tuple[str, int], float]:
    """(method, setting) -> agreement of two parts on a third, the mean of some rounds."""
    from sklearn.metrics import adjusted_mutual_info_score

    rounds = 3 if len(rows) <= 2_000 else 2 if len(rows) <= 6_000 else 1
    scores: dict[tuple[str, int], list[float]] = {}
    for turn in range(rounds):
        order = np.random.default_rng([seed, turn]).permutation(len(rows))
        first, second, third = np.split(order, [int(0.4 * len(rows)), int(0.8 * len(rows))])
        judge = rows[third[:8_000]]
        for name, way in ways.items():
            one, two = way(first, seed + turn), way(second, seed + turn)
            for setting in one.keys() & two.keys():
                agreement = adjusted_mutual_info_score(one[setting].of(judge), two[setting].of(judge))
                scores.setdefault((name, setting), []).append(float(agreement))
    return {key: float(np.mean(found)) for key, found in scores.items()}


def _separation(rows: Vectors) -> Callable[[Places], float]:
    """Mean silhouette of labels on the rows (cosine distance)."""
    from sklearn.metrics import silhouette_score

    distance = np.maximum(1 - rows @ rows.T, 0)
    np.fill_diagonal(distance, 0)

    def score(labels: Places) -> float:
        groups = len(np.unique(labels))
        if groups < 2 or groups >= len(labels):
            return -1.0
        return float(silhouette_score(distance, labels, metric="precomputed"))

    return score
