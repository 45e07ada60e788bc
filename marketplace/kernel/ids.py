"""Identifiers: 128 bits that sort by creation, written for people with a prefix by type."""

from __future__ import annotations

import time
from uuid import UUID

from . import randomness

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 26


def new_id() -> UUID:
    """A new UUID of version 7 (RFC 9562): 48 bits of wall-clock milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    tail = int.from_bytes(randomness.random_bytes(10), "big")
    value = (milliseconds << 80) | tail
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return UUID(int=value | (0x7 << 76) | (0x2 << 62))


def new_ids(count: int) -> list[bytes]:
    """*count* new ids of version 7 as bytes, in ascending order: for rows that are written together."""
    head = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    random = randomness.random_bytes(10 * count)
    tails = (random[start : start + 10] for start in range(0, 10 * count, 10))
    return sorted(
        head + bytes(((tail[0] & 0x0F) | 0x70, tail[1], (tail[2] & 0x3F) | 0x80)) + tail[3:] for tail in tails
    )


def public(prefix: str, identifier: UUID) -> str:
    """The id as the outside sees it: ``pur_`` and 26 letters that sort as the id does."""
    value = identifier.int
    letters = [_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"


def parse(prefix: str, text: str) -> UUID | None:
    """The id behind its public form; None when *text* is not an id of that type."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != _LENGTH:
        return None
    value = 0
    for letter in body:
        digit = _VALUES.get(letter)
        if digit is None:
            return None
        value = value << 5 | digit
    return UUID(int=value) if value < 1 << 128 else None
