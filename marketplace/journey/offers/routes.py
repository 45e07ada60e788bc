"""Verticals for everybody to read and the operator to write; offers of sellers."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from ...access import Permission
from ...http import current_actor, endpoint, path_id
from . import queries, schemas, services

blueprint = Blueprint("offers", __name__, url_prefix="/v1", description="Verticals and offers")

_P = Permission


@endpoint(blueprint, "/verticals", "GET", permission=_P.VERTICALS_READ, answer=schemas.VerticalsOut)
def list_verticals() -> Any:
    """All verticals with their fields, windows and commission."""
    return {"rows": queries.verticals(), "next_cursor": None}


@endpoint(
    blueprint,
    "/verticals",
    "POST",
    permission=_P.VERTICALS_WRITE,
    body=schemas.VerticalIn,
    answer=schemas.VerticalOut,
    status=201,
    idempotent=True,
)
def create_vertical(body: dict[str, Any]) -> Any:
    """Make a vertical; no release of the software is needed for it."""
    return services.create_vertical(actor=current_actor(), **body)


@endpoint(blueprint, "/verticals/<vertical>", "GET", permission=_P.VERTICALS_READ, answer=schemas.VerticalOut)
def read_vertical(vertical: str) -> Any:
    """One vertical by code or id."""
    return queries.vertical_by_word(vertical)


@endpoint(
    blueprint,
    "/verticals/<vertical>",
    "PATCH",
    permission=_P.VERTICALS_WRITE,
    body=schemas.VerticalPatch,
    answer=schemas.VerticalOut,
)
def change_vertical(body: dict[str, Any], vertical: str) -> Any:
    """Change terms or fields of a vertical; what was sold keeps the terms of its day."""
    return services.change_vertical(actor=current_actor(), word=vertical, changes=body)


@endpoint(
    blueprint,
    "/offers",
    "GET",
    permission=_P.OFFERS_READ,
    query=schemas.OffersQuery,
    answer=schemas.OffersOut,
)
def list_offers(query: dict[str, Any]) -> Any:
    """The seller's offers, newest first; the operator sees all."""
    return queries.offers(current_actor(), query["state"], query["limit"], query["cursor"])


@endpoint(
    blueprint,
    "/offers",
    "POST",
    permission=_P.OFFERS_WRITE,
    body=schemas.OfferIn,
    answer=schemas.OfferOut,
    status=201,
    idempotent=True,
)
def create_offer(body: dict[str, Any]) -> Any:
    """Make an offer; it is open at once unless asked otherwise."""
    # Read, not taken out: a transaction that lost a deadlock runs the view again with the same body.
    terms = {name: value for name, value in body.items() if name not in ("vertical", "open")}
    return services.create_offer(
        actor=current_actor(), vertical_word=body["vertical"], opened=body["open"], **terms
    )


@endpoint(blueprint, "/offers/<offer_id>", "GET", permission=_P.OFFERS_READ, answer=schemas.OfferOut)
def read_offer(offer_id: str) -> Any:
    """One offer."""
    return queries.offer_of(current_actor(), path_id("off", offer_id))


@endpoint(blueprint, "/offers/<offer_id>/open", "POST", permission=_P.OFFERS_WRITE, answer=schemas.OfferOut)
def open_offer(offer_id: str) -> Any:
    """Let batches come in under the offer."""
    return services.open_offer(actor=current_actor(), offer_id=path_id("off", offer_id))


@endpoint(blueprint, "/offers/<offer_id>/pause", "POST", permission=_P.OFFERS_WRITE, answer=schemas.OfferOut)
def pause_offer(offer_id: str) -> Any:
    """Take no batches for now."""
    return services.pause_offer(actor=current_actor(), offer_id=path_id("off", offer_id))


@endpoint(blueprint, "/offers/<offer_id>/close", "POST", permission=_P.OFFERS_WRITE, answer=schemas.OfferOut)
def close_offer(offer_id: str) -> Any:
    """Take no batches any more; leads that are listed stay for sale."""
    return services.close_offer(actor=current_actor(), offer_id=path_id("off", offer_id))
