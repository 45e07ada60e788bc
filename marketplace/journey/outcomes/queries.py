"""Every select of outcomes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ...access import Actor
from ...kernel import clock
from ...kernel.database import db
from ...kernel.errors import NotFound
from ...kernel.paging import Page, id_after, page_of
from .. import purchases
from .models import Action, Customer, FollowedLead, OutcomeReport, PostbackAddress
from .rules import ActionState, Outcome


def action(action_id: UUID) -> Action:
    """One action, for jobs. Raises NotFound."""
    found = db.session.get(Action, action_id)
    if found is None:
        raise NotFound
    return found


def action_of_purchase(purchase_id: UUID) -> Action | None:
    """The action of a purchase, if one was reported."""
    found = select(Action).where(Action.purchase_id == purchase_id)
    return db.session.execute(found.execution_options(populate_existing=True)).scalar_one_or_none()


def visible_actions(actor: Actor) -> Select[Action]:
    """The actions that the actor reported or is paid by; all for the operator."""
    found = select(Action)
    if actor.is_operator:
        return found
    mine = actor.organization_id
    return found.where(or_(Action.buyer_id == mine, Action.seller_id == mine))


def action_of(actor: Actor, action_id: UUID) -> Action:
    """One action that the actor may see. Raises NotFound."""
    found = db.session.execute(visible_actions(actor).where(Action.id == action_id)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def own_action(actor: Actor, action_id: UUID) -> Action:
    """One action that the actor's organization reported. Raises NotFound."""
    found = action_of(actor, action_id)
    if found.buyer_id != actor.organization_id:
        raise NotFound
    return found


def actions(
    actor: Actor, *, state: ActionState | None, purchase_id: UUID | None, limit: int, cursor: str | None
) -> Page[Action]:
    """The actor's actions, newest first."""
    found = visible_actions(actor).order_by(Action.id.desc()).limit(limit + 1)
    if state is not None:
        found = found.where(Action.state == state)
    if purchase_id is not None:
        found = found.where(Action.purchase_id == purchase_id)
    if cursor:
        found = found.where(Action.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def due_actions(most: int) -> Sequence[UUID]:
    """Actions whose time has come and that only their own stop holds, in the order of their ids.

    One order for everybody who locks several, so that two sweeps do not wait for each other.
    """
    purchase = purchases.Purchase
    due = (
        select(Action.id)
        .join(purchase, purchase.id == Action.purchase_id)
        .where(
            Action.state == ActionState.REPORTED,
            Action.confirms_at <= clock.now_sql(),
            purchase.state == purchases.PurchaseState.HELD,
            purchase.open_stops == 1,
        )
        .order_by(Action.confirms_at)
        .limit(most)
    )
    return sorted(db.session.execute(due).scalars())


def reports(
    actor: Actor, *, outcome: Outcome | None, purchase_id: UUID | None, limit: int, cursor: str | None
) -> Page[OutcomeReport]:
    """What the actor reported, or as a seller was told, newest first; all for the operator."""
    found = select(OutcomeReport).order_by(OutcomeReport.id.desc()).limit(limit + 1)
    if not actor.is_operator:
        mine = actor.organization_id
        found = found.where(or_(OutcomeReport.buyer_id == mine, OutcomeReport.seller_id == mine))
    if outcome is not None:
        found = found.where(OutcomeReport.outcome == outcome)
    if purchase_id is not None:
        found = found.where(OutcomeReport.purchase_id == purchase_id)
    if cursor:
        found = found.where(OutcomeReport.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def report_by_reference(buyer_id: UUID, reference: str) -> OutcomeReport | None:
    """The buyer's report with this reference, if there is one."""
    found = select(OutcomeReport).where(
        OutcomeReport.buyer_id == buyer_id, OutcomeReport.reference == reference
    )
    return db.session.execute(found).scalar_one_or_none()


def followed(purchase_id: UUID) -> FollowedLead | None:
    """What the reports on a purchase come to, None before the first one."""
    return db.session.get(FollowedLead, purchase_id, populate_existing=True)


def deferred(buyer_id: UUID, *, came_back: bool | None, limit: int, cursor: str | None) -> Page[FollowedLead]:
    """The leads that a buyer deferred, the newest purchase first."""
    lead = FollowedLead
    found = select(lead).where(lead.buyer_id == buyer_id, lead.follow_up_at.is_not(None))
    if came_back is not None:
        found = found.where(lead.came_back_at.is_not(None) if came_back else lead.came_back_at.is_(None))
    if cursor:
        found = found.where(lead.purchase_id < id_after(cursor))
    found = found.order_by(lead.purchase_id.desc()).limit(limit + 1)
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.purchase_id])


def customers(buyer_id: UUID, *, limit: int, cursor: str | None) -> Page[Row[Customer, int, str]]:
    """A buyer's customers with what they brought, newest first."""
    revenue = (
        select(func.coalesce(func.sum(OutcomeReport.revenue_minor), 0))
        .where(OutcomeReport.purchase_id == Customer.purchase_id)
        .scalar_subquery()
    )
    found = (
        select(Customer, revenue, purchases.Purchase.currency)
        .join(purchases.Purchase, purchases.Purchase.id == Customer.purchase_id)
        .where(Customer.buyer_id == buyer_id)
    )
    if cursor:
        found = found.where(Customer.id < id_after(cursor))
    rows = db.session.execute(found.order_by(Customer.id.desc()).limit(limit + 1)).all()
    return page_of(rows, limit, lambda row: [row[0].id])


def summary(actor: Actor, dimension: str) -> Sequence[Row[UUID, str | None, str | None, int]]:
    """How many leads stand at which outcome, by the word of *dimension*; each side its own, the operator all."""
    purchase, lead = purchases.Purchase, FollowedLead
    by: dict[str, InstrumentedAttribute[UUID]] = {
        "seller": purchase.seller_id,
        "offer": purchase.offer_id,
        "batch": purchase.batch_id,
        "vertical": purchase.vertical_id,
    }
    found = (
        select(by[dimension], lead.outcome, lead.reason, func.count())
        .join(purchase, purchase.id == lead.purchase_id)
        .where(lead.outcome.is_not(None))
        .group_by(by[dimension], lead.outcome, lead.reason)
        .order_by(by[dimension], lead.outcome, lead.reason)
    )
    if not actor.is_operator:
        mine = actor.organization_id
        found = found.where(or_(lead.buyer_id == mine, lead.seller_id == mine))
    return db.session.execute(found).all()


def postback_address(address_id: UUID) -> PostbackAddress | None:
    """The address with this id, if there is one."""
    return db.session.get(PostbackAddress, address_id)


def postback_address_of(buyer_id: UUID) -> PostbackAddress | None:
    """The buyer's own address, if it has one."""
    found = select(PostbackAddress).where(PostbackAddress.buyer_id == buyer_id)
    return db.session.execute(found).scalar_one_or_none()
