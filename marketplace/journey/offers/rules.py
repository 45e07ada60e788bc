"""The words of offers and what makes a price suspicious."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ...kernel.money import Money


class OfferState(StrEnum):
    """Where an offer stands; batches are taken by open ones only."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class PlanPreset(StrEnum):
    """How a vertical's batches are sampled; the plans themselves belong to the spot checks."""

    STANDARD = "standard"
    TRUSTED = "trusted_beta10"
    #: For checks by calling people, of whom some do not answer.
    ANSWERED = "answered"


class OfferKind(StrEnum):
    """Whom a lead may be sold to."""

    CONSUMER = "consumer"


class Pricing(StrEnum):
    """What the buyer pays for: the contact, or one action of the person."""

    CPL = "cpl"
    CPA = "cpa"


class Action(StrEnum):
    """What a person can do that is paid under CPA; the exchange defines it, an offer names one."""

    APPLICATION = "application"
    APPOINTMENT = "appointment"
    VISIT = "visit"
    REGISTRATION = "registration"
    CONTRACT = "contract"
    PURCHASE = "purchase"
    DEPOSIT = "deposit"


class Channel(StrEnum):
    """How leads come: outbound, word of mouth, marketing."""

    SPEAR = "spear"
    SEED = "seed"
    NET = "net"


class SellMode(StrEnum):
    """Whether a lead of the vertical may go to one buyer, or to several."""

    EXCLUSIVE = "exclusive"
    SHARED = "shared"


class ContactChannel(StrEnum):
    """By what the person agreed to be contacted."""

    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    MESSENGER = "messenger"
    SOCIAL = "social"


class FieldKind(StrEnum):
    """The types that a vertical's own field can have."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    CHOICE = "choice"
    COUNTRY = "country"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    URL = "url"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"


#: Types whose values can hold anything a person wrote, or point to one person: always sealed.
PERSONAL_KINDS: Final = (
    FieldKind.TEXT,
    FieldKind.NAME,
    FieldKind.PHONE,
    FieldKind.EMAIL,
    FieldKind.URL,
    FieldKind.POSTAL_CODE,
)
MAX_SALES: Final = 5
#: How long after the purchase an action counts, in days of 24 hours, unless the offer says otherwise.
ATTRIBUTION_DAYS: Final = 30
MAX_ATTRIBUTION_DAYS: Final = 90
MAX_PRICE_MINOR: Final = 1_000_000_000
#: A price below this share of the benchmark is a known mark of fraud, in per cent.
BENCHMARK_FLOOR_PERCENT: Final = 50

_MOVES: Final[dict[OfferState, frozenset[OfferState]]] = {
    OfferState.DRAFT: frozenset({OfferState.OPEN, OfferState.CLOSED}),
    OfferState.OPEN: frozenset({OfferState.PAUSED, OfferState.CLOSED}),
    OfferState.PAUSED: frozenset({OfferState.OPEN, OfferState.CLOSED}),
    OfferState.CLOSED: frozenset(),
}


def may_become(state: OfferState, target: OfferState) -> bool:
    """True when an offer in *state* may become *target*."""
    return target in _MOVES[state]


def is_far_below(price: Money, benchmark: Money | None) -> bool:
    """True when *price* is under half of the vertical's benchmark in the same currency."""
    if benchmark is None or benchmark.currency != price.currency:
        return False
    return price.amount * 100 < benchmark.amount * BENCHMARK_FLOOR_PERCENT


def sells_as(max_sales: int) -> SellMode:
    """The mode that a largest number of sales means."""
    return SellMode.EXCLUSIVE if max_sales == 1 else SellMode.SHARED
