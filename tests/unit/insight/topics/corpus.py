"""A made-up corpus whose matters are known: each has ways to begin, to say it and to end."""

import itertools
from datetime import date, timedelta

import numpy as np
import polars as pl

BEGIN = ("请问", "你好，", "", "麻烦问下", "我的", "为什么我的", "客服，", "在吗")
END = ("", "怎么办", "，请处理", "怎么解决", "，很着急", "了好几天", "啊", "，谢谢")
MATTERS = {
    "withdraw": (
        "提现不到账",
        "提现一直没到账",
        "提现到银行卡没有到账",
        "提现的钱没到账",
        "提现两天了还没到账",
    ),
    "close": ("怎么关闭分期付", "想关闭分期付功能", "分期付关闭不了", "要关闭分期付", "分期付怎么注销关闭"),
    "bill": ("账单金额不对", "这个月账单金额多了", "账单金额和消费对不上", "账单金额算错了", "账单金额不符"),
    "code": (
        "收不到验证码",
        "验证码一直收不到",
        "手机收不到短信验证码",
        "验证码短信没有收到",
        "登录验证码收不到",
    ),
    "limit": ("额度突然降低", "额度被降低了", "分期额度降低", "额度怎么降低这么多", "额度无缘无故降低"),
    "card": (
        "the card payment was declined",
        "my card payment got declined",
        "card payment declined at the shop",
    ),
    "parcel": ("parcel has not arrived", "my parcel never arrived", "the parcel still has not arrived"),
}
NEW = ("人脸识别失败", "人脸识别一直不通过", "刷脸人脸识别失败", "人脸识别通不过", "人脸识别老是失败")
DAY = date(2026, 3, 1)


def said(phrases, count, rng):
    every = ["".join(parts) for parts in itertools.product(BEGIN, phrases, END)]
    return [every[i] for i in rng.permutation(len(every))[:count]]


def corpus(each=60, seed=0):
    """text, matter, day: every matter in a random order over 28 days."""
    rng = np.random.default_rng(seed)
    rows = [(text, matter) for matter, phrases in MATTERS.items() for text in said(phrases, each, rng)]
    order = rng.permutation(len(rows))
    return pl.DataFrame(
        {
            "text": [rows[i][0] for i in order],
            "matter": [rows[i][1] for i in order],
            "day": [DAY + timedelta(days=int(n) % 28) for n in range(len(rows))],
        }
    )
