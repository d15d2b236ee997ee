"""Real exports, mapped by voc.yaml alone: insurance calls, tweets, and Chinese chats of a shop."""

from __future__ import annotations

import shutil

import pytest

from tests.support import SHARED, new_workspace, pipeline, query

FILES = {
    "calls": ["insurance_calls_messages_dev.parquet"],
    "chats": ["twitter_support_dev.parquet", "jddc_sessions_dev.parquet"],
}
VOC = """
sources:
  calls:
    columns: {call_id: conversation_id, started_at: timestamp, speaker: author, text: message}
    values: {speaker: {agent: Agent, customer: Customer}}
  chats:
    - files: "twitter*"
      columns: {sent_at: created_at, sender: direction, message_id: tweet_id}
      values: {sender: {customer: inbound, agent: outbound}}
      constants: {channel: twitter}
    - files: "jddc*"
      columns: {conversation_id: session_id, sender: speaker}
      constants: {sent_at: "2017-11-01 09:00:00", channel: shop_chat}
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not all((SHARED / name).exists() for names in FILES.values() for name in names),
        reason="the development data (../shared/data) is not here",
    ),
]


@pytest.fixture(scope="module")
def real_home(tmp_path_factory):
    home = new_workspace(tmp_path_factory.mktemp("real") / "w", voc=VOC)
    for kind, names in FILES.items():
        for name in names:
            shutil.copy(SHARED / name, home / "inbox" / kind)
    outcome = pipeline(home).run()
    assert not outcome.held
    return home


def test_every_row_is_accounted_for(real_home):
    assert query(
        real_home, "SELECT file, rows_read, rows_landed, rows_rejected FROM ops.files ORDER BY 1"
    ) == [
        ("calls/insurance_calls_messages_dev.parquet", 8953, 8953, 0),
        ("chats/jddc_sessions_dev.parquet", 6184, 6184, 0),
        ("chats/twitter_support_dev.parquet", 300, 300, 0),
    ]


def test_conversations_are_inquiries(real_home):
    found = query(
        real_home,
        "SELECT channel, count(*), count(*) FILTER (WHERE is_inquiry), mode(language) FROM core.inquiries GROUP BY channel ORDER BY channel",
    )
    counts = {channel: (n, asked, language) for channel, n, asked, language in found}
    assert counts["phone"][0] == 51
    assert counts["shop_chat"][:1] == (505,)
    assert counts["shop_chat"][2] == "zh"
    assert 180 <= counts["twitter"][1] <= 220  # about a third of the 299 are posts of the company alone
    assert counts["twitter"][2] == "en"


def test_problems_are_the_customers_own_words(real_home):
    ((missing,),) = query(
        real_home, "SELECT avg((problem IS NULL)::INT) FROM core.inquiries WHERE is_inquiry"
    )
    assert missing < 0.02
    ((greeting,),) = query(
        real_home,
        "SELECT avg(regexp_matches(problem, '^(你好|您好|在吗)[，,。 !！]*$')::INT) FROM core.inquiries WHERE is_inquiry",
    )
    assert greeting == 0
    assert (
        query(real_home, "SELECT count(*) FROM core.turns WHERE text LIKE '%[PERSON_NAME]%'")[0][0] > 100
    ), "marks of the source stay"
