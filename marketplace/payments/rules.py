"""What a credit by hand must look like, and the words for the lines of a wallet."""

from __future__ import annotations

import re

from ..kernel.errors import InvalidInput
from ..kernel.money import MAX_AMOUNT_MINOR
from ..ledger import Posting

MAX_REFERENCE = 200
MAX_REQUEST_ID = 255
_CURRENCY = re.compile(r"[A-Z]{3}")

_GREW = {
    Posting.MANUAL_CREDIT: "Money added by bank transfer",
    Posting.PROMOTION: "Promotion granted",
    Posting.REFUND: "Refund of a purchase",
    Posting.CLAWBACK: "Refund of a purchase after its release",
}
_SHRANK = {
    Posting.HOLD: "Price of a purchase, held",
    Posting.BUYER_DEBT: "Earlier debt paid",
}


def words_for(posting: Posting, change_minor: int) -> str:
    """What a line of a wallet says to its owner."""
    return (_GREW if change_minor > 0 else _SHRANK).get(posting, "Correction")


def check_credit(*, amount_minor: int, currency: str, reference: str, request_id: str) -> None:
    """Raises InvalidInput that names the field when a credit can't be right."""
    if not 0 < amount_minor <= MAX_AMOUNT_MINOR:
        raise _wrong("amount_minor", "out_of_range", "Send an amount from 1 to 10^12 minor units (cents).")
    if not _CURRENCY.fullmatch(currency):
        raise _wrong("currency", "not_a_currency", "Send three capital letters (ISO 4217), such as EUR.")
    if not _fits(reference, MAX_REFERENCE):
        raise _wrong("reference", "bad_length", "Send the bank's reference in 1 to 200 characters.")
    if not _fits(request_id, MAX_REQUEST_ID):
        raise _wrong("request_id", "bad_length", "Send a request id of 1 to 255 characters.")


def not_a_buyer() -> InvalidInput:
    """The refusal of a credit to an organization that has no use for a wallet."""
    return _wrong("organization_id", "not_a_buyer", "Send the id of an organization that buys.")


def _fits(value: str, most: int) -> bool:
    # The database's text can't hold a NUL, so it would be a fault there.
    return value.strip() != "" and len(value) <= most and "\x00" not in value


def _wrong(name: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput.field(f"/{name}", code, detail)
