"""Facts of deliveries."""

from __future__ import annotations

from ...kernel.events import Event


class LeadDelivered(Event):
    """A target accepted a bought contact; the subject is the delivery."""


class DeliveryFailed(Event):
    """A delivery was given up after its last attempt; the subject is the delivery."""
