"""Buying, and reading what was bought."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response
from flask_smorest import Blueprint

from ...access import Permission
from ...http import current_actor, endpoint, list_of, path_id
from . import buying, contacts, queries, schemas, searching, views

blueprint = Blueprint(
    "purchases", __name__, url_prefix="/v1", description="Buying leads, and what was bought"
)

_P = Permission
_PurchasesOut = list_of(schemas.PurchaseOut, "PurchasesOut")


@endpoint(
    blueprint,
    "/purchases",
    "POST",
    permission=_P.PURCHASES_BUY,
    body=schemas.PurchaseIn,
    answer=schemas.BoughtOut,
    status=201,
    idempotent=True,
    money=True,
    refusals={
        402: "The wallet does not hold enough (`insufficient_funds`).",
        409: "`sold_out`, `already_bought`, `own_listing`, `no_longer_for_sale`, `currency_mismatch`, `over_total`,"
        " `some_not_available`, `not_enough`, `request_in_flight`.",
    },
)
def buy(body: dict[str, Any]) -> Any:
    """Buy one listing, several, or the best of a search. The price is held until the return window ends."""
    actor = current_actor()
    candidates = searching.candidates(actor, body)
    bought = buying.buy(
        actor=actor,
        listing_ids=candidates,
        mode=body["mode"],
        max_count=body["max_count"],
        max_total=body["max_total"],
    )
    return Response(orjson.dumps(views.answer_of(bought)), status=201, content_type="application/json")


@endpoint(
    blueprint,
    "/purchases",
    "GET",
    permission=_P.PURCHASES_READ,
    query=schemas.PurchasesQuery,
    answer=_PurchasesOut,
)
def list_purchases(query: dict[str, Any]) -> Any:
    """What the organization bought, or with side=sold what it sold; newest first."""
    # Read, not taken out: a transaction that lost a deadlock runs the view again with the same query.
    asked = {name: value for name, value in query.items() if name != "side"}
    sold = query["side"] is schemas.Side.SOLD
    return views.shown_page(current_actor(), queries.purchases(current_actor(), sold=sold, **asked))


@endpoint(
    blueprint, "/purchases/<purchase_id>", "GET", permission=_P.PURCHASES_READ, answer=schemas.PurchaseOut
)
def read_purchase(purchase_id: str) -> Any:
    """One purchase, for its buyer and its seller."""
    found = queries.purchase_of(current_actor(), path_id("pur", purchase_id))
    return views.shown(current_actor(), [found])[0]


@endpoint(
    blueprint,
    "/purchases/<purchase_id>/contact",
    "GET",
    permission=_P.CONTACTS_READ,
    answer=schemas.ContactOut,
    refusals={
        409: "The purchase was refunded before its contact was read (`purchase_refunded`).",
        410: "The person's data was erased (`contact_erased`).",
    },
)
def read_contact(purchase_id: str) -> Any:
    """The contact that was bought. The first reading starts the return window; each is written down."""
    return contacts.read_contact(actor=current_actor(), purchase_id=path_id("pur", purchase_id))


@endpoint(
    blueprint,
    "/purchases/<purchase_id>/evidence",
    "GET",
    permission=_P.EVIDENCE_READ,
    answer=schemas.EvidenceOut,
)
def read_evidence(purchase_id: str) -> Any:
    """What was frozen at the sale, for both sides and whoever rules on it, with a digest to recompute."""
    return contacts.read_evidence(actor=current_actor(), purchase_id=path_id("pur", purchase_id))
