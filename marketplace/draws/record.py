"""The public record of a draw, and its verification by anyone, without a database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from .rules import HASH_BYTES, commitment, derive_seed, first, merkle_root

FORMAT = "lx-selection-v1"
_FIELDS = frozenset(
    {
        "format",
        "batch_id",
        "root",
        "commitment",
        "server_seed",
        "beacon",
        "nonces",
        "seed",
        "leaves",
        "checked",
    }
)


class _UnreadableError(Exception):
    """Something in the record that makes further recomputation meaningless."""


def make_record(
    *,
    batch_id: str,
    server_seed: bytes,
    beacon: bytes | None,
    nonces: Sequence[str],
    leaves: Sequence[bytes],
    checked: int,
) -> dict[str, object]:
    """The document published after a decision; *checked* leads of the order are listed in it."""
    root = merkle_root(leaves)
    seed = derive_seed(batch_id, root, server_seed, beacon, nonces)
    return {
        "format": FORMAT,
        "batch_id": batch_id,
        "root": root.hex(),
        "commitment": commitment(server_seed).hex(),
        "server_seed": server_seed.hex(),
        "beacon": None if beacon is None else beacon.hex(),
        "nonces": list(nonces),
        "seed": seed.hex(),
        "leaves": [value.hex() for value in leaves],
        "checked": first(seed, batch_id, leaves, checked),
    }


def record_text(document: Mapping[str, object]) -> str:
    """The one spelling in which a record is published: sorted keys, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def verify_record_text(text: str | bytes) -> list[str]:
    """Findings about a record as published; also catches any spelling but the canonical one."""
    try:
        decoded = text.decode("ascii") if isinstance(text, bytes) else text
        document = json.loads(decoded)
        if not isinstance(document, dict):
            return ["The record is not a JSON object."]
        if record_text(document) != decoded:
            return ["The record is not spelt canonically (sorted keys, no spaces, each key once)."]
    except (ValueError, RecursionError):
        return ["The record is not JSON in ASCII."]
    return verify_record(document)


def verify_record(document: Mapping[str, object]) -> list[str]:
    """Recompute a draw from its public record; returns the findings, none when everything agrees.

    Whether the commitment, root and beacon are the ones that were published in time must be compared
    with where they were published: a record cannot prove its own date.
    """
    if set(document) != _FIELDS:
        return ["The record must have exactly these fields: " + ", ".join(sorted(_FIELDS)) + "."]
    try:
        return _recompute(document)
    except _UnreadableError as finding:
        return [str(finding)]


def _recompute(document: Mapping[str, object]) -> list[str]:
    if document["format"] != FORMAT:
        raise _UnreadableError(f"format must be {FORMAT}.")
    batch_id = _text(document["batch_id"], "batch_id")
    root, server_seed = _hash(document["root"], "root"), _hash(document["server_seed"], "server_seed")
    beacon = None if document["beacon"] is None else _hash(document["beacon"], "beacon")
    nonces = [_text(nonce, "nonces") for nonce in _list(document["nonces"], "nonces")]
    leaves = [_hash(value, "leaves") for value in _list(document["leaves"], "leaves")]
    checked = [_index(value, len(leaves)) for value in _list(document["checked"], "checked")]
    if not leaves:
        raise _UnreadableError("leaves is empty.")
    findings = []
    if len(set(leaves)) < len(leaves):
        findings.append("leaves holds the same leaf twice.")
    if commitment(server_seed) != _hash(document["commitment"], "commitment"):
        findings.append("commitment is not the hash of server_seed.")
    if merkle_root(leaves) != root:
        findings.append("root is not the Merkle root of leaves.")
    try:
        seed = derive_seed(batch_id, root, server_seed, beacon, nonces)
    except ValueError as error:
        raise _UnreadableError(f"The seed cannot be derived. {error}") from None
    if seed != _hash(document["seed"], "seed"):
        findings.append("seed does not follow from batch_id, root, server_seed, beacon and nonces.")
    if first(seed, batch_id, leaves, len(checked)) != checked:
        findings.append("checked is not the beginning of the drawn order.")
    return findings


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise _UnreadableError(f"{field} must be text.")
    return value


def _list(value: object, field: str) -> list[object]:
    if not isinstance(value, list):
        raise _UnreadableError(f"{field} must be a list.")
    return value


def _hash(value: object, field: str) -> bytes:
    # Capitals are refused: one value has one spelling, so every changed byte is noticed.
    if not isinstance(value, str) or len(value) != 2 * HASH_BYTES or set(value) - set("0123456789abcdef"):
        raise _UnreadableError(f"{field} must be {2 * HASH_BYTES} lower-case hexadecimal digits.")
    return bytes.fromhex(value)


def _index(value: object, count: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < count:
        raise _UnreadableError("checked must hold positions in leaves.")
    return value
