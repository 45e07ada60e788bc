"""The tasks of deliveries."""

from __future__ import annotations

from marketplace.journey.deliveries import jobs

from . import queues
from .tasks import Task

deliver = Task("deliveries.deliver", queues.DELIVER, jobs.deliver)
# The lease outlasts the longest call, CALL_SECONDS, and the writing after it.
attempt = Task("deliveries.attempt", queues.DELIVER, jobs.attempt, whole_transaction=False, lease_seconds=45)
fail_stranded = Task("deliveries.fail_stranded", queues.DEFAULT, jobs.fail_stranded)
refund_if_undelivered = Task("deliveries.refund_if_undelivered", queues.MONEY, jobs.refund_if_undelivered)
