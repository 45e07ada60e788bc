"""Every select of intake."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select

from ...access import Actor
from ...kernel.database import db
from ...kernel.errors import NotFound
from ...kernel.paging import Page, bad_cursor, decode_cursor, id_after, page_of
from .models import Batch, Lead, RefusedRow, SavedMapping


def visible_to(actor: Actor) -> Select[Batch]:
    """The batches that *actor* may see: a seller's own, all for the operator."""
    found = select(Batch)
    return found if actor.is_operator else found.where(Batch.seller_id == actor.organization_id)


def batch(batch_id: UUID, *, lock: bool = False) -> Batch:
    """One batch, whoever asks; for the work of the exchange itself. Raises NotFound."""
    found = select(Batch).where(Batch.id == batch_id)
    row = db.session.execute(found.with_for_update() if lock else found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def batch_of(actor: Actor, batch_id: UUID) -> Batch:
    """One batch that the actor may see. Raises NotFound."""
    row = db.session.execute(visible_to(actor).where(Batch.id == batch_id)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def own_batch(actor: Actor, batch_id: UUID, *, lock: bool = False) -> Batch:
    """One batch of the actor's own organization. Raises NotFound."""
    found = select(Batch).where(Batch.id == batch_id, Batch.seller_id == actor.organization_id)
    row = db.session.execute(found.with_for_update() if lock else found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def batches(actor: Actor, offer_id: UUID | None, limit: int, cursor: str | None) -> Page[Batch]:
    """The batches that the actor may see, newest first."""
    found = visible_to(actor).order_by(Batch.id.desc()).limit(limit + 1)
    if offer_id is not None:
        found = found.where(Batch.offer_id == offer_id)
    if cursor:
        found = found.where(Batch.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def refused_rows(batch_id: UUID, limit: int, cursor: str | None) -> Page[RefusedRow]:
    """The refused rows of a batch in the file's order."""
    after = -1
    if cursor:
        text = decode_cursor(cursor, 1)[0] or ""
        if not text.isdecimal() or len(text) > 18:
            raise bad_cursor()
        after = int(text)
    rows = refused_after(batch_id, after, limit + 1)
    return page_of(rows, limit, lambda row: [row.row_no])


def refused_after(batch_id: UUID, row_no: int, count: int) -> Sequence[RefusedRow]:
    """The next *count* refused rows behind *row_no*."""
    found = (
        select(RefusedRow)
        .where(RefusedRow.batch_id == batch_id, RefusedRow.row_no > row_no)
        .order_by(RefusedRow.row_no)
        .limit(count)
    )
    return db.session.execute(found).scalars().all()


def saved_mapping(seller_id: UUID, vertical_id: UUID, signature: bytes) -> SavedMapping | None:
    """How the seller mapped the same columns before."""
    return db.session.get(SavedMapping, (seller_id, vertical_id, signature))


def lead(lead_id: UUID) -> Lead:
    """One lead, whoever asks. Raises NotFound."""
    found = db.session.get(Lead, lead_id)
    if found is None:
        raise NotFound
    return found


def leads_with(actor: Actor, *, phone: bytes | None, email: bytes | None, limit: int) -> Sequence[Lead]:
    """The actor's own leads with this contact, by its digest, newest first."""
    found = select(Lead).where(Lead.seller_id == actor.organization_id)
    if phone is not None:
        found = found.where(Lead.phone_search == phone)
    if email is not None:
        found = found.where(Lead.email_search == email)
    return db.session.execute(found.order_by(Lead.id.desc()).limit(limit)).scalars().all()
