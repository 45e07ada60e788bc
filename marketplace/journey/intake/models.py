"""Tables of batches, their files, leads, claims on contacts, and refused rows."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel import crypto
from ...kernel.columns import BusinessTime, Code, Id, one_of
from ...kernel.database import Base
from .fields.touches import Temperature
from .rules import BatchState


class Batch(Base):
    """Leads delivered under one offer and judged together: the lot that is sampled."""

    __tablename__ = "batches"

    id: Mapped[Id]
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("verticals.id"))
    state: Mapped[Code] = mapped_column(server_default=text("'open'"))
    #: Hash of the secret seed of the draw, published before the file is sent.
    commitment: Mapped[bytes]
    #: The upload that is under way; a newer one takes its place.
    upload_id: Mapped[UUID | None]
    #: The file's name, sealed: it can name a person. Read it as `file_name`.
    file_name_key_id: Mapped[str | None]
    file_name_wrapped_key: Mapped[bytes | None]
    file_name_sealed: Mapped[bytes | None]
    file_bytes: Mapped[int | None]
    #: A keyed digest of the file, to know the same file again.
    file_digest: Mapped[bytes | None]
    refusal_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    refusal_detail: Mapped[str | None]
    #: How often the file was given to reading: again after a new mapping.
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    #: What the seller said of the columns; what was found out stands in `recognition`.
    mapping: Mapped[dict[str, Any] | None]
    #: What was found out of the file, sealed: the first row of a file without a header names a person.
    recognition_key_id: Mapped[str | None]
    recognition_wrapped_key: Mapped[bytes | None]
    recognition_sealed: Mapped[bytes | None]
    opened_at: Mapped[BusinessTime]
    received_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("id", "offer_id", "seller_id", "vertical_id"),
        one_of("state", BatchState, "batches_state_known"),
        CheckConstraint("length(commitment) = 32", name="batches_commitment_length"),
        CheckConstraint(
            "(file_digest IS NULL) = (file_bytes IS NULL) AND (file_digest IS NULL) = (received_at IS NULL)",
            name="batches_file_whole",
        ),
        CheckConstraint("state = 'open' OR file_digest IS NOT NULL", name="batches_received_has_file"),
        CheckConstraint(
            "state <> 'read' OR recognition_sealed IS NOT NULL", name="batches_read_is_recognized"
        ),
        CheckConstraint("(state = 'read') = (read_at IS NOT NULL)", name="batches_read_dated"),
        CheckConstraint(
            "(state = 'refused') = (refusal_code IS NOT NULL)"
            " AND (refusal_code IS NULL) = (refusal_detail IS NULL)",
            name="batches_refused_says_why",
        ),
        CheckConstraint(
            "(file_name_sealed IS NULL) = (file_name_wrapped_key IS NULL)"
            " AND (file_name_sealed IS NULL) = (file_name_key_id IS NULL)",
            name="batches_file_name_seal_whole",
        ),
        CheckConstraint(
            "(recognition_sealed IS NULL) = (recognition_wrapped_key IS NULL)"
            " AND (recognition_sealed IS NULL) = (recognition_key_id IS NULL)",
            name="batches_recognition_seal_whole",
        ),
        Index(None, "seller_id", "id"),
        Index(None, "offer_id", "id"),
    )

    @property
    def file_name(self) -> str | None:
        """The name under which the file was sent, None where it had none."""
        sealed, wrapped, key_id = self.file_name_sealed, self.file_name_wrapped_key, self.file_name_key_id
        if sealed is None or wrapped is None or key_id is None:
            return None
        return crypto.keys().unseal(crypto.Sealed(key_id, wrapped, sealed), bound_to=self.id.bytes).decode()

    @property
    def recognition(self) -> dict[str, Any] | None:
        """What was found out of the file's shape and columns, None before it was looked at."""
        sealed, wrapped = self.recognition_sealed, self.recognition_wrapped_key
        key_id = self.recognition_key_id
        if sealed is None or wrapped is None or key_id is None:
            return None
        plain = crypto.keys().unseal(crypto.Sealed(key_id, wrapped, sealed), bound_to=self._recognition_bond)
        known: dict[str, Any] = json.loads(plain)
        return known

    def keep_recognition(self, known: dict[str, Any] | None) -> None:
        """Seal and set what `recognition` gives back."""
        if known is None:
            self.recognition_key_id = self.recognition_wrapped_key = self.recognition_sealed = None
            return
        seal = crypto.keys().seal(json.dumps(known).encode(), bound_to=self._recognition_bond)
        self.recognition_key_id = seal.key_id
        self.recognition_wrapped_key = seal.wrapped_key
        self.recognition_sealed = seal.ciphertext

    @property
    def _recognition_bond(self) -> bytes:
        # Not the same as the name's: one cannot stand in for the other.
        return self.id.bytes + b"recognition"


class BatchFilePart(Base):
    """Up to 4 MiB of an uploaded file, sealed."""

    __tablename__ = "batch_file_parts"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    upload_id: Mapped[UUID]
    byte_count: Mapped[int] = mapped_column(Integer)
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    sealed: Mapped[bytes]

    __table_args__ = (CheckConstraint("part >= 0 AND byte_count > 0", name="batch_file_parts_numbered"),)


class SavedMapping(Base):
    """How a seller's columns were last mapped, by the signature of the header."""

    __tablename__ = "saved_mappings"

    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("verticals.id"), primary_key=True)
    header_signature: Mapped[bytes] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, Any]]
    saved_at: Mapped[BusinessTime]


class Lead(Base):
    """One person's interest: what is shown in clear, the sealed contact, the frozen leaf of the draw."""

    __tablename__ = "leads"

    id: Mapped[Id]
    batch_id: Mapped[UUID]
    offer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    vertical_id: Mapped[UUID]
    row_no: Mapped[int]
    received_at: Mapped[datetime]
    #: When the person left the lead; the receipt's time where the row does not say.
    lead_at: Mapped[datetime]
    attributes: Mapped[dict[str, Any]]
    country: Mapped[str | None] = mapped_column(Text(collation="C"))
    region: Mapped[str | None]
    points: Mapped[int] = mapped_column(Integer)
    temperature: Mapped[Code]
    phone_country: Mapped[str | None] = mapped_column(Text(collation="C"))
    phone_kind: Mapped[str | None] = mapped_column(Text(collation="C"))
    email_class: Mapped[str | None] = mapped_column(Text(collation="C"))
    contact_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    masked: Mapped[dict[str, Any]]
    consent: Mapped[dict[str, Any]]
    source: Mapped[str | None]
    campaign: Mapped[str | None]
    ad_group: Mapped[str | None]
    audience: Mapped[str | None]
    leaf: Mapped[bytes]
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes | None]
    sealed: Mapped[bytes | None]
    #: Keyed digests by which the owner finds a contact again; gone after an erasure.
    phone_search: Mapped[bytes | None]
    email_search: Mapped[bytes | None]

    __table_args__ = (
        UniqueConstraint("batch_id", "row_no"),
        ForeignKeyConstraint(
            ["batch_id", "offer_id", "seller_id", "vertical_id"],
            ["batches.id", "batches.offer_id", "batches.seller_id", "batches.vertical_id"],
        ),
        CheckConstraint("row_no >= 0", name="leads_row_numbered"),
        one_of("temperature", Temperature, "leads_temperature_known"),
        CheckConstraint("length(leaf) = 32", name="leads_leaf_length"),
        CheckConstraint("(wrapped_key IS NULL) = (sealed IS NULL)", name="leads_seal_whole"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="leads_country_is_iso"),
        CheckConstraint("cardinality(contact_kinds) > 0", name="leads_can_be_reached"),
        Index(None, "phone_search", postgresql_where=text("phone_search IS NOT NULL")),
        Index(None, "email_search", postgresql_where=text("email_search IS NOT NULL")),
    )


class LeadClaim(Base):
    """A seller has shown this contact in this vertical; taken over when the duplicate window is past."""

    __tablename__ = "lead_claims"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    vertical_id: Mapped[UUID] = mapped_column(primary_key=True)
    seller_id: Mapped[UUID] = mapped_column(primary_key=True)
    lead_id: Mapped[UUID]
    seen_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("length(digest) = 16", name="lead_claims_digest_length"),
        Index(None, "lead_id"),
    )


class RefusedRow(Base):
    """A row that is not taken: why, and the row itself, sealed."""

    __tablename__ = "refusals"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    row_no: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[Code]
    column_name: Mapped[str | None]
    detail: Mapped[str]
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes | None]
    sealed: Mapped[bytes | None]

    __table_args__ = (
        CheckConstraint("row_no >= 0", name="refusals_row_numbered"),
        CheckConstraint("(wrapped_key IS NULL) = (sealed IS NULL)", name="refusals_seal_whole"),
    )
