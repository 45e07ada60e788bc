"""Tasks of settlements."""

from __future__ import annotations

from marketplace.journey.settlements import jobs

from . import queues
from .tasks import Task

release_due = Task(
    "settlements.release_due", queues.MONEY, jobs.release_due, whole_transaction=False, lease_seconds=60
)
mature_due = Task(
    "settlements.mature_due", queues.MONEY, jobs.mature_due, whole_transaction=False, lease_seconds=60
)
close_due = Task(
    "settlements.close_due", queues.MONEY, jobs.close_due, whole_transaction=False, lease_seconds=60
)
settle_purchase = Task("settlements.settle_purchase", queues.MONEY, jobs.settle_purchase)
