"""Every select of settlements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from ... import ledger
from ...access import Actor
from ...kernel import clock
from ...kernel.database import db
from ...kernel.errors import NotFound
from ...kernel.paging import Page, id_after, page_of
from .. import purchases
from .models import Settlement, SettlementLine
from .rules import SettlementState

_KINDS = ledger.AccountKind
_EARNINGS = (_KINDS.SELLER_PENDING, _KINDS.SELLER_RESERVE, _KINDS.SELLER_AVAILABLE, _KINDS.SELLER_RECEIVABLE)


def visible_to(actor: Actor) -> Select[Settlement]:
    """A seller's own settlements; all for the operator."""
    found = select(Settlement)
    return found if actor.is_operator else found.where(Settlement.seller_id == actor.organization_id)


def settlement(actor: Actor, settlement_id: UUID) -> Settlement:
    """One settlement of the actor. Raises NotFound."""
    found = db.session.execute(visible_to(actor).where(Settlement.id == settlement_id)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def settlements(
    actor: Actor, state: SettlementState | None, limit: int, cursor: str | None
) -> Page[Settlement]:
    """The actor's settlements, newest first."""
    found = visible_to(actor).order_by(Settlement.id.desc()).limit(limit + 1)
    if state is not None:
        found = found.where(Settlement.state == state)
    if cursor:
        found = found.where(Settlement.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def lines(settlement_id: UUID, limit: int, cursor: str | None) -> Page[SettlementLine]:
    """The lines of a settlement in the order of their purchases."""
    found = select(SettlementLine).where(SettlementLine.settlement_id == settlement_id)
    if cursor:
        found = found.where(SettlementLine.purchase_id > id_after(cursor))
    found = found.order_by(SettlementLine.purchase_id).limit(limit + 1)
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.purchase_id])


@dataclass(frozen=True)
class Sums:
    """What the lines of a settlement come to, in minor units."""

    line_count: int
    gross_minor: int
    refunded_minor: int
    commission_minor: int
    net_minor: int


def sums(row: Settlement) -> Sums:
    """The sums of a settlement: written down when closed, added up now while open."""
    if row.state != SettlementState.OPEN:
        return Sums(row.line_count, row.gross_minor, row.refunded_minor, row.commission_minor, row.net_minor)
    line = SettlementLine
    found = db.session.execute(
        select(
            func.count(),
            *(
                func.coalesce(func.sum(column), 0)
                for column in (line.gross_minor, line.refunded_minor, line.commission_minor, line.net_minor)
            ),
        ).where(line.settlement_id == row.id)
    ).one()
    return Sums(*(int(value) for value in found))


def due_to_close(most: int) -> Sequence[UUID]:
    """Open settlements whose week is over, the oldest first."""
    found = select(Settlement.id).where(
        Settlement.state == SettlementState.OPEN,
        Settlement.week_begins_at <= clock.now_sql() - timedelta(days=7),
    )
    ordered = found.order_by(Settlement.week_begins_at, Settlement.id).limit(most)
    return db.session.execute(ordered).scalars().all()


@dataclass(frozen=True)
class Earnings:
    """A seller's money in one currency, in minor units; *in_escrow* is before commission."""

    currency: str
    in_escrow_minor: int
    pending_minor: int
    reserved_minor: int
    available_minor: int
    paid_minor: int
    owed_minor: int


def earnings(seller_id: UUID) -> list[Earnings]:
    """What is held for a seller, matures, may be paid out, was paid, and is owed; by currency."""
    held = purchases.held_minor_by_currency(seller_id)
    told: dict[str, dict[ledger.AccountKind, int]] = {currency: {} for currency in held}
    for row in ledger.balances_of_owner(seller_id, _EARNINGS):
        told.setdefault(row.currency, {})[row.kind] = row.balance_minor
    return [
        Earnings(
            currency=currency,
            in_escrow_minor=held.get(currency, 0),
            pending_minor=of.get(_KINDS.SELLER_PENDING, 0),
            reserved_minor=of.get(_KINDS.SELLER_RESERVE, 0),
            available_minor=of.get(_KINDS.SELLER_AVAILABLE, 0),
            # Nothing leaves the exchange before there are payouts.
            paid_minor=0,
            owed_minor=of.get(_KINDS.SELLER_RECEIVABLE, 0),
        )
        for currency, of in sorted(told.items())
    ]
