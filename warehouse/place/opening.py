"""From `store:` of voc.yaml and the environment to a place and its local folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from warehouse.errors import ConfigError
from warehouse.place.local import LOCAL, Place

# One of these tells where credentials come from. Without any, the library would ask the address of a cloud's own
# machines, which elsewhere is a long wait; AWS_METADATA_ENDPOINT asks for that on purpose.
_KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
    "AWS_SKIP_SIGNATURE",
)


def open_place(url: str | None, home: Path, environment: Mapping[str, str]) -> tuple[Place, Path]:
    """The place of a workspace and the local folder in which store/, raw/ and models/ are.

    Nothing remote is asked yet.

    Args:
        url: `store:` of voc.yaml; None for the workspace itself.
        home: the workspace.
        environment: where credentials and the endpoint stand.

    Raises:
        ConfigError: the folder is not there, or credentials are missing.
    """
    if url is None:
        return LOCAL, home
    parts = urlsplit(url)
    if parts.scheme == "file":
        root = Path(unquote(parts.path))
        if not root.is_dir():  # making it would fill a mount point whose share is not mounted
            raise ConfigError(
                f"voc.yaml: store: {url}: there is no such folder",
                hint=f"mount the share, or: mkdir -p {root}",
            )
        return LOCAL, root
    if parts.scheme in ("s3", "s3a") and not any(environment.get(key) for key in _KEYS):
        raise ConfigError(
            f"voc.yaml: store: {url}: no credentials are set",
            expected="AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment",
            hint="export them (and AWS_ENDPOINT_URL for a store that is not Amazon's); a machine with a role of its "
            "own: AWS_METADATA_ENDPOINT=http://169.254.169.254",
        )
    from warehouse.place.remote import RemotePlace

    url = url.rstrip("/")
    # A folder of its own for every store, so that an edit of voc.yaml never mixes two.
    root = home / ".cache" / "store" / hashlib.sha256(url.encode()).hexdigest()[:12]
    return RemotePlace(url, root), root


def secret_key(environment: Mapping[str, str]) -> bytes | None:
    """The key of pseudonyms from `VOC_SECRET`, the same for all machines of one store; None when it is not set.

    Raises:
        ConfigError: it is not a key.
    """
    text = environment.get("VOC_SECRET", "").strip()
    if not text:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) < 16:
        raise ConfigError(
            "VOC_SECRET is not a key",
            expected="32 hexadecimal digits or more",
            hint="take the line of the first machine's .secret: with another key every customer gets a new pseudonym",
        )
    return key
