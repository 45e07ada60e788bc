"""Shapes of purchases."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError, fields, validate

from ...http import ListQuery, MoneyField, PublicId, Schema, StrictInteger, UtcTime, Word
from ..listings import SearchFields, Sort
from ..offers import Action, Pricing
from .rules import MOST_AT_ONCE, Mode, PurchaseState, RefundReason, Refused


class Side(StrEnum):
    """On which side of a purchase one stands."""

    BOUGHT = "bought"
    SOLD = "sold"


class PurchaseIn(Schema):
    """What to buy: one listing, listings, or the best of a search."""

    listing_id = PublicId("lst")
    listing_ids = fields.List(PublicId("lst"), validate=validate.Length(1, MOST_AT_ONCE))
    search = fields.Nested(
        SearchFields,
        metadata={
            "description": "The filters of GET /v1/listings as one object.",
            "example": {"vertical": "mortgage", "country": ["PL"]},
        },
    )
    sort = Word(Sort, load_default=Sort.SCORE)
    max_count = StrictInteger(load_default=None, validate=validate.Range(1, MOST_AT_ONCE))
    max_total = MoneyField(load_default=None)
    mode = Word(Mode, load_default=Mode.ALL_OR_NOTHING)

    @ma.validates_schema
    def one_way(self, data: dict[str, Any], **_: Any) -> None:
        """Exactly one of the three ways, and a limit where the best are bought."""
        ways = [name for name in ("listing_id", "listing_ids", "search") if name in data]
        if len(ways) != 1:
            raise ValidationError("Send exactly one of listing_id, listing_ids and search.")
        if ways == ["search"] and data["max_count"] is None:
            raise ValidationError("Say how many to buy at most.", field_name="max_count")


class SoldItemOut(Schema):
    """One purchase that was made."""

    id = PublicId("pur")
    listing_id = PublicId("lst")
    price = MoneyField()


class RefusedItemOut(Schema):
    """One listing that was not bought."""

    listing_id = PublicId("lst")
    code = Word(Refused)
    detail = fields.String()


class BoughtOut(Schema):
    """What a request to buy came to, in the order asked."""

    bought = fields.Integer(metadata={"description": "How many were bought."})
    total = MoneyField(allow_none=True)
    purchases = fields.List(fields.Nested(SoldItemOut))
    refused = fields.List(fields.Nested(RefusedItemOut))


class PurchaseOut(Schema):
    """A purchase as one of its sides sees it; the buyer stays unknown to the seller."""

    id = PublicId("pur")
    side = Word(Side)
    listing_id = PublicId("lst")
    lead_id = PublicId("led")
    offer_id = PublicId("off")
    vertical_id = PublicId("ver")
    seller_id = PublicId("org", metadata={"description": "For the buyer only, else null."}, allow_none=True)
    pricing = Word(Pricing)
    action = Word(
        Action, allow_none=True, metadata={"description": "Under CPA: what is paid when you report it."}
    )
    price = MoneyField(metadata={"description": "What is held; under CPA the bid."})
    refunded = MoneyField()
    commission = MoneyField(
        allow_none=True, metadata={"description": "Of what is not refunded. For the seller only, else null."}
    )
    net = MoneyField(allow_none=True, metadata={"description": "What the seller earns. For the seller only."})
    state = Word(PurchaseState, metadata={"description": "Where the money is."})
    status = fields.String(
        metadata={
            "description": "For readers: disputed, converted, settled, or the state.",
            "example": "disputed",
        }
    )
    refund_reason = Word(RefundReason, allow_none=True)
    purchased_at = UtcTime()
    disclosed_at = UtcTime(allow_none=True)
    undisclosed_until = UtcTime()
    window_ends_at = UtcTime(metadata={"description": "Until then the lead can be disputed."})
    attribution_ends_at = UtcTime(
        allow_none=True, metadata={"description": "Under CPA: until then the action can be reported."}
    )
    ended_at = UtcTime(allow_none=True)


class PurchasesQuery(ListQuery):
    """Filters of the list."""

    side = Word(Side, load_default=Side.BOUGHT)
    state = Word(PurchaseState, load_default=None)
    lead_id = PublicId("led", load_default=None)
    vertical_id = PublicId("ver", load_default=None)


class ContactOut(Schema):
    """A bought lead with its contact."""

    purchase_id = fields.String()
    lead_id = fields.String()
    vertical = fields.String()
    purchased_at = fields.String(metadata={"format": "date-time"})
    lead_at = fields.String(metadata={"format": "date-time"})
    price = MoneyField()
    contact = fields.Dict(metadata={"description": "What was given of the person, in normal form, by field."})
    row = fields.Dict(metadata={"description": "The row as the seller's file had it, column by column."})
    contact_kinds = fields.List(fields.String())
    attributes = fields.Dict()
    country = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    consent = fields.Dict(metadata={"description": "The evidence of consent and the channels it allows."})
    source = fields.String(allow_none=True)
    campaign = fields.String(allow_none=True)
    ad_group = fields.String(allow_none=True)
    audience = fields.String(allow_none=True)


class EvidenceOut(Schema):
    """What was frozen at the sale. digest = SHA-256(SHA-256(facts_text) + SHA-256(sealed record))."""

    purchase_id = PublicId("pur")
    batch_id = PublicId("bat", metadata={"description": "Its spot check can be read and recomputed."})
    facts = fields.Dict()
    facts_text = fields.String(
        metadata={"description": "The facts letter by letter, as they were hashed (UTF-8)."}
    )
    sealed_digest = fields.String(metadata={"description": "SHA-256 of the sealed record, in hexadecimal."})
    digest = fields.String()
    frozen_at = UtcTime()
    intact = fields.Boolean(metadata={"description": "The digest was recomputed now and is the same."})
