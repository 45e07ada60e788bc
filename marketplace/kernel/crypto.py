"""Sealing of personal data, keyed digests, and the keys they stand on."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from . import randomness

KEY_LENGTH = 32
NONCE_LENGTH = 12
#: Blind indexes keep 128 bits: exact for phones and e-mails, too long to enumerate without the key.
DIGEST_LENGTH = 16
#: For each record a data key, the nonce of its wrapping and the nonce of the record.
_RANDOM_LENGTH = KEY_LENGTH + 2 * NONCE_LENGTH


class CannotUnseal(Exception):
    """The sealed bytes were changed, belong to another record, or their key is gone."""


@dataclass(frozen=True)
class Sealed:
    """Ciphertext and the data key that opens it, itself wrapped by the master key *key_id*."""

    key_id: str
    wrapped_key: bytes
    ciphertext: bytes


@dataclass(frozen=True)
class ManySealed:
    """Records sealed together, each under a data key of its own; item *i* of both lists is of record *i*."""

    key_id: str
    wrapped_keys: Sequence[bytes]
    ciphertexts: Sequence[bytes]


class KeyRing:
    """Master keys by id (the first one seals) and the secret behind all keyed digests."""

    def __init__(self, master_keys: dict[str, bytes], index_key: bytes) -> None:
        if not master_keys or any(len(key) != KEY_LENGTH for key in (*master_keys.values(), index_key)):
            raise ValueError("master keys and the index key are 32 bytes each")
        self.current_key_id = next(iter(master_keys))
        self._wrappers = {name: AESGCM(key) for name, key in master_keys.items()}
        self._index_key = index_key
        self._purpose_key = lru_cache(maxsize=64)(self._derive)

    def seal(self, plaintext: bytes, *, bound_to: bytes) -> Sealed:
        """Seal under a fresh data key; the result opens only with the same *bound_to* bytes.

        AES-256-GCM for both layers; the associated data is *bound_to* and the key id.
        """
        many = self.seal_all([plaintext], bound_to=[bound_to])
        return Sealed(many.key_id, many.wrapped_keys[0], many.ciphertexts[0])

    def seal_all(self, plaintexts: Sequence[bytes], *, bound_to: Sequence[bytes]) -> ManySealed:
        """Seal many records, each under a fresh data key and bound to its own bytes, as `seal` does one."""
        key_id = self.current_key_id
        wrap = self._wrappers[key_id].encrypt
        told = key_id.encode()
        # One request for all random bytes: a system call for each record costs as much as its seal.
        random = randomness.secret_bytes(len(plaintexts) * _RANDOM_LENGTH)
        wrapped_keys, ciphertexts = [], []
        for number, (plaintext, bound) in enumerate(zip(plaintexts, bound_to, strict=True)):
            start = number * _RANDOM_LENGTH
            data_key = random[start : start + 32]
            wrap_nonce, nonce = random[start + 32 : start + 44], random[start + 44 : start + 56]
            associated = bound + told
            wrapped_keys.append(wrap_nonce + wrap(wrap_nonce, data_key, associated))
            ciphertexts.append(nonce + AESGCM(data_key).encrypt(nonce, plaintext, associated))
        return ManySealed(key_id, wrapped_keys, ciphertexts)

    def unseal(self, sealed: Sealed, *, bound_to: bytes) -> bytes:
        """The plaintext. Raises CannotUnseal when the record was tampered with or swapped."""
        wrapper = self._wrappers.get(sealed.key_id)
        if wrapper is None:
            raise CannotUnseal(f"no master key with id {sealed.key_id}")
        associated = bound_to + sealed.key_id.encode()
        wrapped, ciphertext = sealed.wrapped_key, sealed.ciphertext
        try:
            data_key = wrapper.decrypt(wrapped[:NONCE_LENGTH], wrapped[NONCE_LENGTH:], associated)
            return AESGCM(data_key).decrypt(ciphertext[:NONCE_LENGTH], ciphertext[NONCE_LENGTH:], associated)
        except InvalidTag:
            raise CannotUnseal("the record does not open with its key") from None

    def digest(self, purpose: str, value: bytes) -> bytes:
        """A keyed digest (HMAC-SHA256, first 128 bits) of *value*; every purpose has a key of its own."""
        return hmac.digest(self._purpose_key(purpose), value, "sha256")[:DIGEST_LENGTH]

    def purpose_key(self, purpose: str) -> bytes:
        """The key of one purpose, for loops that digest many values."""
        return self._purpose_key(purpose)

    def _derive(self, purpose: str) -> bytes:
        information = b"lead-exchange index|" + purpose.encode()
        return HKDFExpand(SHA256(), KEY_LENGTH, information).derive(self._index_key)


_ring: KeyRing | None = None


def use_keys(ring: KeyRing) -> None:
    """Set the key ring of this process; done once by whoever builds the application."""
    global _ring
    _ring = ring


def keys() -> KeyRing:
    """The key ring of this process."""
    if _ring is None:
        raise RuntimeError("the key ring is set when the application is built")
    return _ring


def secret_hash(secret: str) -> bytes:
    """SHA-256 of a secret of 256 random bits (an API key): too random to need a slow hash."""
    return sha256(secret.encode()).digest()
