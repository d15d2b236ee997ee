"""Reports on their way: to a mail server and to chat tools on this machine, that take, refuse and misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import re
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from dags.cli import cli, main
from dashboards.delivery import chat, deliver, planned, written
from dashboards.report import Report
from tests.dashboards.published import write_published
from tests.integration.receivers import HttpServer, MailServer, certificate, running
from tests.support import new_workspace
from warehouse.deliveries import TABLE, Deliveries, newest, one_at_a_time, undelivered
from warehouse.errors import ConfigError, VocError
from warehouse.store import Store
from warehouse.workspace import Workspace

FRIDAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SUMMARY = "**提现求助上升**\n- 提现：每万笔 12.3\n- 支付：每万笔 4.5"
TOKEN = "s3cr3t-t0ken-9f8e7d"  # noqa: S105  no real one, nor are the next two
SECRET = "SECabcdef0123456789"  # noqa: S105
PASSWORD = "pa55-word-77"  # noqa: S105


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Servers on this machine are reached straight."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def new_home(tmp_path, report, *, first=date(2026, 10, 1), last=FRIDAY):
    """A workspace with a published file that says no more than which days it has."""
    home = new_workspace(tmp_path / "w", voc=f"report: {json.dumps(report)}\n")
    (home / "published").mkdir()
    path = home / "published" / "voc-000001.duckdb"
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("CREATE SCHEMA ops; CREATE TABLE ops.meta (key VARCHAR, value VARCHAR)")
        connection.execute(
            "INSERT INTO ops.meta VALUES ('first_day', ?), ('last_day', ?)", [str(first), str(last)]
        )
    (home / "published" / "voc.duckdb").symlink_to(path.name)
    return home


@pytest.fixture
def reports(monkeypatch):
    """A stand-in for `write_report` that writes little and quickly; remembers how it was asked."""
    state = SimpleNamespace(asked=[], noteworthy=True, error=None, summary=SUMMARY, attachment="")

    def write_report(published, folder, day, language, *, period="day", products=(), name=None, images=False):
        state.asked.append(
            {"day": day, "language": language, "period": period, "products": tuple(products), "name": name, "images": images}
        )  # fmt: skip
        if state.error and (state.error[0] in products or state.error[0] == "*"):
            raise state.error[1]
        place = folder / f"{day}-{period}" / (name or "")
        place.mkdir(parents=True, exist_ok=True)
        html, markdown, picture = place / "report.html", place / "report.md", place / "rate.png"
        html.write_text("<p>整页</p>" + state.attachment, encoding="utf-8")
        markdown.write_text(f"# 求助日报 {day}\n\n昨天 每万笔 12.3 \\+5\\*\n", encoding="utf-8")
        picture.write_bytes(PNG)
        return Report(
            day=day, period=period, first=day, last=day, language=language, name=name, products=tuple(products),
            folder=place, html=html, markdown=markdown, title=f"求助{period} {day}", headline="昨天 每万笔 12.3",
            summary=state.summary, noteworthy=state.noteworthy,
            email_html='<p>每万笔 12.3</p><img src="cid:rate" alt="万求率">' if images else "<p>每万笔 12.3</p>",
            images=(("rate", picture),) if images else (),
        )  # fmt: skip

    monkeypatch.setattr(written, "write_report", write_report)
    return state


@pytest.fixture
def chat_tool():
    with running(HttpServer()) as server:
        yield server


@pytest.fixture
def post_office():
    with running(MailServer()) as server:
        yield server


class Call:
    """Calls `deliver` with a clock and waiting of its own."""

    def __init__(self, home, values=None):
        self.ws, self.values, self.slept = Workspace.open(home), values or {}, []

    def __call__(self, day=None, now=NOW, **more):
        return deliver(
            Workspace.open(self.ws.home), day=day, now=now, resolve=lambda name: self.values[name],
            sleep=self.slept.append, **({"timeout": 1.0} | more),
        )  # fmt: skip

    @property
    def store(self):
        return Store(self.ws.store_dir, self.ws.raw_dir)

    def record(self):
        rows = self.store.scan(TABLE).sort("at").collect()
        return rows.select("period", "channel", "status", "attempts", "reason").rows()

    def statuses(self):
        return [row[2] for row in self.record()]


def mail_values(server, **more):
    return {
        "VOC_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
        "VOC_MAIL_FROM": "万求 <voc@example.com>",
        **more,
    }


def one_place(kind="wecom", **more):
    return {"deliveries": [{"name": "team", "to": [f"{kind}:${{PLACE}}"], **more}]}


# e-mail


def test_a_mail_carries_text_html_pictures_and_the_page(tmp_path, reports, post_office):
    home = new_home(
        tmp_path, {"deliveries": [{"name": "team", "to": ["mail:pm@example.com"], "attach": True}]}
    )
    outcome = Call(home, mail_values(post_office))()
    assert [item.status for item in outcome.sent] == ["sent"]
    [(_, receiver, message)] = post_office.mails
    assert receiver == parseaddr(message["To"])[1] == "pm@example.com"
    assert message["Subject"] == "求助day 2026-11-20"
    assert parseaddr(message["From"]) == ("万求", "voc@example.com")
    parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    assert "昨天 每万笔 12.3 +5*" in parts["text/plain"].get_content()
    assert parts["image/png"]["Content-ID"] == "<rate>"
    assert parts["image/png"].get_content() == PNG
    assert message.get_content_type() == "multipart/mixed"
    pages = [part for part in message.walk() if part.get_content_type() == "text/html"]
    assert [page.get_content_disposition() for page in pages] == [None, "attachment"]
    assert 'src="cid:rate"' in pages[0].get_content()
    assert reports.asked[0]["images"] is True


def test_every_recipient_gets_one_mail_of_everything(tmp_path, reports, post_office):
    home = new_home(
        tmp_path, {"recipients": ["a@example.com", "mail:b@example.com"]}, last=date(2026, 11, 22)
    )
    call = Call(home, mail_values(post_office))
    assert len(call().sent) == 4  # a Sunday: the day's and the week's
    assert sorted((mail[1], mail[2]["Subject"][:6]) for mail in post_office.mails) == [
        ("a@example.com", "求助day "[:6]), ("a@example.com", "求助week"), ("b@example.com", "求助day "[:6]), ("b@example.com", "求助week"),
    ]  # fmt: skip
    assert len({mail[2]["Message-ID"] for mail in post_office.mails}) == 4
    assert not call().sent
    assert len(post_office.mails) == 4


def test_mail_goes_out_encrypted_and_logged_in(tmp_path, reports, monkeypatch):
    context, trust = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trust))
    home = new_home(tmp_path, {"recipients": ["a@example.com"]})
    for wrapped, scheme, query in ((False, "smtp", "?starttls=yes"), (True, "smtps", "")):
        with running(MailServer(tls=context, wrapped=wrapped)) as server:
            server.users = {"bot@example.com": PASSWORD}
            url = f"{scheme}://bot%40example.com:{PASSWORD}@127.0.0.1:{server.port}{query}"
            day = FRIDAY - timedelta(days=wrapped)
            outcome = Call(home, mail_values(server, VOC_SMTP_URL=url))(day)
            assert [str(item) for item in outcome.failed] == []
            assert server.encrypted == [True]


def test_a_mail_server_without_encryption_is_refused_unless_named_so(
    tmp_path, reports, post_office, monkeypatch
):
    home = new_home(tmp_path, {"recipients": ["a@example.com"]})
    url = f"smtp://127.0.0.1:{post_office.port}?starttls=yes"
    outcome = Call(home, mail_values(post_office, VOC_SMTP_URL=url))()
    assert "offers no encryption" in outcome.failed[0].reason
    assert not post_office.mails


def test_a_certificate_that_nobody_trusts_is_a_failure(tmp_path, reports):
    context, _ = certificate(tmp_path)
    home = new_home(tmp_path, {"recipients": ["a@example.com"], **one_place("webhook")})
    with running(MailServer(tls=context, wrapped=True)) as mails, running(HttpServer(tls=context)) as posts:
        url = f"smtps://127.0.0.1:{mails.port}"
        outcome = Call(home, mail_values(mails, VOC_SMTP_URL=url, PLACE=f"{posts.url}/{TOKEN}"))()
        assert len(outcome.failed) == 2
        assert all("certificate is not trusted" in item.reason for item in outcome.failed)
        assert not mails.mails
        assert not posts.posts


@pytest.mark.parametrize(
    ("answers", "said", "tries"),
    [
        ({"RCPT": "550 no such user"}, "550 no such user", 1),
        ({"RCPT": "451 try later"}, "451 try later", 3),
        ({"MAIL": "530 log in first"}, "530", 1),
        ({"DATA": "554 no thanks"}, "554 no thanks", 1),
        ({"TAKEN": "554 spam"}, "554 spam", 1),
        ({"TAKEN": "452 no room"}, "452 no room", 3),
        ({"CONNECT": "421 closed"}, "421 closed", 3),
    ],
)
def test_what_a_mail_server_refuses_has_failed(tmp_path, reports, post_office, answers, said, tries):
    post_office.answers = answers
    home = new_home(tmp_path, {"recipients": ["a@example.com"]})
    call = Call(home, mail_values(post_office))
    [item] = call().failed
    assert (item.status, item.attempts) == ("failed", tries)
    assert said in item.reason
    assert call.statuses() == ["sending", "failed"]
    assert call.slept == [2.0, 10.0][: tries - 1]


def test_a_mail_that_was_cut_off_on_its_way_did_not_arrive(tmp_path, reports, post_office):
    post_office.cut_off = True
    reports.attachment = "x" * 10_000_000  # more than lies in the buffers between
    home = new_home(tmp_path, {"deliveries": [{"name": "team", "to": ["a@example.com"], "attach": True}]})
    call = Call(home, mail_values(post_office))
    [item] = call().failed
    assert (item.status, item.attempts) == ("failed", 3)
    post_office.cut_off = False
    assert call(timeout=60).sent


def test_a_wrong_password_is_told_without_it(tmp_path, reports, post_office):
    post_office.users = {"bot": "another"}
    home = new_home(tmp_path, {"recipients": ["a@example.com"]})
    url = f"smtp://bot-user:{PASSWORD}@127.0.0.1:{post_office.port}"
    [item] = Call(home, mail_values(post_office, VOC_SMTP_URL=url))().failed
    assert "user or password refused (535)" in item.reason
    assert PASSWORD not in str(item)


def test_a_mail_without_an_answer_may_have_arrived_and_is_not_sent_again(tmp_path, reports, post_office):
    post_office.silent_after_data = True
    home = new_home(tmp_path, {"recipients": ["a@example.com"]})
    call = Call(home, mail_values(post_office))
    [item] = call(timeout=0.3).failed
    assert item.status == "unsure"
    assert "no answer" in item.reason
    post_office.silent_after_data = False
    assert [i.status for i in call().failed] == ["unsure"]
    assert len(post_office.mails) == 1
    assert [i.status for i in call(again=True).sent] == ["sent"]
    first, second = (mail[2]["Message-ID"] for mail in post_office.mails)
    assert first == second  # so that a mail server that has the first drops the second
    assert call.record()[-1][3] == 2


# chat tools


def test_wecom(tmp_path, reports, chat_tool):
    call = Call(
        new_home(tmp_path, one_place("wecom")), {"PLACE": f"{chat_tool.url}/cgi-bin/webhook/send?key={TOKEN}"}
    )
    assert call().sent
    [(path, _, payload)] = chat_tool.posts
    assert path == f"/cgi-bin/webhook/send?key={TOKEN}"
    assert payload == {
        "msgtype": "markdown",
        "markdown": {"content": f"**求助day 2026-11-20**\n{reports.summary}"},
    }
    assert reports.asked[0]["images"] is False


def test_wecom_is_cut_at_a_line(tmp_path, reports, chat_tool):
    reports.summary = "**标题**\n" + "\n".join(f"- 第{n}条：{'提现没到账' * 4}" for n in range(80))
    Call(new_home(tmp_path, one_place("wecom")), {"PLACE": chat_tool.url})()
    text = chat_tool.posts[0][2]["markdown"]["content"]
    assert len(text.encode()) <= 4096
    assert text.endswith("提现没到账\n…")


def test_dingtalk_signed(tmp_path, reports, chat_tool):
    call = Call(
        new_home(tmp_path, one_place("dingtalk")),
        {"PLACE": f"{chat_tool.url}/robot/send?access_token={TOKEN}&secret={SECRET}"},
    )
    assert call().sent
    [(path, _, payload)] = chat_tool.posts
    query = parse_qs(urlsplit(path).query)
    stamp = query["timestamp"][0]
    assert stamp == str(round(NOW.timestamp() * 1000))
    wanted = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert base64.b64decode(query["sign"][0]) == wanted
    assert query["access_token"] == [TOKEN]
    assert SECRET not in path
    assert payload["msgtype"] == "markdown"
    assert payload["markdown"]["title"] == "求助day 2026-11-20"
    assert payload["markdown"]["text"].startswith("#### 求助day 2026-11-20\n\n**提现求助上升**\n\n- 提现")
    assert payload["markdown"]["text"].endswith("12.3\n- 支付：每万笔 4.5")


def test_feishu_signed(tmp_path, reports, chat_tool):
    chat_tool.answers = [(200, {"code": 0, "data": {}, "msg": "success"})]
    call = Call(
        new_home(tmp_path, one_place("feishu")),
        {"PLACE": f"{chat_tool.url}/open-apis/bot/v2/hook/{TOKEN}?secret={SECRET}"},
    )
    assert call().sent
    [(path, _, payload)] = chat_tool.posts
    assert path == f"/open-apis/bot/v2/hook/{TOKEN}"
    stamp = str(round(NOW.timestamp()))
    key = f"{stamp}\n{SECRET}".encode()
    assert payload["timestamp"] == stamp
    assert payload["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert payload["msg_type"] == "interactive"
    assert payload["card"]["header"]["title"]["content"] == "求助day 2026-11-20"
    assert payload["card"]["elements"] == [{"tag": "markdown", "content": reports.summary}]


def test_slack(tmp_path, reports, chat_tool):
    reports.summary = "**R&D**\n- a & b"
    chat_tool.answers = [(200, "ok")]
    call = Call(new_home(tmp_path, one_place("slack")), {"PLACE": f"{chat_tool.url}/services/T0/B0/{TOKEN}"})
    assert call().sent
    payload = chat_tool.posts[0][2]
    assert payload["text"] == "求助day 2026-11-20"
    assert payload["blocks"][0]["text"] == {
        "type": "mrkdwn", "text": "*求助day 2026-11-20*\n*R&amp;D*\n• a &amp; b",
    }  # fmt: skip


def test_webhook(tmp_path, reports, chat_tool):
    chat_tool.answers = [(204, "")]
    call = Call(new_home(tmp_path, one_place("webhook")), {"PLACE": f"{chat_tool.url}/{TOKEN}"})
    assert call().sent
    [(_, headers, payload)] = chat_tool.posts
    assert payload["kind"] == "wanqiu.report"
    assert (payload["day"], payload["period"], payload["noteworthy"]) == ("2026-11-20", "day", True)
    assert payload["markdown"].startswith("# 求助日报")
    assert headers["Idempotency-Key"] == payload["id"]


def test_apprise_sends_to_the_rest(tmp_path, reports, chat_tool):
    report = {"deliveries": [{"name": "team", "to": ["${PLACE}"]}]}
    values = {"PLACE": f"gotify://127.0.0.1:{chat_tool.port}/{TOKEN}"}
    assert Call(new_home(tmp_path, report), values)().sent
    assert chat_tool.posts[0][0] == "/message"
    assert "提现" in chat_tool.posts[0][2]["message"]


def test_apprise_refused_and_unknown(tmp_path, reports, chat_tool, caplog):
    report = {"deliveries": [{"name": "team", "to": ["${PLACE}", "${OTHER}"]}]}
    chat_tool.answers = [(401, {"error": "token"})]
    values = {"PLACE": f"gotify://127.0.0.1:{chat_tool.port}/{TOKEN}", "OTHER": f"nothing://{TOKEN}"}
    with caplog.at_level(logging.DEBUG):
        refused, unknown = Call(new_home(tmp_path, report), values)().failed
    assert (refused.status, refused.reason) == ("failed", "refused with 401")
    assert "known" in unknown.reason
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("kind", "answer", "said", "tries"),
    [
        (
            "wecom",
            (200, {"errcode": 93000, "errmsg": "invalid webhook url"}),
            "93000: invalid webhook url",
            1,
        ),
        ("wecom", (200, {"errcode": 45009, "errmsg": "api freq out of limit"}), "45009", 3),
        ("dingtalk", (200, {"errcode": 310000, "errmsg": "keywords not in content"}), "310000: keywords", 1),
        ("feishu", (200, {"code": 19021, "msg": "sign match fail"}), "19021: sign match fail", 1),
        ("feishu", (200, "<html>please log in</html>"), "not feishu's", 1),
        ("slack", (200, "invalid_payload"), "invalid_payload", 1),
        ("slack", (404, "no_service"), "HTTP 404 Not Found: no_service", 1),
        ("webhook", (500, "oops"), "HTTP 500", 3),
        ("webhook", (429, ""), "HTTP 429", 3),
        ("webhook", (302, ""), "HTTP 302", 1),
    ],
)
def test_what_a_chat_tool_refuses_has_failed(tmp_path, reports, chat_tool, kind, answer, said, tries):
    chat_tool.answers = [answer]
    call = Call(new_home(tmp_path, one_place(kind)), {"PLACE": f"{chat_tool.url}/?key={TOKEN}"})
    [item] = call().failed
    assert (item.status, item.attempts) == ("failed", tries)
    assert said in item.reason
    assert len(chat_tool.posts) == tries  # and no GET after a redirect
    assert call.slept == [2.0, 10.0][: tries - 1]


def test_a_try_that_fails_is_followed_by_one_that_works(tmp_path, reports, chat_tool):
    chat_tool.answers = [(503, ""), (200, {"errcode": 0})]
    call = Call(new_home(tmp_path, one_place()), {"PLACE": chat_tool.url})
    [item] = call().sent
    assert (item.attempts, call.slept) == (2, [2.0])
    assert call.statuses() == ["sending", "sent"]


def test_no_answer_means_it_may_have_arrived(tmp_path, reports, chat_tool):
    chat_tool.answers = [(0, ""), (200, {"errcode": 0})]
    call = Call(new_home(tmp_path, one_place()), {"PLACE": chat_tool.url})
    [item] = call(timeout=0.3).failed
    assert (item.status, item.attempts) == ("unsure", 1)
    call()
    assert len(chat_tool.posts) == 1
    assert call(again=True).sent
    assert len(chat_tool.posts) == 2


def test_nobody_there_is_a_failure_that_is_tried_again_the_next_time(tmp_path, reports, chat_tool):
    with running(HttpServer()) as gone:
        pass
    call = Call(new_home(tmp_path, one_place()), {"PLACE": gone.url})
    [item] = call().failed
    assert "refused" in item.reason
    assert item.attempts == 3
    call.values["PLACE"] = chat_tool.url
    [item] = call().sent
    assert item.attempts == 4
    assert call.statuses() == ["sending", "failed", "sending", "sent"]


# what goes out, when, to whom


def test_never_twice(tmp_path, reports, chat_tool):
    call = Call(new_home(tmp_path, one_place()), {"PLACE": chat_tool.url})
    call()
    again = call()
    assert (len(again.sent), len(again.already)) == (0, 1)
    assert call(again=True).already
    assert call(now=NOW + timedelta(days=1)).already
    assert len(chat_tool.posts) == 1
    assert len(reports.asked) == 1  # nor is the report written again for nobody


def test_two_that_begin_together_send_once(tmp_path, reports, chat_tool):
    home = new_home(tmp_path, one_place())
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(Call(home, {"PLACE": chat_tool.url})()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(chat_tool.posts) == 1
    assert sorted(len(outcome.sent) for outcome in found) == [0, 0, 0, 1]


def test_what_was_cut_short_is_told_and_not_sent_again(tmp_path, reports, chat_tool, monkeypatch):
    call = Call(new_home(tmp_path, one_place()), {"PLACE": chat_tool.url})

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setitem(deliver.__globals__["SENDERS"], "wecom", killed)
    with pytest.raises(KeyboardInterrupt):
        call()
    assert call.statuses() == ["sending"]
    monkeypatch.setitem(deliver.__globals__["SENDERS"], "wecom", chat.wecom)
    for _ in range(2):
        [item] = call().failed
        assert item.status == "unsure"
        assert "cut short" in item.reason
    assert call.statuses() == ["sending", "unsure"]
    assert not chat_tool.posts
    assert call(again=True).sent


def test_a_clock_that_goes_back_does_not_bring_an_old_word_to_the_end(tmp_path, reports, chat_tool):
    chat_tool.answers = [(404, ""), (200, {"errcode": 0})]
    call = Call(new_home(tmp_path, one_place()), {"PLACE": chat_tool.url})
    assert call().failed
    assert call(now=NOW - timedelta(hours=1)).sent
    assert call().already
    assert len(chat_tool.posts) == 2


def test_quiet_hours_hold_back_until_they_end(tmp_path, reports, chat_tool):
    call = Call(new_home(tmp_path, one_place(quiet="21:00-08:00")), {"PLACE": chat_tool.url})
    for hour in (13, 23):  # 21:00 and 07:00 in Shanghai
        [item] = call(now=datetime(2026, 11, 20, hour, 0, tzinfo=UTC)).waiting
        assert item.reason == "quiet hours 21:00-08:00"
    assert call.statuses() == ["waiting"]
    assert not reports.asked
    assert call(now=datetime(2026, 11, 21, 0, 0, tzinfo=UTC)).sent  # 08:00
    assert len(chat_tool.posts) == 1


def test_what_waited_or_failed_goes_out_with_a_later_day(tmp_path, reports, chat_tool):
    home = new_home(tmp_path, one_place(quiet="21:00-08:00"))
    call = Call(home, {"PLACE": chat_tool.url})
    night = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
    thursday = FRIDAY - timedelta(days=1)
    call(thursday, now=night)
    call(FRIDAY - timedelta(days=9), now=night)
    found = call(FRIDAY).sent
    assert [item.day for item in found] == [FRIDAY, thursday]  # nine days ago is old news


def test_only_when_something_happened(tmp_path, reports, chat_tool):
    reports.noteworthy = False
    call = Call(new_home(tmp_path, one_place(only_when="something_happened")), {"PLACE": chat_tool.url})
    for _ in range(2):
        [item] = call().skipped
        assert item.reason == "nothing happened"
    assert call.statuses() == ["skipped"]
    reports.noteworthy = True  # late data
    assert call().sent


def test_every_team_gets_its_products_in_its_language(tmp_path, reports, chat_tool):
    report = {
        "deliveries": [
            {"name": "wallet-team", "to": ["wecom:${PLACE}"], "products": ["wallet"]},
            {"name": "board", "to": ["wecom:${PLACE}"], "language": "en"},
            {"name": "all", "to": ["wecom:${PLACE}"]},
            {"name": "all-too", "to": ["wecom:${PLACE}"], "language": "zh"},
        ]
    }
    assert len(Call(new_home(tmp_path, report), {"PLACE": chat_tool.url})().sent) == 4
    asked = [(a["name"], a["products"], a["language"]) for a in reports.asked]
    assert asked == [("wallet-team", ("wallet",), "zh"), ("board", (), "en"), (None, (), "zh")]


def test_a_report_that_cannot_be_written_does_not_keep_the_others_back(tmp_path, reports, chat_tool):
    reports.error = ("walet", VocError("there is no product 'walet'"))
    report = {
        "deliveries": [
            {"name": "one", "to": ["wecom:${PLACE}"], "products": ["walet"]},
            {"name": "two", "to": ["wecom:${PLACE}"]},
        ]
    }
    outcome = Call(new_home(tmp_path, report), {"PLACE": chat_tool.url})()
    assert [item.delivery for item in outcome.sent] == ["two"]
    assert "no product 'walet'" in outcome.failed[0].reason


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (date(2026, 11, 20), ["day"]),
        (date(2026, 11, 22), ["day", "week"]),
        (date(2026, 10, 31), ["day", "month"]),
        (date(2026, 5, 31), ["day", "week", "month"]),
    ],
)
def test_weeks_and_months_go_out_when_they_end(tmp_path, reports, chat_tool, day, wanted):
    home = new_home(
        tmp_path, one_place(periods=["day", "week", "month"]), first=date(2026, 5, 1), last=date(2026, 11, 22)
    )
    call = Call(home, {"PLACE": chat_tool.url})
    assert [item.period for item in call(day).sent] == wanted
    assert not call(day).sent


def test_a_week_that_still_runs_goes_out_when_asked_for_and_again_when_whole(tmp_path, reports, chat_tool):
    home = new_home(tmp_path, one_place(periods=["week"]))
    call = Call(home, {"PLACE": chat_tool.url})
    assert not call(FRIDAY).sent
    assert [item.day for item in call(FRIDAY, period="week").sent] == [FRIDAY]
    assert not call(FRIDAY - timedelta(days=1), period="week").sent  # the same report
    with closing(duckdb.connect(str(home / "published/voc-000001.duckdb"))) as connection:
        connection.execute("UPDATE ops.meta SET value = '2026-11-22' WHERE key = 'last_day'")
    assert [item.day for item in call().sent] == [date(2026, 11, 22)]


def test_a_variable_that_is_not_set_is_named(tmp_path, reports):
    call = Call(new_home(tmp_path, {"recipients": ["a@example.com"], **one_place()}))
    assert [item.reason for item in call().failed] == [
        "VOC_SMTP_URL is not set: export VOC_SMTP_URL=…",
        "PLACE is not set: export PLACE=…",
    ]
    assert call.statuses() == ["failed", "failed"]
    assert not reports.asked


def test_nobody_to_deliver_to_and_nothing_published(tmp_path, reports):
    assert not any(vars(Call(new_home(tmp_path, {}))()).values())
    empty = new_workspace(tmp_path / "e", voc="report: {recipients: [a@example.com]}\n")
    with pytest.raises(VocError, match="nothing was published"):
        Call(empty)()
    with pytest.raises(VocError, match="2026-10-01 to 2026-11-20"):
        Call(new_home(tmp_path / "x", one_place()), {})(date(2026, 12, 1))


def test_a_plan_sends_records_and_writes_nothing(tmp_path, reports, chat_tool):
    home = new_home(tmp_path, {"recipients": ["a@example.com"], **one_place(only_when="something_happened")})
    reports.noteworthy = False
    ws = Workspace.open(home)
    found = planned(ws, day=None, now=NOW)
    assert [(i.channel, i.status) for i in found] == [
        ("mail:a@example.com", "would be sent"),
        ("wecom:PLACE", "would be skipped"),
    ]
    assert not ws.reports.exists()
    assert not newest(Store(ws.store_dir, ws.raw_dir))
    reports.noteworthy = True
    Call(home, {"PLACE": chat_tool.url})()
    assert [i.status for i in planned(ws, day=None, now=NOW)] == ["would be sent", "already sent"]


# secrets


def test_no_secret_is_told_logged_or_recorded(tmp_path, reports, chat_tool, post_office, caplog, capfd):
    """Receivers repeat what they know, as some do in their errors."""
    path = f"/hook/{TOKEN}?key={TOKEN}&secret={SECRET}"
    chat_tool.answers = [(400, f"bad token {TOKEN} at {chat_tool.url}{path}, secret {SECRET}")]
    post_office.answers = {"RCPT": f"550 {PASSWORD} is the password of bot-user"}
    report = {
        "recipients": ["a@example.com"],
        "deliveries": [
            {"name": "team", "to": [f"{kind}:${{PLACE}}" for kind in ("wecom", "dingtalk", "feishu", "slack", "webhook")]},
            {"name": "rest", "to": ["${APPRISE}"]},
        ],
    }  # fmt: skip
    values = mail_values(
        post_office,
        VOC_SMTP_URL=f"smtp://bot-user:{PASSWORD}@127.0.0.1:{post_office.port}",
        PLACE=chat_tool.url + path,
        APPRISE=f"gotify://127.0.0.1:{chat_tool.port}/{TOKEN}",
    )
    post_office.users = {"bot-user": PASSWORD}
    home = new_home(tmp_path, report)
    call = Call(home, values)
    with caplog.at_level(logging.DEBUG):
        outcome = call()
    assert len(outcome.failed) == 7
    told = " ".join(str(item) for item in outcome.failed) + repr(outcome)
    printed = capfd.readouterr()
    for secret in (TOKEN, SECRET, PASSWORD):
        assert secret not in told
        assert secret not in caplog.text
        assert secret not in printed.out + printed.err
        assert secret not in repr(call.record())
        for file in (p for p in home.rglob("*") if p.is_file()):
            assert secret.encode() not in file.read_bytes(), file


def test_undelivered_is_what_status_shows(tmp_path, reports, chat_tool):
    chat_tool.answers = [(404, "")]
    call = Call(new_home(tmp_path, one_place()), {"PLACE": chat_tool.url})
    call()
    [left] = undelivered(call.store, FRIDAY)
    assert (left.delivery, left.channel, left.status) == ("team", "wecom:PLACE", "failed")
    assert not undelivered(call.store, FRIDAY + timedelta(days=8))
    chat_tool.answers = [(200, {"errcode": 0})]
    call()
    assert not undelivered(call.store, FRIDAY)


# the command


def test_voc_report_delivers_a_real_report(tmp_path, chat_tool, post_office, monkeypatch, capfd):
    """The report itself, from a published file, through the command, to a mail server and a chat tool that refuses."""
    report = {
        "recipients": ["a@example.com"],
        "deliveries": [{"name": "pay", "to": ["wecom:${TEAM_CHAT}"], "products": ["p1"]}],
    }
    home = new_workspace(tmp_path / "w", voc=f"report: {json.dumps(report)}\n")
    (home / "published").mkdir()
    write_published(home / "published" / "voc-000001.duckdb", days=9)
    (home / "published" / "voc.duckdb").symlink_to("voc-000001.duckdb")
    secrets = {"VOC_SMTP_URL": f"smtp://127.0.0.1:{post_office.port}", "VOC_MAIL_FROM": "voc@example.com"}
    secrets["TEAM_CHAT"] = f"{chat_tool.url}/send?key={TOKEN}"
    chat_tool.answers = [(200, {"errcode": 93000, "errmsg": f"invalid webhook url {TOKEN}"})]

    for name, value in secrets.items():
        monkeypatch.setenv(name, value)

    def voc(*arguments, status=0):
        with pytest.raises(SystemExit) as left:
            main(["--home", str(home), *arguments])
        told = capfd.readouterr()
        assert left.value.code == status, told
        assert TOKEN not in told.out + told.err
        return told.out + told.err

    plan = voc("report", "--dry-run")
    # The last day is a Sunday: the recipients get the day's and the week's, pay the day's.
    assert plan.count("would be sent") == 3
    assert "wecom:TEAM_CHAT" in plan
    assert not post_office.mails
    assert not (home / "reports").exists()

    said = voc("report", "--send", status=1)
    assert "recipients to mail:a@example.com (day 2026-11-15) sent" in said
    assert "pay to wecom:TEAM_CHAT (day 2026-11-15) failed: wecom refused it: errcode 93000" in said
    assert "next: mend what the reason says" in said
    mail = post_office.mails[0][2]
    page = mail.get_body(("html",)).get_content()
    names = re.findall(r'src="cid:([^"]+)"', page)
    held = {part["Content-ID"]: part.get_content() for part in mail.walk() if part["Content-ID"]}
    assert names
    assert {f"<{name}>" for name in names} == set(held)
    assert all(picture.startswith(b"\x89PNG") for picture in held.values())
    assert "万求率" in mail.get_body(("plain",)).get_content()
    assert (home / "reports/2026-11-15/pay/report.html").exists()

    said = voc("status")
    assert "reports that were not delivered" in said
    assert "voc report --send tries again" in said
    [left] = json.loads(voc("status", "--json"))["deliveries"]
    assert (left["delivery"], left["status"], left["attempts"]) == ("pay", "failed", 1)

    chat_tool.answers = [(200, {"errcode": 0, "errmsg": "ok"})]
    mails = len(post_office.mails)
    said = voc("report", "--send")
    assert "pay to wecom:TEAM_CHAT (day 2026-11-15) sent" in said
    assert len(post_office.mails) == mails
    text = chat_tool.posts[-1][2]["markdown"]["content"]
    assert 100 < len(text.encode()) <= 4096
    assert "not delivered" not in voc("status")


def test_voc_report_with_nobody_to_deliver_to_says_what_to_write(tmp_path):
    home = new_home(tmp_path, {})
    with pytest.raises(ConfigError, match="nobody receives the report"):
        cli.main(["--home", str(home), "report", "--send"], standalone_mode=False)
    with pytest.raises(ConfigError, match="--again"):
        cli.main(["--home", str(home), "report", "--again"], standalone_mode=False)


def test_one_sender_at_a_time(tmp_path):
    ws = Workspace.open(new_home(tmp_path, {}))
    store = Store(ws.store_dir, ws.raw_dir)
    entered = []

    def second():
        with one_at_a_time(store):
            entered.append("second")

    with one_at_a_time(store):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.2)
        assert entered == []
    thread.join(5)
    assert entered == ["second"]
    assert Deliveries(store, now=NOW).pending(FRIDAY) == []
