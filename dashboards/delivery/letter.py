"""What is sent, and where to."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

from dashboards.report import Report
from warehouse.deliveries import Key


@dataclass(frozen=True)
class Letter:
    """A report on its way.

    Attributes:
        report: the report.
        ident: the same whenever this report goes to this receiver, so that it can tell a repetition.
        now: the present moment (aware).
        timeout: seconds that the other side may take for an answer.
        attach: whether a mail carries report.html too.
    """

    report: Report
    ident: str
    now: datetime
    timeout: float
    attach: bool = False


@dataclass(frozen=True)
class Target:
    """A receiver with its secrets.

    Attributes:
        kind: mail, wecom, dingtalk, feishu, slack, webhook, or apprise for every other service.
        url: of the chat tool, or of the mail server.
        address: the mail's receiver.
        sender: the mail's sender.
    """

    kind: str
    url: str = field(repr=False)
    address: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)


def ident(secret: bytes, key: Key) -> str:
    """Names a delivery; keyed with the workspace's secret, so that two workspaces' never meet."""
    text = "\n".join(str(part) for part in key)
    return hmac.new(secret, f"delivery\n{text}".encode(), hashlib.sha256).hexdigest()[:32]
