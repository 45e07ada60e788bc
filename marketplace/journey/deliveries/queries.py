"""Every select of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, select

from ...access import Actor
from ...kernel.database import db
from ...kernel.errors import NotFound
from ...kernel.outbox import OutboxRow
from ...kernel.paging import Page, id_after, page_of
from .models import Delivery, DeliveryAttempt, DeliveryTarget
from .rules import NOTHING_SENT, DeliveryState, TargetState


def visible_targets(actor: Actor) -> Select[DeliveryTarget]:
    """The targets of the actor's organization that were not removed."""
    return select(DeliveryTarget).where(
        DeliveryTarget.buyer_id == actor.organization_id, DeliveryTarget.removed_at.is_(None)
    )


def visible_to(actor: Actor) -> Select[Delivery]:
    """The deliveries of the actor's organization."""
    return select(Delivery).where(Delivery.buyer_id == actor.organization_id)


def targets(actor: Actor) -> Sequence[DeliveryTarget]:
    """All targets of the actor, oldest first."""
    return db.session.execute(visible_targets(actor).order_by(DeliveryTarget.id)).scalars().all()


def target(actor: Actor, target_id: UUID) -> DeliveryTarget:
    """One target, locked. Raises NotFound."""
    found = visible_targets(actor).where(DeliveryTarget.id == target_id).with_for_update()
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def active_target_ids(buyer_id: UUID) -> Sequence[UUID]:
    """Where a buyer's leads go now."""
    found = select(DeliveryTarget.id).where(
        DeliveryTarget.buyer_id == buyer_id,
        DeliveryTarget.state == TargetState.ACTIVE,
        DeliveryTarget.removed_at.is_(None),
    )
    return db.session.execute(found.order_by(DeliveryTarget.id)).scalars().all()


def deliveries(
    actor: Actor, *, purchase_id: UUID | None, state: DeliveryState | None, limit: int, cursor: str | None
) -> Page[Delivery]:
    """The actor's deliveries, newest first."""
    found = visible_to(actor).order_by(Delivery.id.desc()).limit(limit + 1)
    if purchase_id is not None:
        found = found.where(Delivery.purchase_id == purchase_id)
    if state is not None:
        found = found.where(Delivery.state == state)
    if cursor:
        found = found.where(Delivery.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def delivery(actor: Actor, delivery_id: UUID, *, lock_it: bool = True) -> Delivery:
    """One delivery of the actor as it is now, locked unless asked otherwise. Raises NotFound."""
    found = visible_to(actor).where(Delivery.id == delivery_id).execution_options(populate_existing=True)
    if lock_it:
        found = found.with_for_update()
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def attempts(delivery_id: UUID) -> Sequence[DeliveryAttempt]:
    """Every attempt of a delivery, first to last."""
    found = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id)
    return db.session.execute(found.order_by(DeliveryAttempt.number)).scalars().all()


def lock(delivery_id: UUID) -> tuple[Delivery, DeliveryTarget]:
    """A delivery and its target, the delivery locked; for the job that sends."""
    found = (
        select(Delivery, DeliveryTarget)
        .join(DeliveryTarget, DeliveryTarget.id == Delivery.target_id)
        .where(Delivery.id == delivery_id)
        .with_for_update(of=Delivery)
    )
    row = db.session.execute(found).one()
    return row[0], row[1]


def purchase_id_of(delivery_id: UUID) -> UUID:
    """Which purchase a delivery carries; a delivery never changes it."""
    return db.session.execute(select(Delivery.purchase_id).where(Delivery.id == delivery_id)).scalar_one()


@dataclass(frozen=True)
class Tally:
    """How the deliveries of a purchase stand."""

    waiting: int
    delivered: int
    #: Given up after attempts at a target that its buyer neither removed nor paused.
    failed_in_earnest: int
    #: Where the body may have reached the buyer's system, whatever that answered, if it answered at all.
    may_have_arrived: int


def tally_of(purchase_id: UUID) -> Tally:
    """How the deliveries of a purchase stand."""
    in_earnest = and_(
        Delivery.state == DeliveryState.FAILED,
        Delivery.attempts > 0,
        DeliveryTarget.removed_at.is_(None),
        DeliveryTarget.state != TargetState.PAUSED,
    )
    arrived = exists().where(
        DeliveryAttempt.delivery_id == Delivery.id, DeliveryAttempt.outcome.not_in(NOTHING_SENT)
    )
    found = (
        select(
            func.count().filter(Delivery.state == DeliveryState.WAITING),
            func.count().filter(Delivery.state == DeliveryState.DELIVERED),
            func.count().filter(in_earnest),
            func.count().filter(arrived),
        )
        .join(DeliveryTarget, DeliveryTarget.id == Delivery.target_id)
        .where(Delivery.purchase_id == purchase_id)
    )
    return Tally(*db.session.execute(found).one())


def stranded(topic: str, limit: int) -> Sequence[Delivery]:
    """Waiting deliveries for which no duty of that topic is open, locked; what is in hand is passed by."""
    duty = exists().where(
        OutboxRow.topic == topic,
        OutboxRow.reference == Delivery.id,
        OutboxRow.done_at.is_(None),
        OutboxRow.dead_at.is_(None),
    )
    found = (
        select(Delivery)
        .where(Delivery.state == DeliveryState.WAITING, ~duty)
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return db.session.execute(found).scalars().all()
