"""What draws refuse."""

from __future__ import annotations

from ..kernel.errors import DomainError


class AlreadyFrozen(DomainError):
    """A batch is frozen once."""

    code = "already_frozen"
    title = "This batch is frozen with another root; a draw is never changed."


class NotFrozen(DomainError):
    """There is no order before the batch is frozen."""

    code = "not_frozen"
    title = "This batch is not frozen yet; its draw comes after that."


class BeaconNotYet(DomainError):
    """The value of the public beacon does not exist yet."""

    code = "beacon_not_yet"
    title = "The public beacon has not told the value of this round yet."
