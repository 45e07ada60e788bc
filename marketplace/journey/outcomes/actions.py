"""The verbs of actions under CPA: report, confirm, reverse. Every race is decided by the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from ...access import Actor, write_audit
from ...kernel import clock, events, ids
from ...kernel.database import db
from ...kernel.errors import InvalidInput
from ...kernel.money import Money
from .. import purchases
from ..offers import Pricing
from . import queries
from .errors import ActionEnded, ActionReported
from .events import ActionConfirmed, ActionReversed
from .events import ActionReported as ActionReportedFact
from .models import Action
from .rules import CONFIRM_DAYS, ActionState, ReportedBy, Reversal


def report(
    *,
    actor: Actor,
    purchase: purchases.Purchase,
    value: Money | None,
    happened_at: datetime,
    reported_by: ReportedBy,
) -> Action:
    """Report the action that a purchase under CPA is paid by; without *value* the whole bid is paid.

    It stops the expiry of the hold and is paid 14 days later. Raises ActionReported for a second one,
    InvalidInput for a value of nothing, above the bid or in another currency; the edge raises
    AttributionOver after the attribution window and PurchaseEnded when the money is no longer held.
    """
    value_minor = _checked_value(value, Money(purchase.price_minor, purchase.currency))
    purchases.lock(purchase.id)
    if queries.action_of_purchase(purchase.id) is not None:
        raise ActionReported
    action_id = ids.new_id()
    purchases.place_stop(purchase_id=purchase.id, reason=purchases.StopReason.ACTION, source_id=action_id)
    action = Action(
        id=action_id,
        purchase_id=purchase.id,
        buyer_id=purchase.buyer_id,
        seller_id=purchase.seller_id,
        action=purchase.action,
        bid_minor=purchase.price_minor,
        value_minor=value_minor,
        currency=purchase.currency,
        happened_at=happened_at,
        reported_by=reported_by,
        confirms_at=clock.business_now() + timedelta(hours=24 * CONFIRM_DAYS),
    )
    db.session.add(action)
    db.session.flush()
    db.session.refresh(action)
    events.record(ActionReportedFact(purchase.id))
    write_audit(actor, "action.reported", action_id, value_minor=value_minor)
    return action


def _checked_value(value: Money | None, bid: Money) -> int:
    if value is None:
        return bid.amount
    if value.currency != bid.currency:
        raise InvalidInput.field(
            "/value/currency", "currency_mismatch", f"This purchase is paid in {bid.currency}."
        )
    if not 0 < value.amount <= bid.amount:
        raise InvalidInput.field(
            "/value/amount",
            "out_of_range",
            f"The value of an action is from 1 to the bid of {bid.amount} minor units; leave it out for the whole bid.",
        )
    return value.amount


def reverse(*, actor: Actor, action_id: UUID) -> Action:
    """The buyer takes a report back before it is confirmed: what is held is refunded.

    Raises NotFound for what the actor did not report, ActionEnded.
    """
    found = queries.own_action(actor, action_id)
    purchases.lock(found.purchase_id)
    now = clock.now_sql()
    reversed_id = db.session.execute(
        update(Action)
        .where(Action.id == action_id, Action.state == ActionState.REPORTED, Action.confirms_at > now)
        .values(state=ActionState.REVERSED, reversal=Reversal.BUYER, ended_at=now)
        .returning(Action.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if reversed_id is None:
        raise ActionEnded
    purchases.refund(purchase_id=found.purchase_id, reason=purchases.RefundReason.REVERSED)
    _lift(found)
    events.record(ActionReversed(found.purchase_id))
    write_audit(actor, "action.reversed", action_id)
    db.session.refresh(found)
    return found


def confirm_slice(*, most: int) -> int:
    """Pay up to *most* actions whose time has come and that no other stop holds; returns how many."""
    return sum(confirm(action_id=one) for one in queries.due_actions(most))


def confirm(*, action_id: UUID) -> bool:
    """Pay one action if it is due; False when it is not, was ended, or a dispute holds the money."""
    action = queries.action(action_id)
    purchase = purchases.lock(action.purchase_id)
    if purchase.state != purchases.PurchaseState.HELD or purchase.open_stops != 1:
        return False
    now = clock.now_sql()
    confirmed = db.session.execute(
        update(Action)
        .where(Action.id == action_id, Action.state == ActionState.REPORTED, Action.confirms_at <= now)
        .values(state=ActionState.CONFIRMED, ended_at=now)
        .returning(Action.value_minor)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if confirmed is None:
        return False
    _lift(action)
    purchases.pay_action(purchase_id=purchase.id, value_minor=confirmed)
    events.record(ActionConfirmed(purchase.id))
    write_audit(None, "action.confirmed", action_id, value_minor=confirmed)
    return True


def close_with_purchase(*, purchase_id: UUID) -> bool:
    """After a purchase ended otherwise: its action waits for nothing any more. False when there was none."""
    purchase = purchases.lock(purchase_id)
    action = queries.action_of_purchase(purchase_id)
    if action is None or purchase.state == purchases.PurchaseState.HELD:
        return False
    closed = db.session.execute(
        update(Action)
        .where(Action.id == action.id, Action.state == ActionState.REPORTED)
        .values(state=ActionState.REVERSED, reversal=Reversal.PURCHASE_ENDED, ended_at=clock.now_sql())
        .returning(Action.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if closed is None:
        return False
    _lift(action)
    events.record(ActionReversed(purchase_id))
    return True


def is_paid_by(purchase: purchases.Purchase, action: str | None) -> bool:
    """Whether a report of *action* is the one that the purchase is paid by."""
    return purchase.pricing == Pricing.CPA and action is not None and action == purchase.action


def _lift(action: Action) -> None:
    purchases.lift_stop(
        purchase_id=action.purchase_id, reason=purchases.StopReason.ACTION, source_id=action.id
    )
