"""The verbs of draws: commit before the file, freeze under a root, take the beacon, reveal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..kernel import clock, crypto, randomness
from ..kernel.crypto import Sealed
from ..kernel.database import db
from . import queries
from .beacon import BeaconChain, round_after
from .errors import AlreadyFrozen, BeaconNotYet, NotFrozen
from .models import Draw
from .rules import HASH_BYTES, commitment, derive_seed, merkle_root


@dataclass(frozen=True)
class Frozen:
    """A frozen batch: its root, and from when on its seed can be known."""

    root: bytes
    beacon_round: int | None
    #: When the beacon tells the round's value, in wall time; None without a beacon.
    beacon_due_at: datetime | None


def open_draw(*, batch_id: UUID) -> bytes:
    """Choose a secret seed for a batch that is being opened; returns the commitment to publish."""
    seed = randomness.secret_bytes(HASH_BYTES)
    sealed = crypto.keys().seal(seed, bound_to=_binding(batch_id))
    published = commitment(seed)
    db.session.add(
        Draw(
            batch_id=batch_id,
            commitment=published,
            key_id=sealed.key_id,
            wrapped_key=sealed.wrapped_key,
            sealed_seed=sealed.ciphertext,
        )
    )
    db.session.flush()
    return published


def freeze(*, batch_id: UUID, leaves: Sequence[bytes], chain: BeaconChain | None = None) -> Frozen:
    """Freeze the batch under the root of its *leaves* and fix the beacon's round, if there is a beacon.

    The round is the first that begins at least 60 seconds from now: nobody knows its value yet. Asked
    again with the same leaves the answer is the same. Raises NotFound, AlreadyFrozen, ValueError for none.
    """
    draw = queries.draw(batch_id, lock=True)
    root = merkle_root(leaves)
    if draw.root is None:
        draw.root, draw.leaf_count, draw.frozen_at = root, len(leaves), clock.business_now()
        if chain is not None:
            draw.beacon_round = round_after(chain, clock.wall_now())
        db.session.flush()
    elif draw.root != root:
        raise AlreadyFrozen
    due_at = chain.time_of(draw.beacon_round) if chain and draw.beacon_round else None
    return Frozen(root, draw.beacon_round, due_at)


def take_beacon(*, batch_id: UUID, beacon: bytes) -> None:
    """Write down the beacon's value for the round that was fixed; the first one counts.

    Raises NotFound, NotFrozen when no round was fixed.
    """
    draw = queries.draw(batch_id, lock=True)
    if draw.beacon_round is None:
        raise NotFrozen
    if draw.beacon is None:
        draw.beacon = beacon
        db.session.flush()


def seed_of(*, batch_id: UUID, public_id: str) -> bytes:
    """The seed of the batch's order; *public_id* is the batch as the record names it.

    Raises NotFound, NotFrozen, BeaconNotYet.
    """
    draw = _drawable(batch_id)
    root = draw.root
    if root is None:
        raise NotFrozen
    return derive_seed(public_id, root, _server_seed(draw), draw.beacon)


def reveal(*, batch_id: UUID) -> bytes:
    """Make the secret seed public after the decision; returns it, the same every time.

    Raises NotFound, NotFrozen.
    """
    draw = queries.draw(batch_id, lock=True)
    if draw.root is None:
        raise NotFrozen
    if draw.revealed_at is None:
        draw.revealed_at = clock.business_now()
        db.session.flush()
    return _server_seed(draw)


def _drawable(batch_id: UUID) -> Draw:
    draw = queries.draw(batch_id)
    if draw.root is None:
        raise NotFrozen
    if draw.beacon_round is not None and draw.beacon is None:
        raise BeaconNotYet
    return draw


def _server_seed(draw: Draw) -> bytes:
    sealed = Sealed(draw.key_id, draw.wrapped_key, draw.sealed_seed)
    return crypto.keys().unseal(sealed, bound_to=_binding(draw.batch_id))


def _binding(batch_id: UUID) -> bytes:
    return b"draw|" + batch_id.bytes
