"""The words of spot checks, who may go on from which state, and the limits of a checker's work."""

from __future__ import annotations

from enum import StrEnum

from .confirmation import Outcome

#: After a rejection, or when a check is on hold, the seller has this long to choose (business time).
CHOICE_HOURS = 72
#: A checker who opened a sample has it to himself for this long (wall time).
CLAIM_MINUTES = 30
#: No answer counts only after calls at several times of the day (quality.md 2.2: 4 over 3 day parts).
FEWEST_ATTEMPTS_WITHOUT_ANSWER = 4
MAX_ATTEMPTS = 100
MAX_NOTE_LENGTH = 4_000

#: What a full check costs for each lead, in minor units, until the operator sets a fee of the vertical.
DEFAULT_FEES_MINOR = {"EUR": 60, "USD": 60, "GBP": 50, "PLN": 250, "CHF": 60, "RUB": 6_000, "KZT": 30_000}

#: What of a sealed contact a checker sees. Consent wording, page, campaign and the like name the seller.
SHOWN_TO_CHECKERS = frozenset(
    {"phone", "phone_2", "email", "messenger", "social", "first_name", "last_name", "full_name"}
    | {"company", "position", "authority", "address", "city", "postal_code"}
)


class CheckState(StrEnum):
    """Where the spot check of a batch stands."""

    #: The batch is frozen and waits for its public random value.
    FROZEN = "frozen"
    #: No lead of the batch passed validation, so there is nothing to check or to sell.
    EMPTY = "empty"
    SAMPLING = "sampling"
    #: Too many leads gave no answer: no decision is made from them.
    ON_HOLD = "on_hold"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETURNED = "returned"
    #: Every lead is being checked at the seller's cost.
    FULL_CHECK = "full_check"


#: States in which the seller may choose what becomes of the batch.
CHOOSING = frozenset({CheckState.REJECTED, CheckState.ON_HOLD})


class Choice(StrEnum):
    """What a seller may do with a batch that was not accepted."""

    RETURN = "return"
    FULL_CHECK = "full_check"


class Part(StrEnum):
    """Why a lead is looked at: it was drawn, or every lead of the batch is."""

    SAMPLE = "sample"
    FULL_CHECK = "full_check"


class SampleOutcome(StrEnum):
    """What is known of one lead of the order."""

    #: Drawn, but not handed out: its turn has not come.
    WAITING = "waiting"
    PENDING = "pending"
    GENUINE = "genuine"
    FAKE = "fake"
    INCONCLUSIVE = "inconclusive"
    #: The decision came before its turn, or before anybody had said anything about it.
    DROPPED = "dropped"


_KNOWN = {
    SampleOutcome.GENUINE: Outcome.GENUINE,
    SampleOutcome.FAKE: Outcome.FAKE,
    SampleOutcome.INCONCLUSIVE: Outcome.INCONCLUSIVE,
}


def as_evidence(outcome: SampleOutcome) -> Outcome:
    """How a sample's outcome counts in the plan: what is not settled is pending, the worst case."""
    return _KNOWN.get(outcome, Outcome.PENDING)


def drawn_ahead(n_max: int, population: int) -> int:
    """How many leads of the order are kept ready: enough for *n_max* answers at the most unanswered leads.

    With more than 35 % unanswered the check is on hold, so n_max / 0.65 attempts are never passed by more
    than one wave.
    """
    return min(population, -(-n_max * 100 // 65) + 20)
