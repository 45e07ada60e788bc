"""Facts of identity."""

from __future__ import annotations

from ..kernel.events import Event


class OrganizationSignedUp(Event):
    """An organization asked to take part and waits for the operator."""


class OrganizationApproved(Event):
    """The operator let an organization in."""
