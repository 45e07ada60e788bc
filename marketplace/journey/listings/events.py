"""Facts of listings."""

from __future__ import annotations

from ...kernel.events import Event


class BatchListed(Event):
    """The leads of a batch are for sale. Not said for each lead: there are too many."""


class ListingWithdrawn(Event):
    """A listing was taken off."""
