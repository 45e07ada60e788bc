"""What becomes of an accepted batch: what is listed, what never is, and how it comes off again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from marketplace.kernel import ids
from tests.journey import checks
from tests.journey.batches import open_batch, send, validate_due
from tests.journey.conftest import Party
from tests.journey.trade import advance, buy, fund, run, stock
from tests.work import work_off

MakeOffer = Callable[..., dict[str, Any]]


def listings_of(operator: Party, batch: str, **query: Any) -> list[dict[str, Any]]:
    answer = operator.get(
        "/v1/listings", query_string={"own": "true", "batch_id": batch, "limit": 200, **query}
    )
    assert answer.status_code == 200, answer.json
    rows: list[dict[str, Any]] = answer.json["data"]
    return rows


def test_leads_of_an_accepted_batch_are_for_sale_and_masked(
    app: Flask, operator: Party, seller: Party, buyer: Party, make_offer: MakeOffer, checkers: list[Party]
) -> None:
    batch = checks.drawn(app, seller, make_offer(seller), 60)
    assert listings_of(operator, batch) == []
    judged = checks.check_clean(app, batch, checkers[0])
    work_off(app, only=checks.LIST)
    listed = listings_of(operator, batch)
    assert len(listed) == 60
    assert sum(row["verified"] for row in listed) == judged
    shown = buyer.get(f"/v1/listings/{listed[0]['id']}")
    assert shown.status_code == 200 and shown.json["contact"]["name"] == "J."
    assert shown.json["contact"]["email"] == "free" and shown.json["price"] == {
        "amount": 2000,
        "currency": "EUR",
    }
    text = buyer.get("/v1/listings?vertical=mortgage&limit=200").data.decode()
    for secret in ("Kowalski", "+485", "@", ids.public("org", seller.organization_id)):
        assert secret not in text and secret not in shown.data.decode()
    for private in ("lead_id", "offer_id", "seller_id"):
        assert private not in shown.json


def test_listing_a_batch_again_lists_nothing_twice(
    app: Flask, operator: Party, seller: Party, make_offer: MakeOffer, checkers: list[Party]
) -> None:
    from marketplace.journey.listings import services

    batch = checks.drawn(app, seller, make_offer(seller), 12)
    checks.check_clean(app, batch, checkers[0])
    work_off(app, only=checks.LIST)
    before = listings_of(operator, batch)
    batch_id = ids.parse("bat", batch)
    assert batch_id is not None
    run(app, lambda: services.list_slice(batch_id=batch_id, after_row=-1))
    assert listings_of(operator, batch) == before and len(before) == 12


def test_a_fake_and_a_lead_that_nobody_answered_are_never_listed(
    app: Flask, seller: Party, operator: Party, make_offer: MakeOffer, checkers: list[Party]
) -> None:
    batch = checks.drawn(app, seller, make_offer(seller, vertical=answering(operator)), 60)
    first, second = checks.in_work(app, batch)[:2]
    checks.confirm_fake(checkers, first)
    assert checks.judge(checkers[0], second, "inconclusive").status_code == 201
    checks.check_clean(app, batch, checkers[0])
    shown = checks.check_of(seller, batch)
    assert shown["state"] == "accepted" and shown["figures"]["fakes"] == shown["figures"]["inconclusive"] == 1
    work_off(app, only=checks.LIST)
    assert len(listings_of(operator, batch)) == 58


def answering(operator: Party) -> str:
    """A vertical whose checks skip who does not answer."""
    code = f"v{ids.new_id().hex[-12:]}"
    made = operator.post(
        "/v1/verticals",
        {"code": code, "name": "Answered", "commission_bps": 1000, "plan_preset": "answered", "fields": []},
    )
    assert made.status_code == 201, made.json
    return code


def test_no_batch_is_accepted_while_one_of_its_leads_is_suspected(
    app: Flask, operator: Party, seller: Party, make_offer: MakeOffer, checkers: list[Party]
) -> None:
    batch = checks.drawn(app, seller, make_offer(seller), 60)
    suspected = checks.in_work(app, batch)[0]
    assert checks.judge(checkers[0], suspected, "fake").status_code == 201
    while waiting := [sample for sample in checks.in_work(app, batch) if sample != suspected]:
        assert checks.judge(checkers[1], waiting[0], "genuine").status_code == 201
    assert checks.check_of(seller, batch)["state"] == "sampling"
    for checker in checkers[1:]:
        assert checks.judge(checker, suspected, "genuine").status_code == 201
    assert checks.check_of(seller, batch)["state"] == "accepted"
    work_off(app, only=checks.LIST)
    assert len(listings_of(operator, batch)) == 60


def test_a_copy_of_another_sellers_lead_is_taken_and_never_listed(
    app: Flask, operator: Party, sign_up: Callable[..., Party], make_offer: MakeOffer, checkers: list[Party]
) -> None:
    content = checks.csv_of(app, 12)
    listed = []
    for seller in (sign_up(sells=True), sign_up(sells=True)):
        batch = open_batch(seller, make_offer(seller))
        assert send(seller, batch, content, name="leads.csv").status_code in (200, 202)
        validate_due(app)
        work_off(app, only=checks.DRAW)
        assert checks.check_of(seller, batch["id"])["population"] == 12
        checks.check_clean(app, batch["id"], checkers[0])
        work_off(app, only=checks.LIST)
        listed.append(len(listings_of(operator, batch["id"])))
    assert listed == [12, 0]


def test_a_seller_cannot_tell_which_of_his_leads_another_seller_holds(
    app: Flask, operator: Party, sign_up: Callable[..., Party], make_offer: MakeOffer, checkers: list[Party]
) -> None:
    """Two batches, one wholly copied and one fresh, look the same to their seller at every step."""
    fresh, copied = checks.csv_of(app, 3), checks.csv_of(app, 3)
    first, second = sign_up(sells=True), sign_up(sells=True)
    _listed(app, first, make_offer, copied, checkers[0])
    batches = [_listed(app, second, make_offer, content, checkers[0]) for content in (fresh, copied)]
    assert [len(listings_of(operator, batch)) for batch in batches] == [3, 0]

    def looks(batch: str) -> tuple[Any, ...]:
        query = {"own": "true", "batch_id": batch, "limit": 200}
        shown = second.get("/v1/listings", query_string=query).json
        told = second.get(f"/v1/batches/{batch}").json
        hidden = ("id", "offer_id", "commitment", "upload", "file", "opened_at", "received_at")
        return shown, {name: value for name, value in told.items() if name not in hidden}

    def same() -> dict[str, Any]:
        one, other = map(looks, batches)
        assert one == other and one[0]["data"] == []
        seen: dict[str, Any] = one[1]
        return seen

    assert same()["status"] == "listed" and same()["not_listable"] is None
    assert second.get("/v1/listings/facets?vertical=mortgage").status_code == 403
    advance(app, hours=23.9)
    work_off(app, only={"listings.count_not_listable"})
    assert same()["not_listable"] is None
    advance(app, hours=48.2)
    work_off(app, only={"listings.count_not_listable"})
    assert same()["not_listable"] == 3
    for batch in batches:
        assert second.post(f"/v1/batches/{batch}/withdraw").status_code == 202
    assert same()["status"] == "withdrawn"
    work_off(app, only=checks.LIST)
    assert same()["status"] == "withdrawn"


def _listed(app: Flask, seller: Party, make_offer: MakeOffer, content: bytes, checker: Party) -> str:
    batch = open_batch(seller, make_offer(seller))
    assert send(seller, batch, content, name="leads.csv").status_code in (200, 202)
    validate_due(app)
    work_off(app, only=checks.DRAW)
    checks.check_clean(app, batch["id"], checker)
    work_off(app, only=checks.LIST)
    public: str = batch["id"]
    return public


def test_a_seller_sees_a_listing_once_it_was_sold(
    app: Flask, seller: Party, buyer: Party, operator: Party, make_offer: MakeOffer
) -> None:
    listings = stock(app, make_offer(seller), 3)
    assert seller.get("/v1/listings?own=true").json["data"] == []
    fund(operator, buyer, 10_000)
    buy(buyer, listings[1])
    assert [row["id"] for row in seller.get("/v1/listings?own=true").json["data"]] == [listings[1]]


def test_a_seller_takes_a_listing_off_and_nobody_elses(
    app: Flask, seller: Party, buyer: Party, sign_up: Callable[..., Party], make_offer: MakeOffer
) -> None:
    listing = stock(app, make_offer(seller))[0]
    stranger = sign_up(sells=True)
    assert stranger.post(f"/v1/listings/{listing}/withdraw").status_code == 404
    assert stranger.get(f"/v1/listings/{listing}").status_code == 404
    assert buyer.post(f"/v1/listings/{listing}/withdraw").status_code in (403, 404)
    for _ in range(2):
        taken = seller.post(f"/v1/listings/{listing}/withdraw")
        assert taken.status_code == 200 and taken.json["state"] == "withdrawn"
    assert buyer.get(f"/v1/listings/{listing}").status_code == 404
    assert seller.get(f"/v1/listings/{listing}").json["withdrawal"] == "seller"


def test_a_whole_batch_comes_off_at_once(
    app: Flask, operator: Party, seller: Party, sign_up: Callable[..., Party], make_offer: MakeOffer
) -> None:
    listings = stock(app, make_offer(seller), 7)
    batch = seller.get(f"/v1/listings/{listings[0]}").json["batch_id"]
    assert sign_up(sells=True).post(f"/v1/batches/{batch}/withdraw").status_code == 404
    assert seller.post(f"/v1/batches/{batch}/withdraw").status_code == 202
    work_off(app, only=checks.LIST)
    assert {row["state"] for row in listings_of(operator, batch)} == {"withdrawn"}


def test_a_listing_ends_with_its_time(app: Flask, seller: Party, buyer: Party, make_offer: MakeOffer) -> None:
    from marketplace.journey.listings import services

    listing = stock(app, make_offer(seller))[0]
    assert buyer.get(f"/v1/listings/{listing}").status_code == 200
    advance(app, days=30.1)
    # For buyers it is over at the very moment, whether or not the sweep has come by.
    assert buyer.get(f"/v1/listings/{listing}").status_code == 404
    while run(app, services.expire_slice):
        pass
    assert seller.get(f"/v1/listings/{listing}").json["state"] == "expired"
    late = seller.post(f"/v1/listings/{listing}/withdraw")
    assert late.status_code == 409 and late.json["code"] == "sold_out"


def test_a_lead_found_fake_later_comes_off(app: Flask, seller: Party, make_offer: MakeOffer) -> None:
    from marketplace.journey.listings import services

    listing = stock(app, make_offer(seller))[0]
    lead_id = ids.parse("led", seller.get(f"/v1/listings/{listing}").json["lead_id"])
    assert lead_id is not None
    for _ in range(2):
        run(app, lambda: services.withdraw_lead(lead_id=lead_id))
    assert seller.get(f"/v1/listings/{listing}").json["withdrawal"] == "fake"
