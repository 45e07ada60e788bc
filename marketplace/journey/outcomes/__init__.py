"""Outcomes: what came of bought leads, and the actions that buyers pay for under CPA.

States of an action::

    reported ──► confirmed (14 days later: paid)
        └──────► reversed (taken back, or the purchase ended otherwise: not paid)

A report is a fact and stays; what the reports on a purchase come to is one row that follows them.
"""

from .events import (
    ActionConfirmed,
    ActionReported,
    ActionReversed,
    FollowUpDue,
    LeadConverted,
    OutcomeReported,
)
from .models import Action, Customer, FollowedLead, OutcomeReport
from .rules import ActionState, Disqualification, Outcome, ReportedBy

__all__ = [
    "Action",
    "ActionConfirmed",
    "ActionReported",
    "ActionReversed",
    "ActionState",
    "Customer",
    "Disqualification",
    "FollowUpDue",
    "FollowedLead",
    "LeadConverted",
    "Outcome",
    "OutcomeReport",
    "OutcomeReported",
    "ReportedBy",
]
