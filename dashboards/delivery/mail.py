"""Reports by e-mail: HTML with pictures in it, and plain text for those who read that.

By the standard library, not by Apprise: Apprise makes the plain text from the HTML (the report has a Markdown of its own, which
reads better), puts an attached report.html among the pictures, gives each try another Message-ID, tells
of a failure only that there was one, and not whether the server had the mail by then. All of these matter to
"never twice, and say why".
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import closing, suppress
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from dashboards.delivery.errors import MayHaveArrivedError, NotDeliveredError
from dashboards.delivery.letter import Letter, Target

_PORTS = {"smtp": 587, "smtps": 465}
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")  # read as it stands, Markdown's backslashes are in the way
_LOCAL = ("localhost", "127.0.0.1", "::1")


def send(target: Target, letter: Letter) -> None:
    """Send one mail to one address.

    Args:
        target: `url` is smtp://[user:password@]host[:port][?starttls=no] or smtps://….
        letter: the report.

    Raises:
        NotDeliveredError: the server can't be reached or does not take it.
        MayHaveArrivedError: it was handed over and no answer came.
    """
    message = compose(target, letter)
    server = urlsplit(target.url)
    try:
        port = server.port or _PORTS[server.scheme]
    except ValueError:
        raise NotDeliveredError("the mail server's port is no number", lasting=True) from None
    if not server.hostname:
        raise NotDeliveredError("the mail server has no host name", lasting=True)
    context = ssl.create_default_context()
    try:
        connection = (
            smtplib.SMTP_SSL(server.hostname, port, timeout=letter.timeout, context=context)
            if server.scheme == "smtps"
            else smtplib.SMTP(server.hostname, port, timeout=letter.timeout)
        )
    except (OSError, smtplib.SMTPException) as error:
        raise NotDeliveredError(f"mail server: {_why(error)}", lasting=_lasting(error)) from None
    with closing(connection):
        try:
            _introduce(connection, server, context)
            _hand_over(connection, message, parseaddr(target.sender)[1], target.address)
        except (OSError, smtplib.SMTPException) as error:
            raise NotDeliveredError(f"mail server: {_why(error)}", lasting=_lasting(error)) from None
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()


def compose(target: Target, letter: Letter) -> EmailMessage:
    """The mail: plain text, or HTML with its pictures.

    Raises:
        NotDeliveredError: the sender is no address.
    """
    report = letter.report
    sender = parseaddr(target.sender)[1]
    name, at, domain = sender.partition("@")
    if not (name and at and domain):
        raise NotDeliveredError("VOC_MAIL_FROM is no e-mail address: Name <voc@example.com>", lasting=True)
    message = EmailMessage()
    try:
        message["Subject"] = " ".join(report.title.split())
        message["From"] = target.sender
        message["To"] = target.address
        message["Date"] = format_datetime(letter.now)
        message["Message-ID"] = f"<{letter.ident}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # keeps absence notes from being sent back
        message["Content-Language"] = report.language
    except (ValueError, MessageError):
        raise NotDeliveredError("VOC_MAIL_FROM or the address cannot stand in a mail", lasting=True) from None
    text = _ESCAPED.sub(r"\1", report.markdown.read_text(encoding="utf-8"))
    message.set_content(text, cte="base64")
    message.add_alternative(report.email_html, subtype="html", cte="base64")
    html = cast("list[EmailMessage]", message.get_payload())[1]
    for cid, path in report.images:
        html.add_related(
            path.read_bytes(), "image", "png", cid=f"<{cid}>", disposition="inline", filename=path.name
        )
    if letter.attach:
        message.add_attachment(
            report.html.read_bytes(), maintype="text", subtype="html", filename=report.html.name
        )
    return message


def _introduce(connection: smtplib.SMTP, server: SplitResult, context: ssl.SSLContext) -> None:
    """Encrypt and log in. Unencrypted only where the URL says so, or on this very machine."""
    said = parse_qs(server.query).get("starttls", [""])[0].lower()
    wanted = said not in ("no", "false", "0")
    connection.ehlo_or_helo_if_needed()
    if server.scheme == "smtp" and wanted and (said or server.hostname not in _LOCAL):
        if not connection.has_extn("starttls"):
            raise NotDeliveredError(
                "mail server: offers no encryption (STARTTLS); use smtps://, or ?starttls=no in a trusted net",
                lasting=True,
            )
        connection.starttls(context=context)
        connection.ehlo()
    if server.username:
        connection.login(unquote(server.username), unquote(server.password or ""))


def _hand_over(connection: smtplib.SMTP, message: EmailMessage, sender: str, address: str) -> None:
    """Envelope and mail. Once the mail has gone out whole, a missing answer means that it may have arrived."""
    content = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    size = [f"size={len(content)}"] if connection.has_extn("size") else []
    for code, said in (connection.mail(sender, size), connection.rcpt(address), connection.docmd("DATA")):
        if code not in (250, 251, 354):
            raise smtplib.SMTPResponseException(code, said)
    # By hand and not by `data()`, which does not tell an error while sending from one while waiting for the answer.
    connection.send(
        re.sub(rb"(?m)^\.", b"..", content) + (b"" if content.endswith(b"\n") else b"\r\n") + b".\r\n"
    )
    try:
        code, said = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise MayHaveArrivedError(f"handed to the mail server, but no answer came ({_why(error)})") from None
    if code != 250:
        raise smtplib.SMTPDataError(code, said)


def _lasting(error: Exception) -> bool:
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code >= 500
    return isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError)


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"user or password refused ({error.smtp_code})"  # servers repeat the user's name
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        return f"refused with {error.smtp_code} {text[:120]}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: the certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'failed'}"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "closed the connection"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
