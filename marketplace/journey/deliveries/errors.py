"""What deliveries refuse."""

from __future__ import annotations

from ...kernel.errors import DomainError


class TooManyTargets(DomainError):
    """The buyer has the largest number of targets."""

    code = "too_many_targets"
    title = "There are 20 delivery targets; remove one that is no longer used."


class NotRedeliverable(DomainError):
    """The target cannot take it now."""

    code = "target_not_active"
    title = "The delivery's target is not active; activate it first."


class TargetGone(DomainError):
    """The target was taken away."""

    code = "target_removed"
    title = "This delivery target was removed."
