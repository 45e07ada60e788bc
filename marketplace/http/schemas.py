"""Shapes that every resource spells the same way: ids, money, times, lists."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from ..kernel import ids
from ..kernel.money import MAX_AMOUNT_MINOR, Money, is_currency
from ..kernel.paging import DEFAULT_LIMIT, MAX_LIMIT


class Schema(ma.Schema):
    """The base of every shape: unknown fields are refused, order is kept."""

    class Meta:
        """marshmallow reads these."""

        unknown = ma.RAISE


class PublicId(fields.Field[UUID]):
    """An id in its public form, ``off_…``; *prefix* says of what."""

    default_error_messages: dict[str, str | list[Any] | dict[Any, Any]] = {  # noqa: RUF012 - as in the base
        "invalid": "This is not an id of that kind."
    }

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        metadata = {
            "type": "string",
            "pattern": f"^{prefix}_[0-9a-hjkmnp-tv-z]{{26}}$",
            "example": f"{prefix}_01jd3v5k8n0000000000000000",
            **kwargs.pop("metadata", {}),
        }
        super().__init__(metadata=metadata, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else ids.public(self.prefix, value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> UUID:
        parsed = ids.parse(self.prefix, value) if isinstance(value, str) else None
        if parsed is None:
            raise self.make_error("invalid")
        return parsed


class UtcTime(fields.DateTime):
    """RFC 3339 in UTC with ``Z``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | float | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        moment: datetime = super()._deserialize(value, attr, data, **kwargs)
        # A zone can take a moment out of the years that exist.
        with suppress(OverflowError):
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        raise self.make_error(
            "invalid", input=value, obj_type="time with a zone, such as 2026-01-31T12:00:00Z"
        )


class StrictInteger(fields.Integer):
    """A whole number: 3, never 3.0, "3" or true."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class Word(fields.Enum[Any]):
    """One word of a fixed vocabulary; models keep the plain word."""

    def __init__(self, words: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(words, by_value=True, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else str(value)


def currency_code(value: str) -> None:
    """Accept codes of ISO 4217 only."""
    if not is_currency(value):
        raise ma.ValidationError("A currency is an ISO 4217 code such as EUR.")


class MoneySchema(Schema):
    """``{"amount": 2000, "currency": "EUR"}``: integer minor units and an ISO 4217 code."""

    amount = StrictInteger(
        required=True,
        validate=validate.Range(min=0, max=MAX_AMOUNT_MINOR),
        error_messages={"invalid": "An amount is a whole number of minor units: 20.00 EUR is 2000."},
        metadata={
            "description": "Whole minor units: cents, kopecks; never a decimal number.",
            "example": 2000,
        },
    )
    currency = fields.String(
        required=True,
        validate=currency_code,
        metadata={"example": "EUR"},
    )

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Money:
        """The value that services take."""
        return Money(data["amount"], data["currency"])


def MoneyField(**kwargs: Any) -> fields.Nested:  # noqa: N802 - reads as a field where it is used
    """A field that holds money."""
    return fields.Nested(MoneySchema, **kwargs)


class ListQuery(Schema):
    """What every list takes: how many, and from where on."""

    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=validate.Range(min=1, max=MAX_LIMIT))
    cursor = fields.String(load_default=None, validate=validate.Length(max=500), metadata={"example": ""})


def list_of(item: type[ma.Schema], name: str) -> type[ma.Schema]:
    """The shape of one page of *item*."""
    return type(
        name,
        (Schema,),
        {
            "__doc__": "One page and the cursor of the next, null at the end.",
            "data": fields.List(fields.Nested(item), attribute="rows", required=True),
            "next_cursor": fields.String(allow_none=True, required=True),
        },
    )


class ProblemItemSchema(Schema):
    """One faulty field."""

    pointer = fields.String(required=True, metadata={"example": "/price/amount"})
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """A problem document (RFC 9457); more members may follow by code."""

    type = fields.String(required=True, metadata={"example": "/problems/invalid_input"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"example": "invalid_input"})
    errors = fields.List(fields.Nested(ProblemItemSchema), required=True)
    request_id = fields.String(allow_none=True, required=True)
