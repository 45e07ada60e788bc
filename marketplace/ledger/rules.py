"""The words of the ledger: kinds of accounts, posting rules, legs and movements; pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from ..kernel.money import MAX_AMOUNT_MINOR


class Side(StrEnum):
    """On which side of the books an account grows: assets and expenses by debits, the others by credits."""

    ASSET = "asset"
    LIABILITY = "liability"
    REVENUE = "revenue"
    EXPENSE = "expense"


class OnePer(StrEnum):
    """What an account of a kind exists once for (with its currency)."""

    ORGANIZATION = "organization"
    CURRENCY = "currency"
    PURCHASE = "purchase"


class AccountKind(StrEnum):
    """The chart of accounts; the database holds the same with sides and limits (``ledger.account_kind``)."""

    BUYER_WALLET = "buyer_wallet"
    BUYER_PROMO = "buyer_promo"
    ESCROW = "escrow"
    SELLER_PENDING = "seller_pending"
    SELLER_AVAILABLE = "seller_available"
    SELLER_RESERVE = "seller_reserve"
    SELLER_RECEIVABLE = "seller_receivable"
    BUYER_RECEIVABLE = "buyer_receivable"
    COMMISSION = "commission"
    CHECK_FEE = "check_fee"
    BANK_CLEARING = "bank_clearing"
    MARKETING = "marketing"


class Posting(StrEnum):
    """Why a leg is posted; with the kinds of both accounts it must be a posting rule."""

    MANUAL_CREDIT = "manual_credit"
    BUYER_DEBT = "buyer_debt"
    PROMOTION = "promotion"
    HOLD = "hold"
    RELEASE = "release"
    COMMISSION = "commission"
    REFUND = "refund"
    MATURE = "mature"
    RESERVE_RELEASE = "reserve_release"
    SELLER_DEBT = "seller_debt"
    CLAWBACK = "clawback"
    CHECK_FEE = "check_fee"


_K = AccountKind
_EARNINGS = (_K.SELLER_PENDING, _K.SELLER_RESERVE, _K.SELLER_AVAILABLE, _K.SELLER_RECEIVABLE)

#: Every posting that may be; the database holds the same rows and refuses the rest.
POSTING_RULES: frozenset[tuple[Posting, AccountKind, AccountKind]] = frozenset(
    {
        (Posting.MANUAL_CREDIT, _K.BANK_CLEARING, _K.BUYER_WALLET),
        (Posting.BUYER_DEBT, _K.BUYER_WALLET, _K.BUYER_RECEIVABLE),
        (Posting.PROMOTION, _K.MARKETING, _K.BUYER_PROMO),
        (Posting.HOLD, _K.BUYER_WALLET, _K.ESCROW),
        (Posting.HOLD, _K.BUYER_PROMO, _K.ESCROW),
        (Posting.RELEASE, _K.ESCROW, _K.SELLER_PENDING),
        (Posting.COMMISSION, _K.ESCROW, _K.COMMISSION),
        (Posting.REFUND, _K.ESCROW, _K.BUYER_WALLET),
        (Posting.REFUND, _K.ESCROW, _K.BUYER_PROMO),
        (Posting.MATURE, _K.SELLER_PENDING, _K.SELLER_AVAILABLE),
        (Posting.MATURE, _K.SELLER_PENDING, _K.SELLER_RESERVE),
        (Posting.RESERVE_RELEASE, _K.SELLER_RESERVE, _K.SELLER_AVAILABLE),
        (Posting.SELLER_DEBT, _K.SELLER_AVAILABLE, _K.SELLER_RECEIVABLE),
        *((Posting.CHECK_FEE, source, _K.CHECK_FEE) for source in _EARNINGS),
        *(
            (Posting.CLAWBACK, source, target)
            for source in (*_EARNINGS, _K.COMMISSION)
            for target in (_K.BUYER_WALLET, _K.BUYER_PROMO)
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """A reference to a ledger account, which is opened when it is first posted to.

    *owner_id* is the organization; for an escrow the buyer; None for the platform's accounts.
    """

    kind: AccountKind
    owner_id: UUID | None
    currency: str
    code: str


def wallet(buyer_id: UUID, currency: str) -> Account:
    """Money that the buyer may spend."""
    return _of_organization(_K.BUYER_WALLET, "wallet", buyer_id, currency)


def promo(buyer_id: UUID, currency: str) -> Account:
    """Money that the platform gave the buyer to spend; it is spent first."""
    return _of_organization(_K.BUYER_PROMO, "promo", buyer_id, currency)


def escrow(purchase_id: UUID, *, buyer_id: UUID, currency: str) -> Account:
    """The money of one purchase, held between the parties."""
    return Account(_K.ESCROW, buyer_id, currency, f"escrow:{purchase_id}")


def seller_pending(seller_id: UUID, currency: str) -> Account:
    """Earned, and not yet mature."""
    return _of_organization(_K.SELLER_PENDING, "seller_pending", seller_id, currency)


def seller_available(seller_id: UUID, currency: str) -> Account:
    """Earned and mature: may be paid out."""
    return _of_organization(_K.SELLER_AVAILABLE, "seller_available", seller_id, currency)


def seller_reserve(seller_id: UUID, currency: str) -> Account:
    """Earned, and kept back for a time against refunds."""
    return _of_organization(_K.SELLER_RESERVE, "seller_reserve", seller_id, currency)


def seller_receivable(seller_id: UUID, currency: str) -> Account:
    """What the seller owes the platform."""
    return _of_organization(_K.SELLER_RECEIVABLE, "seller_receivable", seller_id, currency)


def buyer_receivable(buyer_id: UUID, currency: str) -> Account:
    """What the buyer owes the platform."""
    return _of_organization(_K.BUYER_RECEIVABLE, "buyer_receivable", buyer_id, currency)


def commission(seller_id: UUID, currency: str) -> Account:
    """The platform's earnings from one seller; kept per seller, since one row for all would be hot."""
    return _of_organization(_K.COMMISSION, "commission", seller_id, currency)


def check_fee(seller_id: UUID, currency: str) -> Account:
    """What one seller paid for full checks."""
    return _of_organization(_K.CHECK_FEE, "check_fee", seller_id, currency)


def bank_clearing(currency: str) -> Account:
    """Money that came by bank and that the operator credits by hand."""
    return Account(_K.BANK_CLEARING, None, currency, f"bank_clearing:{currency}")


def marketing(currency: str) -> Account:
    """What the platform spends on promotions."""
    return Account(_K.MARKETING, None, currency, f"marketing:{currency}")


def _of_organization(kind: AccountKind, prefix: str, owner_id: UUID, currency: str) -> Account:
    return Account(kind, owner_id, currency, f"{prefix}:{owner_id}:{currency}")


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer: *amount_minor* is debited to one account and credited to another, under a unique key.

    Raises ValueError for what the database would refuse: an amount outside 1 to 10^12 minor units, one
    account on both sides, two currencies, or a pair of kinds that no posting rule names.
    """

    key: str
    posting: Posting
    debit: Account
    credit: Account
    amount_minor: int

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int or not 0 < self.amount_minor <= MAX_AMOUNT_MINOR:
            raise ValueError("a leg moves a whole number of minor units from 1 to 10^12")
        if self.debit.code == self.credit.code:
            raise ValueError("a leg moves money between two accounts")
        if self.debit.currency != self.credit.currency:
            raise ValueError("a leg moves money within one currency")
        if (self.posting, self.debit.kind, self.credit.kind) not in POSTING_RULES:
            raise ValueError(f"no posting rule: {self.posting} from {self.debit.kind} to {self.credit.kind}")


@dataclass(frozen=True, slots=True)
class Movement:
    """What one event does to the books: legs posted together or not at all.

    Each leg takes as much as it gives, so a movement can't be unbalanced; legs of zero are left out by
    the constructors. Raises ValueError for two legs of one key or of different currencies.
    """

    name: str
    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        if len({leg.key for leg in self.legs}) != len(self.legs):
            raise ValueError("the legs of a movement have different keys")
        if len({leg.debit.currency for leg in self.legs}) > 1:
            raise ValueError("a movement has one currency")

    def net_minor(self, account: Account) -> int:
        """Credits less debits that the movement brings to *account*, in minor units."""
        credited = sum(leg.amount_minor for leg in self.legs if leg.credit == account)
        return credited - sum(leg.amount_minor for leg in self.legs if leg.debit == account)
