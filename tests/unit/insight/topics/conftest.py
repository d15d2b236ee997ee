import pytest

from insight.topics.describe import learned
from insight.topics.embedder import fit_embedder
from tests.unit.insight.topics.corpus import DAY, corpus


@pytest.fixture(scope="session")
def problems():
    return corpus()


@pytest.fixture(scope="session")
def embedder(problems):
    return fit_embedder(problems["text"])


@pytest.fixture(scope="session")
def taught(problems, embedder):
    """Registry, discovery and events of the corpus."""
    return learned(problems, embedder, DAY, bertopic=False)


@pytest.fixture(scope="session")
def registry(taught):
    return taught[0]
