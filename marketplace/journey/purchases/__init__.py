"""Purchases: a lead sold to a buyer, its price held until it goes to its one end.

::

            (CPL: window over; CPA: action confirmed; no stop)
    held ──────────────────────────► released ─────────┐
      ├── (dispute, below bid) ────► partly refunded ──┴─► clawed back
      └── (dispute, undelivered,
           CPA: expired, reversed) ► refunded

A *hold* is money in the purchase's own escrow account; a *stop* blocks a release. The database ties the
state to the account: held means the whole price, ended means nothing left.
"""

from .buying import Bought, NotSold, Sold, buy
from .contacts import bought_lead, lock_owed, read_contact
from .errors import (
    AttributionOver,
    ContactErased,
    PurchaseEnded,
    RefundedUnread,
    StillStopped,
    StopStands,
    WindowClosed,
)
from .events import LeadPurchased, PurchaseRefunded, PurchaseReleased
from .models import Evidence, Purchase, Stop
from .queries import (
    earlier_purchase_of_same_contact,
    evidence,
    held_minor_by_currency,
    held_of_lead,
    lock,
    purchase,
    purchase_of,
    visible_to,
)
from .rules import Mode, PurchaseState, RefundReason, StopReason
from .services import (
    expire_due,
    lift_stop,
    mark_disclosed,
    pay_action,
    place_stop,
    refund,
    refund_partly,
    refund_undelivered,
    release,
    release_due,
)

__all__ = [
    "AttributionOver",
    "Bought",
    "ContactErased",
    "Evidence",
    "LeadPurchased",
    "Mode",
    "NotSold",
    "Purchase",
    "PurchaseEnded",
    "PurchaseRefunded",
    "PurchaseReleased",
    "PurchaseState",
    "RefundReason",
    "RefundedUnread",
    "Sold",
    "StillStopped",
    "Stop",
    "StopReason",
    "StopStands",
    "WindowClosed",
    "bought_lead",
    "buy",
    "earlier_purchase_of_same_contact",
    "evidence",
    "expire_due",
    "held_minor_by_currency",
    "held_of_lead",
    "lift_stop",
    "lock",
    "lock_owed",
    "mark_disclosed",
    "pay_action",
    "place_stop",
    "purchase",
    "purchase_of",
    "read_contact",
    "refund",
    "refund_partly",
    "refund_undelivered",
    "release",
    "release_due",
    "visible_to",
]
