"""Postbacks: a buyer's own system reports outcomes, signed as Standard Webhooks says."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from standardwebhooks import Webhook, WebhookVerificationError

from ...access import Actor, Permission, Principal, write_audit
from ...kernel import crypto, ids, randomness
from ...kernel.database import db
from . import queries
from .errors import BadSignature
from .models import PostbackAddress

_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True)
class NewAddress:
    """An address and its secret, which is shown this once."""

    id: UUID
    path: str
    secret: str


def make_address(*, actor: Actor) -> NewAddress:
    """Give the actor's organization its address with a new secret; the one before is void at once."""
    secret = "whsec_" + base64.b64encode(randomness.secret_bytes(32)).decode()
    known = queries.postback_address_of(actor.organization_id)
    address_id = known.id if known else ids.new_id()
    sealed = crypto.keys().seal(secret.encode(), bound_to=address_id.bytes)
    parts = {"key_id": sealed.key_id, "wrapped_key": sealed.wrapped_key, "sealed": sealed.ciphertext}
    written = db.session.execute(
        insert(PostbackAddress)
        .values(id=address_id, buyer_id=actor.organization_id, **parts)
        .on_conflict_do_update(index_elements=["buyer_id"], set_=parts)
        .returning(PostbackAddress.id)
    ).scalar_one()
    if written != address_id:
        # Two first requests at once: the row keeps its id, to which the secret must be bound.
        return make_address(actor=actor)
    write_audit(actor, "postback_address.made", address_id)
    return NewAddress(address_id, f"/v1/postbacks/{ids.public('pbk', address_id)}", secret)


def sender_of(address_id: UUID | None, headers: dict[str, str], body: bytes) -> Actor:
    """Who sent a postback. Raises BadSignature, the same for an unknown address and for a wrong signature."""
    address = queries.postback_address(address_id) if address_id else None
    if address is None:
        raise BadSignature
    sealed = crypto.Sealed(address.key_id, address.wrapped_key, address.sealed)
    secret = crypto.keys().unseal(sealed, bound_to=address.id.bytes).decode()
    lowered = {name.lower(): value for name, value in headers.items()}
    try:
        Webhook(secret).verify(body, {name: lowered.get(name, "") for name in _HEADERS}, json_parse=False)
    except (WebhookVerificationError, ValueError):
        raise BadSignature from None
    return Actor(
        organization_id=address.buyer_id,
        principal_id=address.id,
        principal=Principal.SYSTEM,
        member_id=None,
        permissions=frozenset({Permission.OUTCOMES_WRITE}),
        is_operator=False,
        sells=False,
        buys=True,
    )
