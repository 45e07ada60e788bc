"""Sellers say on which terms they sell; the operator says what can be sold."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.journey.conftest import Party

Offers = Callable[..., dict[str, Any]]


def body(**changes: Any) -> dict[str, Any]:
    return {
        "vertical": "insurance",
        "name": "Motor",
        "price": {"amount": 40_000, "currency": "RUB"},
        "channel": "net",
        "source": "google",
        **changes,
    }


def test_the_verticals_of_the_market_come_with_the_product(seller: Party) -> None:
    listed = {v["code"]: v for v in seller.get("/v1/verticals").json["data"]}
    assert {"mortgage", "insurance", "renovation", "beauty", "education", "finance", "entertainment"} <= set(
        listed
    )
    assert listed["renovation"]["benchmark_price"] == {"amount": 200_000, "currency": "RUB"}
    assert [f["name"] for f in listed["mortgage"]["fields"]][:2] == ["loan_amount", "down_payment"]
    one = seller.get("/v1/verticals/mortgage").json
    assert seller.get(f"/v1/verticals/{one['id']}").json == one
    assert seller.get("/v1/verticals/nothing").status_code == 404


def test_a_price_far_below_the_benchmark_is_flagged_and_said(seller: Party) -> None:
    cheap = seller.post("/v1/offers", body(price={"amount": 16_249, "currency": "RUB"})).json
    assert cheap["below_benchmark"] and len(cheap["warnings"]) == 1
    fair = seller.post("/v1/offers", body(price={"amount": 16_250, "currency": "RUB"})).json
    assert not fair["below_benchmark"] and fair["warnings"] == []
    other = seller.post("/v1/offers", body(price={"amount": 1, "currency": "EUR"})).json
    assert not other["below_benchmark"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"price": {"amount": -1, "currency": "EUR"}}, "/price/amount"),
        ({"price": {"amount": 0, "currency": "EUR"}}, "/price/amount"),
        ({"price": {"amount": 19.99, "currency": "EUR"}}, "/price/amount"),
        ({"price": {"amount": "20", "currency": "EUR"}}, "/price/amount"),
        ({"price": {"amount": 20, "currency": "euro"}}, "/price/currency"),
        ({"price": {"amount": 10**13, "currency": "EUR"}}, "/price/amount"),
        ({"max_sales": 6}, "/max_sales"),
        ({"max_sales": 0}, "/max_sales"),
        ({"vertical": "nothing"}, "/vertical"),
        ({"channel": "mail"}, "/channel"),
        ({"country": "Poland"}, "/country"),
        ({"consent_text": "a\x00b"}, "/consent_text"),
        ({"state": "open"}, "/state"),
        ({"seller_id": "org_01jd3v5k8n0000000000000000"}, "/seller_id"),
    ],
)
def test_bad_terms_are_refused_by_field(seller: Party, changes: dict[str, Any], pointer: str) -> None:
    answer = seller.post("/v1/offers", body(**changes))
    assert answer.status_code == 422, answer.json
    assert [problem["pointer"] for problem in answer.json["errors"]] == [pointer]


def test_an_offer_needs_an_idempotency_key_and_is_made_once(seller: Party) -> None:
    assert seller.post("/v1/offers", body(), key=None).status_code == 400
    key = uuid.uuid4().hex
    first = seller.post("/v1/offers", body(), key=key)
    again = seller.post("/v1/offers", body(), key=key)
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    assert seller.post("/v1/offers", body(name="Other"), key=key).status_code == 422
    assert len(seller.get("/v1/offers").json["data"]) == 1


def test_an_offer_opens_pauses_and_closes_for_good(seller: Party, make_offer: Offers) -> None:
    offer = make_offer(seller, open=False)
    path = f"/v1/offers/{offer['id']}"
    assert offer["state"] == "draft"
    assert seller.post(path + "/pause").json["code"] == "wrong_offer_state"
    for verb, state in (
        ("open", "open"),
        ("pause", "paused"),
        ("open", "open"),
        ("open", "open"),
        ("close", "closed"),
    ):
        assert seller.post(f"{path}/{verb}").json["state"] == state
    assert seller.post(path + "/open").status_code == 409


def test_strangers_see_nothing_of_an_offer(
    seller: Party, buyer: Party, operator: Party, sign_up: Callable[..., Party], make_offer: Offers
) -> None:
    path = f"/v1/offers/{make_offer(seller)['id']}"
    rival = sign_up(sells=True)
    assert rival.get(path).status_code == 404 and buyer.get(path).status_code == 404
    assert rival.post(path + "/close").status_code == 404
    assert buyer.post(path + "/close").status_code == 403
    assert rival.get("/v1/offers").json["data"] == []
    assert operator.get(path).status_code == 200
    assert operator.post(path + "/close").status_code == 403
    assert buyer.post("/v1/offers", body()).status_code == 403


def test_the_operator_makes_a_vertical_without_code(operator: Party, seller: Party) -> None:
    code = "solar_" + uuid.uuid4().hex[:6]
    new = {
        "code": code,
        "name": "Solar panels",
        "commission_bps": 1200,
        "sell_modes": ["exclusive"],
        "fields": [
            {"name": "roof", "label": "Roof", "type": "choice", "choices": {"flat": ["płaski"], "steep": []}},
            {"name": "wish", "label": "Wishes", "type": "text"},
        ],
    }
    assert seller.post("/v1/verticals", new).status_code == 403
    made = operator.post("/v1/verticals", new)
    assert made.status_code == 201, made.json
    wish = made.json["fields"][1]
    assert wish["personal"] and not wish["filterable"], "free text is sealed"
    assert operator.post("/v1/verticals", new).json["code"] == "vertical_exists"
    assert seller.post("/v1/offers", body(vertical=code, max_sales=1)).status_code == 201
    refused = seller.post("/v1/offers", body(vertical=code, max_sales=2))
    assert refused.json["code"] == "sell_mode_not_allowed"
    changed = operator.send(
        "PATCH",
        f"/v1/verticals/{code}",
        json={"sell_modes": ["shared", "exclusive"], "fields": [new["fields"][1]]},
    )
    assert changed.status_code == 200, changed.json
    assert [f["name"] for f in changed.json["fields"]] == ["wish"]
    assert seller.post("/v1/offers", body(vertical=code, max_sales=2)).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"warm_points": 50, "hot_points": 10},
        {"commission_bps": 10_001},
        {"benchmark_price": {"amount": 0, "currency": "EUR"}},
        {"fields": [{"name": "a", "label": "A", "type": "choice"}]},
        {"fields": [{"name": "b", "label": "B", "type": "integer", "choices": {"x": []}}]},
        {"fields": [{"name": "cc", "label": "C", "type": "integer"}] * 2},
        {"minimum_age": 3},
        {"sell_modes": []},
    ],
)
def test_an_impossible_vertical_is_refused(operator: Party, changes: dict[str, Any]) -> None:
    answer = operator.send("PATCH", "/v1/verticals/beauty", json=changes)
    assert answer.status_code == 422, answer.json
