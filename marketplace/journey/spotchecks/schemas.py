"""Shapes of spot checks, plans, samples and verdicts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from marshmallow import fields, validate

from ...http import ListQuery, MoneyField, PublicId, Schema, StrictInteger, UtcTime, Word
from .confirmation import Verdict
from .curves import LARGEST_BATCH
from .rules import MAX_ATTEMPTS, MAX_NOTE_LENGTH, CheckState, Choice


class _Share(fields.Field[Fraction]):
    """An exact share, dumped as a decimal number."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> float:
        return float(Fraction(value))


class _Hex(fields.Field[bytes]):
    """Bytes as lower-case hexadecimal digits."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else bytes(value).hex()


class FiguresOut(Schema):
    """How far a check is. What is in work is not yet counted as checked."""

    checked = fields.Integer()
    fakes = fields.Integer()
    inconclusive = fields.Integer()
    pending = fields.Integer(metadata={"description": "Leads in work; they count as the worst case."})


class UsedPlanOut(Schema):
    """The plan that the check really uses, with its exact risks for this very batch size."""

    preset = fields.String()
    accept_at = fields.List(
        fields.Integer(),
        metadata={"description": "With d fakes the batch is accepted from accept_at[d] checks on."},
    )
    reject_by = fields.List(
        fields.Integer(),
        metadata={"description": "With d fakes it is rejected up to reject_by[d] checks; -1: never."},
    )
    n_max = fields.Integer()
    good_share = _Share()
    bad_share = _Share()
    seller_risk_limit = _Share()
    buyer_risk_limit = _Share()
    seller_risk = fields.Float()
    buyer_risk = fields.Float()
    skips_inconclusive = fields.Boolean()


class SpotCheckOut(Schema):
    """The check of a batch: plan and commitment, live figures, and after the decision the whole record."""

    batch_id = PublicId("bat")
    state = Word(CheckState)
    population = fields.Integer()
    preset = fields.String()
    plan = fields.Nested(UsedPlanOut, allow_none=True)
    figures = fields.Nested(FiguresOut)
    fully_checked = fields.Boolean()
    commitment = _Hex()
    root = _Hex(allow_none=True)
    beacon_used = fields.Boolean(
        allow_none=True,
        metadata={"description": "False: without a beacon, seller and exchange together could steer a draw."},
    )
    server_seed = _Hex(allow_none=True, metadata={"description": "Told after the decision."})
    outcomes = fields.List(
        fields.String(),
        allow_none=True,
        metadata={"description": "In the committed order; told after the decision."},
    )
    record_url = fields.String(allow_none=True)
    frozen_at = UtcTime()
    drawn_at = UtcTime(allow_none=True)
    decided_at = UtcTime(allow_none=True)
    choice = Word(Choice, allow_none=True)
    choose_by = UtcTime(allow_none=True)
    full_check_fee = MoneyField(allow_none=True)


class ChoiceIn(Schema):
    """What becomes of a batch that was not accepted."""

    choice = Word(Choice, required=True)


class WorkItemOut(Schema):
    """A lead that waits for a checker; who sells it is not told."""

    id = PublicId("chk")
    vertical = fields.String()
    claimed_until = UtcTime(allow_none=True)


class OpenedSampleOut(Schema):
    """A lead to check, with its contact in clear. Opening it is written to the audit log."""

    id = PublicId("chk")
    vertical = fields.String(metadata={"description": "What the person is said to have asked for."})
    vertical_name = fields.String()
    lead_at = UtcTime()
    country = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    attributes = fields.Dict()
    contact = fields.Dict()
    claimed_until = UtcTime()


class VerdictIn(Schema):
    """What a checker found."""

    verdict = Word(Verdict, required=True)
    attempts = StrictInteger(load_default=1, validate=validate.Range(1, MAX_ATTEMPTS))
    note = fields.String(load_default=None, validate=validate.Length(max=MAX_NOTE_LENGTH), allow_none=True)


class VerdictOut(Schema):
    """The verdict is taken; whether the lead needs another checker is not told to this one."""

    id = PublicId("chk")
    verdict = Word(Verdict)


class PlansQuery(Schema):
    """For which size of batch."""

    batch_size = fields.Integer(load_default=1_000, validate=validate.Range(1, LARGEST_BATCH))


class CurvePointOut(Schema):
    """What becomes of batches with this share of fakes."""

    share_percent = fields.Integer()
    fakes = fields.Integer()
    p_accept = fields.Float()
    expected_checks = fields.Float()


class PlanOut(Schema):
    """A preset: what it promises, its plan for the asked size, and the plan's exact operating curve."""

    name = fields.String()
    batch_size = fields.Integer(attribute="population")
    good_share = _Share(attribute="plan.p0")
    bad_share = _Share(attribute="plan.p1")
    seller_risk_limit = _Share(attribute="plan.alpha")
    buyer_risk_limit = _Share(attribute="plan.beta")
    seller_risk = fields.Float()
    buyer_risk = fields.Float()
    accept_at = fields.List(fields.Integer(), attribute="plan.accept_at")
    reject_by = fields.List(fields.Integer(), attribute="plan.reject_by")
    n_max = fields.Integer(attribute="plan.n_max")
    skips_inconclusive = fields.Boolean(attribute="plan.skips_inconclusive")
    curve = fields.List(fields.Nested(CurvePointOut), attribute="points")


class PlansOut(Schema):
    """All presets."""

    data = fields.List(fields.Nested(PlanOut))
    next_cursor = fields.String(allow_none=True)


class FeeIn(Schema):
    """What the full check of one lead costs."""

    fee = MoneyField(required=True)


class FeeOut(Schema):
    """What the full check of one lead costs in a vertical."""

    vertical_id = PublicId("ver")
    fee = MoneyField()
    changed_at = UtcTime()


class FeesOut(Schema):
    """All fees that were set."""

    data = fields.List(fields.Nested(FeeOut))
    next_cursor = fields.String(allow_none=True)


class WorklistQuery(ListQuery):
    """Which part of the worklist."""
