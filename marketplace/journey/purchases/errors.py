"""What purchases refuse, and which broken rule of the database means which refusal."""

from __future__ import annotations

from ...kernel.database import refuse_by_constraint
from ...kernel.errors import DomainError
from ..listings import AlreadyBought, NoLongerForSale
from .rules import WORDS, Refused


class OwnListing(DomainError):
    """Nobody buys from himself."""

    code = "own_listing"
    title = "This listing is your own; buy from other sellers."


class NotForSale(DomainError):
    """The listing was withdrawn or has expired."""

    code = "no_longer_for_sale"
    title = "The seller withdrew this lead, or it expired; search again for what is for sale."


class CurrencyMismatch(DomainError):
    """One purchase is paid from one wallet."""

    code = "currency_mismatch"
    title = "The listings have different currencies; buy each currency in a request of its own."


class OverTotal(DomainError):
    """The listings cost more than the buyer allowed."""

    code = "over_total"
    title = "The listings cost more than /max_total; raise it or ask for fewer."


class NotEnough(DomainError):
    """Fewer could be bought than were asked for."""

    code = "not_enough"
    title = "Fewer leads than /max_count can be bought within the total and the wallet; use mode best_effort."


class SomeNotAvailable(DomainError):
    """All were asked for, and some cannot be had."""

    code = "some_not_available"
    title = "Some of the listings cannot be bought, so none was; leave them out or use mode best_effort."


class PurchaseEnded(DomainError):
    """The money of the purchase has been released or refunded."""

    code = "purchase_ended"
    title = "This purchase has ended: its money was released or refunded. Read the purchase for its state."


class WindowClosed(DomainError):
    """The time to dispute is over."""

    code = "window_closed"
    title = "The return window of this purchase is over; a lead can be disputed until window_ends_at."


class AttributionOver(DomainError):
    """The time in which an action counts is over."""

    code = "attribution_over"
    title = "The attribution window of this purchase is over; an action can be reported until attribution_ends_at."


class StillStopped(DomainError):
    """A dispute or a review holds the money."""

    code = "still_stopped"
    title = "The money of this purchase stands still until its dispute is ruled on."


class StopStands(DomainError):
    """The same stop stands already."""

    code = "already_stopped"
    title = "This purchase is stopped for that reason already."


class RefundedUnread(DomainError):
    """The money went back before anybody read the contact."""

    code = "purchase_refunded"
    title = (
        "This purchase was refunded before its contact was read, so the contact stays closed;"
        " search again and buy the lead anew if it is still for sale."
    )


class ContactErased(DomainError):
    """The person's data was erased by law."""

    code = "contact_erased"
    status = 410
    title = "The person's data was erased at their request; the purchase remains with its evidence."


_BY_WORD: dict[Refused, type[DomainError]] = {
    Refused.OWN_LISTING: OwnListing,
    Refused.ALREADY_BOUGHT: AlreadyBought,
    Refused.SOLD_OUT: NoLongerForSale,
    Refused.NO_LONGER_FOR_SALE: NotForSale,
    Refused.CURRENCY_MISMATCH: CurrencyMismatch,
    Refused.OVER_TOTAL: OverTotal,
}


def refusal_for(word: Refused) -> DomainError | None:
    """The refusal of a request for one listing; None for a word that has none of its own."""
    return _BY_WORD[word](WORDS[word]) if word in _BY_WORD else None


refuse_by_constraint(
    {
        "purchases_not_own": OwnListing,
        "purchases_within_total": OverTotal,
        "purchases_keep_course": PurchaseEnded,
        "purchases_window_still_open": PurchaseEnded,
        "purchases_unread_stays_unread": RefundedUnread,
        "purchases_paid_by_action": PurchaseEnded,
        "purchases_attribution_still_open": PurchaseEnded,
        "stops_window_closed": WindowClosed,
        "stops_attribution_over": AttributionOver,
        "stops_purchase_ended": PurchaseEnded,
        "stops_one_open_idx": StopStands,
    }
)
