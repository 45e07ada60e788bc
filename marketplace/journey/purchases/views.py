"""A purchase as one of its sides sees it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ...access import Actor
from ...kernel import ids
from ...kernel.money import Money
from ...kernel.paging import Page
from . import queries
from .buying import Bought
from .models import Purchase
from .rules import WORDS, PurchaseState, StopReason


@dataclass(frozen=True)
class PurchaseView:
    """What is shown; the other side's matters are None."""

    row: Purchase
    side: str
    status: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def _is_seller(self) -> bool:
        return self.side == "sold"

    def _money(self, amount_minor: int) -> Money:
        return Money(amount_minor, self.row.currency)

    @property
    def seller_id(self) -> UUID | None:
        """Whom the buyer bought from."""
        return None if self._is_seller else self.row.seller_id

    @property
    def price(self) -> Money:
        """What was paid."""
        return self._money(self.row.price_minor)

    @property
    def refunded(self) -> Money:
        """What went back."""
        return self._money(self.row.refunded_minor)

    @property
    def commission(self) -> Money | None:
        """What the exchange takes from the seller."""
        return self._money(self.row.commission_minor) if self._is_seller else None

    @property
    def net(self) -> Money | None:
        """What the seller earns."""
        row = self.row
        return (
            self._money(row.price_minor - row.refunded_minor - row.commission_minor)
            if self._is_seller
            else None
        )


def shown(actor: Actor, rows: Sequence[Purchase]) -> list[PurchaseView]:
    """The purchases as the actor sees them."""
    held = [row.id for row in rows if row.state == PurchaseState.HELD]
    disputed = queries.stopped_for(held, StopReason.DISPUTE) if held else frozenset()
    converted = queries.stopped_for(held, StopReason.ACTION) if held else frozenset()
    return [
        PurchaseView(
            row,
            "bought" if row.buyer_id == actor.organization_id else "sold",
            _status(row, disputed, converted),
        )
        for row in rows
    ]


def shown_page(actor: Actor, page: Page[Purchase]) -> Page[PurchaseView]:
    """One page as the actor sees it."""
    return Page(shown(actor, page.rows), page.next_cursor)


def _status(row: Purchase, disputed: Collection[UUID], converted: Collection[UUID]) -> str:
    if row.id in disputed:
        return "disputed"
    if row.id in converted:
        return "converted"
    return "settled" if row.state == PurchaseState.RELEASED else row.state


def answer_of(bought: Bought) -> dict[str, Any]:
    """The answer to a request to buy, ready to be written as JSON: ten thousand rows must cost little."""
    currency = bought.currency
    return {
        "bought": len(bought.sold),
        "total": {"amount": bought.total_minor, "currency": currency} if currency else None,
        "purchases": [
            {
                "id": ids.public("pur", one.purchase_id),
                "listing_id": ids.public("lst", one.listing_id),
                "price": {"amount": one.price_minor, "currency": currency},
            }
            for one in bought.sold
        ],
        "refused": [
            {
                "listing_id": ids.public("lst", one.listing_id),
                "code": one.code.value,
                "detail": WORDS[one.code],
            }
            for one in bought.not_sold
        ],
    }
