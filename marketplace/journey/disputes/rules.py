"""The words, clocks and decisions of disputes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

#: Hours of silence after which the seller has lost.
ANSWER_HOURS: Final = 72
#: A ruling is due so many weekdays (UTC) after the answer; after twice as many the buyer is refunded.
RULING_WEEKDAYS: Final = 5
REFUND_WEEKDAYS: Final = 10
#: A moderator's ruling moves no money before this time for an appeal is over.
APPEAL_DAYS: Final = 7
MAX_TEXT: Final = 5_000
MAX_FILES: Final = 20
MAX_FILE_BYTES: Final = 5 << 20


class DisputeState(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    ANSWERED = "answered"
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


UNDECIDED: Final = frozenset({DisputeState.OPEN, DisputeState.ANSWERED})


class Reason(StrEnum):
    """What is wrong with the lead; each of these counts."""

    INVALID_CONTACT = "invalid_contact"
    WRONG_PERSON = "wrong_person"
    FAKE_IDENTITY = "fake_identity"
    DENIES_REQUEST = "denies_request"
    DUPLICATE = "duplicate"
    OUTSIDE_CRITERIA = "outside_criteria"
    EXISTING_CUSTOMER = "existing_customer"
    UNDER_AGE = "under_age"
    NO_CONSENT = "no_consent"
    TEST_DATA = "test_data"
    DECEASED = "deceased"


#: What a buyer may wish to say and what does not count, with the sentence that tells so.
NO_REASON: Final[dict[str, str]] = {
    "no_answer": "That a person did not answer yet is no ground for a refund: keep trying within the window.",
    "changed_mind": "The person was interested when the lead was sold; a change of mind is the buyer's risk.",
    "bought_elsewhere": "That the person bought elsewhere is no ground for a refund.",
    "quote_too_high": "That the person found the quote too high is no ground for a refund.",
    "low_conversion": "A low conversion is no ground for a refund; the price is for the contact.",
}


class RuledBy(StrEnum):
    """Who decided: a machine by a rule, the seller's or our silence, a person."""

    RULE = "rule"
    DEFAULT = "default"
    MODERATOR = "moderator"


class OpenedBy(StrEnum):
    """The buyer, or a rule for him."""

    BUYER = "buyer"
    RULE = "rule"


class Author(StrEnum):
    """Whose word or file it is."""

    BUYER = "buyer"
    SELLER = "seller"
    MODERATOR = "moderator"


class Kind(StrEnum):
    """What a message is in the course of the dispute."""

    STATEMENT = "statement"
    ANSWER = "answer"
    MESSAGE = "message"
    RULING = "ruling"


class Decision(StrEnum):
    """What a moderator may rule."""

    UPHOLD = "uphold"
    PARTIAL = "partial"
    DENY = "deny"


STATE_OF: Final = {
    Decision.UPHOLD: DisputeState.UPHELD,
    Decision.PARTIAL: DisputeState.PARTLY_UPHELD,
    Decision.DENY: DisputeState.DENIED,
}


def weekdays_after(moment: datetime, count: int) -> datetime:
    """The same time of day *count* weekdays (Monday to Friday, UTC) later."""
    day = moment.astimezone(UTC)
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day


_MAGIC: Final = (
    (b"%PDF-", 0, "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"ftypM4A", 4, "audio/mp4"),
)


def media_type_of(content: bytes) -> str | None:
    """The type of a file by its first bytes, None for what is no document, picture, recording or plain text."""
    for mark, place, media_type in _MAGIC:
        if content[place : place + len(mark)] == mark:
            return media_type
    if b"\x00" in content:
        return None
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    # Text that a browser could take for a page or a drawing is not plain text.
    return None if content.lstrip()[:1] == b"<" else "text/plain"
