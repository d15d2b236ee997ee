import sys
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from insight.topics.assign import assign
from insight.topics.embedder import Embedder
from insight.topics.encoder import SentenceEncoder, load_encoder
from insight.topics.move import moved
from warehouse.errors import ConfigError


class Model:
    """Stands in for a sentence encoder: directions by the first letter, of no fixed length."""

    def __init__(self, *_, **__):
        self.seen = []

    def encode(self, texts):
        assert isinstance(texts, list)
        self.seen += texts
        rows = np.zeros((len(texts), 8))
        for row, text in zip(rows, texts, strict=True):
            row[sum(text.encode()) % 8] = len(text) or 1
        return rows


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mini").mkdir()
    (tmp_path / "mini" / "config.json").write_text("{}")
    return tmp_path / "mini"


@pytest.fixture
def installed(monkeypatch):
    module = ModuleType("sentence_transformers")
    module.SentenceTransformer = Model
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)


def test_it_is_an_embedder(folder, installed):
    encoder = load_encoder(folder)
    assert isinstance(encoder, Embedder)
    assert encoder.dim == 8
    rows = encoder.encode(pl.Series(["abc", None, " ", "de", "abc"]))
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 0, 1, 1])
    assert np.array_equal(rows[0], rows[4])
    assert encoder.model.seen.count("abc") == 1
    assert encoder.encode(pl.Series([], dtype=pl.String)).shape == (0, 8)


def test_the_version_follows_the_files(folder, installed):
    first = load_encoder(folder).version
    assert load_encoder(folder).version == first
    (folder / "config.json").write_text("{ }")
    assert load_encoder(folder).version != first


def test_a_registry_moves_to_an_encoder(registry):
    encoder = SentenceEncoder(Model(), "fake", "fake-1", 8)
    found = moved(registry, encoder)
    assert found.embedder_version == "fake-1"
    assert [t.topic_id for t in found.live] == [t.topic_id for t in registry.live]
    assert (
        assign(pl.Series([registry.topics[0].examples[0]]), found, encoder)["nearest_topic_id"][0] is not None
    )


@pytest.mark.parametrize(
    ("backend", "match"), [("word2vec", "no encoder backend"), ("model2vec", "not installed")]
)
def test_what_is_missing_is_said(folder, backend, match, monkeypatch):
    monkeypatch.setitem(sys.modules, "model2vec", None)
    with pytest.raises(ConfigError, match=match):
        load_encoder(folder, backend)


def test_no_such_folder(tmp_path):
    with pytest.raises(ConfigError, match="no encoder at"):
        load_encoder(tmp_path / "none")
