"""The words of purchases: states, reasons, ways of buying, and when a return window ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

#: One request buys at most so many leads; one transaction carries them.
MOST_AT_ONCE: Final = 10_000
#: A best-of-search looks at so many more than it is to buy, since rivals may take some meanwhile.
SPARE_CANDIDATES: Final = 50


class PurchaseState(StrEnum):
    """Where the money of a purchase is."""

    HELD = "held"
    RELEASED = "released"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    CLAWED_BACK = "clawed_back"


#: While the money is held or the seller has got some of it, the buyer may have the contact. A purchase that
#: was refunded before anybody read it stays unread; the database refuses its disclosure.
CONTACT_OWED: Final = frozenset({PurchaseState.HELD, PurchaseState.RELEASED, PurchaseState.PARTLY_REFUNDED})


class RefundReason(StrEnum):
    """Why a buyer got money back."""

    DISPUTE = "dispute"
    EXPIRED = "expired"
    UNDELIVERED = "undelivered"
    REVERSED = "reversed"
    REVOKED = "revoked"
    BELOW_BID = "below_bid"
    CHARGEBACK = "chargeback"


class StopReason(StrEnum):
    """What blocks a release."""

    DISPUTE = "dispute"
    ACTION = "action"
    REVIEW = "review"


class Mode(StrEnum):
    """Buy all that was asked for or nothing, or whatever is possible."""

    ALL_OR_NOTHING = "all_or_nothing"
    BEST_EFFORT = "best_effort"


class Refused(StrEnum):
    """Why one listing was not bought; the database decides and says the word."""

    NOT_FOUND = "not_found"
    OWN_LISTING = "own_listing"
    ALREADY_BOUGHT = "already_bought"
    SOLD_OUT = "sold_out"
    NO_LONGER_FOR_SALE = "no_longer_for_sale"
    CURRENCY_MISMATCH = "currency_mismatch"
    OVER_TOTAL = "over_total"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    NOT_NEEDED = "not_needed"


#: From each state the states that may follow; the database holds the same rows.
TRANSITIONS: Final = frozenset(
    {
        (PurchaseState.HELD, PurchaseState.RELEASED),
        (PurchaseState.HELD, PurchaseState.PARTLY_REFUNDED),
        (PurchaseState.HELD, PurchaseState.REFUNDED),
        (PurchaseState.RELEASED, PurchaseState.CLAWED_BACK),
        (PurchaseState.PARTLY_REFUNDED, PurchaseState.CLAWED_BACK),
    }
)

WORDS: Final[dict[Refused, str]] = {
    Refused.NOT_FOUND: "There is no such listing.",
    Refused.OWN_LISTING: "This listing is your own.",
    Refused.ALREADY_BOUGHT: "You have bought this lead already.",
    Refused.SOLD_OUT: "Other buyers have bought all there was of this lead.",
    Refused.NO_LONGER_FOR_SALE: "The seller withdrew this lead, or it expired.",
    Refused.CURRENCY_MISMATCH: "This listing has another currency; buy each currency in a request of its own.",
    Refused.OVER_TOTAL: "This listing would pass the total that you allowed.",
    Refused.INSUFFICIENT_FUNDS: "The wallet does not hold enough for this listing.",
    Refused.NOT_NEEDED: "Enough others were bought.",
}


def window_end(
    *, disclosed_at: datetime | None, undisclosed_until: datetime, return_window_days: int
) -> datetime:
    """When the return window ends: days of 24 hours from the disclosure, at the latest from its deadline."""
    begins = undisclosed_until if disclosed_at is None else min(disclosed_at, undisclosed_until)
    return begins + timedelta(hours=24 * return_window_days)
