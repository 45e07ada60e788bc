"""Which listings a request to buy means, in the order in which they are to be bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ...access import Actor
from ...kernel.database import db
from .. import listings
from .errors import NotEnough
from .rules import MOST_AT_ONCE, SPARE_CANDIDATES


def candidates(actor: Actor, asked: Mapping[str, Any]) -> Sequence[UUID]:
    """The listings named in a request, or the best of its search with some to spare.

    A search is answered without locks; what a rival took meanwhile is refused when the listings are locked,
    and the next best takes its place. Raises NotEnough when nothing is found.
    """
    if "search" not in asked:
        named: Sequence[UUID] = asked.get("listing_ids") or [asked["listing_id"]]
        return named
    search = listings.read_search(asked["search"])
    sort = listings.read_sort({"sort": asked["sort"]}, search)
    most = min(asked["max_count"] + SPARE_CANDIDATES, MOST_AT_ONCE)
    ranked = listings.best(buyer_id=actor.organization_id, search=search, sort=sort).limit(most)
    found = db.session.execute(ranked).scalars().all()
    if not found:
        raise NotEnough
    return found
