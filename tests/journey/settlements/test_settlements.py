"""Held money comes to the seller when the window is over: released, matured, and told in a statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from marketplace import standing
from marketplace.journey import purchases, settlements
from marketplace.kernel import ids
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, run, stock

Make = Callable[..., Any]


@pytest.fixture
def rich(operator: Party, buyer: Party) -> Party:
    fund(operator, buyer, 1_000_000)
    return buyer


def established(app: Flask, seller: Party) -> None:
    """Five accepted batches make a seller that is no longer new."""
    run(
        app,
        lambda: [
            standing.remember(
                organization_id=seller.organization_id,
                fact=standing.Fact.BATCH_ACCEPTED,
                subject_id=ids.new_id(),
            )
            for _ in range(5)
        ],
    )


def earnings(seller: Party) -> dict[str, int]:
    [row] = seller.get("/v1/earnings").json["earnings"]
    return {name: row[name]["amount"] for name in ("in_escrow", "pending", "available", "paid", "owed")}


def sweep(app: Flask) -> int:
    released = 0
    while done := run(app, settlements.release_slice):
        released += done
    while run(app, settlements.mature_slice):
        pass
    return released


def test_nothing_is_released_while_the_window_is_open(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    buy(rich, stock(app, make_offer(seller))[0])
    sweep(app)
    advance(app, days=9, hours=23)
    sweep(app)
    assert earnings(seller) == {"in_escrow": 2000, "pending": 0, "available": 0, "paid": 0, "owed": 0}


def test_a_new_seller_waits_seven_more_days(app: Flask, rich: Party, seller: Party, make_offer: Make) -> None:
    bought = buy(rich, stock(app, make_offer(seller))[0])
    advance(app, days=10, hours=1)
    assert sweep(app) >= 1
    shown = seller.get(f"/v1/purchases/{bought}").json
    net = shown["net"]["amount"]
    assert shown["state"] == "released" and shown["status"] == "settled"
    assert net + shown["commission"]["amount"] == 2000
    assert earnings(seller) == {"in_escrow": 0, "pending": net, "available": 0, "paid": 0, "owed": 0}
    advance(app, days=6, hours=23)
    sweep(app)
    assert earnings(seller)["available"] == 0
    advance(app, hours=2)
    sweep(app)
    assert earnings(seller) == {"in_escrow": 0, "pending": 0, "available": net, "paid": 0, "owed": 0}
    assert books_are_clean(app)


def test_an_established_seller_has_it_at_once_and_gets_a_statement(
    app: Flask, rich: Party, seller: Party, make_offer: Make, sign_up: Make
) -> None:
    established(app, seller)
    bought = [buy(rich, listing) for listing in stock(app, make_offer(seller), 3)]
    advance(app, days=10, hours=1)
    sweep(app)
    net = sum(seller.get(f"/v1/purchases/{one}").json["net"]["amount"] for one in bought)
    assert earnings(seller)["available"] == net
    [week] = seller.get("/v1/settlements").json["data"]
    assert week["state"] == "open" and week["number"] is None and week["line_count"] == 3
    run(app, settlements.close_due)
    assert seller.get(f"/v1/settlements/{week['id']}").json["state"] == "open"
    advance(app, days=7)
    run(app, lambda: settlements.close_due(most=10_000))
    page = seller.get(f"/v1/settlements/{week['id']}?limit=2").json
    rest = seller.get(f"/v1/settlements/{week['id']}?limit=2&cursor={page['next_cursor']}").json
    assert page["state"] == "closed" and page["number"] == 1 and page["net"]["amount"] == net
    assert page["gross"]["amount"] == 6000 and rest["next_cursor"] is None
    assert [line["purchase_id"] for line in page["lines"] + rest["lines"]] == sorted(bought)
    assert seller.get("/v1/settlements").json["data"][0]["week"].startswith("20")
    assert rich.get(f"/v1/settlements/{week['id']}").status_code == 404
    assert sign_up(sells=True).get("/v1/settlements").json["data"] == []
    assert books_are_clean(app)


def test_settling_twice_writes_one_line(app: Flask, rich: Party, seller: Party, make_offer: Make) -> None:
    bought = ids.parse("pur", buy(rich, stock(app, make_offer(seller))[0]))
    assert bought is not None
    advance(app, days=10, hours=1)
    assert run(app, lambda: purchases.release(purchase_id=bought))
    assert run(app, lambda: settlements.settle(purchase_ids=[bought])) == 1
    assert run(app, lambda: settlements.settle(purchase_ids=[bought])) == 0
    assert not run(app, lambda: purchases.release(purchase_id=bought))


def test_a_closed_week_takes_no_more_lines(app: Flask, rich: Party, seller: Party, make_offer: Make) -> None:
    first, second = (buy(rich, listing) for listing in stock(app, make_offer(seller), 2))
    advance(app, days=10, hours=1)
    run(app, lambda: settlements.release_slice(most=100_000))
    advance(app, days=7)
    run(app, lambda: settlements.close_due(most=10_000))
    listed = seller.get("/v1/settlements?state=closed").json["data"]
    assert [week["line_count"] for week in listed] == [2]
    third = buy(rich, stock(app, make_offer(seller))[0])
    advance(app, days=10, hours=1)
    run(app, lambda: settlements.release_slice(most=100_000))
    advance(app, days=7)
    run(app, lambda: settlements.close_due(most=10_000))
    weeks = seller.get("/v1/settlements?state=closed").json["data"]
    assert [week["number"] for week in weeks] == [2, 1]
    [line] = seller.get(f"/v1/settlements/{weeks[0]['id']}").json["lines"]
    assert line["purchase_id"] == third and third not in (first, second)
