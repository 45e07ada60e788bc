"""Texts that are shown before a sale: short, and never with what looks like a way to reach the person."""

import re
import unicodedata
from typing import Final

from .columns import NormalColumn
from .problems import Problem

#: The longest text that is shown in clear, in characters.
MAX_LENGTH: Final = 100
#: So many digits with nothing but separators between them may be a number to call.
_MOST_DIGITS: Final = 6
_DIGITS: Final = re.compile(rf"\d(?:[\W_]*\d){{{_MOST_DIGITS}}}")
_ADDRESS: Final = re.compile(
    r"@"
    # Addresses as people write them around filters: anna (at) mail.pl, anna at mail dot pl.
    r"|[(\[{<]\s*(?:at|dot)\s*[)\]}>]|\bat\b.*\bdot\b"
    # Links: with a scheme, with www, or a domain with a path such as wa.me/48….
    r"|\b[a-z][a-z+.\-]*://|\b(?:mailto|tel|sms|callto|skype):|\bwww\.|\b[\w\-]+\.[a-z]{2,}/\S",
    re.IGNORECASE,
)


def holds_contact(text: str) -> bool:
    """True for a text with an @, a link, or seven digits and more with only separators between them."""
    plain = unicodedata.normalize("NFKC", text)
    return bool(_DIGITS.search(plain) or _ADDRESS.search(plain))


def keep_shown(read: NormalColumn[str]) -> NormalColumn[str]:
    """The column without the texts that must not be shown; each of those is a problem of its row."""
    faults = {text: fault for text in set(read.values) if text and (fault := _fault(text))}
    if not faults:
        return read
    found = {row: faults[text] for row, text in enumerate(read.values) if text in faults}
    return NormalColumn(
        [None if text in faults else text for text in read.values],
        {**read.problems, **found},
    )


def _fault(text: str) -> Problem | None:
    if holds_contact(text):
        return Problem.CONTACT_IN_TEXT
    return Problem.TEXT_TOO_LONG if len(text) > MAX_LENGTH else None
