"""Facts of validation."""

from __future__ import annotations

from ...kernel.events import Event


class BatchValidated(Event):
    """Every row of a batch is taken or refused."""
