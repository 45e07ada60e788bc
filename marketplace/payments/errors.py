"""What the border of money refuses."""

from __future__ import annotations

from ..kernel.database import refuse_by_constraint
from ..kernel.errors import DomainError


class CreditDiffers(DomainError):
    """The request id was used for another credit of this organization."""

    code = "credit_differs"
    title = (
        "This Idempotency-Key was used for a credit of another amount, currency or reference. Send a new one."
    )


class CreditInTheMaking(DomainError):
    """The same credit is being made by another request at this moment."""

    code = "credit_in_the_making"
    title = "A credit with this Idempotency-Key is being made right now. Ask again in a moment."


refuse_by_constraint({"wallet_credits_organization_id_request_id_key": CreditInTheMaking})
