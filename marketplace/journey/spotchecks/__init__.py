"""Spot checks: a random sample of each batch, checked by people, decides whether the batch may be listed.

::

    frozen ──► sampling ──► accepted ◄──────────────────┐
      │            ├──────► rejected ──┬──► full check ──┘
      ▼            └──────► on hold ───┴──► returned
    empty

The mathematics is pure: `plan_for` finds the sequential plan of a batch, `confirm` makes one outcome of
several verdicts, `progress` says where the check stands; `risks` and `evaluate` are the exact proofs.
"""

from __future__ import annotations

from .confirmation import Outcome, Verdict, confirm
from .errors import PlanTooRisky
from .evaluation import evaluate, posterior_fake_rate, refuse_if_risky, risks
from .events import (
    BatchAccepted,
    BatchEmpty,
    BatchOnHold,
    BatchRejected,
    BatchReturned,
    LeadFoundFake,
)
from .models import SpotCheck
from .plans import Decision, Plan, decide, decide_prefix, plan_for
from .progress import Progress, Standing, progress
from .queries import Findings, findings, found_fake, states
from .record import verify_record_of
from .rules import CheckState

__all__ = [
    "BatchAccepted",
    "BatchEmpty",
    "BatchOnHold",
    "BatchRejected",
    "BatchReturned",
    "CheckState",
    "Decision",
    "Findings",
    "LeadFoundFake",
    "Outcome",
    "Plan",
    "PlanTooRisky",
    "Progress",
    "SpotCheck",
    "Standing",
    "Verdict",
    "confirm",
    "decide",
    "decide_prefix",
    "evaluate",
    "findings",
    "found_fake",
    "plan_for",
    "posterior_fake_rate",
    "progress",
    "refuse_if_risky",
    "risks",
    "states",
    "verify_record_of",
]
