"""Which version of a learned thing holds on which day."""

from datetime import date

import pytest

from warehouse.errors import ConfigError
from warehouse.models import History, Models

D = [date(2026, 11, n) for n in range(1, 11)]


def test_a_version_holds_from_its_day():
    history = History().using("a", None).using("b", D[4])
    assert [history.version_on(day) for day in (D[0], D[3], D[4], D[9])] == ["a", "a", "b", "b"]
    assert history.newest() == "b"
    assert History().version_on(D[0]) is None


def test_a_new_word_replaces_what_held_from_its_day_on():
    history = History().using("a", D[1]).using("b", D[5]).using("c", D[3])
    assert history.used == ((D[1], "a"), (D[3], "c"))
    assert history.version_on(D[0]) is None
    assert history.using(None, D[6]).version_on(D[7]) is None
    assert history.using("z", None).used == ((None, "z"),)


def test_an_amendment_changes_the_days_it_names_and_no_other():
    before = History().using("a", None)
    after = before.using("b", D[5]).amending("b", D[3], D[4])
    assert [after.fingerprint(day) == before.fingerprint(day) for day in D[:5]] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert after.amendments_on(D[3]) == ("b",)


def test_what_is_written_is_read(tmp_path):
    models = Models(tmp_path / "models")
    assert models.history("topics") == History()
    history = History(through=D[4], decided=3).using("a", None).using("b", D[5]).amending("b", D[3], D[4])
    models.write("topics", history)
    assert models.history("topics") == history


@pytest.mark.parametrize(
    "text", ["", "[]", '{"used": [{"version": "a"}]}', '{"used": [{"since": "x", "version": "a"}]}']
)
def test_a_broken_file_is_named(tmp_path, text):
    models = Models(tmp_path)
    models.path("topics").write_text(text)
    with pytest.raises(ConfigError, match=r"topics\.json"):
        models.history("topics")
