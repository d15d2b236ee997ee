"""How a try to deliver can end, other than well."""

from __future__ import annotations


class NotDeliveredError(Exception):
    """It certainly did not arrive.

    Args:
        reason: what is told and recorded; without a secret.
        lasting: the same would come of another try in this run.
    """

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        self.reason = reason
        self.lasting = lasting
        super().__init__(reason)


class MayHaveArrivedError(Exception):
    """It left and no answer came, so sending it again could deliver it twice."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
