"""The verifiable selection: commitment, Merkle tree, seed and order, as pure functions of bytes."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from hashlib import sha256
from heapq import nsmallest

HASH_BYTES = 32
_SEED_LABEL = b"lx-seed-v1"
_SAMPLE_LABEL = b"lx-sample-v1"
_LEAF_PREFIX, _NODE_PREFIX = b"\x00", b"\x01"


def commitment(server_seed: bytes) -> bytes:
    """SHA-256 of the secret seed; published before the batch is sent."""
    _check_length(server_seed, "server_seed")
    return sha256(server_seed).digest()


def leaf(salt: bytes, canonical_lead: bytes) -> bytes:
    """The frozen image of one lead: keyed by a secret salt, so that it gives no personal data away."""
    return hmac.digest(salt, canonical_lead, "sha256")


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves in batch order. Raises ValueError for an empty batch."""
    level = _hashed_leaves(leaves)
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The sibling hashes that lead from the leaf at *index* to the root, lowest first."""
    if not 0 <= index < len(leaves):
        raise ValueError("The index is outside of the batch.")
    level = _hashed_leaves(leaves)
    proof = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            proof.append(level[sibling])
        level = _next_level(level)
        index //= 2
    return proof


def verify_inclusion(leaf_value: bytes, index: int, count: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether *proof* shows that this leaf stands at *index* of the *count* leaves under *root*."""
    if not 0 <= index < count or any(len(step) != HASH_BYTES for step in proof):
        return False
    node = sha256(_LEAF_PREFIX + leaf_value).digest()
    steps = iter(proof)
    while count > 1:
        if index ^ 1 < count:
            sibling = next(steps, None)
            if sibling is None:
                return False
            pair = sibling + node if index & 1 else node + sibling
            node = sha256(_NODE_PREFIX + pair).digest()
        index, count = index // 2, (count + 1) // 2
    return next(steps, None) is None and hmac.compare_digest(node, root)


def derive_seed(
    batch_id: str, root: bytes, server_seed: bytes, beacon: bytes | None, nonces: Sequence[str] = ()
) -> bytes:
    """The seed of the draw. Without a beacon (None) seller and exchange together could grind: say so.

    Raises ValueError where a part has the wrong length or holds the separator: two different inputs
    must never give one seed.
    """
    _check_length(root, "root")
    _check_length(server_seed, "server_seed")
    if beacon is not None:
        _check_length(beacon, "beacon")
    words = [_word(text) for text in (batch_id, *nonces)]
    return sha256(b"|".join([_SEED_LABEL, words[0], root, server_seed, beacon or b"", *words[1:]])).digest()


def sampling_key(seed: bytes, batch_id: str, index: int, leaf_value: bytes) -> bytes:
    """The key of the lead at *index*; leads are checked in increasing order of their keys."""
    return hmac.digest(seed, _key_prefix(batch_id) + index.to_bytes(8, "big") + b"|" + leaf_value, "sha256")


def order(seed: bytes, batch_id: str, leaves: Sequence[bytes]) -> list[int]:
    """The indices of all leads in the order in which they are to be checked."""
    return [index for _, index in sorted(_keyed(seed, batch_id, leaves))]


def first(seed: bytes, batch_id: str, leaves: Sequence[bytes], k: int) -> list[int]:
    """The first *k* of `order`, without sorting the rest: a simple random sample for every k."""
    return [index for _, index in nsmallest(k, _keyed(seed, batch_id, leaves))]


def _keyed(seed: bytes, batch_id: str, leaves: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
    # The same as `sampling_key`, unrolled: a batch may have a million leads.
    prefix, digest = _key_prefix(batch_id), hmac.digest
    for index, leaf_value in enumerate(leaves):
        yield digest(seed, prefix + index.to_bytes(8, "big") + b"|" + leaf_value, "sha256"), index


def _key_prefix(batch_id: str) -> bytes:
    return _SAMPLE_LABEL + b"|" + _word(batch_id) + b"|"


def _word(text: str) -> bytes:
    if not text or "|" in text or not text.isascii() or not text.isprintable():
        raise ValueError("A batch id or nonce is printable ASCII without '|' and not empty.")
    return text.encode("ascii")


def _check_length(value: bytes, name: str) -> None:
    if len(value) != HASH_BYTES:
        raise ValueError(f"{name} has {HASH_BYTES} bytes.")


def _hashed_leaves(leaves: Sequence[bytes]) -> list[bytes]:
    if not leaves:
        raise ValueError("A batch needs at least one lead.")
    return [sha256(_LEAF_PREFIX + value).digest() for value in leaves]


def _next_level(level: list[bytes]) -> list[bytes]:
    """Pairs hashed together; an odd last node moves up unchanged."""
    paired = [
        sha256(_NODE_PREFIX + level[left] + level[left + 1]).digest() for left in range(0, len(level) - 1, 2)
    ]
    return paired + level[len(paired) * 2 :]
