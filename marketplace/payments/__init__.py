"""Money at the border: wallets credited by the operator's hand, and what a wallet holds.

A credit is made and booked in one act; it has no states. A second person's approval above a limit has its
columns and comes with the acts that need it.
"""

from .errors import CreditDiffers
from .events import WalletCredited
from .models import WalletCredit
from .queries import WalletBalance, WalletLine, wallet, wallet_credit, wallet_lines
from .services import credit_wallet

__all__ = [
    "CreditDiffers",
    "WalletBalance",
    "WalletCredit",
    "WalletCredited",
    "WalletLine",
    "credit_wallet",
    "wallet",
    "wallet_credit",
    "wallet_lines",
]
