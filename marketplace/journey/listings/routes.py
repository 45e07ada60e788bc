"""Searching what is for sale, counting it, and taking listings off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_smorest import Blueprint

from ...access import Actor, Permission
from ...http import current_actor, endpoint, path_id
from ...kernel.errors import NotAllowed, NotFound
from ...kernel.money import Money
from .. import offers
from . import facets, schemas, search, services
from .reading import read_search, read_sort
from .rules import band_end

blueprint = Blueprint("listings", __name__, url_prefix="/v1", description="What is for sale, always masked")

_P = Permission


@endpoint(
    blueprint,
    "/listings",
    "GET",
    permission=_P.LISTINGS_READ,
    query=schemas.SearchQuery,
    answer=schemas.SearchOut,
)
def search_listings(query: dict[str, Any]) -> Any:
    """Search one vertical for what you may buy; with own=true your own that were sold. The operator sees all."""
    actor = current_actor()
    if query["own"] or not actor.buys:
        return _own(actor, query)
    asked = read_search(query)
    sort = read_sort(query, asked)
    page = search.page(actor, asked, sort, query["limit"], query["cursor"])
    answer: dict[str, Any] = {
        "rows": _shown(actor, page.rows),
        "next_cursor": page.next_cursor,
        "total": None,
    }
    if query["count"]:
        counted, exact = search.count(actor, asked)
        answer["total"] = {"count": counted, "exact": exact}
    return answer


def _own(actor: Actor, query: Mapping[str, Any]) -> dict[str, Any]:
    vertical_id = offers.vertical_by_word(query["vertical"]).id if query["vertical"] else None
    page = search.own(actor, query["state"], vertical_id, query["batch_id"], query["limit"], query["cursor"])
    return {"rows": _shown(actor, page.rows), "next_cursor": page.next_cursor, "total": None}


@endpoint(
    blueprint,
    "/listings/facets",
    "GET",
    permission=_P.LISTINGS_READ,
    query=schemas.FacetsQuery,
    answer=schemas.FacetsOut,
)
def count_facets(query: dict[str, Any]) -> Any:
    """Live listings of a vertical by country, region, temperature and price band; not for who sells."""
    if (actor := current_actor()).sells and not actor.is_operator:
        # A seller would count his own leads before and after: which ones are missing is another's secret.
        raise NotAllowed("Counts of the whole market are not shown to organizations that sell.")
    counted = facets.counts(
        facets.FacetFilter(
            vertical_id=offers.vertical_by_word(query["vertical"]).id,
            currency=query["currency"],
            countries=query["country"],
            regions=query["region"],
            temperatures=query["temperature"],
        )
    )
    answer: dict[str, Any] = {"total": 0, "country": [], "region": [], "temperature": [], "price": []}
    for row in sorted(counted, key=lambda row: (-row.live, row.value)):
        if row.facet == "total":
            answer["total"] = row.live
        elif row.facet == "price":
            band = int(row.value)
            answer["price"].append(
                {
                    "price_from": Money(band, row.currency),
                    "price_below": Money(band_end(band), row.currency),
                    "count": row.live,
                }
            )
        else:
            answer[row.facet].append({"value": row.value or None, "count": row.live})
    return answer


@endpoint(
    blueprint,
    "/listings/<listing_id>",
    "GET",
    permission=_P.LISTINGS_READ,
    answer=schemas.ListingOut,
)
def read_listing(listing_id: str) -> Any:
    """One listing: live ones for buyers, also later for its seller and for who bought it."""
    actor = current_actor()
    row = search.one(actor, path_id("lst", listing_id))
    if row is None:
        raise NotFound
    return _shown(actor, [row])[0]


@endpoint(
    blueprint,
    "/listings/<listing_id>/withdraw",
    "POST",
    permission=_P.OFFERS_WRITE,
    answer=schemas.ListingOut,
    idempotent=True,
)
def withdraw_listing(listing_id: str) -> Any:
    """Take one of your listings off; what was sold stays sold."""
    actor = current_actor()
    listing = services.withdraw(actor=actor, listing_id=path_id("lst", listing_id))
    row = search.one(actor, listing.id)
    return _shown(actor, [row])[0]


@endpoint(
    blueprint,
    "/batches/<batch_id>/withdraw",
    "POST",
    permission=_P.OFFERS_WRITE,
    answer=schemas.BatchWithdrawalOut,
    status=202,
    idempotent=True,
)
def withdraw_batch(batch_id: str) -> Any:
    """Take all live listings of one of your batches off; done in the background."""
    identifier = path_id("bat", batch_id)
    services.withdraw_batch(actor=current_actor(), batch_id=identifier)
    return {"batch_id": identifier, "status": "withdrawing"}


def _shown(actor: Actor, rows: Any) -> list[dict[str, Any]]:
    codes = {vertical_id: offers.vertical(vertical_id).code for vertical_id in {_vertical(r) for r in rows}}
    terms = offers.terms_of([row.Listing.offer_id for row in rows])
    return [_shown_one(actor, row, codes, terms[row.Listing.offer_id]) for row in rows]


def _vertical(row: Any) -> Any:
    return row.Listing.vertical_id


def _shown_one(actor: Actor, row: Any, codes: Mapping[Any, str], terms: offers.Offer) -> dict[str, Any]:
    listing = row.Listing
    shown = {
        **{column.key: getattr(listing, column.key) for column in listing.__table__.columns},
        "vertical": codes[listing.vertical_id],
        "pricing": terms.pricing,
        "action": terms.action,
        "attribution_days": terms.attribution_days,
        "price": Money(listing.price_minor, listing.currency),
        "exclusive": listing.max_sales == 1,
        "contact": row.masked,
        "contact_kinds": row.contact_kinds,
        "bought": row.bought,
    }
    if listing.seller_id != actor.organization_id and not actor.is_operator:
        for private in ("lead_id", "offer_id", "withdrawal"):
            del shown[private]
    return shown
