import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from warehouse.hashing import content_hash, keyed_pseudonym, stable_hash


def test_hashes_on_disk_never_change():
    frame = pl.DataFrame({"a": ["x", None, ""], "b": [1, 2, 3]})
    assert frame.select(stable_hash("a", "b"))["a"].to_list() == [
        -8968885118459575502,
        -8154197220595719373,
        2678864550096569767,
    ]


def test_null_empty_and_borders_differ():
    frame = pl.DataFrame({"a": [None, "", "a", "ab"], "b": ["", None, "bc", "c"]})
    assert frame.select(stable_hash("a", "b")).to_series().n_unique() == 4


def test_pseudonym_needs_the_key_and_keeps_null():
    frame = pl.DataFrame({"id": ["U1", "U1", "U2", None]})
    first = frame.select(keyed_pseudonym("id", b"k1"))["id"].to_list()
    assert first[0] == first[1] != first[2]
    assert first[3] is None
    assert len(first[0]) == 32
    assert frame.select(keyed_pseudonym("id", b"k2"))["id"][0] != first[0]


@given(st.lists(st.tuples(st.integers(-(2**40), 2**40), st.text(max_size=5)), max_size=30), st.randoms())
def test_content_hash_does_not_see_order(rows, rng):
    schema = {"n": pl.Int64, "t": pl.String}
    shuffled = rows.copy()
    rng.shuffle(shuffled)
    assert content_hash(pl.DataFrame(rows, schema=schema, orient="row")) == content_hash(
        pl.DataFrame(shuffled, schema=schema, orient="row")
    )


def test_content_hash_sees_a_changed_value_and_a_doubled_row():
    frame = pl.DataFrame({"n": [1, 2], "t": ["a", "b"]})
    assert content_hash(frame) != content_hash(frame.with_columns(t=pl.Series(["a", "c"])))
    assert content_hash(frame) != content_hash(pl.concat([frame, frame]))
