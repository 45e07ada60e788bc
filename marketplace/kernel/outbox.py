"""The outbox: every deferred duty as a row with a due time, a lease and a fencing token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from .columns import BusinessTime, WallTime, one_of
from .database import Base, db
from .ids import new_id

LEASE_SECONDS = 30
_OPEN = "done_at IS NULL AND dead_at IS NULL"


class Kind(StrEnum):
    """An event waits to become tasks; a task waits to be done."""

    EVENT = "event"
    TASK = "task"


class OutboxRow(Base):
    """One duty. Undone and due rows are found by the sweeper, so losing the broker loses nothing."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    topic: Mapped[str]
    reference: Mapped[UUID | None]
    part: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    #: The event that asked for this task.
    origin: Mapped[int | None] = mapped_column(BigInteger)
    dedup: Mapped[str | None]
    due_at: Mapped[BusinessTime]
    nudge_at: Mapped[WallTime]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    nudges: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    leased_until: Mapped[datetime | None]
    lease_token: Mapped[UUID | None]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[WallTime]

    __table_args__ = (
        one_of("kind", Kind, "outbox_kind_known"),
        CheckConstraint("done_at IS NULL OR dead_at IS NULL", name="outbox_done_or_dead"),
        CheckConstraint("(leased_until IS NULL) = (lease_token IS NULL)", name="outbox_lease_whole"),
        CheckConstraint("attempts >= 0 AND part >= 0", name="outbox_counts"),
        UniqueConstraint("origin", "topic"),
        UniqueConstraint("dedup"),
        Index("outbox_open_idx", "kind", "due_at", postgresql_where=text(_OPEN)),
        Index("outbox_work_idx", "reference", "topic", postgresql_where=text(_OPEN)),
        Index("outbox_done_idx", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )


@dataclass(frozen=True)
class Lease:
    """The right to do one duty until the lease runs out; *token* fences off whoever held it before."""

    outbox_id: int
    topic: str
    reference: UUID | None
    part: int
    attempts: int
    token: UUID

    @property
    def subject(self) -> UUID:
        """The id that the duty is about. Raises LookupError when it has none."""
        if self.reference is None:
            raise LookupError(f"the duty {self.topic} has no subject")
        return self.reference


class LeaseLost(Exception):
    """Another worker holds the duty by now, or has done it: whatever was done here is rolled back."""


def write_event(topic: str, subject: UUID, occurrence: int = 0, *, due_at: datetime | None = None) -> None:
    """Write an event row; the same topic, subject and occurrence is written once."""
    _write(Kind.EVENT, topic, subject, occurrence, f"event:{topic}:{subject}:{occurrence}", due_at)


def enqueue(
    topic: str,
    reference: UUID | None,
    *,
    part: int = 0,
    dedup: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Ask for a task by its name; with *dedup* the same duty is asked for once, whoever asks."""
    _write(Kind.TASK, topic, reference, part, dedup, due_at)


def _write(
    kind: Kind, topic: str, reference: UUID | None, part: int, dedup: str | None, due_at: datetime | None
) -> None:
    values: dict[str, Any] = {
        "kind": kind,
        "topic": topic,
        "reference": reference,
        "part": part,
        "dedup": dedup,
    }
    if due_at is not None:
        values["due_at"] = due_at
    db.session.execute(insert(OutboxRow).values(**values).on_conflict_do_nothing(index_elements=["dedup"]))


_TAKE = text("""
    UPDATE outbox
       SET leased_until = clock_timestamp() + make_interval(secs => :seconds),
           nudge_at = clock_timestamp() + make_interval(secs => :seconds),
           lease_token = :token, attempts = attempts + 1
     WHERE id = :id AND kind = 'task' AND done_at IS NULL AND dead_at IS NULL
       AND (leased_until IS NULL OR leased_until < clock_timestamp()) AND due_at <= clock.now()
    RETURNING topic, reference, part, attempts
""")


def take(outbox_id: int, *, seconds: float = LEASE_SECONDS) -> Lease | None:
    """Take a due task in hand; None when it is done, not due, or in another's hand."""
    token = new_id()
    row = db.session.execute(_TAKE, {"id": outbox_id, "seconds": seconds, "token": token}).one_or_none()
    return Lease(outbox_id, row.topic, row.reference, row.part, row.attempts, token) if row else None


def take_next(topic: str, reference: UUID, *, seconds: float = LEASE_SECONDS) -> Lease | None:
    """Take the next open part of the same work in hand, without waiting for the sweeper."""
    found = db.session.execute(
        text(
            "SELECT id FROM outbox WHERE topic = :topic AND reference = :reference AND kind = 'task'"
            " AND done_at IS NULL AND dead_at IS NULL AND due_at <= clock.now()"
            " AND (leased_until IS NULL OR leased_until < clock_timestamp())"
            " ORDER BY part LIMIT 1 FOR UPDATE SKIP LOCKED"
        ),
        {"topic": topic, "reference": reference},
    ).scalar_one_or_none()
    return take(found, seconds=seconds) if found is not None else None


def renew(lease: Lease, *, seconds: float = LEASE_SECONDS) -> None:
    """Hold the duty longer. Raises LeaseLost when another holds it by now."""
    _fenced(
        "UPDATE outbox SET leased_until = clock_timestamp() + make_interval(secs => :seconds),"
        " nudge_at = clock_timestamp() + make_interval(secs => :seconds)"
        " WHERE id = :id AND lease_token = :token AND done_at IS NULL AND dead_at IS NULL",
        lease,
        seconds=seconds,
    )


def finish(lease: Lease) -> None:
    """Mark the duty done, in the same transaction as its effect. Raises LeaseLost (roll back then)."""
    _fenced(
        "UPDATE outbox SET done_at = clock_timestamp(), leased_until = NULL, lease_token = NULL"
        " WHERE id = :id AND lease_token = :token AND done_at IS NULL AND dead_at IS NULL",
        lease,
    )


def give_back(lease: Lease, *, error: str, retry_in_seconds: float | None) -> None:
    """Free a duty that failed: due again after *retry_in_seconds* of wall time, or dead when None.

    *error* is a class or code, never a message that could hold personal data.
    """
    if retry_in_seconds is None:
        _fenced(
            "UPDATE outbox SET dead_at = clock_timestamp(), last_error = :error, leased_until = NULL,"
            " lease_token = NULL WHERE id = :id AND lease_token = :token AND done_at IS NULL",
            lease,
            error=error,
        )
        return
    _fenced(
        "UPDATE outbox SET nudge_at = clock_timestamp() + make_interval(secs => :wait), last_error = :error,"
        " leased_until = NULL, lease_token = NULL WHERE id = :id AND lease_token = :token AND done_at IS NULL",
        lease,
        wait=retry_in_seconds,
        error=error,
    )


def _fenced(statement: str, lease: Lease, **values: object) -> None:
    parameters = {"id": lease.outbox_id, "token": lease.token, **values}
    changed = db.session.execute(text(statement + " RETURNING id"), parameters).one_or_none()
    if changed is None:
        raise LeaseLost(lease.topic)


def oldest_due_seconds() -> float:
    """How long the oldest due and undone duty has waited, in seconds of wall time; 0 when none waits."""
    waited = db.session.execute(
        text(
            "SELECT coalesce("
            "extract(epoch FROM clock_timestamp() - min(greatest(created_at, due_at - s.shift))), 0)"
            " FROM outbox, clock.setting AS s WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= clock.now()"
        )
    ).scalar_one()
    return max(0.0, float(waited))


def open_count() -> int:
    """How many duties are due and not done."""
    statement = text(
        "SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= clock.now()"
    )
    return int(db.session.execute(statement).scalar_one())


def delete_done(*, older_than_days: int, slice_rows: int = 5_000) -> int:
    """Delete a slice of duties done long ago; returns how many went."""
    gone = db.session.execute(
        text(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at IS NOT NULL"
            " AND done_at < clock_timestamp() - make_interval(days => :days) LIMIT :slice) RETURNING id"
        ),
        {"days": older_than_days, "slice": slice_rows},
    )
    return len(gone.all())
