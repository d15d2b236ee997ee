from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from insight.topics.geometry import unit
from insight.topics.groups import grouped
from insight.topics.layout import laid_out
from insight.topics.registry import Registry, Topic, rename, retire

WORDS = ["提现", "账单", "额度", "开户", "密码", "分期", "退款", "物流", "发票", "优惠券"]


def planes(count=10, each=6, seed=0):
    """Topics in `count` known bundles."""
    rng = np.random.default_rng(seed)
    registry = Registry.empty("e", 16)
    middles = unit(rng.normal(size=(count, 16)))
    for plane in range(count):
        for line in range(each):
            row = unit((middles[plane] + 0.08 * rng.normal(size=16))[None, :])
            registry = registry.add(Topic("", f"{WORDS[plane % 10]}{line}", share=1 / (count * each)), row)
    return registry


def words(registry):
    rows = [(topic.topic_id, [topic.label[:-1], "失败"]) for topic in registry.topics for _ in range(5)]
    return pl.DataFrame(rows, schema={"topic_id": pl.String, "tokens": pl.List(pl.String)}, orient="row")


@pytest.fixture(scope="module")
def found():
    registry = planes()
    return grouped(registry, words(registry))


def test_topics_of_one_matter_form_a_group(found):
    assert len(found.groups) == 10
    for plane in range(10):
        assert len({topic.group_id for topic in found.topics[6 * plane : 6 * plane + 6]}) == 1
    by_id = {group.group_id: group for group in found.groups}
    assert all(by_id[topic.group_id].label.startswith(topic.label[:-1]) for topic in found.topics)
    assert len({group.label for group in found.groups}) == 10


def test_groups_keep_ids_and_names(found):
    named = replace(
        found, groups=(replace(found.groups[0], label="我起的名字", renamed=True), *found.groups[1:])
    )
    more = named.add(Topic("", "提现9", share=0.01), named.centres[:1])
    gone, _ = retire(more, more.topics[-2].topic_id, "ann")
    again = grouped(gone, words(gone))
    assert {g.group_id for g in again.groups} == {g.group_id for g in found.groups}
    assert next(g for g in again.groups if g.group_id == found.groups[0].group_id).label == "我起的名字"
    before = {t.topic_id: t.group_id for t in found.topics}
    assert all(before.get(t.topic_id, t.group_id) == t.group_id for t in again.topics)
    assert again.topics[-1].group_id == again.topics[0].group_id


def test_few_topics_make_no_groups():
    registry = planes(2, 2)
    assert grouped(registry, words(registry)).groups == ()


@pytest.mark.parametrize("count", [7, 12, 24, 130, 200])
def test_numbers_of_groups(count):
    registry = planes(count, 1)
    found = grouped(registry, words(registry))
    assert len(found.groups) <= min(40, max(1, count // 3))
    assert count < 24 or len(found.groups) >= 8


def test_near_topics_stand_near(found):
    placed = laid_out(found)
    places = np.array([(t.x, t.y) for t in placed.topics])
    assert np.isfinite(places).all()
    assert np.abs(places).max() == pytest.approx(1)
    same = [np.linalg.norm(places[i] - places[i + 1]) for i in range(0, 60, 6)]
    everyone = np.linalg.norm(places[:, None] - places[None], axis=2).mean()
    assert np.mean(same) < everyone / 3
    assert laid_out(found).topics == placed.topics


def test_topics_stay_where_they_were(found):
    placed = laid_out(found)
    near = placed.centres[6:7]
    more = placed.add(Topic("", "new"), near)
    again = laid_out(more)
    assert [(t.x, t.y) for t in again.topics[:60]] == [(t.x, t.y) for t in placed.topics]
    new = np.array([again.topics[-1].x, again.topics[-1].y])
    bundle = np.array([(t.x, t.y) for t in placed.topics[6:12]])
    assert np.linalg.norm(bundle - new, axis=1).min() < 0.2
    assert laid_out(again).version == again.version


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_tiny_maps(count):
    registry = planes(max(count, 1), 1) if count else Registry.empty("e", 4)
    placed = laid_out(registry)
    assert all(t.x is not None and np.isfinite([t.x, t.y]).all() for t in placed.topics)


def test_a_rename_moves_nothing(found):
    placed = laid_out(found)
    renamed, _ = rename(placed, "t_0001", "名字", "ann")
    assert laid_out(renamed).topics[0].x == placed.topics[0].x
