"""Shapes of targets and deliveries."""

from __future__ import annotations

from marshmallow import fields, validate

from ...http import ListQuery, PublicId, Schema, UtcTime, Word
from .rules import DeliveryState, Outcome, TargetState

_URL = validate.Length(1, 2000)
_NAME = validate.Length(1, 200)


class TargetIn(Schema):
    """A new webhook."""

    name = fields.String(required=True, validate=_NAME, metadata={"example": "our CRM"})
    url = fields.String(required=True, validate=_URL, metadata={"example": "https://crm.example.com/leads"})


class TargetPatch(Schema):
    """What may change."""

    name = fields.String(validate=_NAME)
    url = fields.String(validate=_URL)
    state = fields.String(validate=validate.OneOf([TargetState.ACTIVE.value, TargetState.PAUSED.value]))


class TargetOut(Schema):
    """A target without its secret."""

    id = PublicId("dtg")
    name = fields.String()
    url = fields.String()
    state = Word(TargetState)
    created_at = UtcTime()


class NewTargetOut(Schema):
    """A target and its signing secret, shown this once."""

    target = fields.Nested(TargetOut)
    secret = fields.String(
        metadata={"description": "Verifies the signatures; shown once.", "example": "whsec_…"}
    )


class TargetsOut(Schema):
    """All targets."""

    data = fields.List(fields.Nested(TargetOut))
    next_cursor = fields.String(allow_none=True)


class AttemptOut(Schema):
    """One attempt."""

    number = fields.Integer()
    outcome = Word(Outcome)
    status = fields.Integer(allow_none=True)
    latency_ms = fields.Integer()
    attempted_at = UtcTime()


class DeliveryOut(Schema):
    """One purchase on its way to one target."""

    id = PublicId("dlv", metadata={"description": "Also the webhook-id of every attempt."})
    purchase_id = PublicId("pur")
    target_id = PublicId("dtg")
    state = Word(DeliveryState)
    attempts = fields.Integer()
    created_at = UtcTime()
    ended_at = UtcTime(allow_none=True)


class DeliveryWithAttemptsOut(DeliveryOut):
    """A delivery with every attempt."""

    attempt_list = fields.List(fields.Nested(AttemptOut))


class DeliveriesQuery(ListQuery):
    """Which deliveries."""

    purchase_id = PublicId("pur", load_default=None)
    state = Word(DeliveryState, load_default=None)
