"""A lock on object storage: one small object, changed only under the condition that it is as it was read.

Whoever holds the lease changes the object every quarter of its length. Whoever waits watches it: one that has
not changed for a whole length belongs to a process that is gone, and is taken over. Nobody's clock is
compared with anybody else's. A holder that was stopped for longer than that finds out at the end (`lost`);
until then both may have worked on the same thing. That harms nothing: a table changes by commits, of
which the storage accepts one after the other, a day's record names the files of one run, and a run repeated
gives the same rows. The lock saves work, and keeps numbers of landings apart.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from typing import Any

SECONDS = 60.0
_POLL = (0.1, 2.0)  # seconds between looks at another's lease: at first, at most


class Lease:
    """One lease that is waited for, held and given back.

    Args:
        store: the object store.
        key: the object.
        seconds: its length.
    """

    def __init__(self, store: Any, key: str, seconds: float | None = None) -> None:
        self._store = store
        self._key = key
        self._seconds = SECONDS if seconds is None else seconds
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
        self._tag: Any = None
        self._beats = 0
        self._stop = threading.Event()
        self._keeper: threading.Thread | None = None
        self.lost = False

    def acquire(self) -> None:
        """Wait until it is ours."""
        watched: Any = None
        since = time.monotonic()
        pause = _POLL[0]
        while True:
            owner, tag = self._look()
            if tag != watched:
                watched, since = tag, time.monotonic()
            gone = time.monotonic() - since >= self._seconds
            if owner == self._owner:  # our own request went through although its answer was lost
                self._tag = tag
                break
            if (owner is None or gone) and self._put(self._owner, tag):
                break
            time.sleep(pause)
            pause = min(pause * 1.5, _POLL[1])
        self._keeper = threading.Thread(target=self._renew, name=f"lease {self._key}", daemon=True)
        self._keeper.start()

    def release(self) -> None:
        """Give it back; what cannot be given back runs out."""
        from obstore.exceptions import BaseError

        self._stop.set()
        if self._keeper is not None:
            self._keeper.join()
        if not self.lost:
            try:
                self.lost = not self._put(None, self._tag)
            except (BaseError, OSError):
                return

    def _look(self) -> tuple[str | None, Any]:
        """Who holds it (None: nobody), and the object's tag (None: there is no object)."""
        import obstore

        try:
            found = obstore.get(self._store, self._key)
        except FileNotFoundError:
            return None, None
        body = bytes(found.bytes())  # empty: the file of a lock, from before the store moved here
        return json.loads(body)["owner"] if body else None, found.meta["e_tag"]

    def _put(self, owner: str | None, tag: Any) -> bool:
        """Write it if it is still as it was read; whether that was so."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        self._beats += 1
        body = {
            "owner": owner,
            "by": self._owner,
            "beat": self._beats,
        }  # never twice the same, as tags hash it
        try:
            made = obstore.put(
                self._store,
                self._key,
                json.dumps(body).encode(),
                mode="create" if tag is None else {"e_tag": tag},
            )
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            return False
        self._tag = made["e_tag"]
        return True

    def _renew(self) -> None:
        from obstore.exceptions import BaseError

        good = time.monotonic()
        while not self._stop.wait(self._seconds / 4):
            try:
                if not self._put(self._owner, self._tag):
                    owner, tag = self._look()
                    if owner != self._owner:
                        self.lost = True
                        return
                    self._tag = tag
                good = time.monotonic()
            except (BaseError, OSError):  # the storage may be back for the next beat
                if time.monotonic() - good >= self._seconds:
                    self.lost = True
                    return
