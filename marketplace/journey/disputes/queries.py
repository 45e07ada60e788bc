"""Every select of disputes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from ...access import Actor
from ...kernel.database import db
from ...kernel.errors import NotFound
from ...kernel.paging import Page, id_after, page_of
from .. import purchases
from .models import Dispute, DisputeFile, DisputeMessage
from .rules import DisputeState


def visible_to(actor: Actor) -> Select[Dispute]:
    """The disputes in which the actor is buyer or seller; all for the operator."""
    found = select(Dispute)
    if actor.is_operator:
        return found
    mine = actor.organization_id
    return found.where(or_(Dispute.buyer_id == mine, Dispute.seller_id == mine))


def dispute_of(actor: Actor, dispute_id: UUID) -> Dispute:
    """One dispute of the actor. Raises NotFound."""
    found = db.session.execute(visible_to(actor).where(Dispute.id == dispute_id)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def lock(dispute_id: UUID) -> tuple[Dispute, purchases.Purchase]:
    """A dispute and its purchase as they are now, the purchase locked first. Raises NotFound."""
    found = db.session.get(Dispute, dispute_id)
    if found is None:
        raise NotFound
    purchase = purchases.lock(found.purchase_id)
    again = select(Dispute).where(Dispute.id == dispute_id).with_for_update(key_share=True)
    fresh = db.session.execute(again.execution_options(populate_existing=True)).scalar_one()
    return fresh, purchase


def standing_of(purchase_id: UUID) -> Dispute | None:
    """The dispute of a purchase that was not withdrawn, if any."""
    found = select(Dispute).where(Dispute.purchase_id == purchase_id, Dispute.state != DisputeState.WITHDRAWN)
    return db.session.execute(found).scalar_one_or_none()


def disputes(
    actor: Actor, *, state: DisputeState | None, purchase_id: UUID | None, limit: int, cursor: str | None
) -> Page[Dispute]:
    """The actor's disputes, newest first; a moderator's worklist with a state."""
    found = visible_to(actor).order_by(Dispute.id.desc()).limit(limit + 1)
    if state is not None:
        found = found.where(Dispute.state == state)
    if purchase_id is not None:
        found = found.where(Dispute.purchase_id == purchase_id)
    if cursor:
        found = found.where(Dispute.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def messages(dispute_id: UUID, limit: int, cursor: str | None) -> Page[DisputeMessage]:
    """What was written, oldest first."""
    found = select(DisputeMessage).where(DisputeMessage.dispute_id == dispute_id)
    if cursor:
        found = found.where(DisputeMessage.id > id_after(cursor))
    found = found.order_by(DisputeMessage.id).limit(limit + 1)
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def files(dispute_id: UUID) -> Sequence[DisputeFile]:
    """The files that were shown, oldest first."""
    found = select(DisputeFile).where(DisputeFile.dispute_id == dispute_id).order_by(DisputeFile.id)
    return db.session.execute(found).scalars().all()


def file_count(dispute_id: UUID) -> int:
    """How many files the dispute holds."""
    found = select(func.count()).select_from(DisputeFile).where(DisputeFile.dispute_id == dispute_id)
    return int(db.session.execute(found).scalar_one())


def file_by_digest(dispute_id: UUID, digest: bytes) -> DisputeFile | None:
    """The same file, if it was shown before."""
    found = select(DisputeFile).where(DisputeFile.dispute_id == dispute_id, DisputeFile.digest == digest)
    return db.session.execute(found).scalar_one_or_none()


def file(dispute_id: UUID, file_id: UUID) -> DisputeFile:
    """One file of a dispute. Raises NotFound."""
    found = select(DisputeFile).where(DisputeFile.dispute_id == dispute_id, DisputeFile.id == file_id)
    row = db.session.execute(found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row
