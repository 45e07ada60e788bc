"""Facts of disputes."""

from __future__ import annotations

from ...kernel.events import Event


class DisputeOpened(Event):
    """A buyer says that a lead is not what was sold."""


class DisputeRuled(Event):
    """A dispute was decided; a moderator's ruling takes effect later."""
