"""What of a sale is shown to whom: the contact to its buyer alone, the evidence to those who argue over it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ...access import Actor, write_audit
from ...kernel import ids
from ...kernel.database import db
from ...kernel.errors import NotFound
from .. import intake, offers
from . import queries, services
from .errors import ContactErased, RefundedUnread
from .models import Purchase
from .rules import CONTACT_OWED


def read_contact(*, actor: Actor, purchase_id: UUID) -> dict[str, Any]:
    """The lead that the actor bought, with its contact; the first reading starts the return window.

    Raises NotFound for what the actor did not buy, RefundedUnread for what was refunded before anybody read
    it, ContactErased when the person's data was erased.
    """
    purchase = lock_owed(queries.bought_by(actor, purchase_id).id)
    shown = _lead(purchase)
    services.mark_disclosed(purchase_ids=[purchase.id])
    write_audit(actor, "contact.read", purchase.id)
    return shown


def read_evidence(*, actor: Actor, purchase_id: UUID) -> queries.FrozenEvidence:
    """What was frozen of a sale: for both sides, and for the operator once the purchase is disputed.

    The operator's reading is written down. Raises NotFound.
    """
    purchase = queries.purchase_of(actor, purchase_id)
    if actor.organization_id not in (purchase.buyer_id, purchase.seller_id):
        if not queries.was_disputed(purchase):
            raise NotFound
        write_audit(actor, "evidence.read", purchase.id)
    return queries.evidence(purchase.id)


def bought_lead(purchase_id: UUID) -> dict[str, Any]:
    """The same for a delivery to the buyer's own system; the delivery's acceptance is the disclosure.

    Raises NotFound, RefundedUnread, ContactErased.
    """
    return _lead(lock_owed(purchase_id))


def lock_owed(purchase_id: UUID) -> Purchase:
    """A purchase whose buyer may have the contact, locked, so that no refund comes in between.

    Raises NotFound, RefundedUnread.
    """
    purchase = queries.lock(purchase_id)
    if purchase.disclosed_at is None and purchase.state not in CONTACT_OWED:
        raise RefundedUnread
    return purchase


def _lead(purchase: Purchase) -> dict[str, Any]:
    lead = db.session.get(intake.Lead, purchase.lead_id)
    if lead is None:
        raise NotFound
    try:
        contact = intake.contact_of(lead)
    except intake.Erased:
        raise ContactErased from None
    return {
        "purchase_id": ids.public("pur", purchase.id),
        "lead_id": ids.public("led", lead.id),
        "vertical": offers.vertical(lead.vertical_id).code,
        "purchased_at": _written(purchase.purchased_at),
        "lead_at": _written(lead.lead_at),
        "price": {"amount": purchase.price_minor, "currency": purchase.currency},
        "contact": dict(contact.values),
        "row": dict(contact.row),
        "contact_kinds": lead.contact_kinds,
        "attributes": lead.attributes,
        "country": lead.country,
        "region": lead.region,
        "consent": lead.consent,
        "source": lead.source,
        "campaign": lead.campaign,
        "ad_group": lead.ad_group,
        "audience": lead.audience,
    }


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
