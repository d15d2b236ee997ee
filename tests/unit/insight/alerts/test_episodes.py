from datetime import date, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.alerts.episodes import advance, empty_episodes
from insight.alerts.limits import Limits

from .test_folding import finding

START = date(2026, 11, 1)


def run(flags, limits=None):
    """Flags (column -> observed) of one step day by day: days told, episodes ever seen by id."""
    episodes, told, ever = empty_episodes(), [], {}
    for n in range(30):
        found = [finding(flags[n], 20, product="w", step="a")] if n in flags else []
        news = advance(episodes, found, START + timedelta(n), limits or Limits())
        episodes = news.episodes
        told += [n for _ in news.findings]
        ever |= {row["episode_id"]: row for row in episodes.to_dicts()}
    return told, list(ever.values())


def test_an_episode_is_told_once_and_keeps_its_id():
    told, episodes = run({3: 60, 4: 80, 6: 50})
    assert told == [3]
    assert len(episodes) == 1
    one = episodes[0]
    assert (one["start_day"], one["peak_day"], one["last_day"], one["end_day"]) == tuple(
        START + timedelta(n) for n in (3, 4, 6, 6)
    )
    assert one["peak_observed"] == 80
    assert one["excess_count"] == 40 + 60 + 30


def test_after_quiet_days_it_is_another_episode():
    told, episodes = run({3: 60, 12: 60})
    assert told == [3, 12]
    assert len({row["episode_id"] for row in episodes}) == 2


def test_an_episode_that_becomes_far_worse_is_told_again():
    told, episodes = run({3: 30, 4: 32, 5: 120, 6: 125})
    assert told == [3, 5]
    assert len(episodes) == 1


def test_a_drift_that_looks_back_at_an_outbreak_is_the_same_episode():
    first = advance(empty_episodes(), [finding(60, 20, product="w", step="a")], START, Limits())
    episodes = first.episodes
    for n in range(1, 6):
        episodes = advance(episodes, [], START + timedelta(n), Limits()).episodes
    assert episodes["end_day"].to_list() == [START]
    late = advance(
        episodes, [finding(200, 140, days=7, product="w", step="a")], START + timedelta(6), Limits()
    )
    assert late.episodes["episode_id"].to_list() == first.episodes["episode_id"].to_list()
    assert late.episodes["end_day"].to_list() == [None]
    assert not late.findings
    fresh = advance(episodes, [finding(60, 20, product="w", step="a")], START + timedelta(6), Limits())
    assert len(fresh.findings) == 1
    assert fresh.episodes.height == 2


def test_a_folded_finding_has_an_episode_and_is_silent():
    part = finding(60, 20, product="w", step="a")
    part.into = ("w", 1)
    first = advance(empty_episodes(), [part], START, Limits())
    assert not first.findings
    assert first.episodes["part_of"].to_list() == ["w"]
    again = advance(first.episodes, [finding(60, 20, product="w", step="a")], START + timedelta(1), Limits())
    assert not again.findings


def test_a_day_done_again_gives_the_same():
    one = advance(empty_episodes(), [finding(60, 20, product="w", step="a")], START, Limits())
    found = [finding(70, 20, product="w", step="a")]
    again = [advance(one.episodes, found, START + timedelta(1), Limits()).episodes for _ in range(2)]
    assert again[0].equals(again[1])
    # What was told of the day itself in an earlier run is not looked at.
    redone = advance(again[0], [finding(60, 20, product="w", step="a")], START, Limits())
    assert redone.episodes["episode_id"].to_list() == one.episodes["episode_id"].to_list()
    assert len(redone.findings) == 1


@given(st.sets(st.integers(0, 25), max_size=12))
@settings(max_examples=40, deadline=None)
def test_episodes_part_the_flagged_days(days):
    """Every flagged day lies in exactly one episode, and two episodes lie further apart than the gap."""
    told, episodes = run(dict.fromkeys(days, 60))
    spans = sorted((row["start_day"], row["last_day"]) for row in episodes)
    for n in days:
        assert sum(a <= START + timedelta(n) <= b for a, b in spans) == 1
    for (_, end), (begin, _) in pairwise(spans):
        assert (begin - end).days > Limits().episode_gap_days + 1
    assert told == sorted((a - START).days for a, _ in spans)
    assert all(row["end_day"] in (None, row["last_day"]) for row in episodes)


def test_no_finding_no_episode():
    news = advance(empty_episodes(), [], START, Limits())
    assert news.episodes.is_empty()
    assert news.episodes.schema == empty_episodes().schema
    assert isinstance(news.episodes, pl.DataFrame)
