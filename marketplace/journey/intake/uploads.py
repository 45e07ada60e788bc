"""The way of a file into the database: a bounded stream, sealed part by part, then one switch."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from uuid import UUID

from ...access import Actor
from ...kernel.database import in_transaction
from . import queries, services, vault
from .errors import OtherFile, UploadTooLarge
from .models import Batch
from .multipart import IncomingFile
from .rules import PART_BYTES, BatchState


def receive(*, actor: Actor, batch_id: UUID, incoming: IncomingFile, max_bytes: int) -> Batch:
    """Take the file of an open batch. Opens its own short transactions, one for each part.

    The same file again gets the same answer; an upload that is cut leaves the batch open, and the next
    one starts over. Raises NotFound, OtherFile, UploadSuperseded, EmptyUpload, UploadTooLarge.
    """
    upload_id = in_transaction(lambda: services.begin_upload(actor=actor, batch_id=batch_id))
    digest = vault.file_digest()
    parts = _parts(_counted(incoming.blocks, digest, max_bytes))
    if upload_id is None:
        for _ in parts:
            pass
        return in_transaction(lambda: _same_file(actor, batch_id, digest.digest()))
    byte_count = 0
    for number, part in enumerate(parts):
        _keep(batch_id, upload_id, number, part)
        byte_count += len(part)
    return in_transaction(
        lambda: services.complete_upload(
            actor=actor,
            batch_id=batch_id,
            upload_id=upload_id,
            byte_count=byte_count,
            digest=digest.digest(),
            file_name=incoming.name,
        )
    )


def _keep(batch_id: UUID, upload_id: UUID, number: int, part: bytes) -> None:
    in_transaction(
        lambda: services.add_part(batch_id=batch_id, upload_id=upload_id, number=number, content=part)
    )


def _same_file(actor: Actor, batch_id: UUID, digest: bytes) -> Batch:
    batch = queries.own_batch(actor, batch_id)
    if batch.file_digest is None or not hmac.compare_digest(batch.file_digest, digest):
        raise OtherFile(f"The batch is {BatchState(batch.state)}; open a new batch for another file.")
    return batch


def _counted(blocks: Iterable[bytes], digest: hmac.HMAC, max_bytes: int) -> Iterator[bytes]:
    count = 0
    for block in blocks:
        count += len(block)
        if count > max_bytes:
            raise UploadTooLarge(facts={"max_bytes": max_bytes})
        digest.update(block)
        yield block


def _parts(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of one size."""
    waiting = bytearray()
    for block in blocks:
        waiting += block
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)
