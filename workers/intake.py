"""The tasks of intake."""

from __future__ import annotations

from marketplace.journey.intake import jobs

from . import queues
from .tasks import Task

read_batch = Task(
    "intake.read_batch",
    queues.BATCH,
    jobs.read_batch,
    whole_transaction=False,
    lease_seconds=jobs.READ_LEASE_SECONDS,
)
