"""Rows 4 to 6: buying over HTTP against the same work said to PostgreSQL directly."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import count

import orjson
import psycopg

from marketplace.kernel import ids

from . import books, http_load, pgbench
from .installation import Installation, Market
from .measure import Arm, Goal, Row, interleaved, ratio_row
from .purchase_scripts import CLIENTS, SET_BASED, one_call, round_trips
from .stock import Parties, listing_id, open_market, stock
from .web import web_server

_PATH = "/v1/purchases"
_MANY = 10_000


class _Shelf:
    """Hands out numbers of listings that nobody has bought yet."""

    def __init__(self, last: int) -> None:
        self._next, self._last = 1, last

    def take(self, amount: int) -> int:
        """The first of *amount* numbers in a row."""
        first = self._next
        self._next += amount
        if self._next > self._last + 1:
            raise RuntimeError("the stock is too small for what is to be bought")
        return first


def measure(installation: Installation, *, rows: set[str], rounds: int, each: int) -> Iterator[Row]:
    """Rows 4, 5 (*each* purchases per client and round) and 6."""
    single = bool(rows & {"4", "5"})
    bulk = "6" in rows
    # One round more than is counted warms every arm up.
    needed = (rounds + 1) * (3 * CLIENTS * each * single + 2 * _MANY * bulk)
    market = installation.market("purchases")
    parties = open_market(market, buyers=CLIENTS)
    stock(market, parties, listings=needed)
    shelf = _Shelf(needed)
    with web_server(market) as address:
        if single:
            yield from _one_by_one(market, parties, shelf, address, rounds, each)
        if bulk:
            yield _ten_thousand(market, parties, shelf, address, rounds)
    installation.drop(market)


def _one_by_one(
    market: Market, parties: Parties, shelf: _Shelf, address: tuple[str, int], rounds: int, each: int
) -> Iterator[Row]:
    latencies: list[float] = []

    def over_http(_: int) -> float:
        told = http_load.run(address, _requests(parties, shelf.take(CLIENTS * each), each))
        if told.statuses != {201: CLIENTS * each}:
            raise books.LoadBroke(f"answers over HTTP: {told.statuses}")
        latencies.extend(told.latencies)
        return CLIENTS * each / told.seconds

    def by_pgbench(script: str) -> float:
        # k counts from 1, as the shelf's numbers do.
        variables = {"first": shelf.take(CLIENTS * each) - 1, "each": each, "k": 0}
        return pgbench.rate(market, script, clients=CLIENTS, transactions=each, variables=variables)

    arms: dict[str, Callable[[int], float]] = {
        "over HTTP": over_http,
        "pgbench, round trip by round trip": lambda _: by_pgbench(round_trips(parties)),
        "pgbench, one call": lambda _: by_pgbench(one_call(parties)),
    }
    for warm in arms.values():
        warm(0)
    latencies.clear()
    measured = interleaved(rounds, arms, "purchases/s")
    facts = {
        "clients": CLIENTS,
        "web_processes": market.settings.web_processes,
        "web_threads": market.settings.web_threads,
        "http_p50_ms": statistics.median(latencies) * 1000,
        "http_p99_ms": statistics.quantiles(latencies, n=100)[98] * 1000,
        **books.insist(market),
    }
    http, trips, call = measured.values()
    yield ratio_row("4", "purchases/s over HTTP ÷ round trips", Goal(0.50, 0.90), http, trips, facts=facts)
    yield ratio_row(
        "5",
        "purchases/s over HTTP ÷ one call",
        Goal(0.30, 0.60),
        http,
        call,
        notes=_suspicion(trips, call),
        facts=facts,
    )


def _suspicion(trips: Arm, call: Arm) -> tuple[str, ...]:
    """The one call is the product's own function: where it is slow, the ratio flatters, and that is said."""
    if call.median >= trips.median:
        return ()
    return (
        "one call of the product's function was slower than the same work round trip by round trip:"
        " the function itself holds the product back, and this ratio looks better than it is",
    )


_keys = count()


def _requests(parties: Parties, first: int, each: int) -> list[list[bytes]]:
    return [
        [
            http_load.request(
                _PATH,
                buyer.key,
                f"bench-{next(_keys)}",
                orjson.dumps({"listing_id": ids.public("lst", listing_id(first + place * each + number))}),
            )
            for number in range(each)
        ]
        for place, buyer in enumerate(parties.buyers)
    ]


def _ten_thousand(
    market: Market, parties: Parties, shelf: _Shelf, address: tuple[str, int], rounds: int
) -> Row:
    buyer = parties.buyers[0]

    def over_http(_: int) -> float:
        first = shelf.take(_MANY)
        wanted = [ids.public("lst", listing_id(number)) for number in range(first, first + _MANY)]
        body = orjson.dumps({"listing_ids": wanted, "mode": "all_or_nothing"})
        told = http_load.run(address, [[http_load.request(_PATH, buyer.key, f"bench-{next(_keys)}", body)]])
        if told.statuses != {201: 1}:
            raise books.LoadBroke(f"the answer over HTTP: {told.statuses}")
        return _MANY / told.seconds

    with psycopg.connect(market.app_dsn) as connection:

        def set_based(_: int) -> float:
            first = shelf.take(_MANY)
            values = {
                "buyer": buyer.id,
                "listings": [listing_id(number) for number in range(first, first + _MANY)],
            }
            begun = time.perf_counter()
            for statement in SET_BASED:
                connection.execute(statement.encode(), values)
            connection.commit()
            return _MANY / (time.perf_counter() - begun)

        arms = {"one request over HTTP": over_http, "set-based SQL": set_based}
        for warm in arms.values():
            warm(0)
        measured = interleaved(rounds, arms, "leads/s")
    http, sql = measured.values()
    return ratio_row(
        "6",
        "10,000 leads in one request ÷ set-based SQL",
        Goal(0.50, 0.80),
        http,
        sql,
        facts=books.insist(market),
    )
