"""The verbs of purchases: how money held for a lead comes to its one end, and who may read what."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Interval, func, literal_column, select, text, update

from ... import ledger
from ...kernel import clock, events
from ...kernel.database import db
from ...kernel.errors import InvalidInput
from ...kernel.money import Money, share_floor
from . import queries
from .errors import PurchaseEnded, StillStopped
from .events import PurchaseRefunded, PurchaseReleased
from .models import Purchase, Stop
from .rules import CONTACT_OWED, PurchaseState, RefundReason, StopReason

# A day of the rules has 24 hours, whatever the clocks on the walls do.
_DAY = literal_column("interval '24 hours'", Interval())

_EXPIRE = text("SELECT expire_due_purchases(:most, NULL)")
# The function reads the due purchases by index and ends them in few statements, however many they are.
_RELEASE = text("""
    SELECT purchase_id, seller_id, currency, price_minor, commission_minor
      FROM release_due_purchases(:most, CAST(:only_purchase AS uuid))
""")


def release_due(*, most: int) -> list[UUID]:
    """Release up to *most* held purchases under CPL whose window is over and that no stop holds; returns their ids.

    The price goes to the seller's pending earnings, less the commission fixed at purchase. Purchases that
    another transaction has in hand are passed by.
    """
    return [row.purchase_id for row in db.session.execute(_RELEASE, {"most": most, "only_purchase": None})]


def expire_due(*, most: int) -> int:
    """Give back what up to *most* purchases held for an action that nobody reported in time; returns how many.

    The database decides against a report at the same moment; what another has in hand is passed by.
    """
    return int(db.session.execute(_EXPIRE, {"most": most}).scalar_one())


def pay_action(*, purchase_id: UUID, value_minor: int) -> Purchase:
    """Pay a confirmed action: its value to the seller less the commission, the rest of the bid back.

    The caller has written the confirmation and lifted the action's stop. Raises StillStopped while another
    stop stands, PurchaseEnded when the money is no longer held; the edge raises PurchaseEnded for an
    action that is not confirmed.
    """
    purchase = queries.lock(purchase_id)
    if purchase.open_stops:
        raise StillStopped
    if value_minor < purchase.price_minor:
        refunded = purchase.price_minor - value_minor
        return refund_partly(purchase_id=purchase_id, refunded_minor=refunded, reason=RefundReason.BELOW_BID)
    _end(purchase, PurchaseState.RELEASED, None, 0)
    ledger.post(
        ledger.release_price(
            purchase.id,
            buyer_id=purchase.buyer_id,
            seller_id=purchase.seller_id,
            price=_price(purchase),
            fee_bps=purchase.commission_bps,
        )
    )
    return purchase


def release(*, purchase_id: UUID) -> bool:
    """Release one purchase if it is due; False when it is not held, not due, stopped or in another's hand."""
    released = db.session.execute(_RELEASE, {"most": 1, "only_purchase": purchase_id}).all()
    return bool(released)


def refund(*, purchase_id: UUID, reason: RefundReason) -> Purchase:
    """Give the whole price back, whatever stops stand. Raises PurchaseEnded when it is no longer held."""
    purchase = queries.lock(purchase_id)
    _end(purchase, PurchaseState.REFUNDED, reason, purchase.price_minor)
    ledger.post(
        ledger.refund_price(
            purchase.id, buyer_id=purchase.buyer_id, price=_price(purchase), promo_minor=purchase.promo_minor
        )
    )
    return purchase


def refund_partly(*, purchase_id: UUID, refunded_minor: int, reason: RefundReason) -> Purchase:
    """Give part of the price back and the rest to the seller; the commission is taken of the rest.

    Raises InvalidInput unless 0 < *refunded_minor* < price, PurchaseEnded when it is no longer held.
    """
    purchase = queries.lock(purchase_id)
    if not 0 < refunded_minor < purchase.price_minor:
        raise InvalidInput.field(
            "/refund/amount", "out_of_range", "A partial refund is more than nothing and less than the price."
        )
    _end(purchase, PurchaseState.PARTLY_REFUNDED, reason, refunded_minor)
    ledger.post(
        ledger.partial_refund(
            purchase.id,
            buyer_id=purchase.buyer_id,
            seller_id=purchase.seller_id,
            price=_price(purchase),
            refunded_minor=refunded_minor,
            fee_bps=purchase.commission_bps,
            promo_minor=purchase.promo_minor,
        )
    )
    return purchase


def refund_undelivered(*, purchase_id: UUID) -> bool:
    """Refund a purchase that nobody could read in time; False when it was disclosed, ended or is not due.

    The caller (deliveries) says that every delivery failed; a disputed purchase waits for its ruling.
    """
    purchase = queries.lock(purchase_id)
    due = db.session.execute(
        select(Purchase.id).where(
            Purchase.id == purchase_id,
            Purchase.state == PurchaseState.HELD,
            Purchase.disclosed_at.is_(None),
            Purchase.open_stops == 0,
            Purchase.undisclosed_until <= clock.now_sql(),
        )
    ).scalar_one_or_none()
    if due is None:
        return False
    refund(purchase_id=purchase.id, reason=RefundReason.UNDELIVERED)
    return True


def _end(purchase: Purchase, state: PurchaseState, reason: RefundReason | None, refunded_minor: int) -> None:
    ended = db.session.execute(
        update(Purchase)
        .where(Purchase.id == purchase.id, Purchase.state == PurchaseState.HELD)
        .values(
            state=state,
            refund_reason=reason,
            refunded_minor=refunded_minor,
            commission_minor=share_floor(purchase.price_minor - refunded_minor, purchase.commission_bps),
            ended_at=clock.now_sql(),
        )
        .returning(Purchase.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if ended is None:
        raise PurchaseEnded
    db.session.refresh(purchase)
    fact = PurchaseReleased if state is PurchaseState.RELEASED else PurchaseRefunded
    events.record(fact(purchase.id))


def _price(purchase: Purchase) -> Money:
    return Money(purchase.price_minor, purchase.currency)


def place_stop(*, purchase_id: UUID, reason: StopReason, source_id: UUID) -> None:
    """Block the release of a held purchase; the database decides against a release at the same moment.

    A dispute's stop must come before the window ends, an action's before the attribution does. The edge
    raises WindowClosed, AttributionOver, PurchaseEnded or StopStands.
    """
    db.session.add(Stop(purchase_id=purchase_id, reason=reason, source_id=source_id))
    db.session.flush()


def lift_stop(*, purchase_id: UUID, reason: StopReason, source_id: UUID) -> bool:
    """Lift a stop; False when it does not stand (any more)."""
    # The purchase first: whoever ends it locks it before its stops, too.
    queries.lock(purchase_id)
    lifted = db.session.execute(
        update(Stop)
        .where(
            Stop.purchase_id == purchase_id,
            Stop.reason == reason,
            Stop.source_id == source_id,
            Stop.lifted_at.is_(None),
        )
        .values(lifted_at=clock.now_sql())
        .returning(Stop.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    return lifted is not None


def mark_disclosed(*, purchase_ids: Collection[UUID]) -> int:
    """Write the first disclosure down: from now on the return window runs, and a failed delivery is no reason.

    Later disclosures change nothing, and what was refunded unread stays unread. Returns how many were first.
    """
    now = clock.now_sql()
    fresh = (
        select(Purchase.id)
        .where(
            Purchase.id.in_(purchase_ids),
            Purchase.disclosed_at.is_(None),
            Purchase.state.in_(CONTACT_OWED),
        )
        .order_by(Purchase.id)
        .with_for_update(key_share=True)
    )
    window = Purchase.return_window_days * _DAY
    marked = db.session.execute(
        update(Purchase)
        .where(Purchase.id.in_(fresh.scalar_subquery()), Purchase.disclosed_at.is_(None))
        .values(disclosed_at=now, window_ends_at=func.least(now, Purchase.undisclosed_until) + window)
        .returning(Purchase.id)
        .execution_options(synchronize_session=False)
    )
    return len(marked.all())
