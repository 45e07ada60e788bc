"""Every select of offers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select

from ...access import Actor
from ...kernel import ids
from ...kernel.database import db
from ...kernel.errors import NotFound
from ...kernel.paging import Page, id_after, page_of
from .models import Offer, Vertical, VerticalField
from .rules import OfferState


def visible_to(actor: Actor) -> Select[Offer]:
    """The offers that *actor* may see: a seller's own, all for the operator."""
    found = select(Offer)
    return found if actor.is_operator else found.where(Offer.seller_id == actor.organization_id)


def verticals() -> Sequence[Vertical]:
    """All verticals by name."""
    return db.session.execute(select(Vertical).order_by(Vertical.name)).scalars().all()


def vertical(vertical_id: UUID) -> Vertical:
    """One vertical. Raises NotFound."""
    found = db.session.get(Vertical, vertical_id)
    if found is None:
        raise NotFound
    return found


def vertical_by_word(word: str, *, lock: bool = False) -> Vertical:
    """The vertical with this code or public id. Raises NotFound."""
    identifier = ids.parse("ver", word)
    wanted = Vertical.id == identifier if identifier else Vertical.code == word
    found = select(Vertical).where(wanted)
    row = db.session.execute(found.with_for_update() if lock else found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def fields_of(vertical_id: UUID) -> Sequence[VerticalField]:
    """The fields of a vertical in their order."""
    found = select(VerticalField).where(VerticalField.vertical_id == vertical_id)
    return db.session.execute(found.order_by(VerticalField.position, VerticalField.name)).scalars().all()


def offer(offer_id: UUID) -> Offer:
    """One offer, whoever asks; for the work of the exchange itself. Raises NotFound."""
    found = db.session.get(Offer, offer_id)
    if found is None:
        raise NotFound
    return found


def offer_of(actor: Actor, offer_id: UUID, *, lock: bool = False) -> Offer:
    """One offer that the actor may see. Raises NotFound."""
    found = visible_to(actor).where(Offer.id == offer_id)
    row = db.session.execute(found.with_for_update() if lock else found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def own_offer(actor: Actor, offer_id: UUID) -> Offer:
    """One offer of the actor's own organization, locked. Raises NotFound."""
    row = offer_of(actor, offer_id, lock=True)
    if row.seller_id != actor.organization_id:
        raise NotFound
    return row


def terms_of(offer_ids: Collection[UUID]) -> Mapping[UUID, Offer]:
    """The offers behind listings that are shown, by id; what they say of price and action is for every buyer."""
    found = db.session.execute(select(Offer).where(Offer.id.in_(set(offer_ids)))).scalars()
    return {offer.id: offer for offer in found}


def offers(actor: Actor, state: OfferState | None, limit: int, cursor: str | None) -> Page[Offer]:
    """The offers that the actor may see, newest first."""
    found = visible_to(actor).order_by(Offer.id.desc()).limit(limit + 1)
    if state is not None:
        found = found.where(Offer.state == state)
    if cursor:
        found = found.where(Offer.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])
