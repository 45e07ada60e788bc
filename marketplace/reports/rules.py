"""Where a batch is: one word for a reader, told from the states that each step keeps for itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from ..journey.intake import BatchState
from ..journey.listings import ListingState
from ..journey.spotchecks import CheckState
from ..journey.validation import ReportState


class Stage(StrEnum):
    """What a reader sees of a batch."""

    OPEN = "open"
    RECEIVED = "received"
    #: The file could not be read.
    REFUSED = "refused"
    VALIDATED = "validated"
    #: No row was taken.
    EMPTY = "empty"
    SAMPLING = "sampling"
    ON_HOLD = "on_hold"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RETURNED = "returned"
    FULL_CHECK = "full_check"
    LISTED = "listed"
    SOLD_OUT = "sold_out"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


#: Nothing that a file's sender waits for happens behind these.
SETTLED: Final = frozenset(Stage) - {Stage.RECEIVED}

_OF_INTAKE: Final = {
    BatchState.OPEN: Stage.OPEN,
    BatchState.RECEIVED: Stage.RECEIVED,
    BatchState.REFUSED: Stage.REFUSED,
}
_OF_CHECK: Final = {state: Stage(state.value) for state in CheckState if state.value in set(Stage)} | {
    CheckState.FROZEN: Stage.SAMPLING
}
#: Of listings in several states the earliest of these names the batch.
_OF_LISTINGS: Final = (
    (ListingState.LIVE, Stage.LISTED),
    (ListingState.SOLD_OUT, Stage.SOLD_OUT),
    (ListingState.EXPIRED, Stage.EXPIRED),
    (ListingState.WITHDRAWN, Stage.WITHDRAWN),
)


def as_seen(
    states: frozenset[ListingState], *, copies: bool, withdrawn: bool, expired: bool
) -> frozenset[ListingState]:
    """The states of a batch's listings as its seller sees them.

    Copies of another seller's leads have no listing and must not be told from unsold ones: they count as
    live until the batch is withdrawn or its time is over, and the live ones end at that same moment.
    """
    seen = states | {ListingState.LIVE} if copies else states
    if ListingState.LIVE in seen and (withdrawn or expired):
        ending = ListingState.WITHDRAWN if withdrawn else ListingState.EXPIRED
        seen = seen - {ListingState.LIVE} | {ending}
    return seen


def stage(
    batch: BatchState,
    report: ReportState | None,
    check: CheckState | None,
    listings: frozenset[ListingState],
) -> Stage:
    """The word for a batch with these states; *listings* are those that any of its listings has."""
    if batch is not BatchState.READ:
        return _OF_INTAKE[batch]
    if report is not ReportState.DONE:
        return Stage.RECEIVED
    if check is None:
        return Stage.VALIDATED
    checked = _OF_CHECK[check]
    if checked is not Stage.ACCEPTED:
        return checked
    return next((word for state, word in _OF_LISTINGS if state in listings), checked)
