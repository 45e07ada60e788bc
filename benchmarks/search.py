"""Rows 10 and 11: a page of the search for what is for sale."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from statistics import median

from marketplace import identity
from marketplace.access import Actor
from marketplace.journey.intake.fields import Temperature
from marketplace.journey.listings import Search, Sort, facets
from marketplace.journey.listings import search as ours
from marketplace.kernel.database import in_transaction

from . import books, naive_search
from .installation import Installation, Market
from .measure import Goal, Row, interleaved, ratio_row
from .stock import open_market, stock

_LIMIT = 50
_WALK = 200
_DEEP = 2_500
#: Listings that floor and goal of row 10 speak of.
_STATED = 5_000_000
_PAGES = (1, 2, 10, 40)


class _NoSuchPage(Exception):
    """The search finds too little for that page."""


@dataclass(frozen=True)
class _Page:
    """A page to be asked for: by its number, or by the cursor that leads to it."""

    search: Search
    sort: Sort
    number: int
    cursor: str | None


def measure(
    installation: Installation, *, rows: set[str], rounds: int, listings: int, searches: int
) -> Iterator[Row]:
    """Row 10 (*searches* pages for each round and arm) and row 11."""
    market = installation.market("search")
    parties = open_market(market, buyers=1)
    stock(market, parties, listings=listings)
    with market.app.app_context():
        actor = identity.authenticate(parties.buyers[0].key, None)
        if actor is None:
            raise RuntimeError("the buyer's key is not known")
        wanted = _searches(market)
        if "10" in rows:
            yield _pages(market, actor, wanted, rounds, searches, listings)
        if "11" in rows:
            yield _depth(actor, wanted[0], rounds, searches, listings)
    installation.drop(market)


def _searches(market: Market) -> list[tuple[Search, Sort]]:
    """What buyers ask for, from everything in the largest vertical to one region of it."""
    with market.superuser() as connection:
        row = connection.execute(
            "SELECT vertical_id FROM listings GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
    if row is None:
        raise RuntimeError("nothing is for sale")
    vertical = row[0]
    return [
        (Search(vertical), Sort.SCORE),
        (Search(vertical, countries=("DE",), temperatures=(Temperature.HOT,)), Sort.NEWEST),
        (Search(vertical, currency="EUR"), Sort.PRICE),
        (Search(vertical, countries=("DE",), regions=("Region 3",)), Sort.SCORE),
    ]


def _pages(
    market: Market,
    actor: Actor,
    wanted: list[tuple[Search, Sort]],
    rounds: int,
    searches: int,
    listings: int,
) -> Row:
    asked = []
    for number in _PAGES:
        for search, sort in wanted:
            # A narrow search over a small stock has few pages.
            with suppress(_NoSuchPage):
                asked.append(_Page(search, sort, number, _cursor_to(actor, search, sort, number)))
    for page in asked:
        _insist_on_the_same(actor, page)
    in_turn = list(islice(cycle(asked), max(searches, len(asked))))
    measured = interleaved(
        rounds,
        {
            "naive: OFFSET, COUNT, GROUP BY": lambda _: _p50(
                [partial(_naive, actor, page) for page in in_turn]
            ),
            "ours: keyset, capped count, roll-up": lambda _: _p50(
                [partial(_ours, actor, page) for page in in_turn]
            ),
        },
        "ms",
    )
    naive, product = measured.values()
    whole = listings >= _STATED
    return ratio_row(
        "10",
        f"search page over {listings:,} listings, p50: naive ÷ ours",
        Goal(50, 150),
        naive,
        product,
        notes=() if whole else (f"floor and goal speak of {_STATED:,} listings: --listings {_STATED}",),
        comparable=whole,
        facts={"listings": listings, "pages": list(_PAGES), **books.insist(market)},
    )


def _depth(actor: Actor, wanted: tuple[Search, Sort], rounds: int, searches: int, listings: int) -> Row:
    search, sort = wanted
    deepest = min(_DEEP, listings // 2 // _LIMIT - 1)
    first = _Page(search, sort, 1, None)
    deep = _Page(search, sort, deepest, _cursor_to(actor, search, sort, deepest))
    counted = facets.FacetFilter(search.vertical_id)
    measured = interleaved(
        rounds,
        {
            f"page {deepest:,}": lambda _: _p50([lambda: _only_page(actor, deep)] * searches),
            "page 1": lambda _: _p50([lambda: _only_page(actor, first)] * searches),
            "facets alone": lambda _: _p50([lambda: facets.counts(counted)] * searches),
            "capped count alone": lambda _: _p50([lambda: ours.count(actor, search)] * searches),
        },
        "ms",
    )
    last, one, *others = measured.values()
    notes = () if deepest == _DEEP else (f"page {deepest:,} in place of page {_DEEP:,}: too few listings",)
    return ratio_row(
        "11",
        f"page at depth {deepest:,} ÷ page 1, p50",
        Goal(2, 1.2, at_most=True),
        last,
        one,
        *others,
        notes=notes,
        comparable=deepest == _DEEP,
    )


def _naive(actor: Actor, page: _Page) -> object:
    return naive_search.page(actor.organization_id, page.search, page.sort, _LIMIT, page.number)


def _ours(actor: Actor, page: _Page) -> object:
    found = _only_page(actor, page)
    ours.count(actor, page.search)
    facets.counts(
        facets.FacetFilter(
            page.search.vertical_id,
            currency=page.search.currency,
            countries=page.search.countries,
            regions=page.search.regions,
            temperatures=page.search.temperatures,
        )
    )
    return found


def _only_page(actor: Actor, page: _Page) -> object:
    return ours.page(actor, page.search, page.sort, _LIMIT, page.cursor)


def _p50(asks: list[Callable[[], object]]) -> float:
    """The median of milliseconds, each in a transaction of its own as a request would be."""
    taken = []
    for ask in asks:
        begun = time.perf_counter()
        in_transaction(ask)
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


def _cursor_to(actor: Actor, search: Search, sort: Sort, number: int) -> str | None:
    """The cursor of page *number*, found as a reader finds it: page after page."""
    cursor, ahead = None, (number - 1) * _LIMIT
    while ahead > 0:
        step = min(_WALK, ahead)
        page = in_transaction(partial(ours.page, actor, search, sort, step, cursor))
        if page.next_cursor is None:
            raise _NoSuchPage(f"there is no page {number}")
        cursor, ahead = page.next_cursor, ahead - step
    return cursor


def _insist_on_the_same(actor: Actor, page: _Page) -> None:
    """Both arms must show the same leads, or they do not do the same work."""
    shown = in_transaction(lambda: ours.page(actor, page.search, page.sort, _LIMIT, page.cursor))
    plain = in_transaction(
        lambda: naive_search.page(actor.organization_id, page.search, page.sort, _LIMIT, page.number)
    )
    if [row.Listing.id for row in shown.rows] != plain:
        raise books.LoadBroke(f"the arms show different leads on page {page.number} by {page.sort}")
