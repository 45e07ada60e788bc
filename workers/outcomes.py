"""The tasks of outcomes."""

from __future__ import annotations

from marketplace.journey.outcomes import jobs

from . import queues
from .tasks import Task

confirm_due = Task(
    "outcomes.confirm_due", queues.MONEY, jobs.confirm_due, whole_transaction=False, lease_seconds=60
)
expire_due = Task(
    "outcomes.expire_due", queues.MONEY, jobs.expire_due, whole_transaction=False, lease_seconds=60
)
return_deferred = Task(
    "outcomes.return_deferred", queues.BATCH, jobs.return_deferred, whole_transaction=False, lease_seconds=60
)
close_action = Task("outcomes.close_action", queues.MONEY, jobs.close_action)
