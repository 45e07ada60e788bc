"""The tasks of validation."""

from __future__ import annotations

from marketplace.journey.validation import jobs

from . import queues
from .tasks import Task

validate_batch = Task(
    jobs.TOPIC,
    queues.BATCH,
    jobs.validate_batch,
    whole_transaction=False,
    lease_seconds=jobs.LEASE_SECONDS,
)
