"""Shapes of verticals and offers."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate

from ...http import ListQuery, MoneyField, PublicId, Schema, StrictInteger, UtcTime, Word, list_of
from .models import Offer
from .rules import (
    ATTRIBUTION_DAYS,
    BENCHMARK_FLOOR_PERCENT,
    MAX_ATTRIBUTION_DAYS,
    MAX_SALES,
    Action,
    Channel,
    ContactChannel,
    FieldKind,
    OfferState,
    PlanPreset,
    Pricing,
    SellMode,
)

_COUNTRY = validate.Regexp(r"^[A-Z]{2}\Z", error="A country is an ISO 3166 code such as PL.")
_WORD = validate.Regexp(
    r"^[a-z][a-z0-9_]{1,49}\Z", error="Small letters, digits and _, beginning with a letter."
)
_EVIDENCE = (
    "consent_text",
    "consent_at",
    "consent_source",
    "page_url",
    "ip",
    "user_agent",
    "consent_sellers",
    "certificate",
)


def _plain(value: str) -> None:
    if not value.strip() or not value.isprintable():
        raise ValidationError("Letters, without control characters.")


def _text(value: str) -> None:
    if not value.strip() or "\x00" in value:
        raise ValidationError("A text without NUL characters.")


_NAME = validate.And(validate.Length(1, 200), _plain)


class FieldIn(Schema):
    """One field of a vertical."""

    name = fields.String(required=True, validate=_WORD, metadata={"example": "income"})
    label = fields.String(required=True, validate=_NAME)
    type = Word(FieldKind, required=True)
    required = fields.Boolean(load_default=False)
    filterable = fields.Boolean(load_default=True)
    personal = fields.Boolean(
        load_default=False,
        metadata={"description": "Sealed with the contact; free text always is."},
    )
    choices = fields.Dict(
        keys=fields.String(validate=_WORD),
        values=fields.List(fields.String(validate=_plain), validate=validate.Length(max=100)),
        load_default=dict,
        validate=validate.Length(max=200),
        metadata={"description": "For type choice: code to synonyms.", "example": {}},
    )
    synonyms = fields.List(
        fields.String(validate=validate.And(validate.Length(1, 100), _plain)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "How files call the column, in any language."},
    )


class FieldOut(Schema):
    """One field of a vertical."""

    name = fields.String()
    label = fields.String()
    type = Word(FieldKind)
    required = fields.Boolean()
    filterable = fields.Boolean()
    personal = fields.Boolean()
    choices = fields.Dict()
    synonyms = fields.List(fields.String())


class ConsentRuleSchema(Schema):
    """The evidence that is needed where country and channel fit; left out, they fit everything."""

    country = fields.String(validate=_COUNTRY)
    channel = Word(ContactChannel)
    evidence = fields.List(fields.String(validate=validate.OneOf(_EVIDENCE)), required=True)


def _days(low: int, high: int, **kwargs: Any) -> StrictInteger:
    return StrictInteger(validate=validate.Range(low, high), **kwargs)


class VerticalPatch(Schema):
    """What may be changed of a vertical; *fields* replace the present ones."""

    name = fields.String(validate=_NAME)
    duplicate_window_days = _days(0, 3650)
    return_window_days = _days(1, 60)
    disclosure_hours = _days(1, 720)
    plan_preset = Word(PlanPreset)
    commission_bps = StrictInteger(
        validate=validate.Range(0, 10_000), metadata={"description": "Basis points: 1500 is 15 %."}
    )
    benchmark_price = MoneyField(allow_none=True)
    sell_modes = fields.List(Word(SellMode), validate=validate.Length(min=1))
    max_lead_age_days = _days(1, 3650)
    warm_points = _days(0, 10_000)
    hot_points = _days(0, 10_000)
    minimum_age = _days(14, 99, allow_none=True)
    call_seconds = _days(1, 3600)
    listing_days = _days(1, 365)
    consent_rules = fields.List(fields.Nested(ConsentRuleSchema), validate=validate.Length(max=500))
    listed_fields = fields.List(
        fields.Nested(FieldIn), data_key="fields", attribute="fields", validate=validate.Length(max=100)
    )


class VerticalIn(VerticalPatch):
    """A new vertical."""

    code = fields.String(required=True, validate=_WORD, metadata={"example": "solar"})
    name = fields.String(required=True, validate=_NAME)
    commission_bps = StrictInteger(required=True, validate=validate.Range(0, 10_000))
    benchmark_price = MoneyField(allow_none=True, load_default=None)
    warm_points = _days(0, 10_000, load_default=15)
    hot_points = _days(0, 10_000, load_default=40)
    listed_fields = fields.List(
        fields.Nested(FieldIn),
        data_key="fields",
        attribute="fields",
        load_default=list,
        validate=validate.Length(max=100),
    )


class VerticalOut(Schema):
    """A vertical with its terms and fields."""

    id = PublicId("ver")
    code = fields.String()
    name = fields.String()
    duplicate_window_days = fields.Integer()
    return_window_days = fields.Integer()
    disclosure_hours = fields.Integer()
    plan_preset = fields.String()
    commission_bps = fields.Integer()
    benchmark_price = MoneyField(allow_none=True)
    sell_modes = fields.List(fields.String())
    max_lead_age_days = fields.Integer()
    warm_points = fields.Integer()
    hot_points = fields.Integer()
    minimum_age = fields.Integer(allow_none=True)
    call_seconds = fields.Integer()
    listing_days = fields.Integer()
    consent_rules = fields.List(fields.Nested(ConsentRuleSchema))
    created_at = UtcTime()
    listed_fields = fields.List(fields.Nested(FieldOut), data_key="fields", attribute="fields")


VerticalsOut = list_of(VerticalOut, "VerticalsOut")


class OfferIn(Schema):
    """A new offer."""

    vertical = fields.String(
        required=True,
        validate=validate.Length(1, 60),
        metadata={"description": "Code or id of the vertical.", "example": "mortgage"},
    )
    name = fields.String(required=True, validate=_NAME)
    pricing = Word(
        Pricing,
        load_default=Pricing.CPL,
        metadata={"description": "cpl: the contact is paid. cpa: one action of the person is."},
    )
    price = MoneyField(
        required=True,
        metadata={"description": "Of one lead; under CPA the bid: what is held and paid at most."},
    )
    action = Word(Action, load_default=None, allow_none=True, metadata={"description": "Under CPA only."})
    attribution_days = StrictInteger(
        load_default=None,
        allow_none=True,
        validate=validate.Range(1, MAX_ATTRIBUTION_DAYS),
        metadata={
            "description": f"Under CPA: the action counts so long after the purchase, else {ATTRIBUTION_DAYS}."
        },
    )
    max_sales = StrictInteger(load_default=1, validate=validate.Range(1, MAX_SALES))
    channel = Word(Channel, required=True)
    source = fields.String(required=True, validate=_NAME, metadata={"example": "google"})
    country = fields.String(load_default=None, allow_none=True, validate=_COUNTRY)
    consent_text = fields.String(
        load_default=None, allow_none=True, validate=validate.And(validate.Length(1, 10_000), _text)
    )
    consent_source = fields.String(load_default=None, allow_none=True, validate=_NAME)
    consent_channels = fields.List(Word(ContactChannel), load_default=list, validate=validate.Length(max=5))
    open = fields.Boolean(load_default=True, metadata={"description": "False keeps it a draft."})


class OfferOut(Schema):
    """An offer as its seller and the operator see it."""

    id = PublicId("off")
    seller_id = PublicId("org")
    vertical_id = PublicId("ver")
    name = fields.String()
    kind = fields.String()
    pricing = Word(Pricing)
    price = MoneyField()
    action = Word(Action, allow_none=True)
    attribution_days = fields.Integer(allow_none=True)
    max_sales = fields.Integer()
    channel = Word(Channel)
    source = fields.String()
    country = fields.String(allow_none=True)
    consent_text = fields.String(allow_none=True)
    consent_source = fields.String(allow_none=True)
    consent_channels = fields.List(fields.String())
    state = Word(OfferState)
    below_benchmark = fields.Boolean()
    warnings = fields.Method("warnings_of", metadata={"type": "array", "items": {"type": "string"}})
    created_at = UtcTime()

    def warnings_of(self, offer: Offer) -> list[str]:
        """What the seller should look at again."""
        if not offer.below_benchmark:
            return []
        return [
            f"The price is below {BENCHMARK_FLOOR_PERCENT} % of what leads of this vertical usually cost;"
            " the offer is marked for closer checks."
        ]


class OffersQuery(ListQuery):
    """Which offers to list."""

    state = Word(OfferState, load_default=None)


OffersOut = list_of(OfferOut, "OffersOut")
