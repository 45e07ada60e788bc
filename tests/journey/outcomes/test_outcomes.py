"""What came of a lead: reports in one vocabulary, deferred leads that come back, calls, customers, postbacks."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from marketplace.journey.outcomes.rules import JudgedBy, is_on_target
from marketplace.kernel import outbox
from tests.journey.conftest import Party
from tests.journey.trade import advance, buy, fund, run, stock
from tests.work import work_off


@pytest.fixture
def bought(
    app: Flask, operator: Party, seller: Party, buyer: Party, make_offer: Callable[..., dict[str, Any]]
) -> Callable[[], str]:
    """A function that has the buyer buy a lead under CPL; returns the purchase."""
    offer = make_offer(seller)

    def make() -> str:
        fund(operator, buyer, 2000)
        return buy(buyer, stock(app, offer)[0])

    return make


def tell(buyer: Party, purchase: str, key: str = "", **told: Any) -> Any:
    return buyer.post(f"/v1/purchases/{purchase}/outcomes", told, key)


def now(app: Flask) -> datetime:
    from marketplace.kernel import clock

    moment: datetime = run(app, clock.business_now)
    return moment


def test_every_word_of_the_vocabulary_can_be_told_and_both_sides_read_it(
    seller: Party, buyer: Party, bought: Callable[[], str]
) -> None:
    purchase = bought()
    for told in (
        {"outcome": "no_answer"},
        {"outcome": "contacted", "call_seconds": 30},
        {"outcome": "qualified"},
        {"outcome": "disqualified", "reason": "not_interested_now"},
        {"outcome": "converted", "revenue": {"amount": 90_000, "currency": "EUR"}, "reference": "deal-1"},
    ):
        answer = tell(buyer, purchase, **told)
        assert answer.status_code == 201, answer.json
        assert answer.json["billed"] is None, "under CPL nothing is billed"
    mine = buyer.get(f"/v1/outcomes?purchase_id={purchase}").json["data"]
    theirs = seller.get(f"/v1/outcomes?purchase_id={purchase}").json["data"]
    assert [row["outcome"] for row in mine] == [row["outcome"] for row in theirs]
    assert mine[0]["revenue"]["amount"] == 90_000 and mine[0]["reference"] == "deal-1"
    assert theirs[0]["revenue"] is None and theirs[0]["reference"] is None
    assert buyer.get(f"/v1/purchases/{purchase}").json["state"] == "held"


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"outcome": "disqualified"}, "/reason"),
        ({"outcome": "contacted", "reason": "refused_to_buy"}, "/reason"),
        ({"outcome": "follow_up"}, "/follow_up_at"),
        ({"outcome": "follow_up", "follow_up_at": "2001-01-01T00:00:00Z"}, "/follow_up_at"),
        ({"outcome": "follow_up", "follow_up_at": "2999-01-01T00:00:00Z"}, "/follow_up_at"),
        ({"outcome": "contacted", "revenue": {"amount": 1, "currency": "EUR"}}, "/revenue"),
        ({"outcome": "converted", "revenue": {"amount": 1, "currency": "USD"}}, "/revenue/currency"),
        ({"outcome": "converted", "value": {"amount": 1, "currency": "EUR"}}, "/value"),
        ({"outcome": "contacted", "happened_at": "2999-01-01T00:00:00Z"}, "/happened_at"),
        ({"outcome": "contacted", "call_seconds": -1}, "/call_seconds"),
        ({"outcome": "contacted", "reference": "Anna Nowak"}, "/reference"),
        ({"outcome": "sold"}, "/outcome"),
    ],
)
def test_a_report_that_cannot_be_right_names_its_field(
    buyer: Party, bought: Callable[[], str], told: dict[str, Any], pointer: str
) -> None:
    answer = tell(buyer, bought(), **told)
    assert answer.status_code == 422, answer.json
    assert answer.json["errors"][0]["pointer"] == pointer


def test_only_the_buyer_reports(
    seller: Party, sign_up: Callable[..., Party], bought: Callable[[], str]
) -> None:
    purchase = bought()
    assert tell(seller, purchase, outcome="contacted").status_code == 403
    assert tell(sign_up(buys=True), purchase, outcome="contacted").status_code == 404
    assert sign_up(buys=True).get(f"/v1/purchases/{purchase}/follow-up").status_code == 404


def test_the_same_reference_is_the_same_report(buyer: Party, bought: Callable[[], str]) -> None:
    first, second = bought(), bought()
    made = tell(buyer, first, outcome="contacted", reference="crm-7")
    again = tell(buyer, first, outcome="contacted", reference="crm-7")
    assert again.status_code == 201 and again.json["id"] == made.json["id"]
    taken = tell(buyer, second, outcome="contacted", reference="crm-7")
    assert (taken.status_code, taken.json["code"]) == (409, "reference_taken")


def test_a_deferred_lead_comes_back_on_its_date(app: Flask, buyer: Party, bought: Callable[[], str]) -> None:
    purchase = bought()
    date = (now(app) + timedelta(days=20)).isoformat()
    assert tell(buyer, purchase, outcome="follow_up", follow_up_at=date).status_code == 201

    def back() -> list[str]:
        run(app, lambda: outbox.enqueue("outcomes.return_deferred", None))
        work_off(app, only=("outcomes.return_deferred",))
        rows = buyer.get("/v1/follow-ups?came_back=true").json["data"]
        return [row["purchase_id"] for row in rows]

    advance(app, days=19.9)
    assert back() == []
    assert [row["purchase_id"] for row in buyer.get("/v1/follow-ups?came_back=false").json["data"]] == [
        purchase
    ]
    advance(app, days=0.2)
    assert back() == [purchase]
    assert tell(buyer, purchase, outcome="qualified").status_code == 201
    assert back() == [], "what was told since then is the newer word"


def test_what_is_told_late_about_an_earlier_moment_does_not_undo_a_later_one(
    app: Flask, buyer: Party, bought: Callable[[], str]
) -> None:
    purchase = bought()
    begin = now(app)
    advance(app, days=2)
    assert tell(buyer, purchase, outcome="qualified").status_code == 201
    earlier = (begin + timedelta(hours=1)).isoformat()
    assert tell(buyer, purchase, outcome="no_answer", happened_at=earlier).status_code == 201
    assert buyer.get(f"/v1/purchases/{purchase}/follow-up").json["outcome"] == "qualified"


def test_a_call_of_forty_seconds_marks_a_lead_on_target_and_a_person_overrules(
    seller: Party, buyer: Party, bought: Callable[[], str]
) -> None:
    purchase = bought()

    def on_target() -> tuple[Any, Any]:
        seen = seller.get(f"/v1/purchases/{purchase}/follow-up").json
        return seen["on_target"], seen["judged_by"]

    tell(buyer, purchase, outcome="contacted", call_seconds=39)
    assert on_target() == (False, "call")
    tell(buyer, purchase, outcome="contacted", call_seconds=40)
    assert on_target() == (True, "call")
    tell(buyer, purchase, outcome="contacted", call_seconds=3)
    assert on_target() == (True, "call"), "a short call does not undo a long one"
    ruled = buyer.send("PUT", f"/v1/purchases/{purchase}/on-target", json={"on_target": False})
    assert ruled.status_code == 200
    tell(buyer, purchase, outcome="contacted", call_seconds=400)
    assert on_target() == (False, "person")


@given(st.lists(st.integers(0, 100), max_size=6), st.integers(1, 100))
def test_a_lead_is_on_target_when_any_of_its_calls_was_long_enough(calls: list[int], threshold: int) -> None:
    found: bool | None = None
    for seconds in calls:
        found = is_on_target(
            call_seconds=seconds, threshold_seconds=threshold, before=found, judged_by=JudgedBy.CALL
        )
    assert found == (max(calls) >= threshold if calls else None)


def test_a_conversion_makes_one_customer_with_lead_time_and_revenue(
    app: Flask, buyer: Party, sign_up: Callable[..., Party], bought: Callable[[], str]
) -> None:
    purchase = bought()
    advance(app, days=3)
    for amount in (1_000, 500):
        revenue = {"amount": amount, "currency": "EUR"}
        assert tell(buyer, purchase, outcome="converted", revenue=revenue).status_code == 201
    (customer,) = buyer.get("/v1/customers").json["data"]
    assert customer["purchase_id"] == purchase and customer["revenue"]["amount"] == 1_500
    assert 3 * 86_400 <= customer["lead_time_seconds"] < 3 * 86_400 + 600
    assert sign_up(buys=True).get("/v1/customers").json["data"] == []


def test_disqualifications_are_counted_by_reason(
    seller: Party, buyer: Party, bought: Callable[[], str]
) -> None:
    for reason in ("refused_to_talk", "refused_to_talk", "outside_criteria"):
        tell(buyer, bought(), outcome="disqualified", reason=reason)
    tell(buyer, bought(), outcome="contacted")
    for party in (buyer, seller):
        rows = party.get("/v1/outcomes/summary?by=offer").json["data"]
        counted = {(row["outcome"], row["reason"]): row["count"] for row in rows}
        assert counted == {
            ("contacted", None): 1,
            ("disqualified", "outside_criteria"): 1,
            ("disqualified", "refused_to_talk"): 2,
        }


class TestPostbacks:
    """A buyer's own system reports, signed; nobody else can."""

    @pytest.fixture
    def address(self, buyer: Party) -> dict[str, str]:
        answer = buyer.post("/v1/postback-address")
        assert answer.status_code == 201, answer.json
        made: dict[str, str] = answer.json
        return made

    def send(
        self, app: Flask, address: dict[str, str], told: dict[str, Any], message: str = "", **changed: str
    ) -> Any:
        body = json.dumps(told)
        at = datetime.now(tz=UTC)
        message = message or uuid.uuid4().hex
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(address["secret"]).sign(message, at, body),
            "Content-Type": "application/json",
            **changed,
        }
        return app.test_client().post(address["path"], data=body, headers=headers)

    def test_a_signed_report_counts_once(
        self, app: Flask, buyer: Party, address: dict[str, str], bought: Callable[[], str]
    ) -> None:
        purchase = bought()
        told = {"purchase_id": purchase, "outcome": "contacted"}
        first = self.send(app, address, told, "msg-1")
        again = self.send(app, address, told, "msg-1")
        assert first.status_code == again.status_code == 201, first.json
        assert again.headers["Idempotency-Replayed"] == "true"
        (row,) = buyer.get(f"/v1/outcomes?purchase_id={purchase}").json["data"]
        assert row["reported_by"] == "postback"

    def test_a_forged_or_old_report_changes_nothing(
        self, app: Flask, buyer: Party, address: dict[str, str], bought: Callable[[], str]
    ) -> None:
        purchase = bought()
        told = {"purchase_id": purchase, "outcome": "contacted"}
        forged = {"secret": "whsec_" + "A" * 43 + "=", "path": address["path"]}
        elsewhere = {**address, "path": "/v1/postbacks/pbk_" + "0" * 26}
        for answer in (
            self.send(app, forged, told),
            self.send(app, elsewhere, told),
            self.send(app, address, told, **{"webhook-timestamp": "1000000000"}),
            self.send(app, address, told, **{"webhook-signature": "v1,notbase64"}),
            self.send(app, address, told, **{"webhook-signature": "nothing"}),
            app.test_client().post(address["path"], json=told),
        ):
            assert (answer.status_code, answer.json["code"]) == (401, "bad_signature")
        assert buyer.get(f"/v1/outcomes?purchase_id={purchase}").json["data"] == []

    def test_a_new_secret_voids_the_earlier_one(
        self, app: Flask, buyer: Party, address: dict[str, str], bought: Callable[[], str]
    ) -> None:
        renewed = buyer.post("/v1/postback-address").json
        assert renewed["id"] == address["id"] and renewed["secret"] != address["secret"]
        told = {"purchase_id": bought(), "outcome": "contacted"}
        assert self.send(app, address, told).status_code == 401
        assert self.send(app, renewed, told).status_code == 201

    def test_a_signed_report_on_anothers_purchase_is_not_found(
        self, app: Flask, sign_up: Callable[..., Party], bought: Callable[[], str]
    ) -> None:
        purchase = bought()
        address = sign_up(buys=True).post("/v1/postback-address").json
        answer = self.send(app, address, {"purchase_id": purchase, "outcome": "contacted"})
        assert answer.status_code == 404
