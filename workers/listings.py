"""The tasks of listings."""

from __future__ import annotations

from marketplace.journey.listings import jobs

from . import queues
from .tasks import Task

list_batch = Task("listings.list_batch", queues.BATCH, jobs.list_batch, whole_transaction=False)
withdraw_lead = Task("listings.withdraw_lead", queues.DEFAULT, jobs.withdraw_lead)
withdraw_batch = Task("listings.withdraw_batch", queues.BATCH, jobs.withdraw_batch, whole_transaction=False)
count_not_listable = Task("listings.count_not_listable", queues.DEFAULT, jobs.count_not_listable)
expire = Task("listings.expire", queues.BATCH, jobs.expire, whole_transaction=False)
compact_facets = Task("listings.compact_facets", queues.BATCH, jobs.compact_facets, whole_transaction=False)
