"""The verbs of intake: open a batch, take its file, say what its columns are, read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from ... import draws, rights
from ...access import Actor, write_audit
from ...kernel import clock, crypto, events, ids
from ...kernel.database import db
from .. import offers
from . import describing, queries, vault
from .contacts import GivenContact
from .errors import EmptyUpload, MappingNotTaken, UnknownField, UploadSuperseded
from .events import BatchRead, BatchReceived
from .files import part_binding
from .models import Batch, BatchFilePart, Lead, SavedMapping
from .reading import ColumnMapping, Recognition, normalize_header
from .reading import Mapping as ReadMapping
from .rules import COLUMN_REFUSALS, BatchState


def open_batch(*, actor: Actor, offer_id: UUID, mapping: Mapping[str, str | None] | None = None) -> Batch:
    """Open a batch under an open offer; its commitment is known before the file is.

    Raises NotFound, OfferNotOpen, UnknownField.
    """
    offer = offers.own_offer(actor, offer_id)
    if offer.state != offers.OfferState.OPEN:
        raise offers.OfferNotOpen
    batch_id = ids.new_id()
    batch = Batch(
        id=batch_id,
        offer_id=offer.id,
        seller_id=offer.seller_id,
        vertical_id=offer.vertical_id,
        commitment=draws.open_draw(batch_id=batch_id),
        state=BatchState.OPEN,
        attempts=0,
    )
    if mapping is not None:
        _check_fields(batch, mapping)
        batch.mapping = dict(mapping)
    db.session.add(batch)
    db.session.flush()
    return batch


def begin_upload(*, actor: Actor, batch_id: UUID) -> UUID | None:
    """Start a file over: what an earlier, cut upload left goes. None when the batch has its file.

    Raises NotFound.
    """
    batch = queries.own_batch(actor, batch_id, lock=True)
    if batch.state != BatchState.OPEN:
        return None
    batch.upload_id = ids.new_id()
    db.session.execute(delete(BatchFilePart).where(BatchFilePart.batch_id == batch.id))
    db.session.flush()
    return batch.upload_id


def add_part(*, batch_id: UUID, upload_id: UUID, number: int, content: bytes) -> None:
    """Keep one part of a file, sealed. Raises UploadSuperseded when another upload took over."""
    sealed = crypto.keys().seal(content, bound_to=part_binding(batch_id, number))
    _hold_upload(batch_id, upload_id)
    db.session.execute(
        insert(BatchFilePart).values(
            batch_id=batch_id,
            part=number,
            upload_id=upload_id,
            byte_count=len(content),
            key_id=sealed.key_id,
            wrapped_key=sealed.wrapped_key,
            sealed=sealed.ciphertext,
        )
    )


def _hold_upload(batch_id: UUID, upload_id: UUID) -> None:
    """See that this upload is still the batch's own, and keep it so until the transaction ends."""
    held = select(Batch.id).where(
        Batch.id == batch_id, Batch.upload_id == upload_id, Batch.state == BatchState.OPEN
    )
    if db.session.execute(held.with_for_update(read=True)).scalar_one_or_none() is None:
        raise UploadSuperseded


def complete_upload(
    *, actor: Actor, batch_id: UUID, upload_id: UUID, byte_count: int, digest: bytes, file_name: str | None
) -> Batch:
    """The file is whole: the batch is received, and reading begins. Raises EmptyUpload, UploadSuperseded."""
    if byte_count == 0:
        raise EmptyUpload
    name = crypto.keys().seal(file_name.encode(), bound_to=batch_id.bytes) if file_name else None
    changed = db.session.execute(
        update(Batch)
        .where(Batch.id == batch_id, Batch.upload_id == upload_id, Batch.state == BatchState.OPEN)
        .values(
            state=BatchState.RECEIVED,
            file_bytes=byte_count,
            file_digest=digest,
            file_name_key_id=name and name.key_id,
            file_name_wrapped_key=name and name.wrapped_key,
            file_name_sealed=name and name.ciphertext,
            received_at=clock.now_sql(),
            attempts=Batch.attempts + 1,
        )
        .returning(Batch)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if changed is None:
        raise UploadSuperseded
    events.record(BatchReceived(changed.id, changed.attempts))
    write_audit(actor, "batch.received", changed.id, bytes=byte_count)
    return changed


def set_mapping(*, actor: Actor, batch_id: UUID, mapping: Mapping[str, str | None]) -> Batch:
    """Say which column is which field, before the file or after a refusal because of the columns.

    A refused batch is read again. Raises NotFound, MappingNotTaken, UnknownField.
    """
    batch = queries.own_batch(actor, batch_id, lock=True)
    again = batch.state == BatchState.REFUSED and batch.refusal_code in COLUMN_REFUSALS
    if batch.state != BatchState.OPEN and not again:
        raise MappingNotTaken
    _check_fields(batch, mapping)
    batch.mapping = dict(mapping)
    if again:
        batch.state, batch.refusal_code, batch.refusal_detail = BatchState.RECEIVED, None, None
        batch.attempts += 1
        events.record(BatchReceived(batch.id, batch.attempts))
    db.session.flush()
    return batch


def map_open_batch(*, actor: Actor, batch_id: UUID, mapping: Mapping[str, str | None]) -> None:
    """The mapping that comes with a file; with a file sent again it is not looked at.

    Raises NotFound, UnknownField.
    """
    if queries.own_batch(actor, batch_id).state == BatchState.OPEN:
        set_mapping(actor=actor, batch_id=batch_id, mapping=mapping)


def find_leads(*, actor: Actor, contact: GivenContact, limit: int) -> Sequence[Lead]:
    """The actor's own leads with this contact, found by its digest."""
    value = contact.value.encode("utf-8", "replace")
    if contact.kind is rights.ContactKind.PHONE:
        digest = vault.digester(vault.SEARCH_PHONE)(value)
        return queries.leads_with(actor, phone=digest, email=None, limit=limit)
    return queries.leads_with(actor, phone=None, email=vault.digester(vault.SEARCH_EMAIL)(value), limit=limit)


def suppress_contact(*, actor: Actor, contact: GivenContact, reason: rights.SuppressionReason) -> None:
    """Let a contact never come in again."""
    rights.suppress(actor=actor, kind=contact.kind, contact=contact.value, reason=reason)


def _check_fields(batch: Batch, mapping: Mapping[str, str | None]) -> None:
    known = describing.mappable_names(offers.fields_of(batch.vertical_id))
    given = [field for field in mapping.values() if field is not None]
    if unknown := sorted(set(given) - set(known)):
        raise UnknownField(f"This vertical has no field {', '.join(unknown)}; see GET /v1/verticals.")
    if len(set(given)) < len(given):
        raise UnknownField("The mapping gives one field to two columns; choose one of them.")


@dataclass(frozen=True)
class Understood:
    """What reading found out about a file: its shape, the field of each column, the order of dates."""

    recognition: Recognition
    mapping: ReadMapping
    day_first: bool | None

    def to_json(self) -> dict[str, Any]:
        """Plain values to keep with the batch; no value of a row is among them."""
        return {
            "file": self.recognition.to_json(),
            "columns": [asdict(entry) for entry in self.mapping.columns],
            "day_first": self.day_first,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Understood:
        """What `to_json` wrote."""
        columns = tuple(ColumnMapping(**entry) for entry in value["columns"])
        return cls(Recognition.from_json(value["file"]), ReadMapping(columns), value["day_first"])


def note_read(*, batch_id: UUID, understood: Understood) -> None:
    """The file can be read; validation may begin. Said twice, it counts once."""
    batch = queries.batch(batch_id, lock=True)
    if batch.state != BatchState.RECEIVED:
        return
    if batch.mapping:
        _remember(batch, understood.recognition)
    batch.read_at = clock.business_now()
    batch.state = BatchState.READ
    batch.keep_recognition(understood.to_json())
    db.session.flush()
    events.record(BatchRead(batch.id))


def note_refused(*, batch_id: UUID, code: str, detail: str, recognition: Recognition | None) -> None:
    """The file cannot be read as leads; *code* and *detail* say why and what to do."""
    batch = queries.batch(batch_id, lock=True)
    if batch.state != BatchState.RECEIVED:
        return
    batch.state, batch.refusal_code, batch.refusal_detail = BatchState.REFUSED, code, detail
    batch.keep_recognition({"file": recognition.to_json()} if recognition else None)
    db.session.flush()


def header_signature(recognition: Recognition) -> bytes:
    """The same for files with the same columns in the same order."""
    words = "\x1f".join(normalize_header(header) for header in recognition.columns)
    return crypto.keys().digest("mapping", words.encode("utf-8", "replace"))


def _remember(batch: Batch, recognition: Recognition) -> None:
    """Keep what the seller said about these columns for the next file that has them."""
    values: dict[str, Any] = {"mapping": batch.mapping, "saved_at": func.clock.now()}
    statement = insert(SavedMapping).values(
        seller_id=batch.seller_id,
        vertical_id=batch.vertical_id,
        header_signature=header_signature(recognition),
        **values,
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["seller_id", "vertical_id", "header_signature"], set_=values
        )
    )
