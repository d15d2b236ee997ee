from datetime import date

import pytest

from tests.support import new_workspace
from warehouse.config import Journeys, VocConfig, read_config
from warehouse.errors import ConfigError
from warehouse.workspace import Workspace


def test_an_empty_file_is_all_defaults(tmp_path):
    path = tmp_path / "voc.yaml"
    path.write_text("")
    config = read_config(path, VocConfig)
    assert (config.timezone, config.language, config.sources) == ("Asia/Shanghai", "zh", {})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("timezon: UTC\n", ["timezon", "timezone", "line 1"]),
        ("language: zh\nsources:\n  chats:\n    colums: {a: b}\n", ["colums", "columns"]),
        ("timezone: Mars/Olympus\n", ["Mars/Olympus", "Asia/Shanghai"]),
        ("language: fr\n", ["language", "zh"]),
        ("a: [1\n", ["voc.yaml", "line"]),
        ("- x\n", ["voc.yaml"]),
    ],
)
def test_mistakes_name_the_file_the_place_and_the_nearest(tmp_path, text, parts):
    path = tmp_path / "voc.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config(path, VocConfig)
    told = str(caught.value)
    for part in parts:
        assert part in told, told


def test_a_denominator_must_be_a_step(tmp_path):
    path = tmp_path / "journeys.yaml"
    path.write_text("products:\n  - id: a\n    denominator: paay\n    steps: [{id: pay}]\n")
    with pytest.raises(ConfigError, match="did you mean 'pay'"):
        read_config(path, Journeys)


def test_an_edit_holds_from_its_day_and_older_days_keep_theirs(tmp_path):
    home = new_workspace(tmp_path / "w", journeys="products: [{id: a}]\n")
    ws = Workspace.open(home)
    ws.adopt_config(None)
    (home / "journeys.yaml").write_text("products: [{id: b}]\n")
    ws.adopt_config(date(2026, 11, 5))
    assert ws.journeys(date(2026, 11, 4)).products[0].id == "a"
    assert ws.journeys(date(2026, 11, 5)).products[0].id == "b"
    assert len(ws.config_history("journeys")) == 2


def test_the_key_is_made_once_and_private(tmp_path):
    ws = Workspace.open(new_workspace(tmp_path / "w"))
    assert ws.secret() == ws.secret()
    assert len(ws.secret()) == 32
    assert (ws.home / ".secret").stat().st_mode & 0o777 == 0o600


def test_a_folder_without_voc_yaml_is_no_workspace(tmp_path):
    with pytest.raises(ConfigError, match="voc init"):
        Workspace.open(tmp_path)
