"""Buying: one lead, many, or the best of a search, by the same statement of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

from ...access import Actor
from ...kernel import ids
from ...kernel.database import rows
from ...kernel.errors import InvalidInput, NotFound
from ...kernel.money import Money
from .errors import NotEnough, SomeNotAvailable, refusal_for
from .rules import MOST_AT_ONCE, Mode, Refused


@dataclass(frozen=True)
class Sold:
    """One listing that was bought."""

    purchase_id: UUID
    listing_id: UUID
    price_minor: int


@dataclass(frozen=True)
class NotSold:
    """One listing that was not bought, and why."""

    listing_id: UUID
    code: Refused


@dataclass(frozen=True)
class Bought:
    """What a request to buy came to, in the order asked."""

    sold: Sequence[Sold]
    not_sold: Sequence[NotSold]
    currency: str | None

    @property
    def total_minor(self) -> int:
        """The sum of the prices."""
        return sum(one.price_minor for one in self.sold)


_BUY = """
    SELECT listing_id, purchase_id, price_minor, currency, refusal
      FROM buy_listings(%(buyer)s, %(wanted)s::uuid[], %(all_or_nothing)s, %(most_count)s::bigint,
                        %(most_total)s::bigint, %(currency)s::text)
"""


def buy(
    *,
    actor: Actor,
    listing_ids: Sequence[UUID],
    mode: Mode = Mode.ALL_OR_NOTHING,
    max_count: int | None = None,
    max_total: Money | None = None,
) -> Bought:
    """Buy listings, each once: the price is held, the contact may be read, the evidence is frozen.

    With ALL_OR_NOTHING every listing is bought, or *max_count* of them in the order given, or none; with
    BEST_EFFORT what is possible in the order given, and each refusal says its word. Raises NotFound,
    OwnListing, AlreadyBought, SoldOut, NotForSale, CurrencyMismatch for a single listing, SomeNotAvailable
    and NotEnough for many, OverTotal; the edge raises InsufficientFunds when the ledger refuses.
    """
    wanted = list(dict.fromkeys(listing_ids))
    if not 0 < len(wanted) <= MOST_AT_ONCE:
        raise InvalidInput.field(
            "/listing_ids", "bad_length", f"Ask for 1 to {MOST_AT_ONCE} listings at once."
        )
    bought = _ask(actor.organization_id, wanted, mode, max_count, max_total)
    if mode is Mode.ALL_OR_NOTHING and not bought.sold:
        _refuse(bought, max_count)
    return bought


def _ask(
    buyer_id: UUID, wanted: list[UUID], mode: Mode, max_count: int | None, max_total: Money | None
) -> Bought:
    told = rows(
        _BUY,
        {
            "buyer": buyer_id,
            "wanted": wanted,
            "all_or_nothing": mode is Mode.ALL_OR_NOTHING,
            "most_count": max_count,
            "most_total": max_total.amount if max_total else None,
            "currency": max_total.currency if max_total else None,
        },
    )
    return Bought(
        [Sold(row.purchase_id, row.listing_id, row.price_minor) for row in told if row.purchase_id],
        [NotSold(row.listing_id, Refused(row.refusal)) for row in told if row.refusal],
        told[0].currency,
    )


def _refuse(bought: Bought, max_count: int | None) -> NoReturn:
    if max_count is not None:
        raise NotEnough
    if len(bought.not_sold) == 1 and bought.not_sold[0].code is Refused.NOT_FOUND:
        raise NotFound
    codes = {one.code for one in bought.not_sold}
    facts = {
        "refused": [
            {"listing_id": ids.public("lst", one.listing_id), "code": str(one.code)}
            for one in bought.not_sold[:200]
        ]
    }
    # One reason for all of them is said as such: the buyer of one lead reads what happened to it.
    refusal = refusal_for(next(iter(codes))) if len(codes) == 1 else None
    if refusal is None:
        refusal = SomeNotAvailable()
    refusal.facts.update(facts)
    raise refusal
