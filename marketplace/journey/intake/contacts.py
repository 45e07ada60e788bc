"""One contact as a person types it, in the normal form that digests are made of."""

from __future__ import annotations

from dataclasses import dataclass

from ...kernel.errors import InvalidInput
from ...rights import ContactKind
from .fields import normalize_emails, normalize_phones


@dataclass(frozen=True)
class GivenContact:
    """A phone in E.164 or an e-mail address in its index form."""

    kind: ContactKind
    value: str


def given_contact(*, phone: str | None, email: str | None, country: str | None) -> GivenContact:
    """Read one contact. Raises InvalidInput, which never repeats what was given."""
    if phone is not None:
        read = normalize_phones([phone], country).values[0]
        if read is None:
            raise InvalidInput.field(
                "/phone", "invalid", "Give the phone with its country code, such as +48…."
            )
        return GivenContact(ContactKind.PHONE, read.e164)
    address = normalize_emails([email]).values[0]
    if address is None:
        raise InvalidInput.field("/email", "invalid", "Give the e-mail address as name@domain.")
    return GivenContact(ContactKind.EMAIL, address.index_form)
