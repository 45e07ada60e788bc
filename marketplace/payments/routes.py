"""The wallet of an organization, and credits by the operator's hand."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from flask import request
from flask_smorest import Blueprint

from .. import identity
from ..access import Permission
from ..http import current_actor, endpoint, list_of
from . import queries, schemas, services, views

blueprint = Blueprint("payments", __name__, url_prefix="/v1", description="Wallets and credits")

_EntriesOut = list_of(schemas.EntryOut, "WalletEntriesOut")


@endpoint(blueprint, "/wallet", "GET", permission=Permission.WALLET_READ, answer=schemas.WalletOut)
def read_wallet() -> Any:
    """What the organization can spend, has held and owes, by currency."""
    return {"balances": [views.balance(row) for row in queries.wallet(current_actor().organization_id)]}


@endpoint(
    blueprint,
    "/wallet/entries",
    "GET",
    permission=Permission.WALLET_READ,
    query=schemas.EntriesQuery,
    answer=_EntriesOut,
)
def list_entries(query: dict[str, Any]) -> Any:
    """Every change of the organization's own money in one currency, newest first."""
    page = queries.wallet_lines(
        current_actor().organization_id, query["currency"], cursor=query["cursor"], limit=query["limit"]
    )
    return views.lines(page, query["currency"])


def _request_digest() -> str:
    """The request key in a fixed length, so that a principal may use any key it likes."""
    return sha256(request.headers["Idempotency-Key"].strip().encode()).hexdigest()


@endpoint(
    blueprint,
    "/operator/credits",
    "POST",
    permission=Permission.OPERATOR_CREDITS,
    body=schemas.CreditIn,
    answer=schemas.CreditOut,
    status=201,
    idempotent=True,
    money=True,
)
def credit_wallet(body: dict[str, Any]) -> Any:
    """Credit money that came by bank to a wallet; an open debt is paid from it first."""
    # Raises the 404 that a credit to nobody deserves.
    organization = identity.organization(body["organization_id"])
    credit = services.credit_wallet(
        current_actor(),
        organization_id=organization.id,
        amount_minor=body["amount"].amount,
        currency=body["amount"].currency,
        reference=body["reference"],
        request_id=f"{current_actor().principal_id}:{_request_digest()}",
    )
    return views.credit(credit)
