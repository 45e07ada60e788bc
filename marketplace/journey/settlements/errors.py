"""What settlements refuse."""

from __future__ import annotations

from ...kernel.database import refuse_by_constraint
from ...kernel.errors import DomainError


class SettlementClosed(DomainError):
    """A closed settlement takes no more lines."""

    code = "settlement_closed"
    title = "This week's settlement is closed; what comes now belongs to the next one."


refuse_by_constraint({"settlement_lines_while_open": SettlementClosed})
