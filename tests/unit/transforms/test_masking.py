import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.masking import mask_expr, mask_pieces, mask_text
from warehouse.demo.personal import bank_card, id_card

CASES = [
    ("我的手机号是13800138000，谢谢", "我的手机号是[手机号]，谢谢"),
    ("138 0013 8000", "[手机号]"),
    ("+86 138-0013-8000", "[手机号]"),
    ("13800138000,13900139000", "[手机号],[手机号]"),
    ("123456789012 123456789013", "[订单号] [订单号]"),
    ("一三八零零一三八零零零", "[手机号]"),
    ("幺幺零 幺零五 幺九四九幺二三幺零零二八", "[身份证号]"),
    ("六二二二零二一二三四五六七八九零一二三", "[银行卡号]"),
    ("朱敏 13800138000", "[姓名] [手机号]"),
    ("名字林文静", "名字[姓名]"),
    ("幺三八 零零幺 三八零零零", "[手机号]"),
    ("0571-88886666", "[电话]"),
    ("call me at (415) 555-1234", "call me at [电话]"),
    ("身份证11010519491231002X", "身份证[身份证号]"),
    ("卡号6222021234567890123", "卡号[银行卡号]"),
    ("6222 0212 3456 7890 123", "[银行卡号]"),
    ("邮箱 a.b-c@mail.example.com", "邮箱 [邮箱]"),
    ("我叫王小明，住上海市浦东新区世纪大道100号3号楼201室", "我叫[姓名]，住[地址]"),
    ("我叫欧阳娜娜", "我叫[姓名]"),
    ("收件人：李雷", "收件人：[姓名]"),
    ("my name is John Smith", "my name is [姓名]"),
    ("edit purchase 00004587345", "edit purchase [订单号]"),
    ("车牌京A12345", "车牌[车牌号]"),
    ("微信号abc_12345", "微信号[微信号]"),
    ("QQ123456", "QQ[QQ号]"),
    ("订单号 JD20261115999", "订单号 [订单号]"),
]
KEPT = [
    "还款1000元，2026年11月15日到期",
    "2026-11-15 10:20:30",
    "金额1234567.89元",
    "iPhone 15 Pro 256GB 要5999",
    "年化14.4%，分12期",
    "打95188没人接，400-820-8820也不行",
    "查询联系人时有快捷方式",
    "名字方面的问题",
    "我叫了外卖",
    "我在15号还款，第3号窗口",
    "北京时间10点，15号还款日",
    "五十三块，一万两千三百四十五",
    "错误代码E12045",
    "[数字x]元，[PERSON_NAME]",
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_personal_data_is_masked(text, expected):
    assert mask_text(pl.Series([text])).to_list() == [expected]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_not_personal_stays(text):
    assert mask_text(pl.Series([text])).to_list() == [text]


def test_the_cheap_look_misses_nothing():
    texts = pl.Series([text for text, _ in CASES] + KEPT + [None])
    assert (
        mask_text(texts).to_list() == pl.DataFrame({"t": texts}).select(mask_expr(pl.col("t")))["t"].to_list()
    )


AROUND = ["", "我的号码", "，", "电话:", "(", "请打 ", "tel ", "。急", " 谢谢", "）", "!"]


@given(st.sampled_from(AROUND), st.integers(30, 99), st.integers(0, 99_999_999), st.sampled_from(AROUND))
def test_no_mobile_number_survives(before, head, tail, after):
    number = f"1{head}{tail:08d}"
    assert number not in mask_text(pl.Series([before + number + after]))[0]


def test_ten_thousand_valid_items_are_masked():
    numbers = range(0, 10_000_000, 3000)
    items = [id_card(n) for n in numbers] + [bank_card(n) for n in numbers] + [f"199{n:08d}" for n in numbers]
    for frame in ("{}", "我的是{}，请查", "号{} ok"):
        masked = mask_text(pl.Series([frame.format(item) for item in items]))
        assert not masked.str.contains(r"\d{7}").any()
    assert len(items) >= 10_000


@given(st.lists(st.text(alphabet="0123456789 我叫王号路@.a京A-", max_size=40), max_size=6))
def test_masking_twice_is_once(texts):
    once = mask_text(pl.Series(texts, dtype=pl.String))
    assert mask_text(once).to_list() == once.to_list()


def pieces(*said):
    frame = pl.DataFrame(
        {
            "inquiry_id": "k",
            "turn_no": list(range(1, len(said) + 1)),
            "role": [r for r, _ in said],
            "text": [t for _, t in said],
        }
    )
    return mask_pieces(frame)["text"].to_list()


def test_a_number_told_in_pieces_is_masked_with_its_echoes():
    assert pieces(
        ("agent", "麻烦报一下手机号"),
        ("customer", "幺三八"),
        ("agent", "嗯"),
        ("customer", "零零幺三"),
        ("agent", "零零幺三"),
        ("customer", "嗯 八零零零"),
        ("agent", "好的，我查一下"),
    ) == ["麻烦报一下手机号", "[号码]", "嗯", "[号码]", "[号码]", "嗯 [号码]", "好的，我查一下"]


def test_short_numbers_and_amounts_in_turns_stay():
    said = [
        ("customer", "一百二"),
        ("agent", "五百八"),
        ("customer", "三五零"),
        ("agent", "您要办哪个套餐"),
        ("customer", "幺三八"),
        ("customer", "不是那个"),
    ]
    assert pieces(*said) == [text for _, text in said]


def test_pieces_of_two_calls_are_not_joined():
    frame = pl.DataFrame(
        {
            "inquiry_id": ["a", "b"],
            "turn_no": [1, 1],
            "role": ["customer"] * 2,
            "text": ["幺三八零零", "幺三八零零零"],
        }
    )
    assert mask_pieces(frame)["text"].to_list() == ["幺三八零零", "幺三八零零零"]
