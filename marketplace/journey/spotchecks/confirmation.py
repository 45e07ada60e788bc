"""When several checkers' verdicts make one outcome of a lead, and how well that rule does."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

UNANSWERED_CONFIRMATIONS = 2
"""So many checkers may fail to confirm a suspected fake before the lead counts as inconclusive."""


class Verdict(StrEnum):
    """What one checker found."""

    GENUINE = "genuine"
    FAKE = "fake"
    INCONCLUSIVE = "inconclusive"


class Outcome(StrEnum):
    """What is known of one lead of the sample; `PENDING` asks for another checker."""

    GENUINE = "genuine"
    FAKE = "fake"
    INCONCLUSIVE = "inconclusive"
    PENDING = "pending"


def confirm(verdicts: Sequence[Verdict]) -> Outcome:
    """The outcome of one lead from the verdicts of different checkers, in the order they came.

    The first conclusive verdict *genuine* is enough. A *fake* needs a second independent check; where
    they disagree a third decides. Verdicts after the outcome was reached change nothing.
    """
    suspected = disputed = False
    unanswered = 0
    for verdict in verdicts:
        if verdict is Verdict.INCONCLUSIVE:
            unanswered += 1
            if suspected and unanswered >= UNANSWERED_CONFIRMATIONS:
                return Outcome.INCONCLUSIVE
        elif disputed or (suspected and verdict is Verdict.FAKE):
            return Outcome(verdict.value)
        elif suspected:
            disputed, unanswered = True, 0
        elif verdict is Verdict.GENUINE:
            return Outcome.GENUINE
        else:
            suspected, unanswered = True, 0
    return Outcome.INCONCLUSIVE if unanswered and not suspected else Outcome.PENDING


def effective_sensitivity(sensitivity: float) -> float:
    """P(outcome fake | fake) under confirmation: se^2 (2 - se)."""
    return sensitivity**2 * (2 - sensitivity)


def effective_specificity(specificity: float) -> float:
    """P(outcome genuine | genuine) under confirmation: 1 - (1 - sp)^2 (1 + sp)."""
    return 1 - (1 - specificity) ** 2 * (1 + specificity)
