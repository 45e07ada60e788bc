"""Short ways to bring the books of a test into a state; every step is its own transaction."""

from __future__ import annotations

from uuid import UUID

from marketplace import ledger
from marketplace.kernel.database import in_transaction
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


def euros(amount_minor: int) -> Money:
    return Money(amount_minor, "EUR")


def do(*movements: ledger.Movement) -> int:
    return in_transaction(lambda: ledger.post_all(movements))


def funded(amount_minor: int, *, currency: str = "EUR") -> UUID:
    """A new buyer with that much in the wallet."""
    buyer_id = new_id()
    do(ledger.credit_wallet(new_id(), buyer_id=buyer_id, amount=Money(amount_minor, currency)))
    return buyer_id


def held(buyer_id: UUID, price_minor: int) -> UUID:
    """A new purchase whose price is held."""
    purchase_id = new_id()
    do(ledger.hold_price(purchase_id, buyer_id=buyer_id, price=euros(price_minor)))
    return purchase_id


def balance(account: ledger.Account) -> int:
    return in_transaction(lambda: ledger.balance(account))


def wallet_of(buyer_id: UUID) -> int:
    return balance(ledger.wallet(buyer_id, "EUR"))
