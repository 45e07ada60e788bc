"""Facts of intake."""

from __future__ import annotations

from ...kernel.events import Event


class BatchReceived(Event):
    """The file of a batch is here, whole; said again when a new mapping lets it be read again."""


class BatchRead(Event):
    """The file is a table of leads, and it is known which column is what."""
