"""Shapes of disputes."""

from __future__ import annotations

from marshmallow import ValidationError, fields, validate

from ...http import ListQuery, MoneyField, PublicId, Schema, UtcTime, Word
from .rules import MAX_TEXT, NO_REASON, Author, Decision, DisputeState, Kind, OpenedBy, Reason, RuledBy


def _words(value: str) -> None:
    if not value.strip() or "\x00" in value:
        raise ValidationError("Write in words.")


def _text(example: str) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.And(validate.Length(1, MAX_TEXT), _words),
        metadata={"example": example},
    )


class DisputeIn(Schema):
    """What is wrong with a bought lead."""

    purchase_id = PublicId("pur", required=True)
    reason = fields.String(
        required=True,
        validate=validate.OneOf([*Reason, *NO_REASON]),
        metadata={
            "description": "These do not count and are refused with the reason why: "
            + ", ".join(NO_REASON)
            + "."
        },
    )
    statement = _text("The number belongs to a bakery; nobody there asked for a mortgage.")


class TextIn(Schema):
    """Words for the thread."""

    text = _text("We spoke to the person on Monday; the recording is attached.")


class RulingIn(Schema):
    """A moderator's decision."""

    decision = Word(Decision, required=True)
    refund = MoneyField(load_default=None, metadata={"description": "With the decision partial only."})
    grounds = _text("The recording shows that the person had asked for an offer.")


class DisputeOut(Schema):
    """A dispute and its clocks."""

    id = PublicId("dsp")
    purchase_id = PublicId("pur")
    side = Word(Author)
    reason = Word(Reason)
    opened_by = Word(OpenedBy)
    state = Word(DisputeState)
    ruled_by = Word(RuledBy, allow_none=True)
    price = MoneyField()
    refund = MoneyField(allow_none=True, metadata={"description": "What the ruling gives back."})
    opened_at = UtcTime()
    answer_due_at = UtcTime()
    answered_at = UtcTime(allow_none=True)
    ruling_due_at = UtcTime(allow_none=True)
    refund_due_at = UtcTime(
        allow_none=True, metadata={"description": "Without a ruling the buyer is refunded then."}
    )
    ruled_at = UtcTime(allow_none=True)
    takes_effect_at = UtcTime(allow_none=True, metadata={"description": "When the ruling moves money."})
    executed_at = UtcTime(allow_none=True)
    withdrawn_at = UtcTime(allow_none=True)


class DisputesQuery(ListQuery):
    """Filters of the list."""

    state = Word(DisputeState, load_default=None)
    purchase_id = PublicId("pur", load_default=None)


class MessageOut(Schema):
    """One message of the thread."""

    id = PublicId("msg")
    author = Word(Author)
    kind = Word(Kind)
    text = fields.String()
    written_at = UtcTime()


class FileOut(Schema):
    """A file that a party showed."""

    id = PublicId("evd")
    author = Word(Author)
    media_type = fields.String()
    size_bytes = fields.Integer()
    added_at = UtcTime()


class FilesOut(Schema):
    """All files of a dispute, oldest first."""

    data = fields.List(fields.Nested(FileOut))
    next_cursor = fields.String(allow_none=True)
