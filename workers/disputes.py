"""The tasks of disputes."""

from __future__ import annotations

from marketplace.journey.disputes import jobs

from . import queues
from .tasks import Task

try_automatic_ruling = Task("disputes.try_automatic_ruling", queues.MONEY, jobs.try_automatic_ruling)
uphold_by_default = Task("disputes.uphold_by_default", queues.MONEY, jobs.uphold_by_default)
refund_overdue = Task("disputes.refund_overdue", queues.MONEY, jobs.refund_overdue)
carry_out = Task("disputes.carry_out", queues.MONEY, jobs.carry_out)
uphold_for_fake = Task("disputes.uphold_for_fake", queues.MONEY, jobs.uphold_for_fake)
