"""One constructor for each event that moves money; all splits are made here, once, by subtraction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from ..kernel.money import Money, share_floor
from .rules import (
    Account,
    Leg,
    Movement,
    Posting,
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

_Planned = tuple[str, Posting, Account, Account, int]


@dataclass(frozen=True, slots=True)
class Split:
    """How a held price is divided, in minor units: net to the seller, commission, refund to the buyer."""

    net_minor: int
    commission_minor: int
    refund_minor: int


def split_price(price_minor: int, fee_bps: int, refunded_minor: int = 0) -> Split:
    """Divide a price: commission = floor((price - refund) x bps / 10000), the seller gets the rest.

    Raises ValueError when the refund is negative or more than the price.
    """
    _within(refunded_minor, price_minor, "the refund")
    earned = price_minor - refunded_minor
    fee = share_floor(earned, fee_bps)
    return Split(earned - fee, fee, refunded_minor)


@dataclass(frozen=True, slots=True)
class SellerBalances:
    """What a seller has, in minor units, read under lock; a debt takes from pending, reserve, available."""

    pending_minor: int
    reserve_minor: int
    available_minor: int


def hold_price(purchase_id: UUID, *, buyer_id: UUID, price: Money, promo_minor: int = 0) -> Movement:
    """Hold the price of a purchase; *promo_minor* of it comes from the buyer's promotion."""
    _within(promo_minor, price.amount, "the promotion's part")
    key, currency = f"purchase:{purchase_id}:hold", price.currency
    held = escrow(purchase_id, buyer_id=buyer_id, currency=currency)
    return _movement(
        "hold_price",
        (f"{key}:promo", Posting.HOLD, promo(buyer_id, currency), held, promo_minor),
        (f"{key}:wallet", Posting.HOLD, wallet(buyer_id, currency), held, price.amount - promo_minor),
    )


def release_price(
    purchase_id: UUID, *, buyer_id: UUID, seller_id: UUID, price: Money, fee_bps: int
) -> Movement:
    """Give the held price to the seller, less the commission of *fee_bps* basis points."""
    return _movement("release_price", *_to_seller(purchase_id, buyer_id, seller_id, price, fee_bps, 0))


def refund_price(purchase_id: UUID, *, buyer_id: UUID, price: Money, promo_minor: int = 0) -> Movement:
    """Give the whole held price back, the promotion's part to the promotion."""
    return _movement("refund_price", *_to_buyer(purchase_id, buyer_id, price, price.amount, promo_minor))


def partial_refund(
    purchase_id: UUID,
    *,
    buyer_id: UUID,
    seller_id: UUID,
    price: Money,
    refunded_minor: int,
    fee_bps: int,
    promo_minor: int = 0,
) -> Movement:
    """Give *refunded_minor* back and the rest to the seller; the buyer's own money goes back first.

    The commission is taken of the rest only. A confirmed action worth less than the price is the same.
    """
    return _movement(
        "partial_refund",
        *_to_buyer(purchase_id, buyer_id, price, refunded_minor, promo_minor),
        *_to_seller(purchase_id, buyer_id, seller_id, price, fee_bps, refunded_minor),
    )


def mature_earnings(
    purchase_id: UUID, *, seller_id: UUID, earned: Money, reserve_minor: int = 0, debt_minor: int = 0
) -> Movement:
    """Make earnings available, less a reserve; an open debt of the seller is paid from them at once.

    *debt_minor* is what the seller owes, read under lock; no more is taken than becomes available.
    """
    _within(reserve_minor, earned.amount, "the reserve")
    currency, available_minor = earned.currency, earned.amount - reserve_minor
    pending, available = seller_pending(seller_id, currency), seller_available(seller_id, currency)
    return _movement(
        "mature_earnings",
        (f"mature:{purchase_id}", Posting.MATURE, pending, available, available_minor),
        (
            f"mature:{purchase_id}:reserve",
            Posting.MATURE,
            pending,
            seller_reserve(seller_id, currency),
            reserve_minor,
        ),
        (
            f"debt:{seller_id}:{purchase_id}",
            Posting.SELLER_DEBT,
            available,
            seller_receivable(seller_id, currency),
            min(available_minor, _not_negative(debt_minor, "a debt")),
        ),
    )


def release_reserve(purchase_id: UUID, *, seller_id: UUID, kept: Money) -> Movement:
    """Make available what was kept back from the earnings of a purchase."""
    source, target = seller_reserve(seller_id, kept.currency), seller_available(seller_id, kept.currency)
    return _movement(
        "release_reserve", (f"reserve:{purchase_id}", Posting.RESERVE_RELEASE, source, target, kept.amount)
    )


def claw_back(
    purchase_id: UUID,
    *,
    buyer_id: UUID,
    seller_id: UUID,
    net: Money,
    commission_minor: int,
    balances: SellerBalances,
    promo_minor: int = 0,
) -> Movement:
    """Take a released price back: *net* from the seller, the commission from the platform.

    The seller pays from pending, reserve, available, and owes the rest. *promo_minor* of the sum goes
    back to the promotion. Legs of the seller are numbered, so that the same claw-back at other
    balances meets its own first key.
    """
    currency, total = net.currency, net.amount + _not_negative(commission_minor, "a commission")
    _within(promo_minor, total, "the promotion's part")
    sources = [*_from_seller(seller_id, net, balances), (commission(seller_id, currency), commission_minor)]
    targets = [(wallet(buyer_id, currency), total - promo_minor), (promo(buyer_id, currency), promo_minor)]
    planned: list[_Planned] = []
    numbers: dict[bool, int] = {True: 0, False: 0}
    for source, target, amount in _pour(sources, targets):
        is_fee = source.code.startswith("commission:")
        numbers[is_fee] += 1
        word = "commission" if is_fee else ""
        suffix = word + (str(numbers[is_fee]) if not is_fee or numbers[is_fee] > 1 else "")
        planned.append((f"clawback:{purchase_id}:{suffix}", Posting.CLAWBACK, source, target, amount))
    return _movement("claw_back", *planned)


def credit_wallet(credit_id: UUID, *, buyer_id: UUID, amount: Money, debt_minor: int = 0) -> Movement:
    """Credit money that came by bank; a debt of the buyer (*debt_minor*, under lock) is paid from it."""
    funds = wallet(buyer_id, amount.currency)
    paid = min(amount.amount, _not_negative(debt_minor, "a debt"))
    return _movement(
        "credit_wallet",
        (f"manual:{credit_id}", Posting.MANUAL_CREDIT, bank_clearing(amount.currency), funds, amount.amount),
        (
            f"manual:{credit_id}:debt",
            Posting.BUYER_DEBT,
            funds,
            buyer_receivable(buyer_id, amount.currency),
            paid,
        ),
    )


def promote(promotion_id: UUID, *, buyer_id: UUID, amount: Money) -> Movement:
    """Give the buyer money of the platform to spend."""
    source, target = marketing(amount.currency), promo(buyer_id, amount.currency)
    return _movement("promote", (f"promo:{promotion_id}", Posting.PROMOTION, source, target, amount.amount))


def charge_check(batch_id: UUID, *, seller_id: UUID, fee: Money, balances: SellerBalances) -> Movement:
    """Charge the seller for a full check of a batch, in the order of a claw-back."""
    target = check_fee(seller_id, fee.currency)
    return _movement(
        "charge_check",
        *(
            (f"check_fee:{batch_id}:{number}", Posting.CHECK_FEE, source, target, amount)
            for number, (source, amount) in enumerate(_from_seller(seller_id, fee, balances), start=1)
        ),
    )


def _to_seller(
    purchase_id: UUID, buyer_id: UUID, seller_id: UUID, price: Money, fee_bps: int, refunded_minor: int
) -> tuple[_Planned, ...]:
    split = split_price(price.amount, fee_bps, refunded_minor)
    held = escrow(purchase_id, buyer_id=buyer_id, currency=price.currency)
    key, fees = f"purchase:{purchase_id}", commission(seller_id, price.currency)
    pending = seller_pending(seller_id, price.currency)
    return (
        (f"{key}:release", Posting.RELEASE, held, pending, split.net_minor),
        (f"{key}:commission", Posting.COMMISSION, held, fees, split.commission_minor),
    )


def _to_buyer(
    purchase_id: UUID, buyer_id: UUID, price: Money, refunded_minor: int, promo_minor: int
) -> tuple[_Planned, ...]:
    _within(promo_minor, price.amount, "the promotion's part")
    _within(refunded_minor, price.amount, "the refund")
    held = escrow(purchase_id, buyer_id=buyer_id, currency=price.currency)
    own_minor = min(refunded_minor, price.amount - promo_minor)
    key = f"purchase:{purchase_id}:refund"
    return (
        (f"{key}:wallet", Posting.REFUND, held, wallet(buyer_id, price.currency), own_minor),
        (f"{key}:promo", Posting.REFUND, held, promo(buyer_id, price.currency), refunded_minor - own_minor),
    )


def _from_seller(seller_id: UUID, amount: Money, balances: SellerBalances) -> list[tuple[Account, int]]:
    """Who pays *amount*: pending, reserve, available as far as they go, then a debt. No zeros."""
    currency, left = amount.currency, _not_negative(amount.amount, "an amount")
    taken: list[tuple[Account, int]] = []
    for account, there in (
        (seller_pending(seller_id, currency), balances.pending_minor),
        (seller_reserve(seller_id, currency), balances.reserve_minor),
        (seller_available(seller_id, currency), balances.available_minor),
    ):
        part = min(left, _not_negative(there, "a balance"))
        taken.append((account, part))
        left -= part
    taken.append((seller_receivable(seller_id, currency), left))
    return [(account, part) for account, part in taken if part]


def _pour(
    sources: Iterable[tuple[Account, int]], targets: list[tuple[Account, int]]
) -> Iterator[tuple[Account, Account, int]]:
    """Fill *targets* from *sources* in order; both add up to the same."""
    open_targets = iter([(target, amount) for target, amount in targets if amount])
    target, room = next(open_targets, (None, 0))
    for source, amount in sources:
        left = amount
        while left and target is not None:
            part = min(left, room)
            yield source, target, part
            left, room = left - part, room - part
            if not room:
                target, room = next(open_targets, (None, 0))


def _movement(name: str, *planned: _Planned) -> Movement:
    return Movement(name, tuple(Leg(*leg) for leg in planned if leg[-1]))


def _within(part_minor: int, whole_minor: int, what: str) -> None:
    if not 0 <= part_minor <= whole_minor:
        raise ValueError(f"{what} is from 0 to the whole amount")


def _not_negative(amount_minor: int, what: str) -> int:
    if amount_minor < 0:
        raise ValueError(f"{what} is not negative")
    return amount_minor
