"""Facts of outcomes; the subject of each but OutcomeReported is the purchase, which has one action."""

from __future__ import annotations

from ...kernel.events import Event


class OutcomeReported(Event):
    """The buyer said what came of a lead. The subject is the report."""


class ActionReported(Event):
    """The buyer reported the action that the offer is paid by; its value waits for the confirmation."""


class ActionConfirmed(Event):
    """The action was paid."""


class ActionReversed(Event):
    """The action was taken back, or its purchase ended otherwise."""


class LeadConverted(Event):
    """A lead became a customer."""


class FollowUpDue(Event):
    """A deferred lead came back to its buyer on its date."""
