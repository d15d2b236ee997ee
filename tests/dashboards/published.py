"""Published files of any size, made directly: the tables of the contracts, filled by SQL, without a pipeline behind them.

Counts agree with each other (obstacles add up to steps, steps to topics and emotions), so that pages can be held to
their own arithmetic. Customers' words hold what must do nothing on a page: markup, links, formulas.
"""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import duckdb

from warehouse.contracts import load_contracts
from warehouse.sql import load_denominators, load_macros, sql

LAST = date(2026, 11, 15)
NASTY = (
    "<script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">",
    "[点这里](http://evil.example/) ![x](http://evil.example/x.png) **粗体** `code` $x^2$ :red[红]",
    '=HYPERLINK("http://evil.example";"点我")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "普通的一句话：提现不到账，急用钱",
)
_CAUSES = "['fault', 'operation', 'comprehension', 'other']"
_EMOTIONS = ("calm", "anxious", "worried", "disappointed", "annoyed", "angry", "disgusted", "pleased")


def write_published(
    path: Path,
    *,
    days: int = 45,
    products: int = 2,
    steps: int = 3,
    topics: int = 8,
    inquiries: int = 4,
    row_days: int = 28,
    version: int = 1,
    filled: bool = True,
) -> Path:
    """Write one.

    Args:
        path: the file to make.
        days: up to `LAST`; 0 for a file without a day.
        products, steps: so many products of so many steps each.
        topics: learned topics, in groups of five; 0 for none.
        inquiries: mean inquiries of an obstacle and day; also rows of core.inquiries a step and day.
        row_days: last days that have rows of inquiries and turns.
        version: number of the published version.
        filled: whether alerts, effects, segments, decisions, rejects are there.
    """
    path.unlink(missing_ok=True)
    with closing(duckdb.connect(str(path))) as con:
        con.execute("SET TimeZone = 'UTC'")
        load_macros(con)
        for schema in ("core", "insight", "mart", "ops"):
            con.execute(f"CREATE SCHEMA {schema}")
        for spec in load_contracts().values():
            if spec.published != "none" and spec.table != "mart.verbatims":
                con.execute(spec.duckdb_ddl())
        load_denominators(con)
        con.execute(f"CREATE VIEW mart.verbatims AS {sql('marts/verbatims')}")
        first = LAST - timedelta(days=days - 1)
        values = {"first": first, "last": LAST, "days": days}
        _meta(con, first, days, version)
        _steps(con, products, steps)
        if topics:
            _topics(con, topics, first)
        if days:
            _counts(con, values, topics, inquiries)
            _rows(con, values, min(days, row_days))
            _obstacles(con)
            _ops(con, values)
            if filled:
                _modelled(con, values)
        con.execute("CHECKPOINT")
    return path


def _meta(con: duckdb.DuckDBPyConnection, first: date, days: int, version: int) -> None:
    rows = {
        "published_version": str(version),
        "published_at": "2026-11-16T02:00:00+00:00",
        "timezone": "Asia/Shanghai",
        "language": "zh",
        "day_count": str(days),
        "first_day": first.isoformat(),
        "last_day": LAST.isoformat(),
    }
    con.executemany("INSERT INTO ops.meta VALUES (?, ?)", list(rows.items()))


def _steps(con: duckdb.DuckDBPyConnection, products: int, steps: int) -> None:
    con.execute(
        f"""
        INSERT INTO core.steps
        SELECT 'p' || p, 's' || s, s, '产品' || p, 'Product ' || p, '环节' || p || '-' || s, 'Step ' || p || '-' || s,
            's' || s, 's1', NULL, NULL
        FROM range(1, {products + 1}) AS a(p), range(1, {steps + 1}) AS b(s)
        """
    )


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: str, values: dict[str, object]) -> None:
    """Insert the columns of a query that the table has."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS {rows}", values)
    there = {name for (name, *_) in con.execute("DESCRIBE incoming").fetchall()}
    columns = ", ".join(f'"{name}"' for name in load_contracts()[table].polars_schema() if name in there)
    con.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming")


def _topics(con: duckdb.DuckDBPyConnection, topics: int, first: date) -> None:
    _insert(
        con,
        "insight.topics",
        f"""
        SELECT
            't' || t AS topic_id, '主题' || t || CASE WHEN t = 1 THEN ' <b>粗</b>' ELSE '' END AS label,
            ['词' || t, '到账', '提现'] AS keywords, ['例句' || t] AS examples, 'g_' || (t - 1) // 5 AS parent_topic_id,
            CASE WHEN t = 3 THEN 'new' ELSE 'active' END AS status,
            CASE WHEN t = 3 THEN $last - 3 ELSE $first END AS first_day, $last AS last_day,
            false AS is_group, cos(t) AS x, sin(t) AS y
        FROM range(1, {topics + 1}) AS a(t)
        UNION ALL
        SELECT
            'g_' || g, '组' || g, ['词'], ['例句'], NULL, 'active', $first, $last, true, NULL, NULL
        FROM range({(topics + 4) // 5}) AS a(g)
        """,
        {"first": first, "last": LAST},
    )
    con.execute(
        "INSERT INTO insight.topic_lineage BY NAME "
        "SELECT TIMESTAMPTZ '2026-11-10 08:00:00+00' AS \"at\", 'renamed' AS event, 't1' AS from_topic_id, '王芳' AS \"by\""
    )


def _counts(con: duckdb.DuckDBPyConnection, values: dict[str, object], topics: int, inquiries: int) -> None:
    con.execute(
        "CREATE TEMP TABLE calendar AS SELECT ($first + i::INTEGER)::DATE AS day FROM range($days) AS a(i)",
        {"first": values["first"], "days": values["days"]},
    )
    con.execute(
        """
        INSERT INTO core.transactions
        SELECT day, product, step, NULL,
            20000 + 4000 * step_no + (hash(day, product, step) % 2000)::BIGINT, 15000
        FROM calendar, core.steps
        """
    )
    # Each topic lies on one step, under two causes; without topics an obstacle is a step and a cause.
    of_topics = f"""
        SELECT s.product, s.step, t.topic_id, c.cause
        FROM (SELECT *, row_number() OVER (ORDER BY product, step_no) AS n FROM core.steps) AS s
        JOIN (FROM insight.topics WHERE topic_id NOT LIKE 'g%') AS t ON hash(t.topic_id) % (SELECT count(*) FROM core.steps) = s.n - 1
        JOIN (SELECT unnest({_CAUSES}) AS cause) AS c ON hash(t.topic_id, c.cause) % 2 = 0
        UNION ALL
    """
    con.execute(
        f"""
        CREATE TEMP TABLE obstacles AS
        {of_topics if topics else ""}
        SELECT product, step, NULL::VARCHAR AS topic_id, cause FROM core.steps, (SELECT unnest({_CAUSES}) AS cause)
        UNION ALL
        SELECT 'p1', NULL, NULL, 'other'
        """
    )
    # A step of the first product gets worse in the last week: somebody must find it.
    con.execute(
        f"""
        INSERT INTO mart.obstacle_daily BY NAME
        WITH drawn AS (
            SELECT day, o.*, ((hash(day, product, step, topic_id, cause) % {2 * inquiries}) + 1)
                * CASE WHEN product = 'p1' AND step = 's2' AND day > $last - 7 THEN 3 ELSE 1 END AS n
            FROM calendar, obstacles AS o
        )
        SELECT
            day,
            'o' || substr(md5(concat_ws('|', product, coalesce(step, ''), coalesce(topic_id, ''), coalesce(cause, ''))), 1, 12) AS obstacle_id,
            product, step, topic_id, cause, n AS inquiry_count, n AS customer_count, b.transaction_count,
            rate_per_10k(n, b.transaction_count) AS rate_per_10k,
            rate_low(n, b.transaction_count) AS rate_per_10k_low,
            rate_high(n, b.transaction_count) AS rate_per_10k_high,
            n // 4 AS negative_count, (n // 4) / n AS negative_share, 0.2 AS effort, n * (1.2 + (n // 4) / n) AS impact
        FROM drawn
        LEFT JOIN core.transactions AS b USING (day, product, step)
        """,
        {"last": values["last"]},
    )
    con.execute(
        """
        CREATE TEMP TABLE pairs AS
        SELECT * FROM (VALUES (0, 'app', 'chats'), (1, 'web', 'chats'), (2, 'phone', 'calls'), (3, 'email', 'tickets')) AS t(k, channel, source)
        """
    )
    con.execute(
        """
        CREATE TEMP TABLE step_counts AS
        SELECT day, product, step, sum(inquiry_count)::BIGINT AS n, sum(negative_count)::BIGINT AS bad
        FROM mart.obstacle_daily
        GROUP BY ALL
        """
    )
    con.execute(
        """
        INSERT INTO mart.inquiry_rate_daily BY NAME
        SELECT
            day, product, step, pairs.channel, source, n // 4 + (k < n % 4)::INTEGER AS inquiry_count,
            inquiry_count AS customer_count, inquiry_count // 10 AS repeat_count,
            bad // 4 + (k < bad % 4)::INTEGER AS negative_count, b.transaction_count,
            rate_per_10k(inquiry_count, b.transaction_count) AS rate_per_10k,
            rate_low(inquiry_count, b.transaction_count) AS rate_per_10k_low,
            rate_high(inquiry_count, b.transaction_count) AS rate_per_10k_high, false AS is_partial
        FROM step_counts
        CROSS JOIN pairs
        LEFT JOIN core.transactions AS b USING (day, product, step)
        """
    )
    felt = [
        f"(CASE WHEN i.n > {m} THEN (i.n - {m} + 7) // 8 ELSE 0 END) AS {name}_count"
        for m, name in enumerate(_EMOTIONS)
    ]
    con.execute(
        f"""
        INSERT INTO mart.sentiment_daily BY NAME
        SELECT
            day, product, step, channel, i.n AS inquiry_count, i.bad AS negative_count, i.n - i.bad AS neutral_count,
            0 AS positive_count, i.bad / nullif(i.n, 0) AS negative_share, -0.1 * i.n AS sentiment_sum,
            0.2 * i.n AS effort_sum, {", ".join(felt)}
        FROM (
            SELECT day, product, step, channel, sum(inquiry_count)::BIGINT AS n, sum(negative_count)::BIGINT AS bad
            FROM mart.inquiry_rate_daily
            GROUP BY ALL
        ) AS i
        """
    )
    con.execute(
        """
        INSERT INTO mart.topic_daily BY NAME
        SELECT
            day, topic_id, sum(inquiry_count) AS inquiry_count, sum(inquiry_count) AS customer_count,
            sum(negative_count) AS negative_count,
            sum(inquiry_count) / sum(sum(inquiry_count)) OVER (PARTITION BY day) AS inquiry_share
        FROM mart.obstacle_daily
        GROUP BY day, topic_id
        """
    )


def _obstacles(con: duckdb.DuckDBPyConnection) -> None:
    _insert(
        con,
        "mart.obstacles",
        """
        SELECT
            *, rate_per_10k(inquiry_count_28d, transaction_count_28d) AS rate_per_10k_28d,
            rate_low(inquiry_count_28d, transaction_count_28d) AS rate_per_10k_28d_low,
            rate_high(inquiry_count_28d, transaction_count_28d) AS rate_per_10k_28d_high,
            row_number() OVER (ORDER BY impact DESC, obstacle_id) AS rank
        FROM (
            SELECT
                obstacle_id, any_value(product) AS product, any_value(step) AS step, any_value(topic_id) AS topic_id,
                concat_ws(' · ', any_value(step), any_value(cause)) AS label, any_value(cause) AS cause,
                'product_fix' AS lever, 'open' AS status, min(day) AS first_day, max(day) AS last_day,
                sum(inquiry_count)::BIGINT AS inquiry_count_28d, sum(transaction_count)::BIGINT AS transaction_count_28d,
                0.25 AS negative_share, 0.2 AS effort, sum(impact) / 4 AS impact, ['例句'] AS examples,
                CASE WHEN any_value(product) = 'p1' AND any_value(step) = 's2' THEN max(day) - 6 END AS since_day,
                CASE WHEN any_value(product) = 'p1' AND any_value(step) = 's2' THEN 3.0 END AS since_ratio
            FROM mart.obstacle_daily
            WHERE day > (SELECT max(day) FROM mart.obstacle_daily) - 28
            GROUP BY obstacle_id
        )
        """,
        {},
    )


def _rows(con: duckdb.DuckDBPyConnection, values: dict[str, object], days: int) -> None:
    con.execute(
        """
        CREATE TEMP TABLE drawn AS
        SELECT
            *, 'chats:c' || row_number() OVER (ORDER BY day, obstacle_id) AS inquiry_id,
            row_number() OVER (ORDER BY day DESC, obstacle_id) AS n
        FROM mart.obstacle_daily
        WHERE day > $last - $days::INTEGER
        """,
        {"last": values["last"], "days": days},
    )
    words = ", ".join("'" + text.replace("'", "''") + "'" for text in NASTY)
    con.execute(
        f"""
        INSERT INTO core.inquiries BY NAME
        SELECT
            inquiry_id, day, day + INTERVAL 9 HOUR AS started_at, 'chats' AS source, ['app', 'web'][n % 2 + 1] AS channel,
            'k' || n % 50 AS customer_key, product, step, [{words}][(n - 1) % {len(NASTY)} + 1] || ' 第' || n || '条' AS problem,
            'zh' AS language, true AS is_inquiry, 'human' AS handled_by, 2 AS turn_count, 1 AS customer_turn_count,
            false AS transferred, ['8.1', '8.2'][n % 2 + 1] AS app_version
        FROM drawn
        """
    )
    con.execute(
        """
        INSERT INTO core.turns BY NAME
        SELECT inquiry_id, day, 1 AS turn_no, 'customer' AS role, started_at AS said_at, problem AS text FROM core.inquiries
        UNION ALL
        SELECT inquiry_id, day, 2, 'agent', started_at + INTERVAL 1 MINUTE, '您好，<b>我来</b>看看' FROM core.inquiries
        """
    )
    con.execute(
        """
        INSERT INTO insight.inquiry_journey BY NAME
        SELECT inquiry_id, day, product, step, cause, 0.8 AS confidence, 'rule' AS method FROM drawn
        """
    )
    con.execute(
        "INSERT INTO insight.inquiry_topics BY NAME SELECT inquiry_id, day, topic_id, 0.7 AS similarity FROM drawn"
    )
    con.execute(
        f"""
        INSERT INTO insight.inquiry_sentiment BY NAME
        SELECT
            inquiry_id, day, ((n % 21)::DOUBLE - 10) / 10 AS sentiment,
            CASE WHEN n % 21 < 7 THEN 'negative' ELSE 'neutral' END AS sentiment_label,
            {list(_EMOTIONS)}[n % 8 + 1] AS emotion, 0.3 AS effort
        FROM drawn
        """
    )


def _ops(con: duckdb.DuckDBPyConnection, values: dict[str, object]) -> None:
    con.execute(
        """
        INSERT INTO ops.check_results BY NAME
        SELECT
            day, 'r1' AS run_id, t AS table_name, 'row_count' AS check_name, 'warn' AS severity,
            NOT (day = $last - 1 AND t = 'core.inquiries') AS success, '0' AS observed, '1 or more' AS expected,
            1 AS checked_count, 0 AS failed_count
        FROM calendar, (SELECT unnest(['core.inquiries', 'core.turns', 'mart.alerts']) AS t)
        """,
        {"last": values["last"]},
    )
    con.execute(
        "INSERT INTO ops.files BY NAME SELECT 'chats/a.jsonl' AS file, 'chats' AS kind, 'x' AS sha256, 10 AS rows_read, "
        "8 AS rows_landed, 2 AS rows_rejected, 0 AS rows_already, 'landed' AS status"
    )


def _modelled(con: duckdb.DuckDBPyConnection, values: dict[str, object]) -> None:
    con.execute(
        """
        INSERT INTO mart.alerts BY NAME
        SELECT
            'a' || i AS alert_id, $last - i::INTEGER AS day, 'e1' AS episode_id,
            ['rate_high', 'topic_burst'][i % 2 + 1] AS kind, 'p1' AS product, 's2' AS step, 31.5 AS observed, 11.2 AS expected,
            16.0 AS expected_high, 4.5 - i AS score, 0.01 AS q_value, '环节1-2 的万求率 <b>远高于</b> 预期。' AS explanation
        FROM range(2) AS t(i)
        """,
        {"last": values["last"]},
    )
    con.execute(
        """
        INSERT INTO core.changes VALUES
            ('c1', $last - 6, 'p1', 's2', 'release', '新版上线 <i>斜</i>', NULL), ('c2', $last - 2, 'p1', NULL, 'holiday', '节日', NULL)
        """,
        {"last": values["last"]},
    )
    con.execute(
        "INSERT INTO mart.change_effects BY NAME SELECT 'c1' AS change_id, 'p1' AS product, 's2' AS step, 2.4 AS ratio, "
        "2.0 AS ratio_low, 2.9 AS ratio_high, -80 AS avoided_count, 'worse' AS verdict"
    )
    _insert(
        con,
        "mart.obstacle_segment_daily",
        """
        SELECT
            day, obstacle_id, 'age_band' AS segment, '60+' AS value, 12 AS inquiry_count, 12 AS customer_count,
            30 AS known_inquiry_count, 30 AS known_customer_count, 0.4 AS inquiry_share, 0.19 AS base_share, 2.1 AS lift
        FROM mart.obstacle_daily
        WHERE product = 'p1' AND step = 's2'
        """,
        {},
    )
    if "mart.obstacle_segments" in load_contracts():
        _insert(
            con,
            "mart.obstacle_segments",
            """
            SELECT
                obstacle_id, 'age_band' AS segment, '60+' AS value, 80 AS inquiry_count, 70 AS customer_count,
                200 AS known_inquiry_count, 180 AS known_customer_count, 0.4 AS inquiry_share, 0.19 AS base_share,
                2.1 AS lift, 1.6 AS lift_low, 2.7 AS lift_high
            FROM mart.obstacles
            WHERE product = 'p1' AND step = 's2'
            """,
            {},
        )
    con.execute(
        """
        UPDATE mart.obstacles SET
            shrunk_per_10k = rate_per_10k_28d, shrunk_per_10k_low = rate_per_10k_28d_low, shrunk_per_10k_high = rate_per_10k_28d_high
        """
    )
    con.execute(
        """
        INSERT INTO ops.decisions
        SELECT TIMESTAMPTZ '2026-11-15 08:00:00+00', '王芳', 'status', obstacle_id, '{"owner": "支付组", "status": "confirmed"}'
        FROM mart.obstacles ORDER BY rank LIMIT 1
        """
    )
    con.execute(
        "INSERT INTO ops.rejects VALUES ('chats/a.jsonl', 7, 'sent_at', '<b>昨天</b>', 'not a time', 'a time such as 2026-11-15 09:30:00', 1)"
    )
