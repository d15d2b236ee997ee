"""Reports to the hundred other services that Apprise knows: Teams, Telegram, Matrix, ntfy, Discord …"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from dashboards.delivery.errors import MayHaveArrivedError, NotDeliveredError
from dashboards.delivery.letter import Letter, Target

_ANSWERED = re.compile(r"error=(\d{3})")


def send(target: Target, letter: Letter) -> None:
    """Send title and summary.

    Raises:
        NotDeliveredError: Apprise does not know the URL, or the service refused.
        MayHaveArrivedError: Apprise failed without an answer of the service; it does not tell whether it had been sent.
    """
    with overheard() as said:
        from apprise import Apprise, NotifyFormat

        service = Apprise()
        if not service.add(target.url):
            raise NotDeliveredError("no chat tool's URL that is known here or to Apprise", lasting=True)
        done = service.notify(
            title=letter.report.title, body=letter.report.summary, body_format=NotifyFormat.MARKDOWN
        )
    if done:
        return
    code = _ANSWERED.search(" ".join(said))
    if code:
        raise NotDeliveredError(
            f"refused with {code[1]}", lasting=code[1].startswith("4") and code[1] != "429"
        )
    raise MayHaveArrivedError("Apprise could not send it, and does not tell whether it was sent")


@contextmanager
def overheard() -> Iterator[list[str]]:
    """What Apprise logs, kept out of the log: it names keys there."""
    logger = logging.getLogger("apprise")
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    ear = Ear(logging.WARNING)
    before = logger.propagate, logger.level, logger.handlers
    logger.propagate, logger.handlers = False, [ear]
    logger.setLevel(logging.WARNING)
    try:
        yield said
    finally:
        logger.propagate, logger.handlers = before[0], before[2]
        logger.setLevel(before[1])
