"""What has happened at the border of money."""

from __future__ import annotations

from dataclasses import dataclass

from ..kernel.events import Event


@dataclass(frozen=True)
class WalletCredited(Event):
    """A wallet was credited by the operator's hand; the subject is the credit."""
