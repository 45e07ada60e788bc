"""The order of a spot check is committed to before the file, fixed by its freeze, and recomputed by anyone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from flask import Flask

from marketplace import draws
from marketplace.draws.beacon import BeaconChain, round_after
from marketplace.kernel import ids
from marketplace.kernel.database import in_transaction

LEAVES = [sha256(bytes([number])).digest() for number in range(20)]
CHAIN = BeaconChain("https://beacon.example", genesis_time=1_600_000_000, period=30)


@pytest.fixture
def run(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    def inside(work: Callable[[], Any]) -> Any:
        with app.app_context():
            return in_transaction(work)

    return inside


def test_the_seed_fits_the_commitment_and_the_record_verifies(run: Callable[..., Any]) -> None:
    batch, public = ids.new_id(), ids.public("bat", uuid.uuid4())
    published = run(lambda: draws.open_draw(batch_id=batch))
    with pytest.raises(draws.NotFrozen):
        run(lambda: draws.seed_of(batch_id=batch, public_id=public))
    frozen = run(lambda: draws.freeze(batch_id=batch, leaves=LEAVES))
    assert frozen.root == draws.merkle_root(LEAVES) and frozen.beacon_round is None
    seed = run(lambda: draws.seed_of(batch_id=batch, public_id=public))
    secret = run(lambda: draws.reveal(batch_id=batch))
    assert draws.commitment(secret) == published
    assert run(lambda: draws.reveal(batch_id=batch)) == secret
    record = draws.make_record(
        batch_id=public, server_seed=secret, beacon=None, nonces=(), leaves=LEAVES, checked=7
    )
    assert draws.verify_record(record) == []
    assert record["checked"] == draws.first(seed, public, LEAVES, 7)


def test_a_batch_is_frozen_once(run: Callable[..., Any]) -> None:
    batch = ids.new_id()
    run(lambda: draws.open_draw(batch_id=batch))
    first = run(lambda: draws.freeze(batch_id=batch, leaves=LEAVES))
    assert run(lambda: draws.freeze(batch_id=batch, leaves=LEAVES)) == first
    with pytest.raises(draws.AlreadyFrozen):
        run(lambda: draws.freeze(batch_id=batch, leaves=LEAVES[::-1]))


def test_with_a_beacon_nobody_knows_the_order_before_its_round(run: Callable[..., Any]) -> None:
    batch, public = ids.new_id(), ids.public("bat", uuid.uuid4())
    run(lambda: draws.open_draw(batch_id=batch))
    before = datetime.now(UTC)
    frozen = run(lambda: draws.freeze(batch_id=batch, leaves=LEAVES, chain=CHAIN))
    assert (frozen.beacon_due_at - before).total_seconds() >= 60
    with pytest.raises(draws.BeaconNotYet):
        run(lambda: draws.seed_of(batch_id=batch, public_id=public))
    run(lambda: draws.take_beacon(batch_id=batch, beacon=b"1" * 32))
    seed = run(lambda: draws.seed_of(batch_id=batch, public_id=public))
    run(lambda: draws.take_beacon(batch_id=batch, beacon=b"2" * 32))
    assert run(lambda: draws.seed_of(batch_id=batch, public_id=public)) == seed


@pytest.mark.parametrize("ahead", [0.0, 0.001, 29.999, 30.0, 1e7])
def test_the_round_is_the_first_that_is_a_minute_away(ahead: float) -> None:
    now = datetime.fromtimestamp(CHAIN.genesis_time + ahead, UTC)
    number = round_after(CHAIN, now)
    assert (CHAIN.time_of(number) - now).total_seconds() >= 60
    assert (CHAIN.time_of(number - 1) - now).total_seconds() < 60


@pytest.mark.parametrize(
    "change",
    [
        "commitment = decode(repeat('00', 32), 'hex')",
        "sealed_seed = '\\x00'",
        "root = decode(repeat('00', 32), 'hex')",
        "leaf_count = 3",
        "revealed_at = now()",
    ],
)
def test_not_even_the_owner_changes_a_published_draw(
    run: Callable[..., Any], environment: dict[str, str], change: str
) -> None:
    batch = ids.new_id()
    run(lambda: draws.open_draw(batch_id=batch))
    run(lambda: draws.freeze(batch_id=batch, leaves=LEAVES))
    run(lambda: draws.reveal(batch_id=batch))
    dsn = environment["DATABASE_OWNER_URL"].replace("+psycopg", "")
    with psycopg.connect(dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(f"UPDATE draws SET {change} WHERE batch_id = %s", (batch,))
        assert refused.value.sqlstate == "LX001"
        with pytest.raises(psycopg.Error):
            connection.execute("DELETE FROM draws WHERE batch_id = %s", (batch,))
        with pytest.raises(psycopg.Error):
            connection.execute("TRUNCATE draws")
