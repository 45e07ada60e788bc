"""The search for what is for sale: conditions, order, pages by keyset, a capped count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Row,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import aliased

from ...access import Actor
from ...kernel import clock
from ...kernel.database import db
from ...kernel.paging import Page, bad_cursor, decode_cursor, encode_cursor
from ..intake import Lead
from ..offers import Offer
from .models import Allocation, Listing
from .rules import COUNT_CAP, NUMBERS, AttributeFilter, ListingState, Search, Sort

Condition = ColumnElement[bool]
_NUMBER = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"


def business_now() -> ColumnElement[datetime]:
    """Business time, asked once for the statement and not once for each row."""
    return select(clock.now_sql()).scalar_subquery()


def on_market(buyer_id: UUID) -> list[Condition]:
    """What a buyer may buy: live, not expired, not the buyer's own."""
    return [
        Listing.state == ListingState.LIVE,
        Listing.expires_at > business_now(),
        Listing.seller_id != buyer_id,
    ]


def conditions(search: Search) -> Iterator[Condition]:
    """A search as conditions on listings."""
    yield Listing.vertical_id == search.vertical_id
    for column, words in (
        (Listing.country, search.countries),
        (Listing.region, search.regions),
        (Listing.temperature, search.temperatures),
        (Listing.channel, search.channels),
    ):
        if words:
            yield _among(column, words)
    yield from _bounds(search)
    if search.verified is not None:
        yield Listing.verified.is_(search.verified)
    if search.exclusive is not None:
        yield Listing.max_sales == 1 if search.exclusive else Listing.max_sales > 1
    if search.pricing is not None:
        # Offers are few and keep their terms; a column of the listings would say it twice.
        priced = select(Offer.id).where(
            Offer.vertical_id == search.vertical_id, Offer.pricing == search.pricing
        )
        yield Listing.offer_id.in_(priced)
    for asked in search.attributes:
        yield from _attribute(asked)


def _bounds(search: Search) -> Iterator[Condition]:
    if search.points_min is not None:
        yield Listing.points >= search.points_min
    if search.currency is not None:
        yield Listing.currency == search.currency
    if search.price_min_minor is not None:
        yield Listing.price_minor >= search.price_min_minor
    if search.price_max_minor is not None:
        yield Listing.price_minor <= search.price_max_minor
    if search.max_age_days is not None:
        yield Listing.lead_at >= business_now() - timedelta(days=search.max_age_days)


def _among(column: Any, words: Sequence[str]) -> Condition:
    # One word as an equality keeps the order of the index behind it.
    one_or_more: Condition = (
        column == str(words[0]) if len(words) == 1 else column.in_([str(word) for word in words])
    )
    return one_or_more


def _attribute(asked: AttributeFilter) -> Iterator[Condition]:
    value = Listing.attributes[asked.name]
    if asked.kind not in NUMBERS:
        words = value.astext.collate("C")
        if asked.values:
            yield words.in_(asked.values)
        if asked.low is not None:
            yield words >= asked.low
        if asked.high is not None:
            # A day as upper edge takes the moments of that day in.
            yield words <= f"{asked.high}\x7f"
        return
    number = _number(func.coalesce(value["amount"].astext, value.astext))
    if asked.values:
        yield number.in_([Decimal(text) for text in asked.values])
    if asked.low is not None:
        yield number >= asked.low
    if asked.high is not None:
        yield number <= asked.high


def _number(words: ColumnElement[Any]) -> ColumnElement[Any]:
    """The words as a number, null where they are none: a cast alone would fail on the first misfit."""
    return case((words.regexp_match(_NUMBER), cast(words, Numeric)), else_=None)


@dataclass(frozen=True)
class _Order:
    """How a page is sorted: by one column, then by id, both in the same direction."""

    column: Any
    descending: bool
    read: Any


_ORDERS = {
    Sort.SCORE: _Order(Listing.points, descending=True, read=int),
    Sort.NEWEST: _Order(Listing.lead_at, descending=True, read=datetime.fromisoformat),
    Sort.PRICE: _Order(Listing.price_minor, descending=False, read=int),
}


def ranked(where: Sequence[Condition], sort: Sort, cursor: str | None) -> Select[UUID]:
    """The ids that fit, in order, from the cursor on. Raises InvalidInput for a cursor of another list."""
    order = _ORDERS[sort]
    found = select(Listing.id).where(*where)
    if cursor:
        edge = tuple_(*_edge(cursor, sort, order))
        keys = tuple_(order.column, Listing.id)
        found = found.where(keys < edge if order.descending else keys > edge)
    if order.descending:
        return found.order_by(order.column.desc(), Listing.id.desc())
    return found.order_by(order.column, Listing.id)


def _edge(cursor: str, sort: Sort, order: _Order) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    word, value, identifier = decode_cursor(cursor, 3)
    try:
        if word != sort:
            raise ValueError
        return (
            literal(order.read(value or ""), order.column.type),
            literal(UUID(identifier or ""), Listing.id.type),
        )
    except (ValueError, OverflowError):
        raise bad_cursor() from None


def page(actor: Actor, search: Search, sort: Sort, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """One page of what the actor's organization may buy: listing, masked contact, bought already."""
    if search.attributes:
        # What share of listings has a value inside the JSON is unknown to the planner, which then reads
        # them all; going by the index that has the order stops at the end of the page.
        db.session.execute(text("SET LOCAL enable_sort = off"))
    where = [*on_market(actor.organization_id), *conditions(search)]
    wanted = ranked(where, sort, cursor).limit(limit + 1).subquery()
    rows = db.session.execute(_told(actor).join(wanted, wanted.c.id == Listing.id)).all()
    # Few rows, already chosen: sorting them here spares the database a second sort of wide rows.
    order = _ORDERS[sort]
    rows = sorted(
        rows,
        key=lambda row: (getattr(row.Listing, order.column.key), row.Listing.id),
        reverse=order.descending,
    )
    return cut(rows, sort, limit)


def cut(rows: Sequence[Row[Any]], sort: Sort, limit: int) -> Page[Row[Any]]:
    """Cut rows that were fetched with limit + 1 to a page whose cursor knows its order."""
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1].Listing
    value = getattr(last, _ORDERS[sort].column.key)
    return Page(rows[:limit], encode_cursor([sort.value, value, last.id]))


def _told(actor: Actor) -> Select[Any]:
    mine = and_(Allocation.listing_id == Listing.id, Allocation.buyer_id == actor.organization_id)
    bought = Allocation.listing_id.is_not(None).label("bought")
    return (
        select(Listing, Lead.masked, Lead.contact_kinds, bought)
        .join(Lead, Lead.id == Listing.lead_id)
        .outerjoin(Allocation, mine)
    )


def one(actor: Actor, listing_id: UUID) -> Row[Any] | None:
    """One listing that the actor may see, None otherwise."""
    found = _told(actor).where(Listing.id == listing_id, visible_to(actor))
    return db.session.execute(found).one_or_none()


def visible_to(actor: Actor) -> Condition:
    """Which listings *actor* may see: the operator all, a seller its own, a buyer live and bought ones."""
    if actor.is_operator:
        return literal(True)
    own: Condition = Listing.seller_id == actor.organization_id
    if not actor.buys:
        return own
    # An alias: the statement around may join the same table for a reason of its own.
    got = aliased(Allocation)
    bought = exists().where(got.listing_id == Listing.id, got.buyer_id == actor.organization_id)
    return or_(own, bought, and_(*on_market(actor.organization_id)))


def count(actor: Actor, search: Search) -> tuple[int, bool]:
    """How many fit, and whether that is exact: counting stops at the cap."""
    where = [*on_market(actor.organization_id), *conditions(search)]
    capped = select(literal(1)).select_from(Listing).where(*where).limit(COUNT_CAP + 1).subquery()
    found = int(db.session.execute(select(func.count()).select_from(capped)).scalar_one())
    return min(found, COUNT_CAP), found <= COUNT_CAP


def best(*, buyer_id: UUID, search: Search, sort: Sort) -> Select[UUID]:
    """The listings that a buyer could still buy, best first, as a select for whoever buys the best N."""
    mine = exists().where(Allocation.listing_id == Listing.id, Allocation.buyer_id == buyer_id)
    return ranked([*on_market(buyer_id), *conditions(search), ~mine], sort, None)


def own(
    actor: Actor,
    state: ListingState | None,
    vertical_id: UUID | None,
    batch_id: UUID | None,
    limit: int,
    cursor: str | None,
) -> Page[Row[Any]]:
    """What of the actor's own leads has been sold at least once (for the operator all), newest first.

    A seller sees no listing before its first sale: which of the leads are listed would tell which ones
    another seller holds.
    """
    found = _told(actor).order_by(Listing.id.desc()).limit(limit + 1)
    if not actor.is_operator:
        found = found.where(Listing.seller_id == actor.organization_id, Listing.sold > 0)
    for column, value in (
        (Listing.state, state),
        (Listing.vertical_id, vertical_id),
        (Listing.batch_id, batch_id),
    ):
        if value is not None:
            found = found.where(column == value)
    if cursor:
        found = found.where(Listing.id < _own_edge(cursor))
    rows = db.session.execute(found).all()
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], encode_cursor(["own", rows[limit - 1].Listing.id]))


def _own_edge(cursor: str) -> UUID:
    word, identifier = decode_cursor(cursor, 2)
    try:
        if word != "own":
            raise ValueError
        return UUID(identifier or "")
    except ValueError:
        raise bad_cursor() from None
