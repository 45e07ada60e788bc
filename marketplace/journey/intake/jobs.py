"""Reading a received file: what it is and what its columns are, outside of any transaction."""

from __future__ import annotations

from uuid import UUID

from ...kernel import outbox
from ...kernel.database import db, in_transaction
from ...kernel.outbox import Lease
from .. import offers
from . import describing, queries, services
from .fields import infer_day_first
from .files import opener
from .models import Batch
from .reading import (
    FieldDescription,
    Limits,
    Mapping,
    Recognition,
    UnknownMapping,
    UnreadableFile,
    propose_mapping,
    recognize,
)
from .rules import DATED_FIELDS, BatchState
from .services import Understood

#: Recognizing a workbook may take a minute in its child process.
READ_LEASE_SECONDS = 120.0

_NO_COLUMN = "No column was recognized; say which column is which field with PUT /v1/batches/{id}/mapping."


def read_batch(lease: Lease) -> None:
    """Recognize the file, decide which column is which field, and write it down with the duty."""
    job = in_transaction(lambda: _take_in_hand(lease.subject))
    if job is None:
        in_transaction(lambda: outbox.finish(lease))
        return
    batch, descriptions = job
    recognition: Recognition | None = None
    try:
        stream = opener(db.engine, batch.id, batch.file_bytes or 0)
        recognition = recognize(stream, batch.file_name or "", limits_for(batch), size_bytes=batch.file_bytes)
        mapping = in_transaction(lambda: _map(batch, recognition, descriptions))
    except (UnreadableFile, UnknownMapping) as error:
        code = error.reason if isinstance(error, UnreadableFile) else "mapping_unknown"
        detail = error.detail if isinstance(error, UnreadableFile) else str(error)
        in_transaction(lambda: _write_refusal(lease, code, detail, recognition))
        return
    # A file whose columns are known but hold no contact is read: each row then says what it lacks.
    if all(entry.field is None for entry in mapping.columns):
        in_transaction(lambda: _write_refusal(lease, "columns_unknown", _NO_COLUMN, recognition))
        return
    understood = Understood(recognition, mapping, _day_first(recognition, mapping))
    in_transaction(lambda: _write_read(lease, understood))


def limits_for(batch: Batch) -> Limits:
    """The limits of reading; a file that was let in may unpack to as much as any file may hold."""
    return Limits(file_bytes=max(Limits().file_bytes, batch.file_bytes or 0))


def _take_in_hand(batch_id: UUID) -> tuple[Batch, tuple[FieldDescription, ...]] | None:
    batch = queries.batch(batch_id)
    if batch.state != BatchState.RECEIVED:
        return None
    return batch, describing.column_descriptions(offers.fields_of(batch.vertical_id))


def _map(batch: Batch, recognition: Recognition, descriptions: tuple[FieldDescription, ...]) -> Mapping:
    """The uploader's words first, then what the seller said about the same columns before, then guesses."""
    explicit = batch.mapping
    if explicit is None:
        signature = services.header_signature(recognition)
        saved = queries.saved_mapping(batch.seller_id, batch.vertical_id, signature)
        explicit = saved.mapping if saved else None
    chosen: dict[str | int, str | None] = {column: field for column, field in (explicit or {}).items()}  # noqa: C416 - the wider key type needs a new dictionary
    return propose_mapping(recognition.columns, descriptions, recognition.sample, chosen)


def _day_first(recognition: Recognition, mapping: Mapping) -> bool | None:
    """What the first rows tell about the order of day and month, so that every chunk reads dates alike."""
    told = set()
    for place, entry in enumerate(mapping.columns):
        if entry.field in DATED_FIELDS:
            told.add(infer_day_first([row[place] for row in recognition.sample]))
    told.discard(None)
    return told.pop() if len(told) == 1 else None


def _write_refusal(lease: Lease, code: str, detail: str, recognition: Recognition | None) -> None:
    services.note_refused(batch_id=lease.subject, code=code, detail=detail, recognition=recognition)
    outbox.finish(lease)


def _write_read(lease: Lease, understood: Understood) -> None:
    services.note_read(batch_id=lease.subject, understood=understood)
    outbox.finish(lease)
