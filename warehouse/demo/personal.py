"""Personal data that could be real and is not: valid in form, from ranges that nobody holds.

Mobile numbers lie in 199 0000 xxxx, identity cards in a district code that is not assigned (110199),
cards pass the Luhn test under a bank number of zeros, mail goes to example.com.
"""

from __future__ import annotations

import numpy as np

from warehouse.demo.numerals import digit_by_digit

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "秀英", "桂兰",
    "志强", "建华", "小红", "文静", "雨桐", "子涵", "国庆", "春梅", "海燕", "晓峰", "佳怡",
)  # fmt: skip
_ENGLISH_NAMES = ("John Miller", "Anna Schmidt", "Kevin Brown", "Maria Lopez", "Emma Clark", "Paul Martin")
_ROADS = (
    "幸福路",
    "解放街",
    "建设大道",
    "青年路",
    "滨河路",
    "中山路",
    "学府街",
    "长青巷",
    "望江路",
    "新华街",
)
_CITIES = (
    "杭州市西湖区", "成都市武侯区", "武汉市洪山区", "南京市玄武区", "西安市雁塔区", "广州市天河区",
    "长沙市岳麓区", "济南市历下区", "昆明市五华区", "沈阳市和平区",
)  # fmt: skip
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
REPLIES = 6_000  # of each manner, made beforehand; drawn from


def id_card(number: int) -> str:
    """An 18-digit number with the right check digit (GB 11643-1999: ISO 7064 MOD 11-2)."""
    year, month, day = 1950 + number % 55, 1 + number % 12, 1 + number % 28
    body = f"110199{year}{month:02d}{day:02d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def bank_card(number: int) -> str:
    """A 19-digit card number that passes the Luhn test (ISO/IEC 7812-1)."""
    body = f"62000000{number % 10**10:010d}"
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return body + str(-total % 10)


def mobile(number: int) -> str:
    """An 11-digit mobile number."""
    return f"1990000{number % 10_000:04d}"


def name(number: int) -> str:
    """A Chinese name."""
    return _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number // 7 % len(_GIVEN)]


def _address(number: int) -> str:
    house = f"{1 + number % 200}号{1 + number % 20}栋{101 + number % 900}室"
    return _CITIES[number % len(_CITIES)] + _ROADS[number // 3 % len(_ROADS)] + house


def _written(number: int) -> tuple[str, ...]:
    phone, who, card = mobile(number), name(number), id_card(number)
    return (
        f"我手机号{phone}",
        f"{phone}",
        f"手机是{phone[:3]} {phone[3:7]} {phone[7:]}",
        f"电话{phone}，麻烦处理好回我",
        f"我叫{who}，手机{phone}",
        f"姓名：{who}，身份证{card}",
        f"我的身份证号 {card}",
        f"身份证{card}，名字{who}，你查一下",
        f"卡号{bank_card(number)}",
        f"绑的是{bank_card(number)}这张卡",
        f"邮箱 user{number % 10_000}@example.com，发这里就行",
        f"我叫{who}，住{_address(number)}",
        f"寄到{_address(number)}，收件人：{who}，电话{phone}",
        f"微信号yunhe_{number % 100_000}，加我说",
        f"{who} {phone}",
    )


def _spoken(number: int) -> tuple[str, ...]:
    phone, who = mobile(number), name(number)
    slow = " ".join((phone[:3], phone[3:7], phone[7:]))
    return (
        f"我手机号是{digit_by_digit(phone)}",
        f"嗯 手机号 {digit_by_digit(slow)}",
        f"我叫{who} 手机号是{phone}",
        f"呃 {digit_by_digit(slow)} 对",
        f"身份证号码是{digit_by_digit(id_card(number))}",
        f"我姓{who[0]} 我叫{who}",
        f"我叫{who} 住{_address(number)}",
        f"你记一下 {phone}",
    )


def _english(number: int) -> tuple[str, ...]:
    who = _ENGLISH_NAMES[number % len(_ENGLISH_NAMES)]
    return (
        f"My phone number is {mobile(number)}",
        f"My name is {who}, number +86 {mobile(number)}",
        f"You can reach me at user{number % 10_000}@example.com",
        f"My card number is {bank_card(number)}",
    )


def _drawn(forms: tuple[str, ...], rng: np.random.Generator) -> str:
    return forms[int(rng.integers(len(forms)))]


def replies(rng: np.random.Generator) -> list[list[str]]:
    """What customers say when asked who they are: written, by the elderly, spoken, in English, in spoken English."""
    numbers = rng.integers(1, 10**9, REPLIES).tolist()
    written = [_drawn(_written(number), rng) for number in numbers]
    english = [_drawn(_english(number), rng) for number in numbers[:500]]
    return [written, written, [_drawn(_spoken(number), rng) for number in numbers], english, english]
