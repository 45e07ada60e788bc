"""The digests of the vault are the keyed digests that the documentation names."""

from __future__ import annotations

import hmac
from hashlib import blake2b

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.journey.intake import vault
from marketplace.kernel import crypto

RING = crypto.KeyRing({"one": b"m" * 32}, b"i" * 32)


@pytest.fixture(autouse=True)
def _our_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto, "_ring", RING)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=80), max_size=4))
def test_the_quick_digest_is_hmac_sha256_of_128_bits(values: list[bytes]) -> None:
    digest = vault.digester(vault.DEDUPE)
    for value in values:
        expected = hmac.digest(RING.purpose_key(vault.DEDUPE), value, "sha256")[:16]
        assert digest(value) == expected == RING.digest(vault.DEDUPE, value)


def test_the_salt_of_a_leaf_is_that_of_its_lead_alone() -> None:
    salt_of = vault.leaf_salter()
    for lead_id in (b"a" * 16, b"b" * 16):
        assert salt_of(lead_id) == blake2b(lead_id, key=RING.purpose_key(vault.LEAF)).digest()
