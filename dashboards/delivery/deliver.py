"""Deliver what is due: write each report once, send it to its receivers, and keep a record.

A report goes to a receiver once. `sending` is written down before it leaves, so that a crash between sending and recording
is seen and nothing is sent a second time by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime

from dashboards.delivery import chat, mail, others
from dashboards.delivery.due import Job, is_quiet, jobs
from dashboards.delivery.errors import MayHaveArrivedError, NotDeliveredError
from dashboards.delivery.letter import Letter, Target, ident
from dashboards.delivery.outcome import Outcome
from dashboards.delivery.receivers import Secrets, environment, target
from dashboards.delivery.written import known_day, published_days, report_of, store_of
from dashboards.report import Report
from warehouse.config.report import Receiver
from warehouse.deliveries import UNSURE, Deliveries, Delivery, one_at_a_time
from warehouse.errors import VocError
from warehouse.workspace import Workspace

BACK_OFF = (2.0, 10.0)  # seconds before the second and the third try
TIMEOUT = 20.0  # seconds

SENDERS: dict[str, Callable[[Target, Letter], None]] = {
    "mail": mail.send,
    "wecom": chat.wecom,
    "dingtalk": chat.dingtalk,
    "feishu": chat.feishu,
    "slack": chat.slack,
    "webhook": chat.webhook,
    "apprise": others.send,
}


def deliver(
    ws: Workspace,
    *,
    day: date | None,
    now: datetime,
    resolve: Callable[[str], str] = environment,
    sleep: Callable[[float], None] = time.sleep,
    period: str | None = None,
    again: bool = False,
    timeout: float = TIMEOUT,
) -> Outcome:
    """Send every report that is due and was not sent.

    Args:
        ws: the workspace.
        day: the day; None: the last published one.
        now: the present moment (aware).
        resolve: gives the value of a name (`${NAME}` in voc.yaml), or raises KeyError.
        sleep: waits so many seconds.
        period: this report alone; None: those that end on the day, and what failed or waited within a week.
        again: also send what may have arrived already.
        timeout: seconds that the other side may take.

    Raises:
        VocError: nothing was published, or the day is not in it.
    """
    outcome = Outcome()
    deliveries = ws.voc.report.all_deliveries
    if not deliveries:
        return outcome
    data = published_days(ws)
    day = known_day(day, data)
    store = store_of(ws)
    with one_at_a_time(store):
        known = Deliveries(store, now=now)
        post = _Post(ws, known, outcome, now, Secrets(resolve), sleep, timeout)
        for job in jobs(deliveries, known, day=day, data=data, period=period):
            post.job(job, again=again)
    return outcome


class _Post:
    """Sends jobs one after the other; a report that several deliveries share is written once."""

    def __init__(
        self,
        ws: Workspace,
        known: Deliveries,
        outcome: Outcome,
        now: datetime,
        secrets: Secrets,
        sleep: Callable[[float], None],
        timeout: float,
    ) -> None:
        self.ws, self.known, self.outcome, self.now = ws, known, outcome, now
        self.secrets, self.sleep, self.timeout = secrets, sleep, timeout
        self._written: dict[tuple[object, ...], Report] = {}

    def job(self, job: Job, *, again: bool) -> None:
        """Send one report to the receivers that did not get it."""
        due = []
        for receiver in job.receivers:
            before = self.known.get(job.key(receiver))
            if before is not None and before.status == "sent":
                self.outcome.add(before, as_="already")
            elif before is not None and before.status in UNSURE and not again:
                self.outcome.add(self._cut_short(before))
            elif is_quiet(job.delivery.quiet, self.now, self.ws.timezone):
                self._settle(job, receiver, "waiting", f"quiet hours {job.delivery.quiet}")
            else:
                due.append(receiver)
        targets = self._targets(job, due)
        if not targets:
            return
        try:
            report = self._report(job, images=any(where.kind == "mail" for where in targets.values()))
        except Exception as error:  # one team's report must not keep the others' from going out
            for receiver in targets:
                self._note(job, receiver, "failed", self._tries(job, receiver), self._broken(error))
            return
        for receiver, where in targets.items():
            if job.delivery.only_when == "something_happened" and not report.noteworthy:
                self._settle(job, receiver, "skipped", "nothing happened")
            else:
                self._send(job, receiver, where, report)

    def _targets(self, job: Job, due: list[Receiver]) -> dict[Receiver, Target]:
        """Receivers with their secrets; one whose secret is missing has failed."""
        found = {}
        for receiver in due:
            try:
                found[receiver] = target(receiver, self.secrets)
            except NotDeliveredError as error:
                self._note(job, receiver, "failed", self._tries(job, receiver), error.reason)
        return found

    def _cut_short(self, before: Delivery) -> Delivery:
        """What stands at `sending` while nobody sends was cut short; say so once in the record."""
        if before.status == "unsure":
            return before
        reason = "the call that sent it was cut short"
        return self.known.note(before.key, "unsure", attempts=before.attempts, reason=reason)

    def _tries(self, job: Job, receiver: Receiver) -> int:
        before = self.known.get(job.key(receiver))
        return before.attempts if before else 0

    def _settle(self, job: Job, receiver: Receiver, status: str, reason: str) -> None:
        """Record that it is not sent now, unless the record says so already."""
        before = self.known.get(job.key(receiver))
        if before is not None and before.status == status:
            self.outcome.add(before)
        else:
            self._note(job, receiver, status, self._tries(job, receiver), reason)

    def _note(
        self, job: Job, receiver: Receiver, status: str, attempts: int, reason: str | None = None
    ) -> None:
        said = self.secrets.without(reason) if reason else None
        self.outcome.add(self.known.note(job.key(receiver), status, attempts=attempts, reason=said))

    def _broken(self, error: Exception) -> str:
        said = error.message if isinstance(error, VocError) else f"{type(error).__name__}: {error}"
        return f"its report could not be written: {said}"

    def _report(self, job: Job, *, images: bool) -> Report:
        of = job.delivery
        own = (
            (of.name, *of.products) if of.products or of.language not in (None, self.ws.voc.language) else ()
        )
        for key in ((job.period, job.day, *own, True), (job.period, job.day, *own, images)):
            if key in self._written:
                return self._written[key]
        return self._written.setdefault(key, report_of(self.ws, job, images=images))

    def _send(self, job: Job, receiver: Receiver, where: Target, report: Report) -> None:
        """Try a few times; the outcome is recorded whatever it is."""
        attempts = self._tries(job, receiver)
        key = job.key(receiver)
        name = ident(self.ws.secret(), key)
        letter = Letter(report, name, self.now, self.timeout, job.delivery.attach)
        self.known.note(key, "sending", attempts=attempts)
        for wait in (*BACK_OFF, None):
            attempts += 1
            try:
                SENDERS[where.kind](where, letter)
            except NotDeliveredError as error:
                if error.lasting or wait is None:
                    self._note(job, receiver, "failed", attempts, error.reason)
                    return
                self.sleep(wait)
            except MayHaveArrivedError as error:
                self._note(job, receiver, "unsure", attempts, error.reason)
                return
            except Exception as error:  # where it broke is not known, so neither is whether it left
                self._note(job, receiver, "unsure", attempts, f"broke off: {type(error).__name__}")
                return
            else:
                self._note(job, receiver, "sent", attempts)
                return
