import re

import numpy as np
import pytest

from warehouse.demo import personal
from warehouse.demo.catalog import PRODUCTS, problems
from warehouse.demo.forms import english, spoken, unpointed, written
from warehouse.demo.numerals import digit_by_digit, speak_numbers
from warehouse.demo.numerals import spoken as spoken_number
from warehouse.demo.pool import pool
from warehouse.demo.scripts import CALL, CHAT, scripts
from warehouse.demo.story import VOLUME


def test_every_step_has_four_problems_and_every_problem_its_words():
    steps = {}
    for problem in problems():
        steps.setdefault((problem.product, problem.step), []).append(problem)
        for field in ("brief", "says", "more", "then_more", "answer", "then", "en", "en_more", "en_answer"):
            texts = getattr(problem, field)
            assert texts, (problem.id, field)
            assert all(texts), (problem.id, field)
            assert len(set(texts)) == len(texts), (problem.id, field)
        assert len(problem.says) >= 10, problem.id
    assert set(steps) == set(VOLUME)
    assert all(4 <= len(found) <= 8 for found in steps.values())
    assert {product for product, _ in steps} == set(PRODUCTS)
    assert len({p.id for p in problems()}) == len(problems())
    assert [p.role for p in problems() if p.role].count("incident") == 1
    assert {p.role for p in problems()} == {None, "incident", "drift", "fix", "new"}


def test_no_text_stands_in_two_problems():
    owner = {}
    for problem in problems():
        for text in (*problem.says, *problem.en):
            assert owner.setdefault(text, problem.id) == problem.id, text


def test_texts_hold_no_real_brand_and_no_open_slot():
    texts = pool(7).before.to_list() + pool(7).after.to_list()
    found = [t for t in texts if re.search(r"花呗|借呗|支付宝|蚂蚁|微粒贷|白条|财付通|Alipay|\{", t)]
    assert found == []


@pytest.mark.parametrize("problem", problems(), ids=lambda p: p.id)
def test_a_problem_is_said_in_many_ways(problem):
    rng = np.random.default_rng(1)
    assert len(set(written(problem, rng))) >= 150
    assert len(set(spoken(problem, rng))) >= 80
    assert len(set(english(problem, rng))) >= 15


def test_numbers_are_spoken_as_people_say_them():
    cases = {
        0: "零",
        10: "十",
        12: "十二",
        20: "二十",
        105: "一百零五",
        110: "一百一十",
        1000: "一千",
        3050: "三千零五十",
    }
    cases |= {10_000: "一万", 10_500: "一万零五百", 20_030: "二万零三十", 17_697: "一万七千六百九十七"}
    assert {n: spoken_number(n) for n in cases} == cases
    assert digit_by_digit("199 0001") == "幺九九 零零零幺"
    assert speak_numbers("分12期，每期0.6%") == "分十二期，每期百分之零点六"
    assert unpointed("先点「我的」，再付24元！") == "先点 我的 再付二十四元"


def test_identity_cards_have_the_right_check_digit():
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    for number in range(0, 10**9, 9_999_991):
        card = personal.id_card(number)
        total = sum(int(digit) * weight for digit, weight in zip(card, weights, strict=False))
        check = 10 if card[17] == "X" else int(card[17])
        assert (total + check) % 11 == 1, card


def test_bank_cards_pass_luhn():
    for number in range(0, 10**10, 99_999_989):
        digits = [int(d) for d in reversed(personal.bank_card(number))]
        doubled = sum(sum(divmod(d * 2, 10)) for d in digits[1::2])
        assert len(digits) == 19
        assert (sum(digits[0::2]) + doubled) % 10 == 0


def test_mobile_numbers_are_well_formed():
    assert all(re.fullmatch(r"1990000\d{4}", personal.mobile(n)) for n in range(0, 10**9, 12_345_679))


def test_scripts_have_odds_of_one_and_end_where_they_end():
    for source in (CHAT, CALL):
        plan = scripts(source)
        assert plan.odds.sum() == pytest.approx(1)
        assert ((plan.kind >= 0).sum(axis=1) == plan.length).all()
        assert (plan.kind >= 0).tolist() == (plan.role >= 0).tolist()
    assert set(scripts(CHAT).reason) == {None, "greeting", "spam"}
    assert set(scripts(CALL).reason) == {None, "outbound", "wrong_number"}
