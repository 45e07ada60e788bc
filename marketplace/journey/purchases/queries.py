"""Every select of purchases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, exists, func, or_, select, text

from ...access import Actor
from ...kernel.database import db
from ...kernel.errors import NotFound
from ...kernel.paging import Page, id_after, page_of
from .models import Evidence, Purchase, Stop
from .rules import PurchaseState, RefundReason, StopReason


def visible_to(actor: Actor) -> Select[Purchase]:
    """What the actor bought or sold; all of them for the operator."""
    found = select(Purchase)
    if actor.is_operator:
        return found
    mine = actor.organization_id
    return found.where(or_(Purchase.buyer_id == mine, Purchase.seller_id == mine))


def purchase(purchase_id: UUID) -> Purchase:
    """One purchase, for jobs and later steps. Raises NotFound."""
    found = db.session.get(Purchase, purchase_id)
    if found is None:
        raise NotFound
    return found


def purchase_of(actor: Actor, purchase_id: UUID) -> Purchase:
    """One purchase of the actor, on either side. Raises NotFound."""
    found = db.session.execute(visible_to(actor).where(Purchase.id == purchase_id)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def bought_by(actor: Actor, purchase_id: UUID) -> Purchase:
    """One purchase that the actor bought. Raises NotFound, also for the seller of it."""
    found = purchase_of(actor, purchase_id)
    if found.buyer_id != actor.organization_id:
        raise NotFound
    return found


def lock(purchase_id: UUID) -> Purchase:
    """One purchase as it is now, locked until the transaction ends. Raises NotFound."""
    locked = (
        select(Purchase)
        .where(Purchase.id == purchase_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(locked).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def purchases(
    actor: Actor,
    *,
    sold: bool,
    state: PurchaseState | None,
    lead_id: UUID | None,
    vertical_id: UUID | None,
    limit: int,
    cursor: str | None,
) -> Page[Purchase]:
    """What the actor bought (or with *sold* sold), newest first."""
    side = Purchase.seller_id if sold else Purchase.buyer_id
    found = select(Purchase).where(side == actor.organization_id)
    if state is not None:
        found = found.where(Purchase.state == state)
    if lead_id is not None:
        found = found.where(Purchase.lead_id == lead_id)
    if vertical_id is not None:
        found = found.where(Purchase.vertical_id == vertical_id)
    if cursor:
        found = found.where(Purchase.id < id_after(cursor))
    found = found.order_by(Purchase.id.desc()).limit(limit + 1)
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def held_of_lead(lead_id: UUID) -> Sequence[Purchase]:
    """The purchases of a lead whose money is still held."""
    found = select(Purchase).where(Purchase.lead_id == lead_id, Purchase.state == PurchaseState.HELD)
    return db.session.execute(found.order_by(Purchase.id)).scalars().all()


def stopped_for(purchase_ids: Collection[UUID], reason: StopReason) -> frozenset[UUID]:
    """Those of the purchases on which a stop of that reason stands."""
    found = select(Stop.purchase_id).where(
        Stop.purchase_id.in_(purchase_ids), Stop.reason == reason, Stop.lifted_at.is_(None)
    )
    return frozenset(db.session.execute(found).scalars())


def was_disputed(purchase: Purchase) -> bool:
    """Whether a dispute stopped the purchase at any time, or refunded it without having to stop it."""
    if purchase.refund_reason == RefundReason.DISPUTE:
        return True
    placed = exists().where(Stop.purchase_id == purchase.id, Stop.reason == StopReason.DISPUTE)
    return bool(db.session.execute(select(placed)).scalar_one())


@dataclass(frozen=True)
class FrozenEvidence:
    """What was frozen of a sale, the letters of its facts, and whether it still has its digest."""

    purchase_id: UUID
    batch_id: UUID
    facts: dict[str, Any]
    facts_text: str
    sealed_digest: str
    digest: str
    frozen_at: Any
    intact: bool


def evidence(purchase_id: UUID) -> FrozenEvidence:
    """The frozen evidence of a purchase, checked against its digest now. Raises NotFound."""
    row = db.session.execute(
        select(
            Purchase.batch_id,
            Evidence.facts,
            cast(Evidence.facts, Text).label("facts_text"),
            func.encode(func.sha256(Evidence.sealed), "hex").label("sealed_digest"),
            func.encode(Evidence.digest, "hex").label("digest"),
            Evidence.frozen_at,
            (func.evidence_digest(Evidence.facts, Evidence.sealed) == Evidence.digest).label("intact"),
        )
        .join(Purchase, Purchase.id == Evidence.purchase_id)
        .where(Evidence.purchase_id == purchase_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return FrozenEvidence(
        purchase_id,
        row.batch_id,
        row.facts,
        row.facts_text,
        row.sealed_digest,
        row.digest,
        row.frozen_at,
        row.intact,
    )


_EARLIER = text("""
    SELECT earlier.id
      FROM purchases AS p
      JOIN leads AS lead ON lead.id = p.lead_id
      JOIN verticals AS v ON v.id = p.vertical_id
      JOIN leads AS twin ON twin.phone_search = lead.phone_search OR twin.email_search = lead.email_search
      JOIN purchases AS earlier ON earlier.lead_id = twin.id AND earlier.buyer_id = p.buyer_id
     WHERE p.id = :purchase_id AND earlier.id <> p.id AND twin.vertical_id = p.vertical_id
       AND (earlier.purchased_at, earlier.id) < (p.purchased_at, p.id)
       AND earlier.purchased_at >= p.purchased_at - v.duplicate_window_days * interval '24 hours'
       AND earlier.state <> 'refunded'
     ORDER BY earlier.purchased_at LIMIT 1
""")


def earlier_purchase_of_same_contact(purchase_id: UUID) -> UUID | None:
    """The buyer's own earlier purchase of the same phone or e-mail within the duplicate window, if any.

    Compares keyed digests of exact contacts in the same vertical; what was refunded does not count.
    """
    found: UUID | None = db.session.execute(_EARLIER, {"purchase_id": purchase_id}).scalar_one_or_none()
    return found


def held_minor_by_currency(seller_id: UUID) -> dict[str, int]:
    """What is held for a seller, by currency in minor units, before commission."""
    found = (
        select(Purchase.currency, func.sum(Purchase.price_minor))
        .where(Purchase.seller_id == seller_id, Purchase.state == PurchaseState.HELD)
        .group_by(Purchase.currency)
    )
    return {currency: int(total) for currency, total in db.session.execute(found)}
