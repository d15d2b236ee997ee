"""Reports to the robots of chat groups: WeCom, DingTalk, Feishu (Lark), Slack; and to a webhook as JSON.

Their messages are a payload and one POST each. Apprise, which sends to every other service (`others.py`), is not used
for these: its release 2.2 takes HTTP 200 for a success in all three Chinese tools, though these answer a wrong key, a missing
keyword or a full quota with HTTP 200 and a code; it sends plain text to WeCom and Feishu; it quotes DingTalk's
signature twice; and it does not say why something failed, nor whether it may have arrived.

Payloads and limits as documented by the tools: WeCom "Group robot configuration" (markdown: 4,096 bytes of UTF-8), DingTalk "Custom robot"
(20,000 bytes), Feishu "Custom bot" (20 KB a request), Slack "Incoming webhooks" and "Section block" (3,000 characters).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from dashboards.delivery.errors import NotDeliveredError
from dashboards.delivery.letter import Letter, Target
from dashboards.delivery.post import post
from dashboards.report.markdown import harmless

WECOM_BYTES, DINGTALK_BYTES, FEISHU_BYTES, SLACK_CHARACTERS = 4096, 19_000, 18_000, 3000
# Codes of "busy" and "too many messages": another try may do.
_LATER = {"wecom": {-1, 45009, 45033}, "dingtalk": {-1, 130101, 410100}, "feishu": {11232, 9499}}


def cut(text: str, most: int, size: Callable[[str], int] = lambda text: len(text.encode())) -> str:
    """A text of at most so many bytes, cut at the end of a line and marked with "…".

    Args:
        text: lines.
        most: its largest size.
        size: of a text; default: bytes of UTF-8.
    """
    if size(text) <= most:
        return text
    kept: list[str] = []
    for line in text.split("\n"):
        if size("\n".join([*kept, line, "…"])) > most:
            break
        kept.append(line)
    if any(line.strip() for line in kept):
        return "\n".join(kept).rstrip() + "\n…"
    line = text.split("\n", 1)[0]  # one line alone is too long
    while line and size(line + "…") > most:
        line = line[: -max(1, (size(line + "…") - most) // 4)]
    return line + "…"


def wecom(target: Target, letter: Letter) -> None:
    """To a WeCom (企业微信) group robot, as its Markdown: bold, no lists, so a list's `-` stays a sign."""
    text = cut(f"**{_title(letter)}**\n{letter.report.summary}", WECOM_BYTES)
    answer = post(target.url, {"msgtype": "markdown", "markdown": {"content": text}}, letter.timeout)
    _accepted("wecom", answer, "errcode", "errmsg")


def dingtalk(target: Target, letter: Letter) -> None:
    """To a DingTalk (钉钉) group robot; with `secret=` in the URL, signed."""
    url, secret = _without_secret(target.url)
    if secret:
        stamp = str(round(letter.now.timestamp() * 1000))
        digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        signed = urlencode({"timestamp": stamp, "sign": base64.b64encode(digest).decode()})
        url += ("&" if "?" in url else "?") + signed
    # A list joins the line before it unless an empty one stands between.
    summary = re.sub(r"^(?!- )(.+)\n(?=- )", r"\1\n\n", letter.report.summary, flags=re.MULTILINE)
    text = cut(f"#### {_title(letter)}\n\n{summary}", DINGTALK_BYTES)
    payload = {"msgtype": "markdown", "markdown": {"title": _title(letter), "text": text}}
    _accepted("dingtalk", post(url, payload, letter.timeout), "errcode", "errmsg")


def feishu(target: Target, letter: Letter) -> None:
    """To a Feishu (飞书) or Lark group robot, as a card; with `secret=` in the URL, signed."""
    url, secret = _without_secret(target.url)
    payload: dict[str, Any] = {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": {"tag": "plain_text", "content": letter.report.title}, "template": "blue"},
            "elements": [{"tag": "markdown", "content": cut(letter.report.summary, FEISHU_BYTES)}],
        },
    }
    if secret:
        stamp = str(round(letter.now.timestamp()))
        digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        payload |= {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    _accepted("feishu", post(url, payload, letter.timeout), "code", "msg")


def slack(target: Target, letter: Letter) -> None:
    """To a Slack incoming webhook, in its own Markdown: one star for bold."""
    text = f"**{_title(letter)}**\n{letter.report.summary}"
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(sign, name)
    text = re.sub(r"\*\*(.+?)\*\*", r"*\1*", text)
    text = re.sub(r"^- ", "• ", text, flags=re.MULTILINE)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, SLACK_CHARACTERS, len)}}
    # `text` is what notifications and screen readers show.
    answer = post(target.url, {"text": _title(letter), "blocks": [section]}, letter.timeout)
    if answer.strip() != "ok":
        raise NotDeliveredError(
            f"slack answered {answer.strip()[:80]!r} where 'ok' was expected", lasting=True
        )


def webhook(target: Target, letter: Letter) -> None:
    """To any URL, as JSON: the report's head, and its whole text as Markdown. Any 2xx is a success."""
    report = letter.report
    payload = {
        "kind": "wanqiu.report",
        "id": letter.ident,
        "day": report.day.isoformat(),
        "period": report.period,
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "language": report.language,
        "name": report.name,
        "products": list(report.products),
        "title": report.title,
        "headline": report.headline,
        "summary": report.summary,
        "noteworthy": report.noteworthy,
        "markdown": report.markdown.read_text(encoding="utf-8"),
    }
    post(target.url, payload, letter.timeout, {"Idempotency-Key": letter.ident})


def _title(letter: Letter) -> str:
    return harmless(letter.report.title)


def _without_secret(url: str) -> tuple[str, str | None]:
    """A robot's URL without `secret=`, which signs the message and is not sent."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    secret = next((value for name, value in query if name == "secret"), None)
    kept = urlencode([(name, value) for name, value in query if name != "secret"])
    return urlunsplit(parts._replace(query=kept)), secret


def _accepted(kind: str, answer: str, code: str, words: str) -> None:
    """Look into an answer: these tools say HTTP 200 to what they refuse.

    Raises:
        NotDeliveredError: it was refused, or another than the tool answered.
    """
    try:
        said = json.loads(answer)
    except ValueError:
        said = None
    if not isinstance(said, Mapping):
        raise NotDeliveredError(
            f"the answer is not {kind}'s: is the URL right, or a proxy between?", lasting=True
        )
    found = said.get(code, said.get("StatusCode"))
    if found == 0:
        return
    raise NotDeliveredError(
        f"{kind} refused it: {code} {found}: {str(said.get(words, ''))[:160]}",
        lasting=found not in _LATER[kind],
    )
