"""What object storage answers when something is wrong, in words that a person can act on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from warehouse.errors import ConfigError

_CAUSES = (
    (
        r"NoSuchBucket|container not found|ContainerNotFound|The specified bucket",
        "there is no such bucket",
        "make the bucket, or correct `store:` in voc.yaml",
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|Unauthenticated|403 Forbidden|401 Unauthorized",
        "the store does not accept the credentials",
        "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and that the key may list, read, write and delete",
    ),
    (
        r"PermanentRedirect|AuthorizationHeaderMalformed|301 Moved|Received redirect",
        "the bucket is in another region",
        "set AWS_REGION",
    ),
    (
        r"BadScheme|URL scheme is not allowed|HTTPS is required|only valid over https",
        "the endpoint is http, not https",
        "set AWS_ALLOW_HTTP=true if that is meant",
    ),
    (
        r"error sending request|dns error|onnection refused|timed out|tcp connect|error trying to connect",
        "the store cannot be reached",
        "check AWS_ENDPOINT_URL and the network",
    ),
)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Errors of the storage as ConfigError with the URL and the next thing to do; a missing object stays FileNotFoundError."""
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        raise _error(url, str(error)) from None  # the original tells of requests and their signatures


def _error(url: str, told: str) -> ConfigError:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    at = f" (at {_bare(endpoint)})" if endpoint and url.startswith("s3") else ""
    for pattern, found, hint in _CAUSES:
        if re.search(pattern, told):
            return ConfigError(f"store: {url}{at}: {found}", hint=hint)
    first = re.sub(r"\?\S*", "", told.splitlines()[0])[:300] if told else "no reason given"
    return ConfigError(
        f"store: {url}{at}: {first}", hint="check `store:` in voc.yaml and the AWS_… variables"
    )


def _bare(endpoint: str) -> str:
    """An address without user, password and query."""
    parts = urlsplit(endpoint)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}"
