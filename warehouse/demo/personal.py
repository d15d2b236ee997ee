"""Personal data that could be real and is not: valid in form, from ranges that nobody holds.

Mobile numbers lie in 199 0000 xxxx, identity cards in a district code that is not assigned (110199),
cards pass the Luhn test under a bank number of zeros, mail goes to example.com.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = (
    "伟",
    "芳",
    "娜",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "军",
    "洋",
    "勇",
    "艳",
    "杰",
    "娟",
    "涛",
    "明",
    "超",
    "秀英",
    "桂兰",
    "志强",
    "建华",
    "小红",
    "文静",
    "雨桐",
)
_ROADS = ("幸福路", "解放街", "建设大道", "青年路", "滨河路", "中山路", "学府街", "长青巷")
_CITIES = ("杭州市西湖区", "成都市武侯区", "武汉市洪山区", "南京市玄武区", "西安市雁塔区", "广州市天河区")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SENTENCES = 4_000  # made beforehand; drawn from


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


@lru_cache(maxsize=4)
def sentences(seed: int) -> tuple[str, ...]:
    """Short sentences in which customers give personal data."""
    rng = np.random.default_rng([seed, 3])
    found = []
    for _ in range(SENTENCES):
        number = int(rng.integers(1, 10**9))
        mobile = f"1990000{number % 10_000:04d}"
        name = _SURNAMES[number % len(_SURNAMES)] + _GIVEN[number % len(_GIVEN)]
        forms = (
            f"我手机号{mobile}",
            f"手机是{mobile[:3]} {mobile[3:7]} {mobile[7:]}",
            f"电话{mobile}，麻烦回我",
            f"我叫{name}，手机{mobile}",
            f"姓名：{name}，身份证{id_card(number)}",
            f"身份证号 {id_card(number)}",
            f"卡号{bank_card(number)}",
            f"银行卡是{bank_card(number)}，工行的",
            f"邮箱 user{number % 10_000}@example.com",
            f"我住{_CITIES[number % 6]}{_ROADS[number % 8]}{1 + number % 200}号{1 + number % 20}栋{101 + number % 900}室",
            f"微信号yunhe_{number % 100_000}，可以加我",
        )
        found.append(forms[int(rng.integers(len(forms)))])
    return tuple(found)
