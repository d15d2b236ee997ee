"""Names that people recognise: phrases of neighbouring words that a topic's texts share and others do not.

Words are weighted by class-based TF-IDF (Grootendorst, "BERTopic", arXiv 2203.05794, section 3.3) on the share of texts that hold
them. A label is never a sentence of a customer: it is a run of two to four words that many texts have in common, without stop words
at its ends, and where no such run is common, the words that tell the topic from others: 提现 · 失败 · 到账.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from insight.topics.stopwords import JOINING, STOP

KEYWORDS = 6
LONGEST = 4  # words of a phrase
COMMON = 0.15  # share of a topic's texts that a phrase must be in, or it is a detail of a few
TELLING = 0.35  # share from which a phrase stands for the topic alone
NAME = 0.8  # share of the rarer of two characters that stands in the pair that makes a name
_LONG_LABEL = 14  # characters of a Chinese phrase; Latin letters count a third
_JOIN = " · "
# 昨天下午, 上个月, 今早: when it happened, never what.
_TIMES = (
    r"^(大?前|昨|今|明|后|当|每|这|那|本|上|下|同)?(天|日|早|晚|年|个?月|个?周|个?星期|个?礼拜|个?季度)?"
    r"(初|底|末|半夜|凌晨|清晨|早上|早晨|上午|中午|下午|午后|傍晚|晚上|夜里|深夜)?$"
)
_PARTICLES = (
    "的",
    "了",
    "吗",
    "呢",
    "吧",
    "啊",
    "是",
    "我",
    "你",
    "您",
    "在",
    "就",
    "都",
    "也",
    "还",
    "有",
    "用",
    "要",
)


def segmented(texts: pl.Series) -> pl.Series:
    """Words of each text in order, as the pipeline's tag step keeps them (for texts that come without)."""
    import rjieba

    cut = rjieba.Jieba().cut
    plain = texts.cast(pl.String).fill_null("").str.replace_all(r"\[[^\[\]]{1,12}\]", " ")
    return pl.Series(texts.name, [cut(text, False) for text in plain.to_list()], dtype=pl.List(pl.String))


def labelled(words: pl.DataFrame, stop: Sequence[str] = ()) -> pl.DataFrame:
    """Label and keywords of each topic: topic, label, keywords; labels are distinct.

    Args:
        words: a row a text: topic (any type that can be compared), tokens (list of its words in order).
        stop: further stop words, such as those of the workspace's lexicon.
    """
    texts = words.drop_nulls("topic").select("topic", "tokens").with_row_index("text")
    stops = sorted(STOP | {word.lower() for word in stop})
    runs = _runs(texts, stops)
    sizes = texts.group_by("topic").agg(size=pl.len())
    scored = _scored(runs, sizes, texts.height)
    keywords = (
        scored.filter("single")
        .sort("topic", "score", "run", descending=[False, True, False])
        .group_by("topic", maintain_order=True)
        .agg(keywords=pl.col("run").head(KEYWORDS))
    )
    phrases = (
        scored.filter(~pl.col("single") & (pl.col("share") >= COMMON) & (pl.col("count") >= 3))
        .sort("topic", "score", "run", descending=[False, True, False])
        .group_by("topic", maintain_order=True)
        .agg(pl.col("run").head(8).alias("phrases"), pl.col("share").first())
    )
    found = (
        sizes.join(keywords, on="topic", how="left")
        .join(phrases, on="topic", how="left")
        .sort("size", "topic", descending=[True, False])
    )
    labels = _distinct([_label(row) for row in found.iter_rows(named=True)], found["keywords"].to_list())
    return found.select(
        "topic",
        pl.Series("label", labels, dtype=pl.String),
        pl.col("keywords").fill_null(pl.lit([], pl.List(pl.String))),
    )


def _words(texts: pl.DataFrame, stops: list[str]) -> pl.DataFrame:
    """A row a word, in order: text, topic, word, and whether it joins, stops, counts or is Latin."""
    latin = pl.col("word").str.contains(r"^[a-z]")
    plain = (
        texts.explode("tokens")
        .select("text", "topic", word=pl.col("tokens").str.strip_chars().str.to_lowercase())
        .filter(pl.col("word").str.len_chars() > 0)
        .with_columns(
            single=pl.col("word").str.contains(r"^\p{Han}$") & ~pl.col("word").is_in([*_PARTICLES, *JOINING])
        )
    )
    return (
        _names_put_together(plain, texts.height)
        .with_columns(
            latin=latin,
            joins=pl.col("word").is_in(list(JOINING)),
            stops=pl.col("word").is_in(stops)
            | pl.col("word").str.contains(_TIMES)
            | ~pl.col("word").str.contains(r"\p{L}")
            | (latin & (pl.col("word").str.len_chars() < 2)),
        )
        .with_columns(counts=~pl.col("joins") & ~pl.col("stops"))
    )


def _names_put_together(words: pl.DataFrame, texts: int) -> pl.DataFrame:
    """Names that the segmenter does not know come as two characters that nearly always stand together (花·呗): one word again."""
    here, following = pl.col("word"), pl.col("word").shift(-1)
    pair = pl.col("single") & pl.col("single").shift(-1) & (pl.col("text") == pl.col("text").shift(-1))
    both = words.select(first=here, second=following, pair=pair.fill_null(False)).filter("pair")
    counts = words["word"].value_counts(name="n")
    names = (
        both.group_by("first", "second")
        .len()
        .filter(pl.col("len") >= max(5, texts // 2_000))
        .join(counts, left_on="first", right_on="word")
        .join(counts, left_on="second", right_on="word", suffix="_second")
        .filter(pl.col("len") >= NAME * pl.min_horizontal("n", "n_second"))
        .select(pl.col("first") + pl.col("second"))
        .to_series()
    )
    begins = (pair & (here + following).is_in(names.to_list())).fill_null(False)
    return (
        words.with_columns(begins=begins, next=following)
        .with_columns(ends=pl.col("begins").shift(1, fill_value=False))
        .with_columns(begins=pl.col("begins") & ~pl.col("ends"))  # of three in a row the first two
        .with_columns(ends=pl.col("begins").shift(1, fill_value=False))
        .filter(~pl.col("ends"))
        .select("text", "topic", word=pl.when("begins").then(here + pl.col("next")).otherwise(here))
    )


def _runs(texts: pl.DataFrame, stops: list[str]) -> pl.DataFrame:
    """Every run of one to `LONGEST` words that could name something, once a text: text, topic, run, content (words that count)."""
    word = _words(texts, stops)
    parts = []
    for length in range(1, LONGEST + 1):
        at = [pl.col("word").shift(-i) for i in range(length)]
        glue = [
            pl.when(pl.col("latin").shift(-i) | pl.col("latin").shift(-i + 1))
            .then(pl.lit(" "))
            .otherwise(pl.lit(""))
            for i in range(1, length)
        ]
        pieces = [at[0]] + [piece for pair in zip(glue, at[1:], strict=True) for piece in pair]
        last, inner = length - 1, range(1, length - 1)
        allowed = (
            (pl.col("text").shift(-last) == pl.col("text"))
            & (pl.col("counts") | (pl.col("joins") if length > 1 else pl.lit(False)))
            & pl.col("counts").shift(-last)
        )
        for i in inner:
            allowed = allowed & (
                ~pl.col("stops").shift(-i)
                | pl.col("word").shift(-i).is_in(["的", "to", "the", "my", "a", "of", "in", "on"])
            )
        content = pl.sum_horizontal([pl.col("counts").shift(-i).cast(pl.Int8) for i in range(length)])
        joining = pl.any_horizontal([pl.col("joins").shift(-i) for i in range(length)])
        parts.append(
            word.lazy()
            .select(
                "text",
                "topic",
                run=pl.concat_str(pieces),
                content=content,
                joining=joining,
                length=pl.lit(length),
                ok=allowed,
            )
            .filter("ok")
            .drop("ok")
        )
    width = pl.col("run").str.count_matches(r"\p{Han}") + pl.col("run").str.count_matches(r"[^\p{Han}]") / 3
    return (
        pl.concat(parts)
        .filter(width <= _LONG_LABEL)
        .unique(["text", "run"], keep="first", maintain_order=True)
        .collect()
    )


def _scored(runs: pl.DataFrame, sizes: pl.DataFrame, texts: int) -> pl.DataFrame:
    """Runs of each topic with share (of its texts) and score."""
    overall = pl.col("count").sum().over("run")
    return (
        runs.lazy()
        .group_by("topic", "run")
        .agg(
            count=pl.len(),
            content=pl.col("content").first(),
            joining=pl.col("joining").first(),
            length=pl.col("length").first(),
        )
        .join(sizes.lazy(), on="topic")
        .with_columns(
            share=pl.col("count") / pl.col("size"), single=pl.col("length") == 1, rate=overall / texts
        )
        .filter((pl.col("count") >= 2) | (pl.col("size") < 10))
        # A phrase earns more with each word that counts (less with each further one), a little with a negation.
        .with_columns(
            score=pl.col("share")
            * (pl.col("share") / pl.col("rate") + 0.02).log().clip(0)
            * (
                pl.col("content").cast(pl.Float64).sqrt()
                + 0.5 * pl.col("joining").cast(pl.Float64)
                - pl.when(pl.col("content") < 1).then(9).otherwise(0)
            )
        )
        .filter(pl.col("single") | (pl.col("content") >= 2) | pl.col("joining"))
        .collect()
    )


def _label(row: dict[str, object]) -> str:
    keywords = row["keywords"] if isinstance(row["keywords"], list) else []
    phrases = row["phrases"] if isinstance(row["phrases"], list) else []
    # A phrase without the topic's own word is a detail that some of its texts share (昨天下午, not 提现).
    about = [str(phrase) for phrase in phrases if not keywords or keywords[0] in str(phrase)]
    if not about:
        return _JOIN.join(keywords[:2])
    share = row["share"] if isinstance(row["share"], float) else 0.0
    phrase = about[0]
    if share >= TELLING and phrase == phrases[0]:
        return phrase
    others = [word for word in keywords if word not in phrase and len(word) > 1]
    return _JOIN.join([phrase, *others[:1]])


def _distinct(labels: list[str], keywords: list[list[str] | None]) -> list[str]:
    """Equal labels get a further keyword, then a number; without any word a topic is called 其他."""
    seen: set[str] = set()
    found = []
    for label, words in zip(labels, keywords, strict=True):
        name = label or "其他"
        for word in words or []:
            if name not in seen:
                break
            if word not in name:
                name = f"{name}{_JOIN}{word}"
        plain, number = name, 2
        while name in seen:
            name, number = f"{plain} {number}", number + 1
        seen.add(name)
        found.append(name)
    return found
