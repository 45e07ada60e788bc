"""The words of outcomes: what came of a bought lead, and the actions that are paid under CPA."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

#: A reported action is paid so many days of 24 hours later, unless it is reversed before.
CONFIRM_DAYS: Final = 14
#: A deferred lead comes back at most so many days from now.
FOLLOW_UP_DAYS: Final = 730
#: One slice of a sweep is one transaction of this many rows.
SLICE_ROWS: Final = 200
MAX_CALL_SECONDS: Final = 86_400
#: One request or one file holds at most so many outcomes.
MOST_AT_ONCE: Final = 10_000


class Outcome(StrEnum):
    """What came of a bought lead: one vocabulary for sellers, buyers and reports."""

    NO_ANSWER = "no_answer"
    CONTACTED = "contacted"
    #: Deferred: the lead comes back to the buyer on a date.
    FOLLOW_UP = "follow_up"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    DISQUALIFIED = "disqualified"


class Disqualification(StrEnum):
    """Why a lead came to nothing."""

    IGNORED_REQUEST = "ignored_request"
    REFUSED_TO_TALK = "refused_to_talk"
    REFUSED_TO_BUY = "refused_to_buy"
    NOT_INTERESTED_NOW = "not_interested_now"
    OUTSIDE_CRITERIA = "outside_criteria"


class ActionState(StrEnum):
    """Reported by the buyer, then paid or taken back."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"


class Reversal(StrEnum):
    """Why an action was not paid."""

    BUYER = "buyer"
    #: The purchase ended otherwise, by a ruling for instance.
    PURCHASE_ENDED = "purchase_ended"


class ReportedBy(StrEnum):
    """By which way a report came."""

    API = "api"
    POSTBACK = "postback"
    FILE = "file"


class JudgedBy(StrEnum):
    """Who said whether a lead is on target: the length of a call, or a person who overrules it."""

    CALL = "call"
    PERSON = "person"


def is_on_target(
    *, call_seconds: int | None, threshold_seconds: int, before: bool | None, judged_by: JudgedBy | None
) -> bool | None:
    """Whether a lead is on target after a report: a person's word stands, else any call that was long enough."""
    if judged_by is JudgedBy.PERSON or call_seconds is None:
        return before
    return call_seconds >= threshold_seconds or bool(before)
