"""The acts at the border of money."""

from __future__ import annotations

from uuid import UUID

from .. import identity, ledger
from ..access import Actor, write_audit
from ..kernel import events
from ..kernel.database import db
from ..kernel.ids import new_id
from ..kernel.money import Money
from . import queries
from .errors import CreditDiffers
from .events import WalletCredited
from .models import WalletCredit
from .rules import check_credit, not_a_buyer


def credit_wallet(
    actor: Actor, *, organization_id: UUID, amount_minor: int, currency: str, reference: str, request_id: str
) -> WalletCredit:
    """Credit money that came by bank to an organization's wallet; an open debt is paid from it first.

    The same *request_id* returns the first credit. Raises InvalidInput for a field that can't be right,
    NotFound for an unknown organization, CreditDiffers when the request id stands for another credit.
    The edge checks the permission.
    """
    check_credit(amount_minor=amount_minor, currency=currency, reference=reference, request_id=request_id)
    if not identity.organization(organization_id).buys:
        raise not_a_buyer()
    if earlier := queries.wallet_credit(organization_id, request_id):
        return _same(earlier, amount_minor, currency, reference)
    credit = WalletCredit(
        id=new_id(),
        organization_id=organization_id,
        amount_minor=amount_minor,
        currency=currency,
        reference=reference,
        request_id=request_id,
        made_by=actor.principal_id,
    )
    db.session.add(credit)
    # Written before the money moves: two requests of one id meet at its unique key.
    db.session.flush()
    _book(credit)
    write_audit(actor, "wallet.credit", credit.id, amount_minor=amount_minor, currency=currency)
    events.record(WalletCredited(subject=credit.id))
    return credit


def _book(credit: WalletCredit) -> None:
    buyer_id, amount = credit.organization_id, Money(credit.amount_minor, credit.currency)
    debt, owed = ledger.buyer_receivable(buyer_id, amount.currency), 0
    if ledger.balance(debt):
        # All three that the movement touches, so that they are locked in one order.
        touched = [debt, ledger.wallet(buyer_id, amount.currency), ledger.bank_clearing(amount.currency)]
        owed = ledger.lock_balances(touched)[debt.code]
    ledger.post(ledger.credit_wallet(credit.id, buyer_id=buyer_id, amount=amount, debt_minor=owed))


def _same(earlier: WalletCredit, amount_minor: int, currency: str, reference: str) -> WalletCredit:
    if (earlier.amount_minor, earlier.currency, earlier.reference) != (amount_minor, currency, reference):
        raise CreditDiffers(facts={"credit_id": str(earlier.id)})
    return earlier
