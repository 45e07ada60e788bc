"""Draws: random orders that nobody can predict or steer, and that anyone can recompute afterwards.

::

    committed (commitment published) ──► frozen (Merkle root) ──► drawn (seed known) ──► revealed (record)

The exchange publishes the hash of its secret before the batch is sent; the batch is frozen under a Merkle
root; a public beacon value that did not exist before the freeze goes into the seed. `verify_record` checks
a published record without a database.
"""

from __future__ import annotations

from .beacon import BeaconChain, chain_at, value_of
from .errors import AlreadyFrozen, BeaconNotYet, NotFrozen
from .models import Draw
from .queries import draw
from .record import FORMAT, make_record, record_text, verify_record, verify_record_text
from .rules import (
    commitment,
    derive_seed,
    first,
    inclusion_proof,
    leaf,
    merkle_root,
    order,
    sampling_key,
    verify_inclusion,
)
from .services import Frozen, freeze, open_draw, reveal, seed_of, take_beacon

__all__ = [
    "FORMAT",
    "AlreadyFrozen",
    "BeaconChain",
    "BeaconNotYet",
    "Draw",
    "Frozen",
    "NotFrozen",
    "chain_at",
    "commitment",
    "derive_seed",
    "draw",
    "first",
    "freeze",
    "inclusion_proof",
    "leaf",
    "make_record",
    "merkle_root",
    "open_draw",
    "order",
    "record_text",
    "reveal",
    "sampling_key",
    "seed_of",
    "take_beacon",
    "value_of",
    "verify_inclusion",
    "verify_record",
    "verify_record_text",
]
