"""Offers: what is traded (verticals and their fields) and on which terms a seller sells.

States of an offer::

    draft ──> open <──> paused
      └────────┴─────────┴──> closed
"""

from .errors import NotASeller, OfferNotOpen, SellModeNotAllowed, VerticalExists, WrongOfferState
from .events import OfferOpened, OfferPaused
from .models import Offer, Vertical, VerticalField
from .queries import fields_of, offer, offer_of, own_offer, terms_of, vertical, vertical_by_word
from .rules import Action, Channel, ContactChannel, FieldKind, OfferState, PlanPreset, Pricing, SellMode

__all__ = [
    "Action",
    "Channel",
    "ContactChannel",
    "FieldKind",
    "NotASeller",
    "Offer",
    "OfferNotOpen",
    "OfferOpened",
    "OfferPaused",
    "OfferState",
    "PlanPreset",
    "Pricing",
    "SellMode",
    "SellModeNotAllowed",
    "Vertical",
    "VerticalExists",
    "VerticalField",
    "WrongOfferState",
    "fields_of",
    "offer",
    "offer_of",
    "own_offer",
    "terms_of",
    "vertical",
    "vertical_by_word",
]
