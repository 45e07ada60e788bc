"""Settlements: released money by seller, currency and ISO week.

::

    open (its week runs) ──► closed (numbered) ──► paid

    purchase released ──► line in the open settlement; earnings pending ──► available (new sellers: 7 days later)
"""

from .errors import SettlementClosed
from .events import SellerSettled
from .models import Maturity, Settlement, SettlementLine
from .queries import Earnings, earnings
from .rules import SettlementState
from .services import close_due, mature_slice, release_slice, settle

__all__ = [
    "Earnings",
    "Maturity",
    "SellerSettled",
    "Settlement",
    "SettlementClosed",
    "SettlementLine",
    "SettlementState",
    "close_due",
    "earnings",
    "mature_slice",
    "release_slice",
    "settle",
]
