"""Facts of offers."""

from __future__ import annotations

from ...kernel.events import Event


class OfferOpened(Event):
    """Batches may come in under an offer."""


class OfferPaused(Event):
    """An offer takes no batches for now."""
