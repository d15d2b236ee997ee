"""The problem: the customer's own words of what went wrong, and contacts that ask for no help."""

from __future__ import annotations

import polars as pl

from transforms.text import where

MAX_LENGTH = 200  # characters; the matter of an inquiry stands in its first sentences
_MAX_TURNS = 6
_MIN_WEIGHT = 4  # a Chinese character weighs 2, an English word 1; lighter turns are answers, unless all are
_MARK = r"\[[^\[\]]{1,20}\]"
_MENTION = r"@[A-Za-z0-9_]{1,30}[\s,:]*"

_GREETING = (
    r"(?i)^(?:(?:你好|您好|hello|hi|hey|哈喽|哈啰|嗨|喂|亲|亲爱的|在吗|在不在|在么|在嘛|有人吗|有人在吗|有没有人|客服|客服你好|小二|"
    r"早上好|上午好|中午好|下午好|晚上好|good (?:morning|afternoon|evening)|dear (?:sir|team|support)[a-z ]*|请问一下|请问在吗)"
    r"[啊呀哦哈呢吗么的]?[\s,，。.!！~～?？、:：]*)+"
)
_THANKS = (
    r"(?i)[\s,，。!！.]*(?:谢谢|谢了|多谢|感谢|麻烦了|辛苦了|拜托了?|thanks|thank you|thx|cheers|best regards|regards)"
    r"(?:你们?|您|了|啦|哦|啊|哈|so much|very much|in advance)?[\s!！。.,，~～]*$"
)
# Turns that answer or fill, and say nothing of the matter.
_FORM = (
    r"(?i)^(?:(?:好|好的|好吧|好滴|好嘞|嗯|嗯嗯|哦|噢|喔|额|啊|是|是的|是啊|对|对的|对啊|对对|行|行吧|可以|可以的|不是|没有|没有了|没了|暂时没有|没别的|十分感谢|麻烦你|麻烦您|辛苦|不用|不用了|"
    r"不需要|知道|知道了|明白|明白了|了解|收到|在|在的|稍等|等一下|等下|我看看|我看一下|我试试|谢谢|谢谢你|谢谢您|谢谢啊|谢谢了|感谢|多谢|辛苦了|"
    r"再见|拜拜|拜|没事|没事了|没问题|ok|okay|k|yes|yeah|yep|no|nope|sure|right|thanks|thank you|thx|great|fine|alright|bye|"
    r"good ?bye|got it|correct|解决了|可以了|搞定了|算了|好吧|那好吧.{0,8}|行，?我试试|试了没用|还是不行|that'?s (?:correct|right|fine|it)|pardon(?: me)?|excuse me|i guess(?: so)?|probably|possibly|exactly|uh|um|mm-?hmm|uh-?huh|yes,? ?(?:ma'? ?am|sir)|no,? ?(?:ma'? ?am|sir)|hold on|one moment|\d{1,6}|\[[^\]]{1,8}\]|[\p{P}\p{S}\s]+)[\s,，。.!！~～?？呢啊哦哈呀吧的了]*)+$"
)
# Order cards that a platform puts into the chat when the customer picks an order.
_CARD = (
    r"(?:顾客通过点击[^:：]{0,20}信息发送[:：]?\s*)?"
    r"(?:\[?(?:咨询)?订单(?:号|编号)[:：][^。！？!?]{0,80}?下单时间[:：](?:\s?\[[^\[\]]{1,12}\]){0,2}\]?"
    r"|(?:咨询)?(?:订单号|订单编号|订单金额|下单时间|商品ID|商品编号)[:：]\s*"
    r"(?:\[[^\[\]]{1,20}\]|[¥￥]?\d[\d.,:-]*(?: \d\d:\d\d(?::\d\d)?)?)?"
    r"|请选择咨询订单|请选择您要咨询的业务类型)[,，;；\s]*"
)
# What mail programs put below a ticket's own words: the quoted mail, then the signature.
_QUOTED = (
    r"(?i)\s*(?:-{2,} ?(?:original message|forwarded message|原始邮件|转发邮件)|_{8,}|发件人[:：]|from: .{1,80} sent: |"
    r"on [^.!?]{0,30}\d[^!?]{0,60} wrote:|在 ?.{6,60}写道[:：]|(?:^|\s)> ).*$"
)
_SIGNATURE = (
    r"(?i)[\s,，.。]*(?:发自我的|来自我的|sent from my|get outlook for|此致 ?敬礼|顺祝商祺|-- |"
    r"(?:best|kind|warm|many)? ?regards[,，.! ]|sincerely[,，.! ]|yours (?:truly|faithfully)).{0,120}$"
)
_HUMAN = r"(?i)^(?:我要|请|帮我|给我|麻烦)?(?:转|找|接|要)?(?:一?个|下)?(?:人工|真人|客服人员|人工客服|人工服务)[\s!！。.,，啊吧呢]*$|^.{1,10}[，, ]转人工[\s!！。]*$|^(?:talk to |speak to )?(?:a |an )?(?:human|agent|real person|representative)[.! ]*$"
_SPAM = r"(?i)代开发票|刷单|兼职.{0,8}日[入结赚]|加.{0,4}(?:微信|vx|qq|群).{0,12}(?:赚|领|福利|返利)|点击.{0,6}领取.{0,8}红包|无抵押.{0,8}(?:放款|贷款)|(?:earn|make) \$?\d+.{0,12}(?:day|week) from home"
_WRONG = r"(?i)打错了|拨错了|打错电话|点错了.{0,6}(?:没事|不用)|不好意思.{0,4}错了|发错(?:人|了)|wrong number"
_OUTBOUND = r"(?i)回访|给您(?:来电|打电话).{0,12}(?:通知|提醒|了解|调查|确认)|来电是(?:想|要)?(?:通知|提醒|了解)|this is a (?:courtesy|follow-?up) call"


def with_content(turns: pl.DataFrame) -> pl.DataFrame:
    """Customer turns that carry something: without greetings and thanks, answers and requests for a human.

    Returns:
        inquiry_id, text (trimmed), wants_human; in the order of the turns.
    """
    columns = turns.filter(pl.col("role") == "customer", pl.col("text").is_not_null())
    text = pl.col("text")
    texts = where(columns["text"], "@", text.str.replace_all(_MENTION, ""))
    texts = where(texts, "订单|商品|请选择|下单", text.str.replace_all(_CARD, " "))
    if (columns["source"] == "tickets").any():  # mail alone has signatures; shards hold one source each
        texts = where(texts, r"^", text.str.replace(_QUOTED, "").str.replace(_SIGNATURE, ""))
    own = (
        text.str.strip_chars().str.replace(_GREETING, "").str.replace(_THANKS, "").str.strip_chars(" ,，。、")
    )
    said = columns.select("inquiry_id", texts.alias("text")).with_columns(own)
    return said.with_columns(pl.col("text").str.contains(_HUMAN).alias("wants_human")).filter(
        pl.col("text").str.len_chars() > 1, ~pl.col("text").str.contains(_FORM)
    )


def problems(turns: pl.DataFrame) -> pl.DataFrame:
    """One row for each inquiry with a customer's word: inquiry_id, problem (null: none said).

    The first turns with content, joined to at most `MAX_LENGTH` characters. Who says nothing but that
    they want a human has asked for help: that is then the problem.
    """
    found = with_content(turns)
    plain = pl.col("text").str.replace_all(_MARK, "")
    long = (
        plain.str.count_matches(r"[\x{4E00}-\x{9FFF}]") * 2 + plain.str.count_matches(r"[A-Za-z']+")
    ) >= _MIN_WEIGHT
    said = (
        found.filter(~pl.col("wants_human"))
        .unique(
            ["inquiry_id", "text"], keep="first", maintain_order=True
        )  # people repeat what nobody answers
        .filter(long | ~long.any().over("inquiry_id"))
        .group_by("inquiry_id", maintain_order=True)
        .agg(pl.col("text").head(_MAX_TURNS))
        .select(
            "inquiry_id",
            pl.col("text").list.join(" ").str.slice(0, MAX_LENGTH).str.strip_chars().alias("problem"),
        )
    )
    human = (
        found.filter("wants_human")
        .group_by("inquiry_id", maintain_order=True)
        .agg(pl.col("text").first().alias("problem"))
        .join(said, on="inquiry_id", how="anti")
    )
    return pl.concat([said, human])


def reasons(turns: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Why inquiries do not count: inquiry_id, not_inquiry_reason; inquiries that count have no row.

    Args:
        turns: all turns.
        said: from `problems`.
    """
    customers = turns.filter(pl.col("role") == "customer", pl.col("text").is_not_null(), pl.col("text") != "")
    ids = turns.select("inquiry_id").unique(maintain_order=True)
    silent = ids.join(customers, on="inquiry_id", how="anti").with_columns(pl.lit("empty").alias("reason"))
    greeted = (
        ids.join(silent, on="inquiry_id", how="anti")
        .join(said, on="inquiry_id", how="anti")
        .with_columns(pl.lit("greeting").alias("reason"))
    )
    by_words = said.select(
        "inquiry_id",
        pl.when(pl.col("problem").str.contains(_SPAM))
        .then(pl.lit("spam"))
        .when(pl.col("problem").str.contains(_WRONG) & (pl.col("problem").str.len_chars() < 40))
        .then(pl.lit("wrong_number"))
        .alias("reason"),
    ).drop_nulls("reason")
    opening = turns.filter(pl.col("turn_no") <= 2, pl.col("role") == "agent", pl.col("source") == "calls")
    first = turns.filter(pl.col("turn_no") == 1).select("inquiry_id", pl.col("role").alias("first_role"))
    outbound = (
        opening.filter(pl.col("text").str.contains(_OUTBOUND))
        .join(first.filter(pl.col("first_role") == "agent"), on="inquiry_id", how="semi")
        .select("inquiry_id", pl.lit("outbound").alias("reason"))
        .unique()
    )
    return (
        pl.concat([outbound, by_words, silent, greeted])
        .unique("inquiry_id", keep="first", maintain_order=True)
        .rename({"reason": "not_inquiry_reason"})
    )
