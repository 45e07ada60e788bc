"""The words of listings, what a search may ask for, and the price bands of facets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from ..intake.fields import Temperature
from ..offers import Channel, FieldKind, Pricing

#: One slice of a list, an expiry or a withdrawal is one transaction of this many rows.
SLICE_ROWS = 5_000
#: Exact counts stop here: a buyer needs to know that there are many, not how many millions.
COUNT_CAP = 10_000


#: What a batch could not sell is counted so long after its listing, in hours: nobody knows the moment before,
#: so that the count cannot be laid beside what was listed meanwhile.
COUNTED_AFTER_HOURS = (24, 72)


def counted_after(digest: bytes) -> timedelta:
    """How long after its listing a batch is counted, from a keyed digest of its id."""
    earliest, latest = COUNTED_AFTER_HOURS
    share = int.from_bytes(digest[:7], "big") / (1 << 56)
    return timedelta(hours=earliest + share * (latest - earliest))


class ListingState(StrEnum):
    """Where a listing stands; only a live one can be bought."""

    LIVE = "live"
    SOLD_OUT = "sold_out"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Withdrawal(StrEnum):
    """Why a listing was taken off."""

    SELLER = "seller"
    FAKE = "fake"
    ERASED = "erased"


class Sort(StrEnum):
    """The order of a search: best score first, cheapest first, newest lead first."""

    SCORE = "score"
    PRICE = "price"
    NEWEST = "newest"


def price_band(price_minor: int) -> int:
    """The lower edge of a price's band in the series 1, 2, 5, 10, 20, 50 …; the database counts alike."""
    digits = str(price_minor)
    first = 5 if digits[0] >= "5" else 2 if digits[0] >= "2" else 1
    return first * int("1" + "0" * (len(digits) - 1))


def band_end(band_minor: int) -> int:
    """The first price above a band: 1 → 2, 2 → 5, 5 → 10."""
    return band_minor * (5 if str(band_minor)[0] == "2" else 4) // 2


#: Kinds of fields whose values have an order, and how they are compared.
NUMBERS = frozenset({FieldKind.INTEGER, FieldKind.DECIMAL, FieldKind.MONEY})
TIMES = frozenset({FieldKind.DATE, FieldKind.MOMENT})


@dataclass(frozen=True)
class AttributeFilter:
    """What one field of the vertical must be: one of *values*, and within the edges (both included)."""

    name: str
    kind: FieldKind
    values: tuple[str, ...] = ()
    low: Decimal | str | None = None
    high: Decimal | str | None = None


@dataclass(frozen=True)
class Search:
    """What a buyer looks for in one vertical; an empty part asks for nothing."""

    vertical_id: UUID
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    temperatures: tuple[Temperature, ...] = ()
    channels: tuple[Channel, ...] = ()
    points_min: int | None = None
    price_min_minor: int | None = None
    price_max_minor: int | None = None
    currency: str | None = None
    max_age_days: int | None = None
    verified: bool | None = None
    exclusive: bool | None = None
    pricing: Pricing | None = None
    attributes: tuple[AttributeFilter, ...] = ()
