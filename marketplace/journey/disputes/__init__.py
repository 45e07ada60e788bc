"""Disputes: a buyer's claim that a lead is not what was sold.

::

    open ──► answered ──► upheld | partly upheld | denied      (moderator: takes effect 7 days later)
      │         └───────► upheld by default                    (no ruling for 10 weekdays: at once)
      ├──► upheld by default                                   (seller silent for 72 hours: at once)
      ├──► upheld by rule                                      (proven by a machine: at once, final)
      └──► withdrawn (also from answered)

An open dispute is a stop on its purchase; carrying a ruling out ends the purchase or lifts the stop.
"""

from .errors import AlreadyDisputed, DisputeDecided, NoGround
from .events import DisputeOpened, DisputeRuled
from .models import Dispute
from .queries import visible_to
from .rules import Decision, DisputeState, Reason, RuledBy
from .rulings import carry_out, refund_overdue, rule, try_automatic_ruling, uphold_by_default, uphold_for_fake
from .services import answer, open_dispute, withdraw

__all__ = [
    "AlreadyDisputed",
    "Decision",
    "Dispute",
    "DisputeDecided",
    "DisputeOpened",
    "DisputeRuled",
    "DisputeState",
    "NoGround",
    "Reason",
    "RuledBy",
    "answer",
    "carry_out",
    "open_dispute",
    "refund_overdue",
    "rule",
    "try_automatic_ruling",
    "uphold_by_default",
    "uphold_for_fake",
    "visible_to",
    "withdraw",
]
