"""The keyed digest by which a suppressed contact is known."""

from __future__ import annotations

from typing import Final

from ..kernel import crypto
from .rules import ContactKind

_PURPOSE: Final = "suppression"


def digest_of(kind: ContactKind, contact: str) -> bytes:
    """The digest of a contact in normal form: a number in E.164, an address in its index form."""
    return crypto.keys().digest(_PURPOSE, f"{kind}:{contact}".encode("utf-8", "replace"))
