"""From a receiver in voc.yaml to a target with its secrets, and secrets out of what is told."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from dashboards.delivery.errors import NotDeliveredError
from dashboards.delivery.letter import Target
from warehouse.config.report import Receiver

SMTP_URL = "VOC_SMTP_URL"
MAIL_FROM = "VOC_MAIL_FROM"

_HOSTS = {
    "qyapi.weixin.qq.com": "wecom",
    "oapi.dingtalk.com": "dingtalk",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
    "hooks.slack.com": "slack",
}
_SHORT = {
    "wecombot": ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={token}"),
    "dingtalk": ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token={token}"),
    "feishu": ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/{token}"),
    "lark": ("feishu", "https://open.larksuite.com/open-apis/bot/v2/hook/{token}"),
}
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[A-Za-z0-9.-]+")
# Parts of the tools' URLs whose absence would make a reason hard to read; what is shorter than six signs is left too.
_NO_SECRETS = {"cgi-bin", "webhook", "webhooks", "open-apis", "services"}
_LONGEST_REASON = 240


def environment(name: str) -> str:
    """The value of an environment variable.

    Raises:
        KeyError: it is not set.
    """
    return os.environ[name]


class Secrets:
    """Looks up values by name and remembers them, so that they can be kept out of what is told."""

    def __init__(self, resolve: Callable[[str], str]) -> None:
        self._resolve = resolve
        self._values: set[str] = set()

    def __call__(self, name: str) -> str:
        """The value of a name.

        Raises:
            NotDeliveredError: there is none.
        """
        try:
            found = _as_written(self._resolve(name).strip())
        except KeyError:
            found = ""
        if not found:
            raise NotDeliveredError(f"{name} is not set: export {name}=…", lasting=True)
        self._values |= set(_parts(found))
        return found

    def without(self, text: str) -> str:
        """A text in one line of fair length, without a value or a telling part of one."""
        line = " ".join(text.split())
        for value in sorted(self._values, key=len, reverse=True):
            line = line.replace(value, "…")
        return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"


def _as_written(value: str) -> str:
    """A URL as its tool gave it, where it comes out of an Airflow connection: of kind `generic` with the URL as password,
    or pasted as a connection's URI, which Airflow gives back with the slashes of its path quoted."""
    parts = urlsplit(value)
    if parts.scheme == "generic" and parts.password and not parts.hostname:
        return unquote(parts.password)
    if parts.scheme in ("http", "https") and "%2F" in parts.path and "/" not in parts.path[1:]:
        return urlunsplit(parts._replace(path=unquote(parts.path)))
    return value


def _parts(value: str) -> Iterable[str]:
    """A value, and what in it could be a secret: user, password, query values, long parts of the path."""
    yield value
    parts = urlsplit(value)
    if not parts.scheme or not parts.netloc:
        return
    found = [parts.username or "", parts.password or ""]
    found += [content for _, content in parse_qsl(parts.query)]
    found += parts.path.split("/")
    if parts.scheme in _SHORT or parts.scheme not in ("http", "https", "smtp", "smtps"):
        found += [parts.netloc, parts.hostname or ""]
    for text in found:
        if len(text) >= 6 and text not in _NO_SECRETS:
            yield from (text, unquote(text), quote(unquote(text), safe=""))


def target(receiver: Receiver, secrets: Secrets) -> Target:
    """The target behind a receiver.

    Raises:
        NotDeliveredError: a value is missing or is not what it should be.
    """
    if receiver.kind == "mail":
        address = receiver.address or secrets(receiver.variable or "")
        if not _ADDRESS.fullmatch(address):
            raise NotDeliveredError(f"{receiver.variable} does not hold one e-mail address", lasting=True)
        server = secrets(SMTP_URL)
        if urlsplit(server).scheme not in ("smtp", "smtps"):
            raise NotDeliveredError(
                f"{SMTP_URL} is no smtp://user:password@host:587 or smtps://user:password@host:465",
                lasting=True,
            )
        return Target("mail", server, address, secrets(MAIL_FROM))
    name = receiver.variable or ""
    kind, url = told_apart(secrets(name))
    if receiver.kind is not None and kind != "apprise":
        kind = receiver.kind
    if kind == "mail":
        return target(Receiver("mail", variable=name), secrets)
    if kind == "apprise" and "://" not in url:
        raise NotDeliveredError(f"{name} holds no URL", lasting=True)
    return Target(kind, url)


def told_apart(value: str) -> tuple[str, str]:
    """Kind and URL of what a variable holds: a tool's own URL, Apprise's short form, an address."""
    parts = urlsplit(value)
    if parts.scheme in ("http", "https"):
        return _HOSTS.get(parts.hostname or "", "webhook"), value
    if parts.scheme in _SHORT:
        kind, form = _SHORT[parts.scheme]
        user, _, token = parts.netloc.rpartition("@")
        secret = f"{'&' if '?' in form else '?'}secret={user}" if user else ""
        return kind, form.format(token=token) + secret
    if not parts.scheme and _ADDRESS.fullmatch(value):
        return "mail", value
    return "apprise", value
