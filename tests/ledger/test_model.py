"""Whatever happens in whatever order, the books agree with a small model of them."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketplace import ledger
from marketplace.kernel.database import in_transaction
from marketplace.kernel.ids import new_id

from .books import do, euros

amounts = st.integers(1, 5_000)


class Books(RuleBasedStateMachine):
    """Two buyers, one seller; each rule is one transaction, and may be told more than once."""

    @initialize()
    def begin(self) -> None:
        self.buyers = [new_id(), new_id()]
        self.seller = new_id()
        self.model: dict[str, int] = {}
        self.accounts: dict[str, ledger.Account] = {}
        self.held: dict[UUID, tuple[UUID, int, int]] = {}
        self.released: dict[UUID, tuple[UUID, int, int, int]] = {}
        self.maturing: dict[UUID, int] = {}

    def _apply(self, movement: ledger.Movement, times: int) -> None:
        for _ in range(times):
            do(movement)
        for leg in movement.legs:
            for account, change in ((leg.debit, -leg.amount_minor), (leg.credit, leg.amount_minor)):
                # The platform's accounts are shared with other examples.
                if account.owner_id is not None:
                    self.accounts[account.code] = account
                    self.model[account.code] = self.model.get(account.code, 0) + change

    def _has(self, account: ledger.Account) -> int:
        return self.model.get(account.code, 0)

    @rule(buyer=st.sampled_from([0, 1]), amount=amounts, times=st.integers(1, 3))
    def credit(self, buyer: int, amount: int, times: int) -> None:
        self._apply(ledger.credit_wallet(new_id(), buyer_id=self.buyers[buyer], amount=euros(amount)), times)

    @rule(buyer=st.sampled_from([0, 1]), amount=amounts)
    def promotion(self, buyer: int, amount: int) -> None:
        self._apply(ledger.promote(new_id(), buyer_id=self.buyers[buyer], amount=euros(amount)), 1)

    @rule(buyer=st.sampled_from([0, 1]), price=amounts, times=st.integers(1, 2))
    def hold(self, buyer: int, price: int, times: int) -> None:
        buyer_id, purchase = self.buyers[buyer], new_id()
        promo = min(price, self._has(ledger.promo(buyer_id, "EUR")))
        movement = ledger.hold_price(purchase, buyer_id=buyer_id, price=euros(price), promo_minor=promo)
        if self._has(ledger.wallet(buyer_id, "EUR")) < price - promo:
            with pytest.raises(ledger.InsufficientFunds):
                do(movement)
            return
        self._apply(movement, times)
        self.held[purchase] = (buyer_id, price, promo)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), bps=st.integers(0, 10_000), times=st.integers(1, 2))
    def settle(self, data: st.DataObject, bps: int, times: int) -> None:
        purchase = data.draw(st.sampled_from(sorted(self.held)))
        buyer_id, price, promo = self.held.pop(purchase)
        refund = data.draw(st.sampled_from([0, price]) | st.integers(0, price))
        self._apply(
            ledger.partial_refund(
                purchase,
                buyer_id=buyer_id,
                seller_id=self.seller,
                price=euros(price),
                refunded_minor=refund,
                fee_bps=bps,
                promo_minor=promo,
            ),
            times,
        )
        split = ledger.split_price(price, bps, refund)
        if split.net_minor:
            self.maturing[purchase] = split.net_minor
        if refund == 0:
            self.released[purchase] = (buyer_id, split.net_minor, split.commission_minor, promo)
        with pytest.raises((ledger.HoldExhausted, ledger.MovementDiffers)):
            do(ledger.refund_price(purchase, buyer_id=buyer_id, price=euros(price + 1)))

    @precondition(lambda self: self.maturing)
    @rule(data=st.data())
    def mature(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(sorted(self.maturing)))
        earned = min(self.maturing.pop(purchase), self._has(ledger.seller_pending(self.seller, "EUR")))
        if earned:
            reserve = data.draw(st.integers(0, earned))
            debt = -self._has(ledger.seller_receivable(self.seller, "EUR"))
            self._apply(
                ledger.mature_earnings(
                    purchase,
                    seller_id=self.seller,
                    earned=euros(earned),
                    reserve_minor=reserve,
                    debt_minor=debt,
                ),
                1,
            )

    @precondition(lambda self: self.released)
    @rule(data=st.data())
    def claw_back(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(sorted(self.released)))
        buyer_id, net, fee, promo = self.released.pop(purchase)
        balances = in_transaction(lambda: ledger.lock_seller_balances(self.seller, "EUR"))
        self._apply(
            ledger.claw_back(
                purchase,
                buyer_id=buyer_id,
                seller_id=self.seller,
                net=euros(net),
                commission_minor=fee,
                balances=balances,
                promo_minor=promo,
            ),
            1,
        )

    @invariant()
    def all_balances_agree(self) -> None:
        if not self.accounts:
            return
        told = in_transaction(lambda: ledger.balances(self.accounts.values()))
        for code, account in self.accounts.items():
            owes = account.kind in (ledger.AccountKind.SELLER_RECEIVABLE, ledger.AccountKind.BUYER_RECEIVABLE)
            assert told[code] == (-self.model[code] if owes else self.model[code])
            assert told[code] >= 0


@pytest.fixture
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_the_books_agree_with_the_model(in_context: None) -> None:
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert ledger.verify() == []
