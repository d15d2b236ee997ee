"""Personal data out of text, replaced by typed marks that read well: [手机号], [身份证号], [姓名] …

Rules in order; the first that fits wins, longer shapes before shorter ones. What stays: amounts, dates,
percentages, counts, model numbers, the public numbers of companies (95xxx, 400).
"""

from __future__ import annotations

import polars as pl

_SURNAMES = (
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|夏侯|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤时穆农司卓古吉缪简连芦麦褚娄窦戚岑]"
)
_PLACES = (
    "北京|上海|天津|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|"
    "云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|广州|深圳|杭州|南京|苏州|成都|武汉|西安|郑州|长沙|"
    "青岛|济南|沈阳|大连|哈尔滨|长春|福州|厦门|合肥|南昌|昆明|贵阳|南宁|石家庄|太原|无锡|宁波|温州|东莞|佛山"
)
_ROOM = r"(?:[-0-9A-Za-z一二三四五六七八九十]{0,6}(?:号楼|栋|幢|座|单元|层|楼|室|户|号))*"
_WAY = "(?:路|街|道|巷|弄|区|县|镇|村|苑|园|大厦)"
_GAP = r"[ _,，、嗯啊呃]{0,2}"
_SPOKEN = "[零〇一二三四五六七八九幺]"
_PLATE = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
_IS = r"(?:是|为|叫|[:： ]){1,3}"
_NAME_CUE = (
    rf"(我叫|我的名字是|我的名字叫|名字叫|名字{_IS}|姓名{_IS}|收件人{_IS}|联系人{_IS}|户名{_IS}|持卡人{_IS})"
)
_BARE_CUE = "(名字|姓名|户名)"  # nothing between cue and name: only where the name ends by itself
_NAME_END = r"([^\x{4E00}-\x{9FFF}]|$|我|手机|电话|身份|住|请|麻烦|是|的|想|要|你)"
_B = r"(^|[^0-9A-Za-z])"  # Rust's expressions have no look-around: borders are captured and put back
_E = r"([^0-9]|$)"

# (pattern, replacement). Applied in order.
_RULES: tuple[tuple[str, str], ...] = (
    (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", "[邮箱]"),
    (rf"{_B}[1-9]\d{{5}}[ ]?(?:19|20)\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ ]?\d{{3}}[0-9Xx]{_E}", "$1[身份证号]$2"),
    (rf"{_B}[1-9]\d{{7}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{{3}}{_E}", "$1[身份证号]$2"),
    (r"(银行卡号?|卡号|储蓄卡|信用卡|尾号)([是为:： ]{0,3})\d(?:[ -]?\d){11,18}", "$1$2[银行卡号]"),
    (rf"{_B}(?:62|4\d|5[1-5]|3[5-7]|9[58])\d{{2}}(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{1,3}})?{_E}", "$1[银行卡号]$2"),
    (rf"{_B}(?:62|60|9[58])\d{{13,17}}{_E}", "$1[银行卡号]$2"),
    (r"(订单号?|单号|流水号|运单号?|快递单号?)([是为:：# ]{0,3})[A-Za-z]{0,4}\d[0-9A-Za-z-]{5,}", "$1$2[订单号]"),
    (r"(?i)\b(order|purchase|invoice|case|tracking)( (?:number|no\.?|id))?((?: is)?[:# ]{1,3})[A-Z]{0,4}-?\d[0-9A-Z-]{4,}", "$1$2$3[订单号]"),
    (rf"{_B}\d{{12,}}{_E}", "$1[订单号]$2"),
    (rf"{_B}(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{{4}}[ -]?\d{{4}}{_E}", "$1[手机号]$2"),
    (rf"{_B}\(?0[1-9]\d{{1,2}}\)?[- ]?\d{{7,8}}{_E}", "$1[电话]$2"),
    (rf"{_B}(?:\+?1[ .-])?\(?(?:[235679]\d{{2}}|[48](?:[1-9]\d|0[1-9]))\)?[ .-]\d{{3}}[ .-]\d{{4}}{_E}", "$1[电话]$2"),
    (r"(?i)\b((?:mobile|phone|cell|call|text|whatsapp)(?: [a-z]+){0,3}[ :#]{1,3})\d{10}\b", "$1[电话]"),
    (r"((?i:微信|vx|wechat|weixin|wei xin)号?)([是叫:：为 ]{0,3})[A-Za-z][-_A-Za-z0-9]{5,19}", "$1$2[微信号]"),
    (r"((?i:qq)号?)([是:：为 ]{0,3})[1-9]\d{4,10}", "$1$2[QQ号]"),
    (rf"(?:{_PLACES})(?:省|市|自治区|特别行政区)?[\x{{4E00}}-\x{{9FFF}}0-9]{{0,20}}?{_WAY}[\x{{4E00}}-\x{{9FFF}}0-9]{{0,12}}?\d+(?:号|弄|栋|幢|座|单元|室){_ROOM}", "[地址]"),
    (rf"[\x{{4E00}}-\x{{9FFF}}]{{2,3}}(?:区|县|镇|市)[\x{{4E00}}-\x{{9FFF}}0-9]{{1,12}}?(?:路|街|道|巷|弄|村)\d+(?:号|弄){_ROOM}", "[地址]"),
    (rf"[\x{{4E00}}-\x{{9FFF}}]{{2}}(?:路|街|大道|巷)\d+(?:号|弄){_ROOM}", "[地址]"),
    (rf"({_PLATE})[ ·.-]?[A-HJ-NP-Z0-9]{{5,6}}([^A-Z0-9]|$)", "[车牌号]$2"),
    (rf"{_NAME_CUE}(?:{_SURNAMES})[\x{{4E00}}-\x{{9FFF}}]{{1,2}}?{_NAME_END}", "$1[姓名]$2"),
    (rf"{_NAME_CUE}(?:{_SURNAMES})[\x{{4E00}}-\x{{9FFF}}]{{1,2}}", "$1[姓名]"),
    (rf"{_BARE_CUE}(?:{_SURNAMES})[\x{{4E00}}-\x{{9FFF}}]{{1,2}}([^\x{{4E00}}-\x{{9FFF}}]|$)", "$1[姓名]$2"),
    (r"((?i:name is|name'?s|full name:?|name:)\s+)[A-Z][a-z'-]+(?:\s[A-Z][a-z'-]+){0,2}", "$1[姓名]"),
    (rf"{_SPOKEN}(?:{_GAP}{_SPOKEN}){{18}}", "[银行卡号]"),  # longest runs first: a number is not cut in two
    (rf"{_SPOKEN}(?:{_GAP}{_SPOKEN}){{16}}(?:{_GAP}(?:{_SPOKEN}|[Xx叉]))", "[身份证号]"),
    (rf"{_SPOKEN}(?:{_GAP}{_SPOKEN}){{14,16}}", "[银行卡号]"),
    (rf"(?:[一幺]{_GAP}[三四五六七八九])(?:{_GAP}{_SPOKEN}){{9}}", "[手机号]"),
    (rf"{_SPOKEN}(?:{_GAP}{_SPOKEN}){{9,13}}", "[电话]"),
    (rf"(^|[^\x{{4E00}}-\x{{9FFF}}])(?:{_SURNAMES})[\x{{4E00}}-\x{{9FFF}}]{{1,2}}([ ，,:：]{{1,2}}\[手机号\])", "$1[姓名]$2"),
)  # fmt: skip
# A text that contains none of these holds nothing that a rule could fit.
_SUSPECT = (
    rf"\d(?:[ .()-]{{0,2}}\d){{5}}|@|\d(?:号|弄|栋|幢|座|单元|室)|{_PLATE}[ ·.-]?[A-Z0-9]{{5}}|我叫|名字|姓名|收件人|联系人|户名|"
    rf"持卡人|微信|(?i:vx|wechat|weixin|qq|name)|{_SPOKEN}(?:{_GAP}{_SPOKEN}){{8}}"
)


def mask_expr(expr: pl.Expr) -> pl.Expr:
    """Text with personal data replaced by typed marks; null stays null, masked text stays as it is."""
    for pattern, replacement in _RULES:
        expr = expr.str.replace_all(pattern, replacement)
        if pattern.startswith(
            _B
        ):  # of two neighbours that share a border, the second is found the second time
            expr = expr.str.replace_all(pattern, replacement)
    return expr


def mask_text(texts: pl.Series) -> pl.Series:
    """`mask_expr` on a series, applied where a cheap look finds something suspicious."""
    texts = texts.alias("text")
    hit = texts.str.contains(_SUSPECT).fill_null(False)
    if not hit.any():
        return texts
    masked = pl.DataFrame({"text": texts.filter(hit)}).select(mask_expr(pl.col("text")))["text"]
    return texts.scatter(hit.arg_true(), masked)


_DIGITS = r"[0-9零〇一二三四五六七八九幺两]"
_RUN = rf"{_DIGITS}(?:{_GAP}{_DIGITS}){{2,}}"  # three or more, with pauses
_AROUND_RUN = r"[\s\p{P}\p{S}嗯啊呃哦是的对后面前面然后就我说记一下再来好]"
_LEAST_DIGITS = 10  # of a number told in pieces; prices and dates are shorter


def mask_pieces(turns: pl.DataFrame) -> pl.DataFrame:
    """Numbers that a speaker tells in pieces over several turns, as in calls: 幺三八 … 零零幺三 … 八零零零.

    A piece is a turn of nothing but digits and small words. Pieces of one speaker that follow each other
    (the other's echoes of digits and short answers between them aside) are one number when they hold ten
    digits together; each piece then reads [号码]. Echoes of a masked number are masked as well.

    Args:
        turns: inquiry_id, turn_no, role, text; in order.
    """
    text = pl.col("text").fill_null("")
    rest = text.str.replace_all(_RUN, "").str.replace_all(_AROUND_RUN, "")
    marked = turns.with_columns(
        ((rest.str.len_chars() <= 2) & text.str.contains(_RUN)).alias("_piece"),
        text.str.extract_all(_RUN).list.join("").str.count_matches(_DIGITS).alias("_digits"),
        ((rest.str.len_chars() <= 3) & ~text.str.contains(_RUN)).alias("_between"),
    )
    if not marked["_piece"].any():
        return turns
    # A stretch goes on over pieces and the short turns between them; anything else ends it.
    broken = (~(pl.col("_piece") | pl.col("_between"))).cum_sum().over("inquiry_id")
    marked = marked.with_columns(broken.alias("_stretch"))
    told = pl.col("_digits").filter("_piece").sum().over("inquiry_id", "_stretch", "role")
    number = (told >= _LEAST_DIGITS).any().over("inquiry_id", "_stretch")
    masked = (
        pl.when(pl.col("_piece") & number)
        .then(text.str.replace_all(_RUN, "[号码]"))
        .otherwise(pl.col("text"))
    )
    return marked.with_columns(masked.alias("text")).select(turns.columns)
