"""The vault of contact data: seals what points to a person, and finds it again by keyed digests."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from ...kernel import crypto
from ...kernel.crypto import DIGEST_LENGTH, Sealed
from .documents import document
from .models import Lead, RefusedRow

#: Every purpose has a key of its own: a digest of one index says nothing about another.
SEARCH_PHONE: Final = "search:phone"
SEARCH_EMAIL: Final = "search:email"
DEDUPE: Final = "dedupe"
FILE: Final = "file"
LEAF: Final = "leaf"


class Erased(LookupError):
    """The contact was erased at the person's request; nothing can bring it back."""


@dataclass(frozen=True)
class Contact:
    """What is sealed of a lead: personal values in normal form by field, and the row as it came."""

    values: Mapping[str, Any] = field(repr=False)
    row: Mapping[str, str | None] = field(repr=False)
    #: The exact bytes that were sealed; the leaf of the draw stands on them.
    canonical: bytes = field(repr=False)


def lead_binding(lead_id: bytes) -> bytes:
    """What a lead's ciphertext is bound to: it opens for this lead only."""
    return b"lead|" + lead_id


def open_contact(lead_id: UUID, sealed: Sealed) -> Contact:
    """Unseal a lead's contact. Raises CannotUnseal for bytes that are not this lead's."""
    content = crypto.keys().unseal(sealed, bound_to=lead_binding(lead_id.bytes))
    told = json.loads(content)
    return Contact(told["values"], told["row"], content)


def contact_of(lead: Lead) -> Contact:
    """The contact of a stored lead. Raises Erased, CannotUnseal."""
    if lead.wrapped_key is None or lead.sealed is None:
        raise Erased("the contact was erased")
    return open_contact(lead.id, Sealed(lead.key_id, lead.wrapped_key, lead.sealed))


def leaf_salt(lead_id: bytes) -> bytes:
    """The secret salt of one lead's leaf; it can be shown to prove that lead alone."""
    return leaf_salter()(lead_id)


def leaf_salter() -> Callable[[bytes], bytes]:
    """The function from a lead's id to the salt of its leaf, for loops."""
    keyed = blake2b(key=crypto.keys().purpose_key(LEAF))

    def of(lead_id: bytes) -> bytes:
        copy = keyed.copy()
        copy.update(lead_id)
        return copy.digest()

    return of


def _row_binding(batch_id: UUID, row_no: int) -> bytes:
    return b"row|" + batch_id.bytes + row_no.to_bytes(8, "big")


def seal_row(batch_id: UUID, row_no: int, row: Mapping[str, str | None]) -> Sealed:
    """Seal a refused row as it came."""
    return crypto.keys().seal(document(row).encode(), bound_to=_row_binding(batch_id, row_no))


def open_row(refused: RefusedRow) -> dict[str, str | None]:
    """The refused row as it came; empty when it was erased. Raises CannotUnseal."""
    if refused.wrapped_key is None or refused.sealed is None:
        return {}
    sealed = Sealed(refused.key_id, refused.wrapped_key, refused.sealed)
    row: dict[str, str | None] = json.loads(
        crypto.keys().unseal(sealed, bound_to=_row_binding(refused.batch_id, refused.row_no))
    )
    return row


def digester(purpose: str) -> Callable[[bytes], bytes]:
    """A quick keyed digest of one purpose, for loops: HMAC-SHA256, first 128 bits."""
    keyed = HMAC(crypto.keys().purpose_key(purpose), SHA256())

    def of(value: bytes) -> bytes:
        # A copy of the keyed state saves the key's two blocks for each value.
        copy = keyed.copy()
        copy.update(value)
        return copy.finalize()[:DIGEST_LENGTH]

    return of


def file_digest() -> hmac.HMAC:
    """A keyed digest to be fed with the bytes of a file: knows a file again, tells nothing about it."""
    return hmac.new(crypto.keys().purpose_key(FILE), digestmod="sha256")
