"""A task, and how one duty is performed: taken, done and finished under a fence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import logs, outbox, randomness
from marketplace.kernel.database import in_transaction
from marketplace.kernel.outbox import Lease, LeaseLost

from . import queues
from .retries import RetryPolicy

_log = structlog.get_logger("workers")

Job = Callable[[Lease], None]


class Outcome(StrEnum):
    """How an attempt at a duty ended."""

    DONE = "done"
    #: Done already, not due, or in another's hand.
    NOT_OURS = "not_ours"
    #: Somebody else took it over meanwhile; what was done here was rolled back.
    LOST = "lost"
    RETRY = "retry"
    DEAD = "dead"
    #: The database did not answer; the row is untouched and comes back by itself.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Task:
    """One kind of duty: its name (the topic of its rows), its queue, the job that does it.

    With *whole_transaction* the job runs inside one transaction that also finishes the duty. Without
    it the job makes its own moves (take in hand, ask outside, write down) and finishes the lease itself.
    """

    name: str
    queue: str
    job: Job
    whole_transaction: bool = True
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    lease_seconds: float = outbox.LEASE_SECONDS

    def __post_init__(self) -> None:
        if self.queue not in queues.ALL:
            raise ValueError(f"the task {self.name} names no queue of workers/queues.py: {self.queue}")


def perform(task: Task, outbox_id: int, *, app: Flask) -> Outcome:
    """Perform the duty *outbox_id* once, if it is free and due; never raises for what a job does wrong."""
    with app.app_context(), logs.bound(task=task.name, outbox_id=outbox_id):
        try:
            lease = _take(task, outbox_id)
        except DBAPIError as error:
            _log.warning("duty not taken, the database did not answer", error=type(error).__name__)
            return Outcome.UNREACHABLE
        if lease is None:
            return Outcome.NOT_OURS
        if lease.topic != task.name:
            # Left to its lease: whoever performs the right task takes it when the lease has run out.
            _log.error("duty belongs to another task", topic=lease.topic)
            return Outcome.NOT_OURS
        return _under_lease(task, lease)


def _take(task: Task, outbox_id: int) -> Lease | None:
    """The lease; a connection that died while it lay idle is no reason to let the duty wait."""
    try:
        return in_transaction(lambda: outbox.take(outbox_id, seconds=task.lease_seconds))
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return in_transaction(lambda: outbox.take(outbox_id, seconds=task.lease_seconds))


def _under_lease(task: Task, lease: Lease) -> Outcome:
    if lease.attempts > task.retry.transient_attempts:
        return _fail(task, lease, WorkersDied())
    try:
        if task.whole_transaction:
            in_transaction(lambda: _do_and_finish(task, lease))
        else:
            task.job(lease)
    except LeaseLost:
        _log.info("lease lost, nothing was written")
        return Outcome.LOST
    except Exception as error:
        return _fail(task, lease, error)
    return Outcome.DONE


class WorkersDied(Exception):
    """Every attempt ended with the death of its worker, so that no error could be written down."""


def _do_and_finish(task: Task, lease: Lease) -> None:
    task.job(lease)
    outbox.finish(lease)


def _fail(task: Task, lease: Lease, error: Exception) -> Outcome:
    wait = task.retry.wait_seconds(lease.attempts, error, chance=randomness.uniform())
    name = type(error).__name__
    try:
        in_transaction(lambda: outbox.give_back(lease, error=name, retry_in_seconds=wait))
    except LeaseLost:
        return Outcome.LOST
    except DBAPIError as trouble:
        # The lease runs out by itself and the duty comes back.
        _log.warning("duty not given back, the database did not answer", error=type(trouble).__name__)
        return Outcome.UNREACHABLE
    if wait is None:
        _log.error("duty is dead", error=name, attempt=lease.attempts, exc_info=error)
        return Outcome.DEAD
    _log.warning(
        "duty failed", error=name, attempt=lease.attempts, retry_in_seconds=round(wait, 1), exc_info=error
    )
    return Outcome.RETRY
