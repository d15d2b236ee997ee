"""What is learned from given and corrected inquiries, how it is kept, and whose word wins."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from insight.journey.calibration import (
    DEFAULT,
    Calibration,
    calibration_error,
    confidence,
    fit_calibration,
    reliability,
)
from insight.journey.corrections import corrections_of
from insight.journey.learned import ENOUGH_TEXTS, learn, load_learned, save_learned
from insight.journey.linear import probabilities, train
from insight.journey.steps_of import RESULT, steps_of
from warehouse.config import Journeys
from warehouse.errors import VocError

JOURNEYS = Journeys.model_validate(
    {
        "products": [
            {
                "id": "parking",
                "name": "停车",
                "steps": [{"id": "enter", "name": "入场"}, {"id": "leave", "name": "出场"}],
            },
            {"id": "club", "name": "会所", "steps": [{"id": "swim", "name": "游泳"}]},
        ]
    }
)
SAID = {
    ("parking", "enter"): ["道闸不抬杆", "闸机没认出车牌", "抬杆太慢了进不去", "门口的杆子不动"],
    ("parking", "leave"): [
        "缴完停车费走不了",
        "缴费以后超时又收钱",
        "离开的时候多收停车费",
        "停车费缴了两回",
    ],
    ("club", "swim"): ["泳池水太凉", "泳道太挤了", "更衣柜的水没热水", "泳池今天开放吗"],
}


def known(times, method="given"):
    rows = [
        (f"{step}{copy}{number}", product, step, f"{text}{'啊呀哦'[copy % 3]}{copy}", method)
        for copy in range(times)
        for (product, step), texts in SAID.items()
        for number, text in enumerate(texts)
    ]
    return pl.DataFrame(rows, schema=["inquiry_id", "product", "step", "problem", "method"], orient="row")


def asked(*problems, product=None, step=None):
    return pl.DataFrame(
        {
            "inquiry_id": [str(number) for number in range(len(problems))],
            "product": [product] * len(problems),
            "step": [step] * len(problems),
            "problem": list(problems),
        },
        schema=dict.fromkeys(("inquiry_id", "product", "step", "problem"), pl.String),
    )


def corrected(*rows):
    return pl.DataFrame(
        rows, schema=dict.fromkeys(("inquiry_id", "product", "step", "cause"), pl.String), orient="row"
    )


@pytest.fixture(scope="module")
def learned():
    found = learn(known(12), JOURNEYS)
    assert found is not None
    assert found.model is not None
    return found


def test_what_words_do_not_know_is_learned(learned):
    inquiries = asked("杆子怎么不抬", "停车费又收了一回", "泳池的水好凉")
    assert steps_of(inquiries, JOURNEYS)["step"].to_list()[0] is None
    found = steps_of(inquiries, JOURNEYS, learned=learned)
    assert found["step"].to_list() == ["enter", "leave", "swim"]
    assert set(found["method"]) <= {"model", "similarity", "rule"}
    assert found["confidence"].is_between(0.4, 1.0).all()


def test_a_few_known_inquiries_teach_likeness_but_no_classifier():
    few = learn(known(2), JOURNEYS)
    assert known(2).height < ENOUGH_TEXTS
    assert few.model is None
    found = steps_of(asked("门口的杆子不抬"), JOURNEYS, learned=few)
    assert found.row(0, named=True)["step"] == "enter"
    assert found["method"].item() == "similarity"


def test_learning_twice_gives_the_same(learned):
    again = learn(known(12), JOURNEYS)
    assert again.version == learned.version
    assert np.array_equal(again.model.coefficients, learned.model.coefficients)
    assert learn(known(11), JOURNEYS).version != learned.version


def test_it_is_kept_and_read_back(learned, tmp_path):
    folder = save_learned(learned, tmp_path)
    assert folder.name == learned.version
    back = load_learned(folder)
    inquiries = asked("杆子怎么不抬", "泳池的水好凉", "随便", None)
    assert steps_of(inquiries, JOURNEYS, learned=back).equals(steps_of(inquiries, JOURNEYS, learned=learned))
    assert back.counts.equals(learned.counts)
    whole = {text for texts in SAID.values() for text in texts}
    assert not whole & set(back.pieces["form"]), "an artifact keeps no whole text"


def test_a_folder_without_an_artifact_says_so(tmp_path):
    with pytest.raises(VocError, match="holds nothing learned"):
        load_learned(tmp_path)
    (tmp_path / "about.json").write_text(json.dumps({"format": 99}), encoding="utf-8")
    with pytest.raises(VocError, match="format 99"):
        load_learned(tmp_path)


def test_only_known_steps_and_texts_are_learned_from():
    strange = known(1).with_columns(pl.lit("gone").alias("step"))
    assert learn(strange, JOURNEYS) is None
    assert learn(known(1).with_columns(pl.lit(None, pl.String).alias("problem")), JOURNEYS) is None


def test_a_step_that_is_no_longer_there_is_not_chosen(learned):
    shut = Journeys.model_validate({"products": [{"id": "club", "steps": [{"id": "swim", "name": "游泳"}]}]})
    found = steps_of(asked("停车费又收了一回", "泳池的水好凉"), shut, learned=learned)
    assert found["step"].to_list()[1] == "swim"
    assert "leave" not in found["step"].to_list()


def test_a_given_product_keeps_others_out(learned):
    found = steps_of(asked("泳池的水好凉", product="parking"), JOURNEYS, learned=learned)
    assert found["product"].item() == "parking"
    assert found["step"].item() in {"enter", "leave", None}


def test_corrections_win_over_the_source_and_everything(learned):
    inquiries = asked("泳池的水好凉", "泳池的水好凉", "泳池的水好凉", product="parking", step="enter")
    found = steps_of(
        inquiries,
        JOURNEYS,
        learned=learned,
        corrections=corrected(
            ("0", "club", "swim", None),
            ("1", None, "leave", None),
            ("2", None, None, "fault"),
            ("9", "x", "y", None),
        ),
    )
    assert found.select("product", "step", "confidence", "method").rows() == [
        ("club", "swim", 1.0, "corrected"),
        ("parking", "leave", 1.0, "corrected"),
        ("parking", "enter", 1.0, "given"),
    ]
    assert found.schema == RESULT


def test_a_corrected_product_takes_the_given_step_away():
    found = steps_of(
        asked("随便", product="parking", step="enter"),
        JOURNEYS,
        corrections=corrected(("0", "club", None, None)),
    )
    assert found.select("product", "step", "method").row(0) == ("club", None, "corrected")


def decision(target, **value):
    return ("correct", target, json.dumps(value))


def test_corrections_come_from_the_journal():
    journal = pl.DataFrame(
        [
            decision("a", day="2026-11-03", product="parking", step="enter"),
            decision("a", day="2026-11-03", cause="fault"),
            ("word", "a", "{}"),
            decision("b", product="parking", step="enter"),
            decision("b", product="club"),
            decision("c", product="parking"),
            decision("c", step="leave"),
        ],
        schema=["kind", "target", "value"],
        orient="row",
    )
    assert corrections_of(journal).rows() == [
        ("a", date(2026, 11, 3), "parking", "enter", "fault"),
        ("b", None, "club", None, None),
        ("c", None, "parking", "leave", None),
    ]
    assert corrections_of(journal.clear()).is_empty()


def test_confidence_rises_with_evidence_and_lead():
    frame = pl.DataFrame(
        {
            "score": [0.3, 0.9, 0.9, 0.9, 5.0],
            "margin": [0.1, 0.1, 1.0, 1.0, 5.0],
            "own": [0.0, 0.0, 0.0, 0.9, 5.0],
        }
    )
    found = frame.select(confidence(DEFAULT)).to_series().to_list()
    assert found == sorted(found)
    assert found[0] > 0
    assert found[-1] < 1


def test_a_calibration_is_found_again():
    true = Calibration(-1.5, 2.0, 1.0, 0.8)
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {
            "score": rng.uniform(0, 2, 4000),
            "margin": rng.uniform(0, 1.5, 4000),
            "own": rng.uniform(0, 1, 4000),
        }
    )
    chance = frame.select(confidence(true)).to_series().to_numpy()
    compared = frame.with_columns(right=pl.Series(rng.uniform(size=4000) < chance))
    assert np.allclose(fit_calibration(compared), true, atol=0.4)
    assert fit_calibration(compared.head(20)) == DEFAULT


def test_reliability_counts_what_is_right():
    decided = pl.DataFrame(
        {
            "inquiry_id": ["a", "b", "c", "d", "e"],
            "product": ["p"] * 5,
            "step": ["s", "s", "s", "t", None],
            "confidence": [0.95, 1.0, 0.91, 0.55, 0.5],
            "method": ["rule", "rule", "rule", "model", "rule"],
        }
    )
    truth = pl.DataFrame(
        {"inquiry_id": list("abcde"), "product": ["p"] * 5, "step": ["s", "s", "u", "t", "s"]}
    )
    table = reliability(decided, truth)
    assert table.select("method", "from", "count", "accuracy").rows() == [
        ("model", 0.5, 1, 1.0),
        ("rule", 0.9, 3, pytest.approx(2 / 3)),
    ]
    assert (table["low"] <= table["accuracy"]).all()
    assert (table["accuracy"] <= table["high"]).all()
    assert calibration_error(table) == pytest.approx((abs(0.55 - 1) + 3 * abs(2.86 / 3 - 2 / 3)) / 4)
    assert calibration_error(table.clear()) == 0


def test_a_classifier_of_two_classes():
    texts = pl.Series(["泳池水凉", "泳道挤", "泳池水热", "抬杆慢", "抬杆快", "杆子不动"] * 5)
    labels = np.array([0, 0, 0, 1, 1, 1] * 5)
    model = train(texts, labels, (("club", "swim"), ("parking", "enter")), np.ones(30))
    found = probabilities(model, pl.Series(["泳池", "抬杆", "", None]))
    assert found.shape == (4, 2)
    assert found[0, 0] > 0.5
    assert found[1, 1] > 0.5
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
