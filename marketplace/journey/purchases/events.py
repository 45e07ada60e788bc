"""Facts of purchases."""

from __future__ import annotations

from ...kernel.events import Event


class LeadPurchased(Event):
    """A buyer bought a lead; its price is held. The set-based purchase writes it in the database."""


class PurchaseReleased(Event):
    """The price went to the seller, less the commission."""


class PurchaseRefunded(Event):
    """The price, or part of it, went back to the buyer."""
