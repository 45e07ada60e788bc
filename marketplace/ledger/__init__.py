"""The ledger: accounts, movements, post, verify. The only place where money changes hands.

A movement is a pure value of legs; `post` writes it once, and the database keeps the balances, refuses an
overdraft and never forgets. Refusals come from the database by name (`errors.py`).

    bank_clearing ─► buyer_wallet ─┐              ┌─► seller_pending ─► seller_available ─► (payouts)
                                   ├─► escrow ────┤         └─► seller_reserve ──┘
       marketing ─► buyer_promo ───┘   │          └─► commission
                  ▲                    │
                  └────── refund ◄─────┘   claw-back: seller_* and commission ─► buyer
"""

from .errors import (
    AccountClosed,
    DebtExceeded,
    HoldExhausted,
    InsufficientEarnings,
    InsufficientFunds,
    MovementDiffers,
)
from .movements import (
    SellerBalances,
    Split,
    charge_check,
    claw_back,
    credit_wallet,
    hold_price,
    mature_earnings,
    partial_refund,
    promote,
    refund_price,
    release_price,
    release_reserve,
    split_price,
)
from .queries import Balance, Entry, balance, balances, balances_of_owner, entries
from .rules import (
    Account,
    AccountKind,
    Leg,
    Movement,
    Posting,
    Side,
    bank_clearing,
    buyer_receivable,
    check_fee,
    commission,
    escrow,
    marketing,
    promo,
    seller_available,
    seller_pending,
    seller_receivable,
    seller_reserve,
    wallet,
)
from .services import lock_balances, lock_seller_balances, open_account, post, post_all
from .verify import Finding, Invariant, verify

__all__ = [
    "Account",
    "AccountClosed",
    "AccountKind",
    "Balance",
    "DebtExceeded",
    "Entry",
    "Finding",
    "HoldExhausted",
    "InsufficientEarnings",
    "InsufficientFunds",
    "Invariant",
    "Leg",
    "Movement",
    "MovementDiffers",
    "Posting",
    "SellerBalances",
    "Side",
    "Split",
    "balance",
    "balances",
    "balances_of_owner",
    "bank_clearing",
    "buyer_receivable",
    "charge_check",
    "check_fee",
    "claw_back",
    "commission",
    "credit_wallet",
    "entries",
    "escrow",
    "hold_price",
    "lock_balances",
    "lock_seller_balances",
    "marketing",
    "mature_earnings",
    "open_account",
    "partial_refund",
    "post",
    "post_all",
    "promo",
    "promote",
    "refund_price",
    "release_price",
    "release_reserve",
    "seller_available",
    "seller_pending",
    "seller_receivable",
    "seller_reserve",
    "split_price",
    "verify",
    "wallet",
]
