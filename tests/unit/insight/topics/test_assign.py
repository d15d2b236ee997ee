from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.topics import unassigned
from insight.topics.assign import SCHEMA, assign
from insight.topics.geometry import held_out_cosine, means, nearest, radii, unit
from insight.topics.registry import Registry
from warehouse.errors import VocError


def test_problems_go_to_their_topic(problems, registry, embedder):
    found = assign(problems["text"], registry, embedder)
    main = dict(
        found.with_columns(problems["matter"])
        .drop_nulls("topic_id")
        .group_by("matter")
        .agg(pl.col("topic_id").mode().first())
        .rows()
    )
    chinese = [main[matter] for matter in ("withdraw", "close", "bill", "code", "limit")]
    assert len({*chinese, main["card"]}) == 6
    right = found["topic_id"] == problems["matter"].replace_strict(main)
    assert right.sum() / len(right) > 0.9
    named = assign(pl.Series(["请问提现怎么还没到账呀", "card payment declined again"]), registry, embedder)
    assert named["topic_id"].to_list() == [main["withdraw"], main["card"]]


def test_what_fits_nowhere_is_not_forced(registry, embedder):
    found = assign(pl.Series(["今天天气真好我们去爬山", "", None, "12345"]), registry, embedder)
    assert found["topic_id"].to_list() == [None] * 4
    assert found["nearest_topic_id"].null_count() == 3
    assert found["similarity"][1:].to_list() == [None] * 3


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_same_text_same_topic(problems, registry, embedder, data):
    places = data.draw(st.lists(st.integers(0, problems.height - 1), min_size=1, max_size=50))
    texts = problems["text"].gather(places)
    together = assign(texts, registry, embedder)
    alone = pl.concat([assign(texts.slice(i, 1), registry, embedder) for i in range(len(texts))])
    assert together.equals(alone)


def test_batches_change_nothing(monkeypatch, problems, registry, embedder):
    whole = assign(problems["text"], registry, embedder)
    monkeypatch.setattr("insight.topics.assign.BATCH", 7)
    assert assign(problems["text"], registry, embedder).equals(whole)


def test_the_radius_is_the_topics_own(problems, registry, embedder):
    text = pl.Series([registry.topics[0].examples[0]])
    mine = assign(text, registry, embedder)
    assert mine["topic_id"][0] == registry.topics[0].topic_id
    tight = registry.with_topics([replace(registry.topics[0], radius=1.1)])
    found = assign(text, tight, embedder)
    assert found["topic_id"][0] is None
    assert found["nearest_topic_id"][0] == mine["topic_id"][0]
    assert found["similarity"][0] == mine["similarity"][0]


def test_without_topics_all_is_null(embedder):
    found = assign(pl.Series(["提现", "card"]), Registry.empty(embedder.version, embedder.dim), embedder)
    assert found.schema == SCHEMA
    assert found.null_count().row(0) == (2, 2, 2)
    assert assign(pl.Series([], dtype=pl.String), Registry.empty("x", 2), embedder).schema == SCHEMA


def test_vectors_of_another_embedder_are_refused(registry, embedder):
    with pytest.raises(VocError, match="cannot be compared"):
        assign(pl.Series(["提现"]), replace(registry, embedder_version="ppmi-64-other"), embedder)


def test_unassigned_keeps_the_columns_of_the_table():
    assert unassigned(pl.DataFrame({"inquiry_id": ["a"]})).rows() == [("a", None, None)]


def test_nearest_is_the_cosine():
    rows = unit(np.random.default_rng(1).normal(size=(40, 8)))
    centres = unit(np.random.default_rng(2).normal(size=(5, 8)))
    place, cosine = nearest(rows, centres)
    assert np.array_equal(place, (rows @ centres.T).argmax(axis=1))
    assert np.allclose(cosine, (rows @ centres.T).max(axis=1), atol=1e-6)
    assert nearest(np.zeros((1, 8), np.float32), centres)[0].tolist() == [-1]


def test_held_out_cosine_leaves_the_row_out():
    rows = unit(np.array([[1, 0], [0, 1], [1, 1], [1, 0]]))
    found = held_out_cosine(rows, np.array([0, 0, 0, 1]), 2)
    assert found[0] == pytest.approx(float(rows[0] @ unit(rows[1:3].sum(axis=0, keepdims=True))[0]))
    assert np.isnan(found[3])
    assert np.allclose(means(rows, np.array([0, 0, 1, 1]), 2)[0], unit(np.array([[1, 1]]))[0])


def test_radii_of_small_groups_lean_on_all():
    cosines = np.array([0.9] * 300 + [0.1] * 2, np.float32)
    group = np.array([0] * 300 + [1] * 2)
    large, small, none = radii(cosines, group, 3, 0.5)
    assert large == pytest.approx(0.9)
    assert small == pytest.approx(0.9 - 0.8 * 2 / 32, abs=1e-6)
    assert none == pytest.approx(0.9)
