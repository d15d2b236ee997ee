"""`levers` of journeys.yaml: mistakes are named, and the newest one holds at publish."""

from contextlib import closing
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from dags.cli import main
from tests.support import new_workspace
from warehouse.config import Journeys, read_config
from warehouse.config.levers import CAUSES, DEFAULTS, LEVERS
from warehouse.contracts import contract
from warehouse.errors import ConfigError
from warehouse.publish.levers import prepare_levers

PRODUCTS = "products:\n  - {id: credit_pay, steps: [{id: apply}, {id: repay}]}\n"


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ("{cause: fualt, owner: x}", ["'fualt' is no cause", "'fault'", "line 4"]),
        ("{cause: fault, lever: product_fx}", ["'product_fx' is no lever", "'product_fix'", "line 4"]),
        ("{cause: fault, levr: product_fix}", ["levr", "did you mean 'lever'"]),
        ("{cause: fault}", ["neither lever nor owner"]),
        ("{cause: fault, owner: ''}", ["owner"]),
        ("{step: apply, owner: x}", ["step 'apply' needs its product"]),
        ("{product: credit_pya, owner: x}", ["rule 1", "no product 'credit_pya'", "'credit_pay'"]),
        ("{product: credit_pay, step: aply, owner: x}", ["no step 'aply'", "'apply'"]),
        ("{product: credit_pay, step: zzzz, owner: x}", ["no step 'zzzz'", "known: apply, repay"]),
        ("{cause: fault, owner: x}\n  - {cause: fault, lever: product_fix}", ["rule 2", "same cause"]),
    ],
)
def test_mistakes_are_named_with_the_nearest(tmp_path, rule, parts):
    path = tmp_path / "journeys.yaml"
    path.write_text(f"{PRODUCTS}levers:\n  - {rule}\n")
    with pytest.raises(ConfigError) as caught:
        read_config(path, Journeys)
    told = str(caught.value)
    assert "journeys.yaml" in told
    for part in parts:
        assert part in told, told


def test_voc_check_sees_them(tmp_path, capsys):
    home = new_workspace(tmp_path / "w", journeys=f"{PRODUCTS}levers:\n  - {{cause: fualt, owner: x}}\n")
    with pytest.raises(SystemExit) as left:
        main(["--home", str(home), "check"])
    assert left.value.code == 2
    assert "did you mean 'fault'" in capsys.readouterr().err


def test_causes_and_levers_are_those_of_the_contracts():
    def values(table, column):
        return next(c.values for c in contract(table).columns if c.name == column)

    assert list(CAUSES) == list(values("insight.inquiry_journey", "cause"))
    assert list(LEVERS) == list(values("mart.obstacles", "lever"))
    assert set(DEFAULTS) == set(CAUSES) - {"other"}
    assert set(DEFAULTS.values()) == set(LEVERS)


def test_the_commented_rules_of_the_template_can_be_used():
    text = files("warehouse.templates").joinpath("journeys.yaml").read_text(encoding="utf-8")
    commented = [
        line[2:] for line in text.splitlines() if line.startswith(("# products:", "# levers:", "#   "))
    ]
    journeys = read_config(Path("journeys.yaml"), Journeys, "\n".join(commented))
    assert [rule.owner for rule in journeys.levers] == ["技术团队", "风控运营", "王芳"]


def test_a_published_table_of_rules_is_of_this_connection_alone(tmp_path):
    path = tmp_path / "published.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        prepare_levers(connection, Journeys())
        prepare_levers(connection, Journeys.model_validate({"levers": [{"cause": "other", "owner": "a"}]}))
        assert connection.execute("SELECT count(*) FROM levers").fetchall() == [(len(DEFAULTS) + 1,)]
    with closing(duckdb.connect(str(path))) as connection:
        assert connection.execute("SHOW TABLES").fetchall() == []
