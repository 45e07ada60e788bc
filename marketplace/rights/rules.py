"""The words of a person's rights."""

from __future__ import annotations

from enum import StrEnum


class ContactKind(StrEnum):
    """What is suppressed."""

    PHONE = "phone"
    EMAIL = "email"


class SuppressionReason(StrEnum):
    """Why a contact must not come in again."""

    DO_NOT_CONTACT = "do_not_contact"
    ERASURE = "erasure"
    DECEASED = "deceased"
