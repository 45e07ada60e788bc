"""Shapes of wallets and credits."""

from __future__ import annotations

from marshmallow import fields, validate

from ..http import ListQuery, MoneyField, PublicId, Schema, UtcTime

_CURRENCY = validate.Regexp(r"^[A-Z]{3}\Z", error="A currency is an ISO 4217 code such as EUR.")


class BalanceOut(Schema):
    """One currency of a wallet."""

    currency = fields.String()
    available = MoneyField(metadata={"description": "The organization's own money, free to spend."})
    promo = MoneyField(metadata={"description": "Given by the exchange; spent first."})
    held = MoneyField(metadata={"description": "Held for purchases whose return window is open."})
    owed = MoneyField(metadata={"description": "A debt, paid from the next money that comes."})


class WalletOut(Schema):
    """The wallet of an organization."""

    balances = fields.List(fields.Nested(BalanceOut))


class EntriesQuery(ListQuery):
    """Which currency's lines."""

    currency = fields.String(required=True, validate=_CURRENCY)


class EntryOut(Schema):
    """One change of the wallet."""

    version = fields.Integer(metadata={"description": "Counts the changes of this wallet without a gap."})
    words = fields.String()
    key = fields.String(metadata={"description": "The unique key of the booking."})
    change = MoneyField(metadata={"description": "Negative when money left the wallet."})
    balance_after = MoneyField()
    event_at = UtcTime()


class CreditIn(Schema):
    """Money that came by bank."""

    organization_id = PublicId("org", required=True)
    amount = MoneyField(required=True)
    reference = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"example": "Statement 17/3"}
    )


class CreditOut(Schema):
    """A credit that was booked."""

    id = PublicId("crd")
    organization_id = PublicId("org")
    amount = MoneyField()
    created_at = UtcTime()
