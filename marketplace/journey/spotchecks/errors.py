"""What a spot check may refuse."""

from __future__ import annotations

from ...kernel.errors import DomainError


class PlanTooRisky(DomainError):
    """A sampling plan would break the promise made to the seller or to the buyer."""

    code = "plan_too_risky"
    title = (
        "This sampling plan exceeds a promised risk; choose a preset whose risks hold for this batch size."
    )


class AlreadyChecked(DomainError):
    """A second check is independent only when another person makes it."""

    code = "already_checked"
    title = "You have given your verdict on this lead; a second check is made by another checker."


class InOtherHands(DomainError):
    """Another checker has the lead open."""

    code = "in_other_hands"
    title = "Another checker is at this lead; take another one from the worklist, or come back in 30 minutes."


class NotClaimed(DomainError):
    """A verdict comes from whoever has the lead open."""

    code = "not_claimed"
    title = "Open this lead first (GET /v1/spot-checks/{id}); that keeps it for you for 30 minutes."


class NothingToCheck(DomainError):
    """The lead's outcome is known, or the batch was decided without it."""

    code = "nothing_to_check"
    title = "This lead needs no further check; take another one from the worklist."


class TooFewAttempts(DomainError):
    """No answer is a finding only after several attempts."""

    code = "too_few_attempts"
    status = 422
    title = "A verdict 'inconclusive' needs at least 4 attempts at different times of the day: see /attempts."


class NothingToChoose(DomainError):
    """The batch was not rejected, was chosen about already, or the time is over."""

    code = "nothing_to_choose"
    title = (
        "There is nothing to choose for this batch: it must be rejected or on hold, and within its 72 hours."
    )


class FullCheckNotPriced(DomainError):
    """There is no fee for a full check in the offer's currency."""

    code = "full_check_not_priced"
    title = (
        "There is no fee for a full check in this currency; ask the operator to set one, or choose 'return'."
    )


class RecordNotPublished(DomainError):
    """The seed of a draw is told after the decision."""

    code = "record_not_published"
    title = "The record is published when the spot check is decided; until then see the commitment."


class NoPlanForSize(DomainError):
    """No plan of the preset fits a batch of that size."""

    code = "no_plan_for_size"
    status = 422
    title = "This preset has no plan for a batch of that size; ask for another /batch_size."
