"""What the ledger refuses, and which broken rule of the database means which refusal."""

from __future__ import annotations

from ..kernel.database import refuse_by_constraint
from ..kernel.errors import DomainError


class InsufficientFunds(DomainError):
    """The wallet does not hold what is to be spent."""

    code = "insufficient_funds"
    status = 402
    title = (
        "The wallet does not hold enough for this. Add money to it and ask again with a new Idempotency-Key."
    )


class HoldExhausted(DomainError):
    """The held money of this purchase went to its end before."""

    code = "hold_exhausted"
    title = "The money held for this purchase is gone already. Read the purchase for its state."


class InsufficientEarnings(DomainError):
    """The seller's balance is smaller than what is to be taken from it."""

    code = "insufficient_earnings"
    title = "The seller's balance is smaller than this amount. Read the balances and ask for less."


class DebtExceeded(DomainError):
    """More would be paid back than is owed."""

    code = "debt_exceeded"
    title = "More would be paid back than is owed. Read the balances and ask for less."


class AccountClosed(DomainError):
    """The account takes no more postings."""

    code = "account_closed"
    title = "One of the accounts is closed and takes no more postings. Ask the operator to open another."


class MovementDiffers(DomainError):
    """The same event was posted before with other amounts or other accounts."""

    code = "movement_differs"
    title = "This was booked before with other amounts. Read what was booked; corrections are new bookings."


refuse_by_constraint(
    {
        "no_overdraft": InsufficientFunds,
        "escrow_exhausted": HoldExhausted,
        "no_seller_overdraft": InsufficientEarnings,
        "no_overcredit": DebtExceeded,
        "account_closed": AccountClosed,
        "closed_is_zero": AccountClosed,
        "movement_differs": MovementDiffers,
    }
)
