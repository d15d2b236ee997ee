"""Which step words, built-in knowledge and examples point to."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insight.journey.concepts import concepts, stop
from insight.journey.evidence import concepts_of, evidence_of
from insight.journey.finding import find
from insight.journey.steps_of import RESULT, UNSURE, steps_of
from warehouse.config import Journeys

NAMES_ALONE = Journeys.model_validate(
    {
        "products": [
            {
                "id": "card",
                "name": {"zh": "小白卡", "en": "Snow card"},
                "words": ["白卡"],
                "steps": [
                    {"id": "open", "name": {"zh": "开通", "en": "Open"}},
                    {"id": "quota", "name": {"zh": "额度", "en": "Limit"}},
                    {"id": "pay", "name": {"zh": "支付", "en": "Pay"}},
                    {"id": "repay", "name": {"zh": "还款", "en": "Repay"}},
                    {"id": "refund", "name": {"zh": "退款", "en": "Refund"}},
                    {"id": "account", "name": {"zh": "账户与安全", "en": "Account"}},
                ],
            },
            {
                "id": "shop",
                "name": "小铺",
                "steps": [
                    {"id": "order", "name": "下单"},
                    {"id": "delivery", "name": {"zh": "配送", "en": "Delivery"}},
                    {
                        "id": "wait",
                        "name": "门店排号",
                        "words": ["还"],
                        "examples": ["前面还有几桌", "过号了要重新取吗"],
                    },
                ],
            },
        ]
    }
)


def inquiries(*problems):
    return pl.DataFrame(
        {"inquiry_id": [f"i{number}" for number in range(len(problems))], "problem": list(problems)},
        schema={"inquiry_id": pl.String, "problem": pl.String},
    ).with_columns(product=pl.lit(None, pl.String), step=pl.lit(None, pl.String))


def step_of(problem):
    return steps_of(inquiries(problem), NAMES_ALONE).row(0, named=True)


@pytest.mark.parametrize(
    ("problem", "product", "step"),
    [
        # what customers say at such steps, with nothing but the steps' names in journeys.yaml
        ("怎么还白卡", "card", "repay"),
        ("白卡逾期了罚息多少", "card", "repay"),
        ("白卡能提额吗", "card", "quota"),
        ("扫码能用白卡吗", "card", "pay"),
        ("白卡换手机号", "card", "account"),
        ("白卡买的东西退货了钱退到哪", "card", "refund"),
        ("why was my Snow card frozen and the password reset", "card", "account"),
        ("快递三天没动了", "shop", "delivery"),
        ("where is my parcel, the courier never came", "shop", "delivery"),
        ("过号要重新取吗", "shop", "wait"),
        # what a sentence asks stands at its end; what was before counts less
        ("白卡还款以后额度怎么没恢复", "card", "quota"),
        ("身份证过期了能开通白卡吗", "card", "open"),
        # not forced
        ("今天天气不错", None, None),
        ("白卡是什么", "card", None),
        ("还是不行，还没好，还有人吗", None, None),
    ],
)
def test_a_step_is_found(problem, product, step):
    found = step_of(problem)
    assert (found["product"], found["step"]) == (product, step)
    if step is not None:
        assert UNSURE <= found["confidence"] <= 1


def test_of_two_products_the_one_asked_about_counts():
    both = Journeys.model_validate(
        {
            "products": [
                {"id": "a", "name": "红卡", "steps": [{"id": "close", "name": "注销"}]},
                {"id": "b", "name": "绿卡", "steps": [{"id": "close", "name": "注销"}]},
            ]
        }
    )
    found = steps_of(
        inquiries("红卡还没用过，绿卡怎么注销", "绿卡留着，红卡怎么注销", "红卡绿卡怎么注销", "怎么注销"),
        both,
    )
    assert found["product"].to_list() == ["b", "a", "a", None]
    assert found["step"].to_list() == ["close", "close", "close", None]


def test_a_workspaces_own_word_wins_over_built_in_knowledge():
    # 快递 is what customers say of delivery everywhere; here it is a word of another step.
    own = Journeys.model_validate(
        {
            "products": [
                {
                    "id": "post",
                    "name": "邮局",
                    "steps": [
                        {"id": "delivery", "name": "配送"},
                        {"id": "send", "name": "寄件", "words": ["快递"]},
                    ],
                }
            ]
        }
    )
    assert steps_of(inquiries("快递"), own)["step"].item() == "send"


def test_steps_take_on_concepts_by_how_they_are_called():
    called = {step.id: set(concepts_of(step)) for step in NAMES_ALONE.products[0].steps}
    assert called["repay"] == {"repay"}
    assert called["account"] == {"account"}
    assert "delivery" in concepts_of(NAMES_ALONE.products[1].steps[1])
    assert not concepts_of(NAMES_ALONE.products[1].steps[2])


def test_the_built_in_knowledge_is_well_kept():
    for name, concept in concepts().items():
        assert not set(concept.says) & set(concept.weak), name
        assert all(word == word.strip() and word for word in (*concept.says, *concept.weak)), name
    every = {word for concept in concepts().values() for word in concept.says + concept.weak}
    assert all(any(word in other and word != other for word in every) for other in stop().never)


def test_a_single_character_is_not_found_within_other_words():
    evidence = evidence_of(NAMES_ALONE)
    texts = pl.DataFrame(
        {"n": [0, 1], "text": ["信用卡的费用还是这样", "怎么还"]}, schema_overrides={"n": pl.UInt32}
    )
    found = find(texts, evidence)
    assert found.filter(pl.col("n") == 0, pl.col("form").is_in(["用", "还"])).is_empty()
    assert "repay" in found.filter(pl.col("n") == 1)["step"].to_list()


PARTS = st.sampled_from(
    ["怎么", "还款", "白卡", "，", "额度", "没了", "退", "refund", " ", "小铺", "快递", "😀", "用", "\n"]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(PARTS, max_size=8).map("".join), min_size=1, max_size=6), st.randoms())
def test_a_text_gets_the_same_step_in_any_company(problems, order):
    frame = inquiries(*problems)
    together = steps_of(frame, NAMES_ALONE)
    assert together.schema == RESULT
    assert together["inquiry_id"].to_list() == frame["inquiry_id"].to_list()
    shuffled = frame.rows()
    order.shuffle(shuffled)
    again = steps_of(pl.DataFrame(shuffled, schema=frame.schema, orient="row"), NAMES_ALONE)
    assert again.sort("inquiry_id").equals(together.sort("inquiry_id"))
    alone = pl.concat([steps_of(part, NAMES_ALONE) for part in frame.iter_slices(1)])
    assert alone.equals(together)
    assert together.filter(pl.col("step").is_not_null(), pl.col("product").is_null()).is_empty()


def test_an_example_tells_what_two_steps_words_mean_together():
    def journeys(*examples):
        steps = [
            {"id": "repay", "name": "还款", "words": ["还清"]},
            {"id": "pay", "name": "支付", "words": ["不能用"]},
            {"id": "account", "name": "账户", "examples": list(examples)},
        ]
        return Journeys.model_validate({"products": [{"id": "card", "steps": steps}]})

    asked = pl.DataFrame(
        {
            "inquiry_id": ["both", "turned", "one"],
            "product": ["card"] * 3,
            "step": [None] * 3,
            "problem": ["都已经还清了，咋就不能用", "不能用，可是得还清", "为啥不能用"],
        },
        schema_overrides={"step": pl.String},
    )

    def orders(made):
        return evidence_of(made).orders.select("first", "last", "step").rows()

    def origins(made):
        found = find(asked.select(pl.col("problem").alias("text")).with_row_index("n"), evidence_of(made))
        return found.filter(pl.col("origin") == "order").select("n", "step").rows()

    assert orders(journeys("我的钱")) == []
    told = journeys("钱还清了为什么不能用")
    assert orders(told) == [("repay", "pay", "account")]
    assert origins(told) == [(0, "account")]  # in this order alone
    assert steps_of(asked, told)["step"].to_list()[2] == "pay"


def test_the_order_of_words_counts_by_how_much_it_is_one_steps_alone():
    steps = [
        {"id": "repay", "words": ["还清"], "examples": ["还清后不能用"]},
        {"id": "pay", "words": ["不能用"]},
        {"id": "account", "examples": ["还清了为什么不能用"]},
    ]
    made = Journeys.model_validate({"products": [{"id": "card", "steps": steps}]})
    assert evidence_of(made).orders["weight"].to_list() == pytest.approx([0.7 / 4, 0.7 / 4])
