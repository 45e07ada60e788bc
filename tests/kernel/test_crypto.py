"""Sealed contacts open only as what they were, where they were, and with the right key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.crypto import CannotUnseal, KeyRing, Sealed

RING = KeyRing({"new": b"n" * 32, "old": b"o" * 32}, b"i" * 32)
SECRET = b"Ada Example +48 600 000 000"


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=20))
def test_what_was_sealed_opens_again(plaintext: bytes, place: bytes) -> None:
    assert RING.unseal(RING.seal(plaintext, bound_to=place), bound_to=place) == plaintext


@given(st.lists(st.tuples(st.binary(max_size=50), st.binary(min_size=1, max_size=9)), max_size=6))
def test_what_is_sealed_together_opens_one_by_one(records: list[tuple[bytes, bytes]]) -> None:
    many = RING.seal_all([text for text, _ in records], bound_to=[place for _, place in records])
    sealed = [Sealed(many.key_id, *both) for both in zip(many.wrapped_keys, many.ciphertexts, strict=True)]
    assert [RING.unseal(one, bound_to=place) for one, (_, place) in zip(sealed, records, strict=True)] == [
        text for text, _ in records
    ]
    assert len({one.wrapped_key[:12] for one in sealed} | {one.ciphertext[:12] for one in sealed}) == 2 * len(
        sealed
    )


def test_a_blob_moved_to_another_lead_does_not_open() -> None:
    with pytest.raises(CannotUnseal):
        RING.unseal(RING.seal(SECRET, bound_to=b"lead 1"), bound_to=b"lead 2")


@given(st.integers(0, 10_000), st.booleans())
def test_any_flipped_bit_is_noticed(position: int, in_key: bool) -> None:
    sealed = RING.seal(SECRET, bound_to=b"lead")
    part = bytearray(sealed.wrapped_key if in_key else sealed.ciphertext)
    part[position // 8 % len(part)] ^= 1 << position % 8
    forged = (
        Sealed(sealed.key_id, bytes(part), sealed.ciphertext)
        if in_key
        else Sealed(sealed.key_id, sealed.wrapped_key, bytes(part))
    )
    with pytest.raises(CannotUnseal):
        RING.unseal(forged, bound_to=b"lead")


def test_an_older_master_key_still_opens_and_a_missing_one_does_not() -> None:
    before = KeyRing({"old": b"o" * 32}, b"i" * 32).seal(SECRET, bound_to=b"lead")
    assert RING.unseal(before, bound_to=b"lead") == SECRET
    with pytest.raises(CannotUnseal):
        KeyRing({"other": b"x" * 32}, b"i" * 32).unseal(before, bound_to=b"lead")


def test_each_purpose_and_each_installation_has_digests_of_its_own() -> None:
    phone = b"+48600000000"
    elsewhere = KeyRing({"new": b"n" * 32}, b"j" * 32)
    digests = {RING.digest("dedupe", phone), RING.digest("search", phone), elsewhere.digest("dedupe", phone)}
    assert len(digests) == 3
    assert all(len(digest) == 16 for digest in digests)
