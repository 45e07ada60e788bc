"""Validation of a batch, chunk by chunk: one is read and judged while the one before is written."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine, select

from ...kernel import outbox
from ...kernel.database import db, in_transaction
from ...kernel.outbox import Lease, LeaseLost
from .. import intake
from ..intake.reading import CHUNK_ROWS, Checkpoint, Chunk, UnreadableFile, read_chunks
from . import storing
from .models import BatchChunk
from .preparing import Prepared, prepare
from .terms import Terms, terms_of

TOPIC: Final = "validation.validate_batch"
#: Rows judged and written together: one unit of work.
chunk_rows: int = CHUNK_ROWS
#: A task goes on with the next chunk until so many seconds have passed; another task takes the rest.
WORK_SECONDS: Final = 40.0
LEASE_SECONDS: Final = 60.0


def validate_batch(lease: Lease) -> None:
    """Judge and write chunk *lease.part* of the batch, then the next ones while time is left.

    Each chunk is one transaction that also finishes its duty and asks for the next: whatever is cut
    off is done again from the last chunk that was written, and nothing twice.
    """
    started = time.monotonic()
    terms, start = in_transaction(lambda: _begin(lease))
    with _no_collections(), _Preparation(terms, start, db.engine) as preparation:
        held: Lease | None = lease
        while held is not None:
            held = _next_of(terms, preparation, held, first=held is lease)
            if held is not None and time.monotonic() - started > WORK_SECONDS:
                _hand_on(held)
                return


@contextmanager
def _no_collections() -> Iterator[None]:
    """No garbage collections meanwhile: they would walk a million live values, which hold no cycles."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _next_of(terms: Terms, preparation: _Preparation, held: Lease, *, first: bool) -> Lease | None:
    """Do one chunk under its lease; the lease of the next one, if it is ours."""
    try:
        prepared = preparation.take()
        return in_transaction(lambda: _write(held, terms, prepared))
    except UnreadableFile as error:
        refusal = error
        in_transaction(lambda: _stop_short(held, terms, refusal))
        return None
    except LeaseLost:
        raise
    except Exception:
        if first:
            raise
        # The machinery holds the first duty of this run, which is done: this one waits for its own run.
        _hand_on(held)
        return None


def _hand_on(lease: Lease) -> None:
    """Free a duty so that another worker takes it at once."""
    in_transaction(lambda: outbox.give_back(lease, error="HandedOn", retry_in_seconds=0))


def _begin(lease: Lease) -> tuple[Terms, Checkpoint | None]:
    """The terms, and where the chunk begins."""
    terms = terms_of(intake.batch(lease.subject))
    storing.begin_report(terms)
    if lease.part == 0:
        return terms, None
    before = db.session.execute(
        select(BatchChunk.checkpoint).where(
            BatchChunk.batch_id == lease.subject, BatchChunk.number == lease.part - 1
        )
    ).scalar_one()
    return terms, Checkpoint.from_json(before)


def _write(lease: Lease, terms: Terms, prepared: Prepared | None) -> Lease | None:
    """Write one chunk and finish its duty; the lease of the next chunk, None at the end."""
    if prepared is None:
        # A file whose last lines are blank can end with nothing left to judge.
        storing.conclude(terms)
        outbox.finish(lease)
        return None
    storing.store(prepared, terms, lease.part)
    outbox.finish(lease)
    if prepared.chunk.is_last:
        return None
    part = lease.part + 1
    outbox.enqueue(TOPIC, terms.batch_id, part=part, dedup=f"validate:{terms.batch_id}:{part}")
    following = outbox.take_next(TOPIC, terms.batch_id, seconds=LEASE_SECONDS)
    # Another part than the one that follows is another worker's affair.
    return following if following is not None and following.part == part else None


def _stop_short(lease: Lease, terms: Terms, refusal: UnreadableFile) -> None:
    """The file turned out to be damaged further on: what was read stands, and the end is told."""
    storing.refuse_rest(terms, code=refusal.reason, detail=refusal.detail)
    outbox.finish(lease)


class _Preparation:
    """Prepares one chunk ahead in a thread, while the one before is written."""

    def __init__(self, terms: Terms, start: Checkpoint | None, engine: Engine) -> None:
        self._terms = terms
        stream = intake.opener(engine, terms.batch_id, terms.file_bytes)
        self._chunks: Iterator[Chunk] = read_chunks(
            stream, terms.recognition, start=start, chunk_rows=chunk_rows, limits=terms.limits
        )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._ahead: Future[Prepared | None] | None = None

    def __enter__(self) -> _Preparation:
        self._ahead = self._thread.submit(self._prepare)
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def take(self) -> Prepared | None:
        """The next chunk, None at the end of the file."""
        if self._ahead is None:
            return None
        prepared = self._ahead.result()
        more = prepared is not None and not prepared.chunk.is_last
        self._ahead = self._thread.submit(self._prepare) if more else None
        return prepared

    def _prepare(self) -> Prepared | None:
        chunk = next(self._chunks, None)
        return None if chunk is None else prepare(chunk, self._terms)
