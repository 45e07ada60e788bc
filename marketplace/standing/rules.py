"""When a seller counts as new, and which facts a track record holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Facts older than this say nothing about today, in days of business time.
MEMORY_DAYS: Final = 180
#: So many accepted batches make a seller known.
ACCEPTED_BATCHES_TO_BE_KNOWN: Final = 5


class Fact(StrEnum):
    """What is remembered about an organization."""

    BATCH_ACCEPTED = "batch_accepted"
    BATCH_REJECTED = "batch_rejected"


@dataclass(frozen=True)
class Record:
    """How often each fact happened in the last 180 days."""

    accepted_batches: int
    rejected_batches: int

    @property
    def is_new(self) -> bool:
        """Fewer than five accepted batches, or one rejected: money matures longer, trust is to be earned."""
        return self.accepted_batches < ACCEPTED_BATCHES_TO_BE_KNOWN or self.rejected_batches > 0
