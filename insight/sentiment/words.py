"""Words of feeling, Chinese and English, written for this project. Politeness (请, 谢谢) says nothing."""

from __future__ import annotations

# word -> weight. Longer words win over the words inside them, so negations stand here in full.
NEGATIVE: dict[str, float] = {
    **dict.fromkeys(
        (
            "不满意", "不好用", "不靠谱", "没人理", "没人管", "没用", "太慢", "太差", "很差", "真差", "差劲", "失望", "难用", "麻烦死", "折腾",
            "受不了", "忍不了", "烦死", "烦人", "真烦", "好烦", "无语", "气死", "生气", "火大", "恼火", "投诉", "举报", "曝光", "骗子", "骗人", "骗钱",
            "坑人", "坑爹", "太坑", "黑心", "垃圾", "恶心", "什么玩意", "什么破", "破软件", "破系统", "搞什么", "怎么回事啊", "凭什么", "不负责",
            "推卸", "踢皮球", "敷衍", "态度差", "态度恶劣", "说了好几遍", "问了好几次", "等了半天", "等了好久", "一直没", "还是不行", "还是没",
            "又不行", "又失败", "越来越差", "再也不用", "不用了你们", "欺负", "霸王", "乱扣", "乱收费", "盗刷", "被盗", "被骗", "离谱", "可笑", "呵呵",
            "terrible", "awful", "horrible", "worst", "useless", "ridiculous", "unacceptable", "disappointed", "disappointing", "frustrated",
            "frustrating", "annoyed", "annoying", "angry", "furious", "disgusting", "scam", "fraud", "rip off", "fed up", "sick of", "not happy",
            "unhappy", "never again", "complaint", "complain", "lazy", "cheaters", "pathetic", "very poor", "poor service", "waste of", "still not",
            "still waiting", "no one", "nobody", "keeps failing", "not working", "doesn't work", "does not work", "hate",
        ),
        1.0,
    ),
    **dict.fromkeys(
        (
            "着急", "急用", "急死", "急急", "担心", "害怕", "不放心", "不安全", "心慌", "怎么办", "没到账", "失败", "出错", "错误", "卡死", "闪退", "打不开",
            "进不去", "用不了", "不能用", "逾期", "多扣", "重复扣", "不到账", "不合理", "worried", "afraid", "urgent", "concerned", "failed", "error",
            "declined", "stuck", "crash", "charged twice", "wrong",
        ),
        0.3,
    ),
}  # fmt: skip
POSITIVE: dict[str, float] = dict.fromkeys(
    (
        "满意", "很好", "挺好", "太好了", "真好", "不错", "点赞", "好评", "厉害", "专业", "耐心", "解决了", "搞定了", "可以了", "到账了", "方便", "好用", "给力",
        "贴心", "开心", "高兴", "great", "excellent", "awesome", "perfect", "love", "helpful", "wonderful", "amazing", "happy", "solved", "works now",
        "brilliant", "appreciate",
    ),
    0.7,
)  # fmt: skip
# Words that look like feeling and are none; they win because they are longer.
NEUTRAL = (
    "满意度", "错误代码", "不用担心", "不着急", "不急", "是否满意", "失败原因", "还款失败提醒", "不方便", "好不好用", "满不满意", "方不方便", "靠不靠谱", "安不安全", "合不合理", "能不能用", "投诉渠道", "怎么投诉", "方便吗", "方便的话", "什么时候方便",
    "到账了吗", "解决了吗", "可以了吗", "no problem", "happy to", "love to know", "is it wrong",
)  # fmt: skip
EMOTIONS: dict[str, tuple[str, ...]] = {
    "disgusted": ("恶心", "垃圾", "骗子", "黑心", "坑人", "什么玩意", "disgusting", "scam", "pathetic", "cheaters"),
    "angry": (
        "气死", "生气", "火大", "投诉", "举报", "曝光", "凭什么", "骗人", "骗钱", "霸王", "态度恶劣", "乱扣", "乱收费", "再也不用", "离谱",
        "angry", "furious", "unacceptable", "worst", "complaint", "ridiculous", "rip off",
    ),
    "annoyed": (
        "烦死", "真烦", "好烦", "烦人", "无语", "受不了", "折腾", "踢皮球", "敷衍", "说了好几遍", "问了好几次", "等了半天", "等了好久", "搞什么", "呵呵",
        "什么破", "annoyed", "annoying", "frustrated", "frustrating", "fed up", "sick of", "useless",
    ),
    "disappointed": ("失望", "太差", "很差", "差劲", "越来越差", "不靠谱", "不满意", "没用", "disappointed", "disappointing", "not happy", "unhappy", "very poor"),
    "worried": ("担心", "害怕", "不放心", "不安全", "盗刷", "被盗", "被骗", "心慌", "会不会影响", "征信", "worried", "afraid", "concerned", "fraud"),
    "anxious": ("着急", "急用", "急死", "急急", "赶紧", "尽快", "快点", "马上要", "等着用", "怎么办", "urgent", "asap", "right now", "hurry"),
    "pleased": ("满意", "太好了", "点赞", "好评", "给力", "贴心", "开心", "great", "excellent", "awesome", "perfect", "wonderful", "amazing"),
}  # fmt: skip
EFFORT: tuple[str, ...] = (
    "好几次", "好几遍", "又来", "还是不行", "还是没", "一直没", "试了", "反复", "上次", "昨天就", "等了", "打了几个电话", "问了", "重新", "多次",
    "again", "several times", "many times", "still not", "already tried", "third time", "keep trying", "for days", "for weeks",
)  # fmt: skip
