"""Shapes of outcomes, actions, deferred leads, customers and postbacks."""

from __future__ import annotations

from enum import StrEnum

from marshmallow import fields, validate

from ...http import ListQuery, MoneyField, PublicId, Schema, StrictInteger, UtcTime, Word, list_of
from ..offers import Action as ActionWord
from .rules import (
    MAX_CALL_SECONDS,
    ActionState,
    Disqualification,
    JudgedBy,
    Outcome,
    ReportedBy,
    Reversal,
)


class Dimension(StrEnum):
    """By what outcomes are counted."""

    SELLER = "seller"
    OFFER = "offer"
    BATCH = "batch"
    VERTICAL = "vertical"


class OutcomeIn(Schema):
    """What came of a bought lead."""

    outcome = Word(Outcome, required=True)
    reason = Word(
        Disqualification,
        load_default=None,
        allow_none=True,
        metadata={"description": "With disqualified: why."},
    )
    action = Word(
        ActionWord,
        load_default=None,
        allow_none=True,
        metadata={"description": "With converted: what the person did. The purchase's own action is billed."},
    )
    value = MoneyField(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of the billed action, the bid at most; left out: the whole bid."},
    )
    revenue = MoneyField(
        load_default=None,
        allow_none=True,
        metadata={"description": "With converted: what you earned, for your reports only."},
    )
    happened_at = UtcTime(load_default=None, allow_none=True, metadata={"description": "Left out: now."})
    follow_up_at = UtcTime(
        load_default=None,
        allow_none=True,
        metadata={"description": "With follow_up: when the lead comes back."},
    )
    call_seconds = StrictInteger(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, MAX_CALL_SECONDS),
        metadata={"description": "Length of a call; a long one marks the lead on target."},
    )
    reference = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(
            r"^[A-Za-z0-9._:-]{1,100}\Z", error="1 to 100 letters, digits, and . _ : - ; no personal data."
        ),
        metadata={
            "description": "Your own word for this report; sent again it is the same report.",
            "example": "deal-81",
        },
    )


class PostbackIn(OutcomeIn):
    """What came of a bought lead, told by the buyer's own system."""

    purchase_id = PublicId("pur", required=True)


class ActionOut(Schema):
    """The action of a purchase under CPA."""

    id = PublicId("act")
    purchase_id = PublicId("pur")
    action = Word(ActionWord)
    bid = MoneyField()
    value = MoneyField(metadata={"description": "What is paid; the rest of the bid goes back."})
    state = Word(ActionState)
    reversal = Word(Reversal, allow_none=True)
    happened_at = UtcTime()
    reported_at = UtcTime()
    reported_by = Word(ReportedBy)
    confirms_at = UtcTime(metadata={"description": "Paid then, unless reversed before or disputed."})
    ended_at = UtcTime(allow_none=True)


class OutcomeOut(Schema):
    """One report. Revenue and reference are for the buyer only."""

    id = PublicId("out")
    purchase_id = PublicId("pur")
    outcome = Word(Outcome)
    reason = Word(Disqualification, allow_none=True)
    action = Word(ActionWord, allow_none=True)
    revenue = MoneyField(allow_none=True)
    happened_at = UtcTime()
    follow_up_at = UtcTime(allow_none=True)
    call_seconds = fields.Integer(allow_none=True)
    reference = fields.String(allow_none=True)
    reported_at = UtcTime()
    reported_by = Word(ReportedBy)


class ReportedOut(OutcomeOut):
    """A report that was made, with the action that it billed."""

    billed = fields.Nested(
        ActionOut,
        allow_none=True,
        metadata={"description": "The action that the purchase is paid by, else null."},
    )


class OutcomesQuery(ListQuery):
    """Filters of the list."""

    outcome = Word(Outcome, load_default=None)
    purchase_id = PublicId("pur", load_default=None)


class ActionsQuery(ListQuery):
    """Filters of the list."""

    state = Word(ActionState, load_default=None)
    purchase_id = PublicId("pur", load_default=None)


class JudgementIn(Schema):
    """A person's word on a lead."""

    on_target = fields.Boolean(required=True)


class FollowedOut(Schema):
    """What the reports on a purchase come to."""

    purchase_id = PublicId("pur")
    outcome = Word(Outcome, allow_none=True)
    reason = Word(Disqualification, allow_none=True)
    outcome_at = UtcTime(allow_none=True)
    on_target = fields.Boolean(allow_none=True)
    judged_by = Word(JudgedBy, allow_none=True)
    follow_up_at = UtcTime(allow_none=True)
    came_back_at = UtcTime(allow_none=True)


class FollowUpsQuery(ListQuery):
    """Filters of the list."""

    came_back = fields.Boolean(
        load_default=None,
        metadata={"description": "true: those whose date has come; false: those that wait."},
    )


class CustomerOut(Schema):
    """A lead that became a customer."""

    id = PublicId("cus")
    purchase_id = PublicId("pur")
    lead_id = PublicId("led")
    lead_at = UtcTime(metadata={"description": "When the person showed interest: the first contact."})
    became_at = UtcTime()
    lead_time_seconds = fields.Integer(metadata={"description": "From the first contact to the conversion."})
    revenue = MoneyField(metadata={"description": "Of all conversions that were reported."})


class SummaryQuery(Schema):
    """By what to count."""

    by = Word(Dimension, load_default=Dimension.SELLER)


class SummaryRowOut(Schema):
    """So many leads stand at this outcome."""

    id = fields.String(metadata={"description": "Of the seller, offer, batch or vertical."})
    outcome = Word(Outcome)
    reason = Word(Disqualification, allow_none=True)
    count = fields.Integer()


class SummaryOut(Schema):
    """Leads counted by their latest outcome."""

    by = Word(Dimension)
    data = fields.List(fields.Nested(SummaryRowOut))


class PostbackAddressOut(Schema):
    """Where your system reports outcomes; the secret is shown this once."""

    id = PublicId("pbk")
    path = fields.String(metadata={"example": "/v1/postbacks/pbk_01jd0000000000000000000000"})
    secret = fields.String()


OutcomesOut = list_of(OutcomeOut, "OutcomesOut")
ActionsOut = list_of(ActionOut, "ActionsOut")
FollowUpsOut = list_of(FollowedOut, "FollowUpsOut")
CustomersOut = list_of(CustomerOut, "CustomersOut")
