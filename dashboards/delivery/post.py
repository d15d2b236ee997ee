"""One POST of JSON over HTTP, by the standard library.

Not by `requests` or `httpx`: urllib tells an error while sending (nothing arrived) from one while waiting for the
answer (it may have), and writes no log; httpx logs every URL at INFO, and a chat tool's URL is its secret.
"""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dashboards.delivery.errors import MayHaveArrivedError, NotDeliveredError

_LATER = (408, 425, 429, 500, 502, 503)
_MOST = 65_536  # bytes of an answer that are read


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST becomes a GET, which delivers nothing: it is an error."""

    def redirect_request(self, *_: Any) -> None:
        return None


def post(
    url: str, payload: Mapping[str, Any], timeout: float, headers: Mapping[str, str] | None = None
) -> str:
    """POST a payload and give back the answer's text.

    Args:
        url: http or https.
        payload: becomes JSON in UTF-8.
        timeout: seconds for the connection, and for the answer.
        headers: more headers.

    Raises:
        NotDeliveredError: no connection, or an answer other than 2xx.
        MayHaveArrivedError: it was sent and no answer came.
    """
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise NotDeliveredError("the receiver is no http or https URL", lasting=True)
    body = json.dumps(payload, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "wanqiu", **(headers or {})}
    opener = urllib.request.build_opener(
        _NoRedirect, urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    try:
        request = urllib.request.Request(url, body, sent, method="POST")  # noqa: S310  checked above
        with opener.open(request, timeout=timeout) as answer:
            text: str = answer.read(_MOST).decode(errors="replace")
    except urllib.error.HTTPError as error:
        raise _refused(error) from None
    except urllib.error.URLError as error:  # raised while connecting and sending alone
        raise NotDeliveredError(_why(error.reason)) from None
    except http.client.InvalidURL:
        raise NotDeliveredError("the receiver is no URL that can be used", lasting=True) from None
    except (OSError, http.client.HTTPException) as error:
        raise MayHaveArrivedError(f"sent, but no answer came ({_why(error)})") from None
    return text


def _refused(error: urllib.error.HTTPError) -> Exception:
    try:
        said = error.read(2000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        said = ""
    short = f"HTTP {error.code} {error.reason}" + (f": {said[:120]}" if said and "<" not in said else "")
    if error.code == 504:  # the one behind the gateway may have it
        return MayHaveArrivedError(short)
    return NotDeliveredError(short, lasting=error.code not in _LATER)


def _why(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: the certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or 'failed'}"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
