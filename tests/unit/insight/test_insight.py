from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from insight.journey.causes import causes
from insight.journey.repeats import repeats
from insight.journey.steps_of import resolve, steps_of
from insight.lexicon import hits
from insight.metrics.transactions import transactions
from warehouse.config import Journeys

JOURNEYS = Journeys.model_validate(
    {
        "products": [
            {
                "id": "credit_pay",
                "name": {"zh": "禾分期", "en": "Credit pay"},
                "words": ["分期"],
                "steps": [
                    {"id": "apply", "name": "开通", "words": ["开通", "申请"]},
                    {"id": "repay", "name": "还款", "words": ["还款"], "examples": ["钱扣了还显示没还"]},
                ],
            },
            {
                "id": "wallet",
                "name": "钱包",
                "steps": [
                    {"id": "withdraw", "name": "提现", "words": ["提现"]},
                    {"id": "repay", "name": "充值", "words": ["充值", "申请"]},
                ],
            },
        ]
    }
)


def decide(problem, product=None, step=None):
    frame = pl.DataFrame(
        {"inquiry_id": ["i"], "product": [product], "step": [step], "problem": [problem]},
        schema=dict.fromkeys(("inquiry_id", "product", "step", "problem"), pl.String),
    )
    return steps_of(frame, JOURNEYS).row(0, named=True)


@pytest.mark.parametrize(
    ("problem", "product", "step", "expected"),
    [
        ("提现没到账", None, None, ("wallet", "withdraw", "rule")),
        ("怎么还款", "wallet", "withdraw", ("wallet", "withdraw", "given")),
        ("随便", "Credit Pay", "开通", ("credit_pay", "apply", "given")),
        ("随便", None, "提现", ("wallet", "withdraw", "given")),  # only one product has such a step
        ("随便", None, "repay", (None, "repay", "given")),  # two products have one
        ("还款失败", "禾分期", None, ("credit_pay", "repay", "rule")),
        ("分期申请没过", None, None, ("credit_pay", "apply", "rule")),  # the product's word decides the tie
        ("申请没过", None, None, (None, None, None)),  # a tie stays open
        ("禾分期怎么样", None, None, ("credit_pay", None, "rule")),
        ("钱扣了还是显示没还啊", None, None, ("credit_pay", "repay", "similarity")),
        ("天气不错", None, None, (None, None, None)),
        ("天气不错", "新产品", None, ("新产品", None, "given")),
        (None, None, None, (None, None, None)),
    ],
)
def test_product_and_step(problem, product, step, expected):
    found = decide(problem, product, step)
    assert (found["product"], found["step"], found["method"]) == expected
    assert (found["confidence"] is None) == (expected[2] is None)


def test_secondary_steps_are_named():
    assert decide("分期还款失败，和提现有关吗")["secondary_steps"] == ["wallet/withdraw"]


def test_without_journeys_nothing_is_mapped():
    frame = pl.DataFrame(
        {"inquiry_id": ["a"], "product": [None], "step": [None], "problem": ["提现"]},
        schema_overrides={"product": pl.String, "step": pl.String},
    )
    assert steps_of(frame, Journeys()).row(0)[1:3] == (None, None)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("提现显示失败，一直报错", "fault"),
        ("怎么开通分期", "operation"),
        ("账单为什么多了", "comprehension"),
        ("审核要多久", "process"),
        ("额度被冻结，不能用", "policy"),
        ("账户被盗刷了", "trust"),
        ("客服没人理，态度差", "service"),
        ("提现收费吗", "awareness"),
        ("提现", "other"),
        ("My card was declined", "policy"),
    ],
)
def test_causes(text, cause):
    assert causes(pl.DataFrame({"inquiry_id": ["i"], "text": [text]}))["cause"].to_list() == [cause]


def test_the_longest_word_wins():
    found = hits(pl.DataFrame({"inquiry_id": ["i"], "text": ["不满意 满意"]}), ["满意", "不满意"])
    assert found["word"].to_list() == ["不满意", "满意"]


T = datetime(2026, 11, 10, tzinfo=UTC)
COLUMNS = {
    "inquiry_id": pl.String,
    "customer_key": pl.String,
    "started_at": pl.Datetime("us", "UTC"),
    "product": pl.String,
    "step": pl.String,
    "topic_id": pl.String,
}


def placed(*rows):
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def test_repeats():
    before = placed(
        ("old", "u1", T - timedelta(days=3), "w", "pay", None),
        ("older", "u1", T - timedelta(days=5), "w", "pay", None),
        ("far", "u2", T - timedelta(days=7, seconds=1), "w", "pay", None),
        ("other", "u3", T - timedelta(days=1), "w", "bill", None),
        ("same topic", "u4", T - timedelta(days=1), "w", "bill", "t1"),
    )
    today = placed(
        ("a", "u1", T, "w", "pay", None),
        ("b", "u1", T + timedelta(hours=1), "w", "pay", None),
        ("c", "u2", T, "w", "pay", None),
        ("d", "u3", T, "w", "pay", None),
        ("e", "u4", T, "w", "pay", "t1"),
        ("f", None, T, "w", "pay", None),
        ("g", None, T + timedelta(hours=1), "w", "pay", None),
        ("h", "u5", T, None, None, None),
        ("i", "u5", T + timedelta(hours=1), None, None, None),
    )
    assert dict(repeats(today, before).sort("inquiry_id").rows()) == {"a": "old", "b": "a", "e": "same topic"}


def test_transactions_of_one_step_under_any_name_are_summed():
    raw = pl.DataFrame(
        {
            "product": ["wallet", "钱包", "wallet", "x"],
            "step": ["提现", "withdraw", None, "y"],
            "channel": [None, None, None, "app"],
            "transactions": [10, 5, 100, 7],
            "users": [None, 3, None, None],
        },
        schema_overrides={"channel": pl.String, "users": pl.Int64},
    )
    assert transactions(raw, JOURNEYS).rows() == [
        ("wallet", None, None, 100, None),
        ("wallet", "withdraw", None, 15, 3),
        ("x", "y", "app", 7, None),
    ]


def test_resolve_keeps_rows_and_unknown_names():
    frame = pl.DataFrame({"product": ["Wallet", None, "新"], "step": ["提现", "开通", "abc"]})
    assert resolve(frame, JOURNEYS).rows() == [("wallet", "withdraw"), ("credit_pay", "apply"), ("新", "abc")]
