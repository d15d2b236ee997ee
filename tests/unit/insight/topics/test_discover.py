import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from insight.topics.describe import learned
from insight.topics.discover import Candidate, choose, counts_tried, discover, draw
from insight.topics.embedder import fit_embedder
from insight.topics.labels import segmented
from insight.topics.micro import over_cluster, smoothed, tree
from insight.topics.partition import Partition, without_small
from tests.unit.insight.topics.corpus import DAY
from warehouse.errors import VocError


def test_topics_are_found_without_their_number(problems, taught):
    _, found, _ = taught
    assert adjusted_rand_score(problems["matter"], found.topic) > 0.8
    scores = found.scores()
    assert scores.filter("chosen").height == 1
    assert scores["method"].unique().to_list() == ["merge"]
    assert scores["stability"].is_between(-1, 1).all()


def test_bertopic_proposes_too_and_is_judged_alike(problems, embedder):
    vectors = embedder.encode(problems["text"])
    found = discover(vectors, 0, segmented(problems["text"]).to_list())
    methods = found.scores().group_by("method").len()
    assert set(methods["method"]) == {"merge", "bertopic"}
    assert adjusted_rand_score(problems["matter"], found.topic) > 0.8


def test_the_same_sample_and_seed_give_the_same_topics(problems, embedder, taught):
    again, _, _ = learned(problems, embedder, DAY, bertopic=False)
    assert again.version == taught[0].version


def test_topics_say_what_is_to_be_known(problems, taught):
    registry, found, events = taught
    assert [t.topic_id for t in registry.topics] == [f"t_{n:04d}" for n in range(1, len(registry.topics) + 1)]
    assert [e.to_topic_id for e in events] == [t.topic_id for t in registry.topics]
    shares = [t.share for t in registry.topics]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    every = set(problems["text"])
    for number, topic in enumerate(registry.topics):
        assert len(set(topic.examples)) == 5
        assert set(topic.examples) <= every
        mine = problems.filter(pl.Series(found.topic == number))
        assert (topic.first_day, topic.last_day) == (mine["day"].min(), mine["day"].max())
        assert 0 < topic.radius < topic.typical <= 1


def test_too_few_texts_are_refused():
    with pytest.raises(VocError, match="3 distinct problems are too few"):
        discover(np.eye(3, dtype=np.float32))


def test_equal_texts_and_empty_vectors_do_no_harm(embedder):
    texts = pl.Series(["提现不到账"] * 30 + [""] * 5 + ["关闭分期付"] * 30)
    found = discover(embedder.encode(texts), 0)
    assert found.topic[30:35].tolist() == [-1] * 5
    assert len(set(found.topic[:30])) == 1


def candidate(count, stability, separation):
    return Candidate("merge", count, count, stability, separation)


@pytest.mark.parametrize(
    ("candidates", "count"),
    [
        ([candidate(5, 0.9, 0.3), candidate(9, 0.6, 0.4)], 5),  # the stable one
        ([candidate(5, 0.9, 0.3), candidate(9, 0.89, 0.28)], 9),  # as stable: the finer
        ([candidate(5, 0.9, 0.3), candidate(9, 0.895, 0.1)], 5),  # but not if it falls together
        ([candidate(5, -0.1, -0.2), candidate(9, -0.2, -0.3)], 5),
    ],
)
def test_choice(candidates, count):
    assert choose(candidates).topic_count == count


def test_counts_tried():
    assert counts_tried(3) == [4]
    assert counts_tried(14) == [4, 5, 6, 8, 10, 13]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 80), st.randoms(use_true_random=False))
def test_the_sample_is_the_same_in_any_order_and_hears_every_stratum(size, random):
    rows = [(f"text {n % 90}", "large" if n % 90 < 80 else "small") for n in range(120)]
    random.shuffle(rows)
    frame = pl.DataFrame(rows, schema=["text", "stratum"], orient="row")
    found = draw(frame, size)
    assert found.sort("text").equals(draw(frame.reverse(), size).sort("text"))
    assert found["text"].is_unique().all()
    assert size <= found.height <= size + 2 or found.height == 90
    assert found["stratum"].n_unique() == 2


def test_small_clusters_are_none_empty_and_cuts_are_nested():
    rows = fit_embedder(pl.Series([f"提现 {c} 问题 {d}" for c in "甲乙丙丁" for d in "一二三四"])).encode(
        pl.Series([f"提现 {c} 问题 {d}" for c in "甲乙丙丁" for d in "一二三四"])
    )
    micro = over_cluster(rows, 0, 6)
    assert np.bincount(micro.member, minlength=len(micro.centres)).min() > 0
    cut = tree(smoothed(micro.centres))
    fine, coarse = cut(4), cut(2)
    assert all(len(set(coarse[fine == g])) == 1 for g in set(fine))


def test_small_topics_go():
    centres = np.eye(3, dtype=np.float32)
    rows = centres[[0, 0, 1, 1, 1, 2]]
    found = without_small(rows, Partition(centres, np.array([0, 1, 2])), 2)
    assert found.owner.tolist() == [1, 0]  # the largest first
    assert np.array_equal(found.centres, centres[:2])
