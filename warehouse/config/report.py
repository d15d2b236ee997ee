"""The `report` part of voc.yaml: who receives which report, where, when and how.

A receiver is an e-mail address or `${NAME}`, the name of an environment variable that holds the URL. A URL or key in the
file itself is refused, and the error does not repeat it: voc.yaml is copied, shown and kept in repositories.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from warehouse.config.loading import ConfigModel
from warehouse.errors import ConfigError

KINDS = ("mail", "wecom", "dingtalk", "feishu", "slack", "webhook")
Period = Literal["day", "week", "month"]
RECIPIENTS = "recipients"  # name of the delivery that `report.recipients` stands for

_RECEIVER = re.compile(
    rf"(?:(?P<kind>{'|'.join(KINDS)}):)?"
    r"(?:\$\{(?P<variable>[A-Za-z_]\w*)\}|(?P<address>[^\s@:/?#<>,;\"]+@[A-Za-z0-9.-]+))"
)
_NAME = re.compile(r"\w[\w.-]{0,63}")
_QUIET = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class Receiver:
    """Where a report goes: an address, or a variable that holds its URL or address.

    Attributes:
        kind: one of `KINDS`; None: seen from what the variable holds.
        variable: name of the environment variable.
        address: an e-mail address.
    """

    kind: str | None
    variable: str | None = None
    address: str | None = None

    @property
    def label(self) -> str:
        """How records and messages name it; holds no secret."""
        where = self.address or self.variable or ""
        return f"{self.kind}:{where}" if self.kind else where


def receiver(text: str) -> Receiver | None:
    """Read a receiver; None when it is none."""
    found = _RECEIVER.fullmatch(text.strip())
    if found is None or (found["address"] and found["kind"] not in (None, "mail")):
        return None
    kind = "mail" if found["address"] else found["kind"]
    return Receiver(kind, found["variable"], found["address"])


def _receivers(value: Any, key: str, *, mail_only: bool = False) -> list[str]:
    """The receivers of a key; what is wrong is told without repeating it, as it may be a secret."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, Sequence):
        raise ConfigError(f"voc.yaml: '{key}' is no list of receivers", expected="[team@example.com]")
    for number, text in enumerate(given, 1):
        found = receiver(text) if isinstance(text, str) else None
        if found is not None and mail_only and found.kind not in ("mail", None):
            found = None
        if found is None:
            what = "a URL" if isinstance(text, str) and "://" in text else "something else (not shown)"
            wanted = "an e-mail address" if mail_only else "an e-mail address or ${NAME}"
            raise ConfigError(
                f"voc.yaml: '{key}': receiver {number} is {what}",
                expected=f"{wanted}; a kind may stand before it: {', '.join(KINDS)} (wecom:${{VOC_TEAM}})",
                hint="URLs and keys of chat tools are secrets: export VOC_TEAM='https://…' and write \"${VOC_TEAM}\" here",
            )
    return list(given)


class DeliveryConfig(ConfigModel):
    """One delivery: a report of some products, to some receivers.

    Attributes:
        name: names it in records and, where it has a report of its own, the report's folder.
        to: receivers; see `Receiver`.
        products: ids of the products that its report is about; empty: all.
        periods: which reports: day, week (goes out after a Sunday), month (after its last day).
        only_when: always, or only when something happened: an alert, a new topic, a caveat, a verdict.
        quiet: hours of the workspace's time zone in which nothing is sent, as "21:00-08:00".
        language: of its report; default: the workspace's.
        attach: whether mails carry report.html as an attachment too.
    """

    name: str
    to: list[str] = Field(min_length=1)
    products: list[str] = Field(default_factory=list)
    periods: list[Period] = Field(default=["day"], min_length=1)
    only_when: Literal["always", "something_happened"] = "always"
    quiet: str | None = None
    language: Literal["zh", "en"] | None = None
    attach: bool = False

    @field_validator("name")
    @classmethod
    def _usable_name(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("use letters, digits, '_', '-' and '.', 64 at most: it names a folder")
        if value == RECIPIENTS:
            raise ValueError(f"'{RECIPIENTS}' is the delivery to report.recipients; choose another name")
        return value

    @field_validator("to", mode="before")
    @classmethod
    def _known_receivers(cls, value: Any, info: ValidationInfo) -> Any:
        return _receivers(value, f"report.deliveries.{info.data.get('name', '?')}.to")

    @field_validator("periods", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("quiet")
    @classmethod
    def _hours(cls, value: str | None) -> str | None:
        if value is not None:
            quiet_hours(value)
        return value

    @property
    def receivers(self) -> list[Receiver]:
        """Where it goes, each receiver once."""
        return list(dict.fromkeys(found for text in self.to if (found := receiver(text)) is not None))


def quiet_hours(text: str) -> tuple[time, time]:
    """Begin and end of "21:00-08:00"; the end may lie on the next day.

    Raises:
        ValueError: it has another form, or begins when it ends.
    """
    found = _QUIET.fullmatch(text.strip())
    if found is None:
        raise ValueError('expected hours such as "21:00-08:00"')
    begin, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if begin == end:
        raise ValueError('quiet hours end when they begin; expected hours such as "21:00-08:00"')
    return begin, end


class ReportConfig(ConfigModel):
    """Who receives reports.

    Attributes:
        recipients: e-mail addresses that receive every report about all products.
        deliveries: who else receives what.
    """

    recipients: list[str] = Field(default_factory=list)
    deliveries: list[DeliveryConfig] = Field(default_factory=list)

    @field_validator("recipients", mode="before")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        return _receivers(value, "report.recipients", mail_only=True)

    @field_validator("deliveries")
    @classmethod
    def _each_name_once(cls, value: list[DeliveryConfig]) -> list[DeliveryConfig]:
        names = [delivery.name for delivery in value]
        again = sorted({name for name in names if names.count(name) > 1})
        if again:
            raise ValueError(f"two deliveries are called '{again[0]}'; a name stands for one")
        return value

    @property
    def all_deliveries(self) -> list[DeliveryConfig]:
        """Deliveries, the one to the recipients among them."""
        if not self.recipients:
            return list(self.deliveries)
        everyone = DeliveryConfig.model_construct(
            name=RECIPIENTS,
            to=[text if text.startswith("mail:") else f"mail:{text}" for text in self.recipients],
            products=[],
            periods=["day", "week", "month"],
            only_when="always",
            quiet=None,
            language=None,
            attach=False,
        )
        return [everyone, *self.deliveries]
