"""Why the customer was stuck, by what they say. A first measure: cue words, the cause with most of them."""

from __future__ import annotations

import polars as pl

from insight.lexicon import hits

# In order of precedence at a tie: what is broken or feared comes before what is merely asked.
CUES: dict[str, tuple[str, ...]] = {
    "trust": (
        "盗刷", "被盗", "被骗", "诈骗", "骗子", "不是我操作", "不是本人", "安全吗", "不安全", "泄露", "冒用", "陌生", "可疑", "钱没了", "钱不见", "会不会影响征信",
        "fraud", "scam", "hacked", "stolen", "not me", "unauthorized", "unauthorised", "is it safe", "suspicious",
    ),
    "fault": (
        "失败", "报错", "出错", "系统异常", "系统繁忙", "闪退", "卡死", "卡住", "打不开", "进不去", "加载不", "白屏", "黑屏", "没反应", "收不到", "没收到", "没到账",
        "不到账", "未到账", "重复扣", "多扣", "扣了两次", "扣了2次", "显示错误", "显示不出", "用不了", "无法使用", "登不上", "登录不了", "一直转圈", "转圈", "bug", "崩溃",
        "failed", "error", "crash", "not working", "doesn't work", "does not work", "stuck", "won't load", "charged twice", "didn't receive",
        "not received", "keeps loading", "down",
    ),
    "service": (
        "没人理", "没人接", "打不通", "态度", "敷衍", "踢皮球", "转人工", "人工客服", "排队", "等了半天", "没人回", "不回复", "推来推去", "客服呢", "投诉",
        "no reply", "no response", "rude", "on hold", "customer service", "complaint", "real person",
    ),
    "policy": (
        "不能用", "不支持", "限制", "限额", "不符合", "不予", "规定", "为什么不给", "不让", "被拒", "拒绝", "没通过", "未通过", "审核不过", "不通过", "额度不够", "冻结",
        "not allowed", "not eligible", "declined", "rejected", "limit", "restricted", "policy", "refused", "blocked",
    ),
    "process": (
        "太麻烦", "好麻烦", "这么麻烦", "繁琐", "太复杂", "步骤太多", "还要等", "要等多久", "要多久", "等多久", "多久能", "多久到", "几天到", "还没审核", "审核多久", "审核这么久",
        "一直在审核", "来回", "反复提交", "重新提交", "how long", "too many steps", "complicated", "still pending", "taking so long",
    ),
    "operation": (
        "怎么操作", "怎么弄", "怎么办理", "如何", "怎样", "怎么开通", "怎么关", "怎么取消", "怎么改", "怎么还", "怎么查", "怎么用", "怎么申请", "怎么绑", "怎么解绑",
        "怎么提现", "怎么退", "怎么设置", "在哪里", "在哪", "哪里可以", "哪里看", "找不到", "点哪", "不会弄", "不会操作", "教我", "入口", "怎么",
        "how do i", "how to", "how can i", "where do i", "where can i", "where is", "can't find", "cannot find",
    ),
    "comprehension": (
        "为什么", "为啥", "什么意思", "啥意思", "看不懂", "不明白", "不懂", "怎么算", "怎么回事", "怎么会", "怎么变", "怎么多了", "不理解", "什么区别", "有什么不同",
        "凭什么", "why", "what does", "what is", "don't understand", "do not understand", "meaning", "explain", "how come", "difference between",
    ),
    "awareness": (
        "能不能", "支不支持", "支持不支持", "可以吗", "可不可以", "是否可以", "有没有", "是不是", "什么时候", "几号", "多少钱", "多少", "有什么", "需要什么", "要什么条件", "会不会", "会影响",
        "利率", "手续费", "收费吗", "要钱吗", "期限", "can i", "is there", "do you", "does it", "when will", "how much", "are there", "what documents",
    ),
}  # fmt: skip


def causes(problems: pl.DataFrame) -> pl.DataFrame:
    """The cause of each problem: inquiry_id, cause; `other` where no word points to one.

    Args:
        problems: inquiry_id, text.
    """
    words = {word.lower(): cause for cause in reversed(CUES) for word in CUES[cause]}
    order = {cause: number for number, cause in enumerate(CUES)}
    best = (
        hits(problems, words)
        .unique()
        .with_columns(pl.col("word").replace_strict(words, return_dtype=pl.String).alias("cause"))
        .group_by("inquiry_id", "cause")
        .agg(pl.len().alias("count"))
        .with_columns(pl.col("cause").replace_strict(order, return_dtype=pl.Int32).alias("order"))
        .sort("inquiry_id", "count", "order", descending=[False, True, False])
        .unique("inquiry_id", keep="first", maintain_order=True)
    )
    return (
        problems.select("inquiry_id")
        .join(best.select("inquiry_id", "cause"), on="inquiry_id", how="left", maintain_order="left")
        .with_columns(pl.col("cause").fill_null("other"))
    )
