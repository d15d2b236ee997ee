"""Raw rows to turns, problems and inquiries, told as short conversations."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from transforms.inquiries import inquiries
from transforms.turns import turns
from warehouse.contracts import empty_frame

DAY = date(2026, 11, 1)
START = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


def raw(kind, rows):
    schema = empty_frame(f"raw.{kind}").schema
    filled = [
        {"key_hash": n, "row_hash": n, "record_hash": 1, "file": "f", "line": n, "landed_no": 1, "day": DAY}
        | row
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame([{c: row.get(c) for c in schema} for row in filled], schema=schema)


def chat(*said, conversation="c1", **more):
    rows = []
    for n, (sender, text) in enumerate(said):
        rows.append(
            {
                "conversation_id": conversation,
                "sent_at": START + timedelta(seconds=n),
                "sender": sender,
                "text": text,
                **more,
            }
        )
    return raw("chats", rows)


def one(frame, kind="chats", **arguments):
    return inquiries(turns({kind: frame}), DAY, b"key", **arguments).row(0, named=True)


@pytest.mark.parametrize(
    ("said", "problem", "reason"),
    [
        (["你好", "在吗", "提现怎么还没到账"], "提现怎么还没到账", None),
        (["你好，我想问下提现怎么还没到账，谢谢"], "我想问下提现怎么还没到账", None),
        (["提现没到账", "好的", "嗯嗯", "谢谢"], "提现没到账", None),
        (["转人工", "账单看不懂"], "账单看不懂", None),
        (["转人工"], "转人工", None),
        (
            [
                "咨询订单号:[订单x] 订单金额:[金额x] 下单时间:[日期x]",
                "这个什么时候发货",
                "好的，谢谢",
                "是的 对",
            ],
            "这个什么时候发货",
            None,
        ),
        (["我这边查不到订单号了呀"], "我这边查不到订单号了呀", None),
        (
            [
                "顾客通过点击web咚咚[站点x]信息发送:[订单编号:[订单x]，订单金额:[金额x]，下单时间:[日期x] [时间x]]",
                "我的快递啥时候到",
            ],
            "我的快递啥时候到",
            None,
        ),
        (["订单编号:[订单x]，订单金额:，下单时间:", "帮我催一下"], "帮我催一下", None),
        (["提现没到账", "提现没到账"], "提现没到账", None),
        (["我手机号13800138000，帮我查账单"], "我手机号[手机号]，帮我查账单", None),
        (["你好", "谢谢"], None, "greeting"),
        ([], None, "empty"),
        (["打错了不好意思"], "打错了不好意思", "wrong_number"),
        (["专业代开发票，加微信 fapiao88"], "专业代开发票，加微信 [微信号]", "spam"),
        (["Hi, my payment failed. Thanks"], "my payment failed", None),
    ],
)
def test_problem_and_reason(said, problem, reason):
    found = one(chat(("bot", "请问有什么可以帮您"), *(("customer", text) for text in said)))
    if problem and "fapiao" not in said[0]:
        assert found["problem"] == problem
    assert found["not_inquiry_reason"] == reason
    assert found["is_inquiry"] == (reason is None)


def test_an_agents_call_is_outbound():
    rows = [
        {
            "call_id": "k",
            "started_at": START,
            "speaker": "agent",
            "text": "您好这里是客服中心给您做一个满意度回访",
            "start_s": 0.0,
        },
        {"call_id": "k", "started_at": START, "speaker": "customer", "text": "解决了挺好的", "start_s": 5.0},
    ]
    assert one(raw("calls", rows), "calls")["not_inquiry_reason"] == "outbound"


@pytest.mark.parametrize(
    ("roles", "handled_by", "transferred"),
    [
        (["customer", "bot"], "bot", False),
        (["customer", "agent"], "human", False),
        (["customer", "bot", "agent"], "both", True),
        (["customer"], None, False),
    ],
)
def test_who_answered(roles, handled_by, transferred):
    found = one(chat(*((role, "账单多了一笔") for role in roles)))
    assert (found["handled_by"], found["transferred"]) == (handled_by, transferred)


def test_counts_times_ids_and_defaults():
    found = one(
        chat(
            ("customer", "账单多了一笔"),
            ("agent", "请稍等"),
            ("customer", "快点"),
            customer_id="U1",
            agent_id="A1",
            product="分期付",
        )
    )
    assert found["inquiry_id"] == "chats:c1"
    assert (found["turn_count"], found["customer_turn_count"]) == (3, 2)
    assert (found["started_at"], found["ended_at"]) == (START, START + timedelta(seconds=2))
    assert (found["channel"], found["product"], found["language"]) == ("chat", "分期付", "zh")
    assert found["customer_key"] not in (None, "U1")
    assert len(found["customer_key"]) == 32


def test_turns_are_numbered_by_time_then_by_place_in_the_file():
    frame = chat(("customer", "一"), ("agent", "二"), ("customer", "三")).with_columns(sent_at=pl.lit(START))
    found = turns({"chats": frame.sample(fraction=1, shuffle=True, seed=3)})
    assert found.select("turn_no", "text").rows() == [(1, "一"), (2, "二"), (3, "三")]


def test_calls_are_ordered_by_start_and_cleaned_as_speech():
    rows = [
        {
            "call_id": "k",
            "started_at": START,
            "speaker": "customer",
            "text": "嗯，提现_没到账",
            "start_s": 3.5,
        },
        {"call_id": "k", "started_at": START, "speaker": "agent", "text": "您好", "start_s": 0.0},
    ]
    found = turns({"calls": raw("calls", rows)})
    assert found["text"].to_list() == ["您好", "提现 没到账"]
    assert found["said_at"][1] == START + timedelta(seconds=3.5)


TICKET = {
    "ticket_id": "t1",
    "created_at": START,
    "subject": "还款失败",
    "description": "卡里有钱但是扣不了",
    "resolution": "已处理",
    "resolved_at": START + timedelta(hours=2),
}


def test_a_tickets_words_are_the_customers_and_its_resolution_the_agents():
    frame = raw("tickets", [TICKET])
    assert turns({"tickets": frame}).select("role", "text").rows() == [
        ("customer", "还款失败"),
        ("customer", "卡里有钱但是扣不了"),
        ("agent", "已处理"),
    ]
    found = one(frame, "tickets")
    assert (found["channel"], found["problem"], found["resolution_s"]) == (
        "ticket",
        "还款失败 卡里有钱但是扣不了",
        7200.0,
    )


@pytest.mark.parametrize("parent", ["c9", "chats:c9"])
def test_a_ticket_whose_parent_landed_is_a_child(parent):
    frame = raw("tickets", [TICKET | {"parent_id": parent}])
    waiting = one(frame, "tickets", known_parents=pl.Series([], dtype=pl.String))
    assert waiting["is_inquiry"]
    child = one(frame, "tickets", known_parents=pl.Series(["chats:c9"]))
    assert (child["is_inquiry"], child["not_inquiry_reason"], child["parent_id"]) == (
        False,
        "child",
        "chats:c9",
    )


def test_no_rows_give_no_turns():
    assert turns({}).is_empty()


@pytest.mark.parametrize(
    ("description", "problem"),
    [
        ("卡里有钱但是扣不了\n\n发自我的iPhone", "卡里有钱但是扣不了"),
        ("还款失败\n------ 原始邮件 ------\n发件人: 客服\n您好，请问", "还款失败"),
        ("My card was declined.\n\nBest regards,\nJohn Smith\nAcme Ltd", "My card was declined"),
        ("It still fails.\n\nOn Mon, 2 Nov 2026 at 10:00, Support wrote:\n> try again", "It still fails."),
        ("账单多了一笔，请核实。此致 敬礼 王先生", "账单多了一笔，请核实"),
        (
            "on hold for an hour, nobody helped, I wrote: no answer",
            "on hold for an hour, nobody helped, I wrote: no answer",
        ),
    ],
)
def test_quoted_mail_and_signatures_are_no_problem(description, problem):
    found = one(
        raw("tickets", [TICKET | {"subject": None, "description": description, "resolution": None}]),
        "tickets",
    )
    assert found["problem"] == problem
