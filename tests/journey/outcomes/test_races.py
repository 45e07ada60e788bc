"""A report, the end of its time, a dispute and a sweep at one moment. RACE_ROUNDS sets how many rounds each race runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from marketplace.journey import purchases
from marketplace.journey.outcomes import actions
from marketplace.kernel import clock, ids
from marketplace.kernel.database import db, in_transaction
from marketplace.kernel.errors import DomainError
from tests.journey.conftest import Party
from tests.journey.purchases.test_races import ROUNDS, at_once
from tests.journey.trade import books_are_clean, buy, fund, run, stock

Make = Callable[..., Any]
BID = {"amount": 100, "currency": "EUR"}


@pytest.fixture(scope="module")
def trade(app: Flask, operator: Party, sign_up: Make, make_offer: Make) -> tuple[Party, dict[str, Any]]:
    buyer = sign_up(buys=True)
    fund(operator, buyer, 100 * ROUNDS * 3)
    offer = make_offer(sign_up(sells=True), pricing="cpa", action="visit", price=BID, attribution_days=1)
    return buyer, offer


def bring_near(app: Flask, column: str, table: str, purchase: UUID, seconds: float) -> None:
    """Move business time to *seconds* before what the column says."""

    def work() -> None:
        key = "id" if table == "purchases" else "purchase_id"
        found = text(f"SELECT extract(epoch FROM {column} - clock.now()) FROM {table} WHERE {key} = :id")
        left = float(db.session.execute(found, {"id": purchase}).scalar_one())
        clock.advance(left - seconds)

    run(app, work)


def attempt(app: Flask, work: Callable[[], Any]) -> str:
    try:
        with app.app_context():
            return str(in_transaction(work))
    except DomainError as refused:
        return refused.code


def test_an_action_and_the_end_of_its_time_have_one_winner(
    app: Flask, trade: tuple[Party, dict[str, Any]]
) -> None:
    buyer, offer = trade
    seen: Counter[str] = Counter()
    for turn in range(ROUNDS):
        public = buy(buyer, stock(app, offer)[0])
        bought = ids.parse("pur", public)
        assert bought is not None
        bring_near(app, "attribution_ends_at", "purchases", bought, 0.03 * (turn % 3))
        told, _, disputed = at_once(
            [
                lambda path=f"/v1/purchases/{public}/outcomes": buyer.post(
                    path, {"outcome": "converted", "action": "visit"}
                ),
                lambda: attempt(app, lambda: purchases.expire_due(most=1_000)),
                lambda public=public, turn=turn: (
                    buyer.post(
                        "/v1/disputes",
                        {"purchase_id": public, "reason": "wrong_person", "statement": "Not she."},
                    )
                    if turn % 2
                    else None
                ),
            ]
        )
        run(app, lambda: purchases.expire_due(most=1_000))
        row = run(app, lambda bought=bought: purchases.purchase(bought))
        reported = told.status_code == 201
        is_disputed = disputed is not None and disputed.status_code == 201
        assert reported or told.json["code"] in ("attribution_over", "purchase_ended"), told.json
        if reported or is_disputed:
            assert (row.state, row.open_stops) == ("held", int(reported) + int(is_disputed))
        else:
            assert (row.state, row.refund_reason) == ("refunded", "expired")
        seen["reported" if reported else "expired" if row.state == "refunded" else "disputed"] += 1
    assert books_are_clean(app)
    assert len(seen) > 1, seen


def test_a_reversal_and_a_confirmation_have_one_winner(
    app: Flask, trade: tuple[Party, dict[str, Any]]
) -> None:
    buyer, offer = trade
    seen: Counter[str] = Counter()
    for turn in range(ROUNDS):
        public = buy(buyer, stock(app, offer)[0])
        told = buyer.post(f"/v1/purchases/{public}/outcomes", {"outcome": "converted", "action": "visit"})
        action = told.json["billed"]["id"]
        bought = ids.parse("pur", public)
        identifier = ids.parse("act", action)
        assert bought is not None and identifier is not None
        bring_near(app, "confirms_at", "actions", bought, 0.02 * (turn % 3))
        reversal, first, second = at_once(
            [
                lambda action=action: buyer.post(f"/v1/actions/{action}/reversal"),
                lambda one=identifier: attempt(app, lambda: actions.confirm(action_id=one)),
                lambda: attempt(app, lambda: actions.confirm_slice(most=100)),
            ]
        )
        # Whoever came before the time is asked again after it.
        bring_near(app, "confirms_at", "actions", bought, -1)
        run(app, lambda one=identifier: actions.confirm(action_id=one))
        row = run(app, lambda bought=bought: purchases.purchase(bought))
        if reversal.status_code == 200:
            assert (row.state, row.refund_reason) == ("refunded", "reversed")
        else:
            assert reversal.json["code"] == "action_ended" and row.state == "released"
        assert row.open_stops == 0 and first in ("True", "False", "action_ended") and second.isdecimal()
        seen[row.state] += 1
    assert books_are_clean(app)
    assert len(seen) > 1, seen


def test_one_action_reported_ten_times_at_once_is_billed_once(
    app: Flask, trade: tuple[Party, dict[str, Any]]
) -> None:
    buyer, offer = trade
    public = buy(buyer, stock(app, offer)[0])
    path, body = f"/v1/purchases/{public}/outcomes", {"outcome": "converted", "action": "visit"}
    answers = at_once([lambda: buyer.post(path, body)] * 10)
    told = Counter((answer.status_code, (answer.json or {}).get("code")) for answer in answers)
    assert told == {(201, None): 1, (409, "action_already_reported"): 9}
    assert len(buyer.get(f"/v1/actions?purchase_id={public}").json["data"]) == 1
