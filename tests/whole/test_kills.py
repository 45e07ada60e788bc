"""Whatever is killed in the middle of work, every acknowledged sale stands once and every file is read whole.

Each kill comes while a file is being validated and eight buyers buy at the same time. KILL_ROUNDS=n
repeats all of it with files and chunks of their usual size (``make kills``).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from marketplace.kernel import ids

from .exchange import Exchange, running
from .fleet import Fleet
from .parties import Party, People, check_clean, send_batch, until, wallet
from .receiver import Receiver

pytestmark = [pytest.mark.xdist_group("whole"), pytest.mark.timeout(1800)]

ROUNDS = int(os.environ.get("KILL_ROUNDS", "0"))
#: The suite cuts a short file into short chunks; a campaign has both of their usual size.
SHORT = ROUNDS == 0
ROWS = 8_000 if SHORT else 60_000
MODULE = "tests.whole.small_chunks" if SHORT else "marketplace.cli"
LISTINGS_IN_A_FIGHT = 40
PRICE = 2_000
FUNDS = 50_000_000
#: A lease of the killed worker's duty, and the rest of the work on all files that were cut.
DRAINED_SECONDS = 60 + 120

Kill = Callable[[Exchange], None]


def _kill_supervisor(exchange: Exchange) -> None:
    assert exchange.process is not None
    exchange.process.kill()
    exchange.process.wait()
    left = [exchange.child(name) for name in ("web", "sweeper", "money", "deliver", "batch")]
    assert all(process.is_running() for process in left)
    exchange.start()
    # The old web server answered all the time: only its end shows that the new supervisor has cleaned up.
    psutil.wait_procs(left, timeout=30)
    exchange.wait(lambda: exchange.ready() and exchange.child("web").is_running(), 60)


def _kill_supervisor_and_postmaster(exchange: Exchange) -> None:
    before = exchange.postmaster()
    before.kill()
    # The supervisor is killed while it starts the database again.
    exchange.wait(lambda: exchange.postmaster().pid != before.pid, every=0.01)
    _kill_supervisor(exchange)


def _kill_postmaster(exchange: Exchange) -> None:
    exchange.postmaster().kill()


def _kill_workers(exchange: Exchange) -> None:
    for queue in ("batch", "deliver"):
        exchange.child(queue).kill()


def _kill_pool_children(exchange: Exchange) -> None:
    for queue in ("batch", "deliver"):
        for process in exchange.child(queue).children():
            process.kill()


def _kill_sweeper(exchange: Exchange) -> None:
    exchange.child("sweeper").kill()


def _kill_web(exchange: Exchange) -> None:
    exchange.child("web").kill()


# Whose duties wait for a lease come first, so that it runs out while the others are tried.
KILLS: dict[str, Kill] = {
    "supervisor": _kill_supervisor,
    "supervisor and postmaster": _kill_supervisor_and_postmaster,
    "postmaster": _kill_postmaster,
    "workers": _kill_workers,
    "pool children": _kill_pool_children,
    "sweeper": _kill_sweeper,
    "web server": _kill_web,
}


@dataclass
class World:
    """The exchange under fire and what its clients know."""

    exchange: Exchange
    people: People
    buyers: list[Party]
    receiver: Receiver
    stock: list[str]
    uploads: list[tuple[str, str, Party]] = field(default_factory=list)
    bought: Counter[str] = field(default_factory=Counter)
    last_kill: float = 0.0


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running(module=MODULE) as exchange, Receiver() as receiver:
        people = People(exchange)
        seller = people.sign_up(sells=True)
        wanted = max(ROUNDS, 1) * len(KILLS) * LISTINGS_IN_A_FIGHT
        batch = send_batch(seller, _file(wanted + 10, first=900_000))
        check_clean(seller, people.hire("checker"), batch)
        buyers = [people.sign_up(buys=True, funds=FUNDS) for _ in range(2)]
        buyers[0].post("/v1/delivery-targets", {"name": "our system", "url": receiver.url})
        stock = _listings(buyers[0])
        assert len(stock) >= wanted
        yield World(exchange, people, buyers, receiver, stock)


def _file(rows: int, *, first: int) -> bytes:
    """Rows of different people: one of a hundred cannot be reached, one is the copy of the row before."""
    at = (datetime.now(UTC) - timedelta(hours=3)).isoformat(timespec="seconds")
    lines = ["name;phone;email;created_at"]
    for row in range(rows):
        person = first + (row - 1 if row % 100 == COPY else row)
        phone = "none" if row % 100 == BROKEN else f"+48{501_000_000 + person}"
        mail = "nobody" if row % 100 == BROKEN else f"jan.{person}@mail.invented-people.org"
        lines.append(f"Jan Kowalski;{phone};{mail};{at}")
    return "\n".join(lines).encode()


BROKEN, COPY = 7, 13


def _listings(buyer: Party) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = buyer.get("/v1/listings", vertical="mortgage", limit=200, cursor=cursor)
        found += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("what", [f"{name} {n}" for n in range(1, max(ROUNDS, 1) + 1) for name in KILLS])
def test_every_sale_that_was_told_stands_once(world: World, what: str) -> None:
    name = what.rpartition(" ")[0]
    batch = _begin_upload(world, what)
    fight = [world.stock.pop() for _ in range(LISTINGS_IN_A_FIGHT)]
    fleet = Fleet(world.buyers, fight, threads=8, seed=len(world.uploads))
    fleet.start()
    world.exchange.wait(lambda: fleet.answered() >= len(fleet.requests) // 5, every=0.005)
    assert _is_half_way(world, batch), "the kill would come too late to cut the file"
    KILLS[name](world.exchange)
    world.last_kill = time.monotonic()
    fleet.join()
    assert any(one.attempts > 1 for one in fleet.requests) or name not in ("postmaster", "web server")
    fleet.ask_again()
    assert fleet.faults == [], world.exchange.last_lines()
    _one_answer_for_each_key(fleet)
    _sold_once_as_told(world, fleet, fight)
    _wallets_agree(world, fleet)
    books = world.exchange.run("verify-ledger")
    assert books.returncode == 0, books.stderr


def _begin_upload(world: World, what: str) -> str:
    """A file of which some chunks are validated, and some are not."""
    seller = world.people.sign_up(sells=True)
    batch = send_batch(seller, _file(ROWS, first=0))
    world.uploads.append((what, batch, seller))
    until(seller, f"/v1/batches/{batch}", lambda found: found["progress"]["done"] > 0, seconds=180)
    return batch


def _is_half_way(world: World, batch: str) -> bool:
    chunks = "SELECT count(*) > 0 AND NOT bool_or(is_last) FROM batch_chunks WHERE batch_id = %s"
    return world.exchange.query(chunks, ids.parse("bat", batch)) == [(True,)]


def _one_answer_for_each_key(fleet: Fleet) -> None:
    changed = [one.answers for one in fleet.requests if any(a != one.answers[0] for a in one.answers)]
    assert changed == []


def _sold_once_as_told(world: World, fleet: Fleet, fight: list[str]) -> None:
    told: dict[str, list[str]] = {one.listing_id: [] for one in fleet.requests}
    for one in fleet.requests:
        told[one.listing_id] += one.bought
        status, body = one.answers[0]
        assert status == 201 or (status, body["code"]) == (409, "sold_out"), body
    assert {len(purchases) for purchases in told.values()} == {1}
    rows = world.exchange.query(
        "SELECT l.id, l.sold, p.id, (SELECT count(*) FROM allocations AS a WHERE a.listing_id = l.id)"
        " FROM listings AS l JOIN purchases AS p ON p.listing_id = l.id WHERE l.id = ANY(%s)",
        [ids.parse("lst", listing) for listing in fight],
    )
    assert {ids.public("lst", row[0]): [ids.public("pur", row[2])] for row in rows} == told
    assert len(rows) == len(fight)
    assert {(row[1], row[3]) for row in rows} == {(1, 1)}


def _wallets_agree(world: World, fleet: Fleet) -> None:
    for one in fleet.requests:
        world.bought[one.buyer.organization_id] += len(one.bought)
    for buyer in world.buyers:
        held = world.bought[buyer.organization_id] * PRICE
        assert wallet(buyer) == {"available": FUNDS - held, "promo": 0, "held": held, "owed": 0}


def test_every_file_that_was_cut_is_read_as_if_nothing_had_happened(world: World) -> None:
    expected = {row: ("refused", _why(row)) for row in range(ROWS) if row % 100 in (BROKEN, COPY)}
    taken = {row for row in range(ROWS) if row not in expected}
    for what, batch, seller in world.uploads:
        left = DRAINED_SECONDS - (time.monotonic() - world.last_kill)
        found = until(
            seller, f"/v1/batches/{batch}", lambda shown: shown["status"] == "sampling", seconds=max(left, 20)
        )
        counts = {"total": ROWS, "accepted": len(taken), "refused": len(expected)}
        assert found["counts"] == counts, what
        leads = [row for (row,) in _of_batch(world, "SELECT row_no FROM leads WHERE batch_id = %s", batch)]
        assert len(leads) == len(taken) and set(leads) == taken, what
        refused = _of_batch(world, "SELECT row_no, code FROM refusals WHERE batch_id = %s", batch)
        assert {row: ("refused", code) for row, code in refused} == expected, what
        reports = _of_batch(
            world, "SELECT count(*) FROM lead_reports JOIN leads ON id = lead_id WHERE batch_id = %s", batch
        )
        assert reports == [(len(taken),)], what


def _why(row: int) -> str:
    return "email_unreadable" if row % 100 == BROKEN else "duplicate"


def _of_batch(world: World, statement: str, batch: str) -> list[tuple[Any, ...]]:
    return world.exchange.query(statement, ids.parse("bat", batch))


# A call under way when its worker was killed is made again when its lease of 45 s has run out.
_DRAINED_SECONDS = 180


def test_every_sale_is_delivered_under_one_id(world: World) -> None:
    acknowledged = world.bought[world.buyers[0].organization_id]
    world.exchange.wait(lambda: len(world.receiver.ids_by_purchase()) >= acknowledged, _DRAINED_SECONDS)
    came = world.receiver.ids_by_purchase()
    assert len(came) == acknowledged
    assert {len(webhook_ids) for webhook_ids in came.values()} == {1}


def test_no_duty_is_left_or_given_up(world: World) -> None:
    open_duties = (
        "SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= clock.now()"
    )
    world.exchange.wait(lambda: world.exchange.query(open_duties) == [(0,)], _DRAINED_SECONDS)
    assert world.exchange.query("SELECT topic FROM outbox WHERE dead_at IS NOT NULL") == []


def test_told_to_stop_it_leaves_nothing(world: World) -> None:
    postmaster = world.exchange.postmaster()
    assert world.exchange.stop() == 0
    assert world.exchange.survivors() == []
    assert not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE
