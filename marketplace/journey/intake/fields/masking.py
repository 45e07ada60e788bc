"""What is shown of a contact before it is bought: enough to judge a lead, never enough to reach it."""

import unicodedata

from .emails import Email
from .phone_values import Phone

_HIDDEN = "•"


def mask_name(name: str | None) -> str | None:
    """The initial of a name; a name of a single letter is hidden altogether."""
    if name is None:
        return None
    letters = [letter for letter in unicodedata.normalize("NFKC", name) if letter.isalpha()]
    return _HIDDEN if len(letters) < 2 else f"{letters[0].upper()}."


def mask_phone(phone: Phone | None) -> str | None:
    """The number's country (or calling code of none) and its last two digits, such as `PL …67`."""
    return None if phone is None else f"{phone.country or '?'} …{phone.e164[-2:]}"


def mask_email(email: Email | None) -> str | None:
    """The class of the address's domain: `free`, `role`, `disposable` or `business`."""
    return None if email is None else email.domain_class.value
