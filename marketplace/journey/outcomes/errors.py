"""What outcomes refuse, and which broken rule of the database means which refusal."""

from __future__ import annotations

from ...kernel.database import refuse_by_constraint
from ...kernel.errors import DomainError


class ActionReported(DomainError):
    """A purchase has one action."""

    code = "action_already_reported"
    title = "The action of this purchase was reported already; one purchase is paid for one action."


class ActionEnded(DomainError):
    """What was paid or taken back stays so."""

    code = "action_ended"
    title = "This action was confirmed or reversed already, or its time for a reversal is over."


class ReferenceTaken(DomainError):
    """The buyer's own word for a report is used for another one."""

    code = "reference_taken"
    title = "Another report has this reference; send a reference of its own with each report."


class BadSignature(DomainError):
    """A postback that nobody could have signed, or one that is too old."""

    code = "bad_signature"
    status = 401
    title = (
        "The postback is not signed with the present secret of this address, or its timestamp is more than"
        " five minutes off; sign id.timestamp.body as Standard Webhooks says."
    )


refuse_by_constraint(
    {
        "actions_purchase_id_key": ActionReported,
        "actions_keep_course": ActionEnded,
        "outcomes_reference_idx": ReferenceTaken,
    }
)
