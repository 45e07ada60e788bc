"""The words and limits of settlements, and the weeks that they cover."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

#: One slice of a sweep is one transaction of this many purchases.
SLICE_PURCHASES: Final = 5_000
#: Released money of a new seller matures so many days of 24 hours later; of others at once.
DAYS_FOR_NEW_SELLERS: Final = 7


class SettlementState(StrEnum):
    """Open while its week runs, closed with a number, paid when the payout arrived."""

    OPEN = "open"
    CLOSED = "closed"
    PAID = "paid"


def week_name(begins_at: datetime) -> str:
    """The ISO week as people write it: ``2026-W05``."""
    year, week, _ = begins_at.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02d}"
