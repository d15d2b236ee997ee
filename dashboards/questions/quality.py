"""The data's state: freshness, checks, rejects, files, what is missing, what people decided."""

from __future__ import annotations

from dashboards.filters import Filters
from dashboards.questions.base import Question, ask, in_trend


def coverage(f: Filters) -> Question:
    """One row a day of the charts: inquiries by source, share without a step, transactions, whether it is partial."""
    return ask(
        f"""
        WITH counted AS (
            SELECT
                day,
                sum(inquiry_count)::BIGINT AS inquiries,
                sum(inquiry_count) FILTER (WHERE source = 'chats')::BIGINT AS chats,
                sum(inquiry_count) FILTER (WHERE source = 'calls')::BIGINT AS calls,
                sum(inquiry_count) FILTER (WHERE source = 'tickets')::BIGINT AS tickets,
                coalesce(sum(inquiry_count) FILTER (WHERE step IS NULL), 0) / nullif(sum(inquiry_count), 0) AS unmapped_share,
                bool_or(is_partial) AS is_partial
            FROM mart.inquiry_rate_daily
            WHERE {in_trend()}
            GROUP BY day
        ),
        base AS (
            SELECT day, sum(transaction_count)::BIGINT AS transactions
            FROM denominators()
            WHERE {in_trend()} AND step IS NULL
            GROUP BY day
        ),
        calendar AS (SELECT unnest(generate_series($trend_start, $end, INTERVAL 1 DAY))::DATE AS day)
        SELECT day, inquiries, chats, calls, tickets, unmapped_share, transactions, coalesce(is_partial, true) AS is_partial, inquiries IS NULL AS is_missing
        FROM calendar
        LEFT JOIN counted USING (day)
        LEFT JOIN base USING (day)
        ORDER BY day DESC
        """,
        f,
    )


def checks(f: Filters) -> Question:
    """One row a day and table: checks that passed, warned and failed."""
    return ask(
        f"""
        SELECT
            day, table_name,
            count(*) FILTER (WHERE success) AS passed,
            count(*) FILTER (WHERE NOT success AND severity = 'warn') AS warned,
            count(*) FILTER (WHERE NOT success AND severity = 'fail') AS failed
        FROM ops.check_results
        WHERE {in_trend()}
        GROUP BY day, table_name
        ORDER BY day, table_name
        """,
        f,
    )


def failed_checks(f: Filters) -> Question:
    """Checks that did not pass, newest first."""
    return ask(
        f"""
        SELECT day, severity, table_name, column_name, check_name, observed, expected, failed_count, checked_count
        FROM ops.check_results
        WHERE {in_trend()} AND NOT success
        ORDER BY day DESC, severity, table_name
        LIMIT 100
        """,
        f,
    )


def rejects() -> Question:
    """Refused rows by kind of input, field and reason, with one example each."""
    return ask(
        """
        SELECT
            split_part(file, '/', 1) AS kind, field, reason, any_value(expected) AS expected, count(*) AS rows,
            arg_max(file, landed_no) AS example_file, arg_max(line, landed_no) AS example_line,
            arg_max(value, landed_no) AS example_value
        FROM ops.rejects
        GROUP BY ALL
        ORDER BY rows DESC, kind, field
        LIMIT 50
        """
    )


def files() -> Question:
    """Rows of all files by kind and status."""
    return ask(
        """
        SELECT
            kind, status, count(*) AS files, sum(rows_read)::BIGINT AS rows_read, sum(rows_landed)::BIGINT AS rows_landed,
            sum(rows_rejected)::BIGINT AS rows_rejected, sum(rows_already)::BIGINT AS rows_already, max(landed_at) AS last
        FROM ops.files
        GROUP BY kind, status
        ORDER BY kind, status
        """
    )


def refused_files() -> Question:
    """Files that were refused or skipped, and why."""
    return ask(
        """
        SELECT file, status, reason, landed_at
        FROM ops.files
        WHERE status IN ('refused', 'skipped')
        ORDER BY landed_at DESC
        LIMIT 50
        """
    )


def versions() -> Question:
    """Which versions made this file."""
    return ask("SELECT key, value FROM ops.meta ORDER BY key")


def decided() -> Question:
    """What people decided, newest first, as published."""
    return ask('SELECT "at", "by", kind, target, value FROM ops.decisions ORDER BY "at" DESC LIMIT 200')


def without_transactions(f: Filters) -> Question:
    """Steps that have inquiries in the period and no transactions, so that they have no rate."""
    return ask(
        """
        SELECT r.product, r.step, sum(r.inquiry_count)::BIGINT AS inquiries
        FROM mart.inquiry_rate_daily AS r
        WHERE r.day BETWEEN $start AND $end AND r.step IS NOT NULL
            AND NOT EXISTS (
                SELECT * FROM denominators() AS d
                WHERE d.product = r.product AND d.step = r.step AND d.day BETWEEN $start AND $end AND d.transaction_count > 0
            )
        GROUP BY r.product, r.step
        HAVING inquiries > 0
        ORDER BY inquiries DESC
        """,
        f,
    )
