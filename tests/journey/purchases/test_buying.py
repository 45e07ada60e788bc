"""A buyer buys one lead, many, or what is possible; the price is held, never more than the wallet has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from marketplace.kernel import ids
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, stock, wallet

Make = Callable[..., Any]


@pytest.fixture
def rich(operator: Party, buyer: Party) -> Party:
    fund(operator, buyer, 100_000)
    return buyer


def test_the_price_is_held_and_the_purchase_shown(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    [listing] = stock(app, make_offer(seller))
    answer = rich.post("/v1/purchases", {"listing_id": listing})
    assert answer.status_code == 201, answer.json
    assert answer.json["bought"] == 1 and answer.json["total"] == {"amount": 2000, "currency": "EUR"}
    assert wallet(rich) == {"available": 98_000, "promo": 0, "held": 2000, "owed": 0}
    bought = answer.json["purchases"][0]["id"]
    shown = rich.get(f"/v1/purchases/{bought}").json
    assert shown["state"] == shown["status"] == "held" and shown["side"] == "bought"
    assert shown["price"] == {"amount": 2000, "currency": "EUR"} and shown["commission"] is None
    assert [row["id"] for row in rich.get("/v1/purchases").json["data"]] == [bought]
    assert books_are_clean(app)


def test_the_seller_sees_the_sale_but_not_the_buyer(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    [listing] = stock(app, make_offer(seller))
    bought = buy(rich, listing)
    shown = seller.get(f"/v1/purchases/{bought}")
    assert shown.status_code == 200 and shown.json["side"] == "sold"
    assert "buyer_id" not in shown.json and shown.json["seller_id"] is None
    assert shown.json["commission"]["amount"] + shown.json["net"]["amount"] == 2000
    assert [row["id"] for row in seller.get("/v1/purchases?side=sold").json["data"]] == [bought]
    assert seller.get(f"/v1/purchases/{bought}/contact").status_code == 404


def test_strangers_get_the_same_answer_as_for_nothing(
    app: Flask, rich: Party, seller: Party, make_offer: Make, sign_up: Make
) -> None:
    [listing] = stock(app, make_offer(seller))
    bought = buy(rich, listing)
    stranger = sign_up(buys=True, sells=True)
    missing = "pur_" + "0" * 26
    for part in ("", "/contact", "/evidence"):
        foreign, nothing = (stranger.get(f"/v1/purchases/{one}{part}") for one in (bought, missing))
        assert foreign.status_code == nothing.status_code == 404
        assert {**foreign.json, "request_id": 0} == {**nothing.json, "request_id": 0}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"listing_id": "x"}, "/listing_id"),
        ({"listing_ids": []}, "/listing_ids"),
        ({"search": {"vertical": "mortgage"}}, "/max_count"),
        ({"listing_id": "lst_" + "0" * 26, "price": 1}, "/price"),
        (
            {"listing_id": "lst_" + "0" * 26, "max_total": {"amount": 1.5, "currency": "EUR"}},
            "/max_total/amount",
        ),
        (
            {"listing_id": "lst_" + "0" * 26, "max_total": {"amount": -1, "currency": "EUR"}},
            "/max_total/amount",
        ),
        ({"listing_id": "lst_" + "0" * 26, "mode": "maybe"}, "/mode"),
    ],
)
def test_what_cannot_be_right_names_the_field(buyer: Party, body: dict[str, Any], pointer: str) -> None:
    answer = buyer.post("/v1/purchases", body)
    assert answer.status_code == 422, answer.json
    assert pointer in [problem["pointer"] for problem in answer.json["errors"]]


def test_refusals_say_why(
    app: Flask, operator: Party, rich: Party, seller: Party, make_offer: Make, sign_up: Make
) -> None:
    exclusive = make_offer(seller, max_sales=1)
    [mine] = stock(app, exclusive)
    buy(rich, mine)
    again = rich.post("/v1/purchases", {"listing_id": mine})
    assert (again.status_code, again.json["code"]) == (409, "already_bought")
    rival = sign_up(buys=True)
    late = rival.post("/v1/purchases", {"listing_id": mine})
    assert (late.status_code, late.json["code"]) == (409, "sold_out")
    [other] = stock(app, exclusive)
    poor = rival.post("/v1/purchases", {"listing_id": other})
    assert (poor.status_code, poor.json["code"]) == (402, "insufficient_funds")
    fund(operator, rival, 1999)
    poor = rival.post("/v1/purchases", {"listing_id": other})
    assert (poor.status_code, poor.json["code"]) == (402, "insufficient_funds")
    both = sign_up(buys=True, sells=True)
    fund(operator, both, 10_000)
    [own] = stock(app, make_offer(both))
    assert both.post("/v1/purchases", {"listing_id": own}).json["code"] == "own_listing"
    assert rich.post("/v1/purchases", {"listing_id": "lst_" + "0" * 26}).status_code == 404
    over = rich.post("/v1/purchases", {"listing_id": other, "max_total": {"amount": 1999, "currency": "EUR"}})
    assert (over.status_code, over.json["code"]) == (409, "over_total")
    foreign = rich.post(
        "/v1/purchases", {"listing_id": other, "max_total": {"amount": 9999, "currency": "USD"}}
    )
    assert (foreign.status_code, foreign.json["code"]) == (409, "currency_mismatch")
    advance(app, days=31)
    gone = rich.post("/v1/purchases", {"listing_id": other})
    assert (gone.status_code, gone.json["code"]) == (409, "no_longer_for_sale")
    assert wallet(rich)["available"] == 98_000
    assert books_are_clean(app)


def test_all_or_nothing_buys_nothing_when_one_is_gone(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    listings = stock(app, make_offer(seller), 3)
    buy(rich, listings[1])
    before = wallet(rich)
    answer = rich.post("/v1/purchases", {"listing_ids": listings})
    assert answer.status_code == 409 and answer.json["code"] == "already_bought"
    assert answer.json["refused"] == [{"listing_id": listings[1], "code": "already_bought"}]
    assert wallet(rich) == before


def test_best_effort_buys_what_is_possible_and_says_what_was_not(
    app: Flask, rich: Party, seller: Party, make_offer: Make
) -> None:
    listings = stock(app, make_offer(seller), 4)
    euros, dollars = listings, stock(app, make_offer(seller, price={"amount": 500, "currency": "USD"}))
    buy(rich, euros[1])
    nothing = "lst_" + "0" * 26
    answer = rich.post(
        "/v1/purchases",
        {
            "listing_ids": [*euros, *dollars, nothing, euros[0]],
            "mode": "best_effort",
            "max_total": {"amount": 4000, "currency": "EUR"},
        },
    )
    assert answer.status_code == 201
    assert [one["listing_id"] for one in answer.json["purchases"]] == [euros[0], euros[2]]
    assert [(one["listing_id"], one["code"]) for one in answer.json["refused"]] == [
        (euros[1], "already_bought"),
        (euros[3], "over_total"),
        (dollars[0], "currency_mismatch"),
        (nothing, "not_found"),
    ]
    assert answer.json["total"]["amount"] == 4000


def test_best_effort_spends_no_more_than_the_wallet_has(
    app: Flask, operator: Party, buyer: Party, seller: Party, make_offer: Make
) -> None:
    fund(operator, buyer, 5_000)
    listings = stock(app, make_offer(seller), 4)
    answer = buyer.post("/v1/purchases", {"listing_ids": listings, "mode": "best_effort"})
    assert [one["listing_id"] for one in answer.json["purchases"]] == listings[:2]
    assert {one["code"] for one in answer.json["refused"]} == {"insufficient_funds"}
    assert wallet(buyer) == {"available": 1000, "promo": 0, "held": 4000, "owed": 0}
    assert books_are_clean(app)


def test_what_a_suspended_seller_has_is_not_for_sale(
    app: Flask, operator: Party, buyer: Party, seller: Party, make_offer: Make
) -> None:
    fund(operator, buyer, 100_000)
    [listing] = stock(app, make_offer(seller), 1)
    decision = f"/v1/operator/organizations/{ids.public('org', seller.organization_id)}/decision"
    assert operator.post(decision, {"state": "suspended"}).status_code == 200
    refused = buyer.post("/v1/purchases", {"listing_id": listing})
    assert (refused.status_code, refused.json["code"]) == (409, "no_longer_for_sale")
    assert operator.post(decision, {"state": "approved"}).status_code == 200
    assert buy(buyer, listing)
