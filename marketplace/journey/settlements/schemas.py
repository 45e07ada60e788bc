"""Shapes of settlements and earnings."""

from __future__ import annotations

from marshmallow import fields

from ...http import ListQuery, MoneyField, PublicId, Schema, UtcTime, Word
from .rules import SettlementState


class SettlementOut(Schema):
    """A week of a seller in one currency."""

    id = PublicId("stl")
    number = fields.Integer(
        allow_none=True, metadata={"description": "Counts the seller's closed settlements."}
    )
    state = Word(SettlementState)
    week = fields.String(metadata={"example": "2026-W05"})
    week_begins_at = UtcTime()
    currency = fields.String()
    line_count = fields.Integer()
    gross = MoneyField()
    refunded = MoneyField()
    commission = MoneyField()
    net = MoneyField()
    closed_at = UtcTime(allow_none=True)


class LineOut(Schema):
    """One purchase in a settlement: net = gross - refunded - commission."""

    purchase_id = PublicId("pur")
    gross = MoneyField()
    refunded = MoneyField()
    commission = MoneyField()
    net = MoneyField()
    settled_at = UtcTime()


class StatementOut(SettlementOut):
    """A settlement with one page of its lines."""

    lines = fields.List(fields.Nested(LineOut))
    next_cursor = fields.String(allow_none=True)


class SettlementsQuery(ListQuery):
    """Filters of the list."""

    state = Word(SettlementState, load_default=None)


class EarningsLineOut(Schema):
    """A seller's money in one currency."""

    currency = fields.String()
    in_escrow = MoneyField(metadata={"description": "Held for purchases, before commission."})
    pending = MoneyField(metadata={"description": "Released, and not yet mature."})
    reserved = MoneyField(metadata={"description": "Kept back for a time against refunds."})
    available = MoneyField(metadata={"description": "May be paid out."})
    paid = MoneyField()
    owed = MoneyField(metadata={"description": "A debt, paid from later earnings first."})


class EarningsOut(Schema):
    """A seller's money by currency."""

    earnings = fields.List(fields.Nested(EarningsLineOut))
