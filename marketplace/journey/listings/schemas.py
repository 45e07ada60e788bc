"""Shapes of listings and of the search for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from ...http import ListQuery, MoneyField, PublicId, Schema, UtcTime, Word
from ...kernel.money import MAX_AMOUNT_MINOR
from ..intake.fields import Temperature
from ..offers import Action, Channel, Pricing
from .filters import PREFIX
from .rules import ListingState, Sort, Withdrawal

_CURRENCY = validate.Regexp(r"^[A-Z]{3}\Z", error="A currency is an ISO 4217 code such as EUR.")
_COUNTRY = validate.Regexp(r"^[A-Z]{2}\Z", error="A country is an ISO 3166 code such as PL.")
_SOME = validate.Length(max=50)
_MOST_POINTS = 1_000_000
_OLDEST_DAYS = 3_650
_AMOUNT = validate.Range(0, MAX_AMOUNT_MINOR)


def _plain(text: str) -> None:
    if not text.isprintable():
        raise ma.ValidationError("A text without control characters.")


def _text(longest: int, **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.And(validate.Length(1, longest), _plain), **kwargs)


def _words(inner: fields.Field[Any]) -> fields.List[Any]:
    return fields.List(inner, load_default=list, validate=_SOME)


class SearchFields(Schema):
    """What may be asked of listings. Given several times, a parameter means any of its values.

    ``attribute.NAME=value`` asks for a field of the vertical, ``attribute.NAME_min`` and
    ``attribute.NAME_max`` for its edges.
    """

    vertical = _text(60, load_default=None)
    country = _words(fields.String(validate=_COUNTRY))
    region = _words(_text(100))
    temperature = _words(Word(Temperature))
    channel = _words(Word(Channel))
    points_min = fields.Integer(load_default=None, validate=validate.Range(-_MOST_POINTS, _MOST_POINTS))
    price_min = fields.Integer(load_default=None, validate=_AMOUNT)
    price_max = fields.Integer(load_default=None, validate=_AMOUNT)
    currency = fields.String(load_default=None, validate=_CURRENCY)
    max_age_days = fields.Integer(load_default=None, validate=validate.Range(0, _OLDEST_DAYS))
    verified = fields.Boolean(load_default=None)
    exclusive = fields.Boolean(load_default=None)
    pricing = Word(Pricing, load_default=None)
    attributes = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        load_default=dict,
        metadata={
            "description": "In a query: attribute.NAME=value, attribute.NAME_min=, attribute.NAME_max=."
        },
    )


class SearchQuery(ListQuery, SearchFields):
    """A search by query string."""

    sort = Word(Sort, load_default=Sort.SCORE)
    count = fields.Boolean(load_default=False, metadata={"description": "Count too, up to 10,000."})
    own = fields.Boolean(
        load_default=False, metadata={"description": "What your organization has sold at least once."}
    )
    state = Word(ListingState, load_default=None, metadata={"description": "With own only."})
    batch_id = PublicId("bat", load_default=None, metadata={"description": "With own only."})

    @ma.pre_load
    def gather_attributes(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Bring ``attribute.*`` together; a parameter that does not exist is refused by its name."""
        plain: dict[str, Any] = {}
        attributes: dict[str, list[str]] = {}
        unknown: dict[str, list[str]] = {}
        for name in data:
            if name.startswith(PREFIX):
                attributes[name.removeprefix(PREFIX)] = _all_of(data, name)
            elif name in self.fields and name != "attributes":
                plain[name] = data[name]
            else:
                unknown[name] = ["Unknown field."]
        if unknown:
            raise ma.ValidationError(unknown)
        return {**plain, "attributes": attributes}


def _all_of(data: Mapping[str, Any], name: str) -> list[str]:
    """Every value of a repeated parameter; the parser's view of the query gives the first only."""
    raw = getattr(data, "data", data)
    listed = raw.getlist(name) if hasattr(raw, "getlist") else raw[name]
    return list(listed) if isinstance(listed, list) else [listed]


class MaskedOut(Schema):
    """What is shown of a contact before it is bought."""

    name = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)


class ListingOut(Schema):
    """A lead for sale. The last fields are for its seller and the operator."""

    id = PublicId("lst")
    vertical = fields.String()
    batch_id = PublicId("bat", metadata={"description": "Its spot check can be read and recomputed."})
    pricing = Word(Pricing)
    action = Word(Action, allow_none=True, metadata={"description": "Under CPA: what is paid."})
    attribution_days = fields.Integer(
        allow_none=True, metadata={"description": "Under CPA: the action counts so long after the purchase."}
    )
    price = MoneyField(metadata={"description": "Held at the purchase; under CPA the bid."})
    max_sales = fields.Integer()
    sold = fields.Integer()
    exclusive = fields.Boolean()
    state = Word(ListingState)
    verified = fields.Boolean(
        metadata={"description": "A person checked this very lead and found it genuine."}
    )
    channel = Word(Channel)
    country = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    temperature = Word(Temperature)
    points = fields.Integer()
    attributes = fields.Dict()
    contact = fields.Nested(MaskedOut)
    contact_kinds = fields.List(fields.String())
    lead_at = UtcTime()
    listed_at = UtcTime()
    expires_at = UtcTime()
    bought = fields.Boolean(metadata={"description": "Your organization has bought it."})
    lead_id = PublicId("led")
    offer_id = PublicId("off")
    withdrawal = Word(Withdrawal, allow_none=True)


class CountOut(Schema):
    """How many fit; not exact when counting stopped at 10,000."""

    count = fields.Integer()
    exact = fields.Boolean()


class SearchOut(Schema):
    """One page, the cursor of the next, and the count where it was asked for."""

    data = fields.List(fields.Nested(ListingOut), attribute="rows", required=True)
    next_cursor = fields.String(allow_none=True, required=True)
    total = fields.Nested(CountOut, allow_none=True)


class FacetsQuery(Schema):
    """What is counted. Only what the roll-up knows: other filters are for the search itself."""

    vertical = _text(60, required=True)
    country = _words(fields.String(validate=_COUNTRY))
    region = _words(_text(100))
    temperature = _words(Word(Temperature))
    currency = fields.String(load_default=None, validate=_CURRENCY)


class FacetOut(Schema):
    """So many live listings have this value; null: it is not known."""

    value = fields.String(allow_none=True)
    count = fields.Integer()


class PriceBandOut(Schema):
    """So many live listings cost at least *from* and less than *below*."""

    price_from = MoneyField(data_key="from")
    price_below = MoneyField(data_key="below")
    count = fields.Integer()


class FacetsOut(Schema):
    """Counts of what is live, the caller's own listings included. Each facet leaves its own filter out."""

    total = fields.Integer()
    country = fields.List(fields.Nested(FacetOut))
    region = fields.List(fields.Nested(FacetOut))
    temperature = fields.List(fields.Nested(FacetOut))
    price = fields.List(fields.Nested(PriceBandOut))


class BatchWithdrawalOut(Schema):
    """The live listings of the batch are being taken off."""

    batch_id = PublicId("bat")
    status = fields.String()
