"""Shapes of organizations, members and keys."""

from __future__ import annotations

import ipaddress
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validate

from ..access import Permission, Role
from ..http.schemas import ListQuery, PublicId, Schema, UtcTime, Word, currency_code
from .rules import OrganizationState

_COUNTRY = validate.Regexp(r"^[A-Z]{2}\Z", error="A country is an ISO 3166 code such as PL.")
_SCOPES = [permission.value for permission in Permission]


def _time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("A time zone is a name such as Europe/Warsaw.")


def _network(value: str) -> None:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValidationError("A network is an address or a range such as 203.0.113.0/24.") from None


def _name(**kwargs: object) -> fields.String:
    return fields.String(validate=validate.And(validate.Length(1, 200), _printable), **kwargs)  # type: ignore[arg-type]  # passed on


def _printable(value: str) -> None:
    if not value.strip() or not value.isprintable():
        raise ValidationError("A name has letters and no control characters.")


class OwnerIn(Schema):
    """The first owner."""

    name = _name(required=True)
    email = fields.Email(required=True, validate=validate.Length(max=254))


class SignUpIn(Schema):
    """A new organization."""

    name = _name(required=True, metadata={"example": "Northwind Leads"})
    sells = fields.Boolean(load_default=False)
    buys = fields.Boolean(load_default=False)
    country = fields.String(required=True, validate=_COUNTRY, metadata={"example": "PL"})
    currency = fields.String(required=True, validate=currency_code, metadata={"example": "EUR"})
    time_zone = fields.String(load_default="UTC", validate=_time_zone)
    owner = fields.Nested(OwnerIn, required=True)


class OrganizationOut(Schema):
    """An organization as its members and the operator see it."""

    id = PublicId("org")
    name = fields.String()
    sells = fields.Boolean()
    buys = fields.Boolean()
    state = Word(OrganizationState)
    country = fields.String()
    currency = fields.String()
    time_zone = fields.String()
    created_at = UtcTime()


class OrganizationPatch(Schema):
    """What may be changed of the profile."""

    name = _name()
    currency = fields.String(validate=currency_code)
    time_zone = fields.String(validate=_time_zone)


class MemberOut(Schema):
    """A member."""

    id = PublicId("mem")
    name = fields.String()
    email = fields.String()
    role = fields.String()
    created_at = UtcTime()


class MemberIn(Schema):
    """A new member."""

    name = _name(required=True)
    email = fields.Email(required=True, validate=validate.Length(max=254))
    role = Word(Role, required=True)


class MemberPatch(Schema):
    """Another role."""

    role = Word(Role, required=True)


class KeyOut(Schema):
    """A key without its secret."""

    id = PublicId("key")
    name = fields.String()
    hint = fields.String(metadata={"description": "The last four characters of the secret."})
    member_id = PublicId("mem")
    scopes = fields.List(fields.String())
    allowed_networks = fields.List(fields.String())
    created_at = UtcTime()
    expires_at = UtcTime(allow_none=True)
    revoked_at = UtcTime(allow_none=True)
    last_used_at = UtcTime(allow_none=True)


class KeyIn(Schema):
    """A new key."""

    name = _name(required=True)
    member_id = PublicId("mem", load_default=None)
    scopes = fields.List(fields.String(validate=validate.OneOf(_SCOPES)), load_default=None)
    allowed_networks = fields.List(
        fields.String(validate=_network), load_default=list, validate=validate.Length(max=50)
    )
    expires_at = UtcTime(load_default=None)


class NewKeyOut(Schema):
    """A key with its secret, shown this once."""

    key = fields.Nested(KeyOut)
    secret = fields.String(metadata={"description": "Shown once; keep it safe.", "example": "lx_live_…"})


class SignedUpOut(Schema):
    """The new organization and the first key."""

    organization = fields.Nested(OrganizationOut)
    member = fields.Nested(MemberOut)
    api_key = fields.Nested(NewKeyOut, attribute="new_key")


class OrganizationsQuery(ListQuery):
    """Which organizations."""

    state = Word(OrganizationState, load_default=None)


class DecisionIn(Schema):
    """The operator's decision."""

    state = Word(OrganizationState, required=True)


class MembersOut(Schema):
    """All members."""

    data = fields.List(fields.Nested(MemberOut))
    next_cursor = fields.String(allow_none=True)


class KeysOut(Schema):
    """All keys."""

    data = fields.List(fields.Nested(KeyOut))
    next_cursor = fields.String(allow_none=True)
