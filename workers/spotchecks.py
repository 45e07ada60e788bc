"""The tasks of spot checks."""

from __future__ import annotations

from marketplace.journey.spotchecks import jobs

from . import queues
from .tasks import Task

# A large batch is hashed twice: its root, then its order.
draw = Task("spotchecks.draw", queues.BATCH, jobs.draw, whole_transaction=False, lease_seconds=300)
return_unchosen = Task("spotchecks.return_unchosen", queues.DEFAULT, jobs.return_unchosen)
