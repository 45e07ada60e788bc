"""Facts of settlements."""

from __future__ import annotations

from ...kernel.events import Event


class SellerSettled(Event):
    """A week of a seller was closed: its settlement has a number and does not change any more."""
