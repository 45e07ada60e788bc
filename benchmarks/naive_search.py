"""A page of search results as a plain application writes it: OFFSET, COUNT, and facets by GROUP BY."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from marketplace.journey.intake import Lead
from marketplace.journey.listings import Listing, Search, Sort
from marketplace.kernel.database import db

_ORDERS: dict[Sort, tuple[Any, ...]] = {
    Sort.SCORE: (Listing.points.desc(), Listing.id.desc()),
    Sort.NEWEST: (Listing.lead_at.desc(), Listing.id.desc()),
    Sort.PRICE: (Listing.price_minor, Listing.id),
}
_FACETS: tuple[Any, ...] = (
    Listing.country,
    Listing.region,
    Listing.temperature,
    Listing.price_minor / 100,
)


def page(buyer_id: UUID, search: Search, sort: Sort, limit: int, number: int) -> list[UUID]:
    """Page *number* (from 1) with its count and facets; returns the ids on it."""
    where = _where(buyer_id, search)
    rows = db.session.execute(
        select(Listing, Lead.masked, Lead.contact_kinds)
        .join(Lead, Lead.id == Listing.lead_id)
        .where(*where)
        .order_by(*_ORDERS[sort])
        .limit(limit)
        .offset((number - 1) * limit)
    ).all()
    db.session.execute(select(func.count()).select_from(Listing).where(*where)).scalar_one()
    for facet in _FACETS:
        db.session.execute(select(facet, func.count()).where(*where).group_by(facet)).all()
    return [row.Listing.id for row in rows]


def _where(buyer_id: UUID, search: Search) -> Sequence[ColumnElement[bool]]:
    where = [
        Listing.state == "live",
        Listing.expires_at > func.now(),
        Listing.seller_id != buyer_id,
        Listing.vertical_id == search.vertical_id,
    ]
    if search.countries:
        where.append(Listing.country.in_(search.countries))
    if search.regions:
        where.append(Listing.region.in_(search.regions))
    if search.temperatures:
        where.append(Listing.temperature.in_([str(word) for word in search.temperatures]))
    return where
