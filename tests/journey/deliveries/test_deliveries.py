"""A bought contact reaches the buyer's own system, signed; what cannot be delivered is tried again and refunded."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text
from standardwebhooks import Webhook

from marketplace.journey import disputes, purchases
from marketplace.journey.deliveries import services
from marketplace.kernel import ids
from marketplace.kernel.database import db
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, run, stock, wallet
from tests.work import work_off

PHONE = "+48501222333"
TOPICS = ("deliveries.deliver", "deliveries.attempt", "deliveries.refund_if_undelivered")
PRICE = 2000


class Receiver:
    """The buyer's own system."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        #: None breaks the connection off after the body was read.
        self.status: int | None = 204
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                if receiver.status is None:
                    self.close_connection = True
                    return
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/leads"

    def stop(self) -> None:
        """From now on nobody listens there."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.stop()


@pytest.fixture
def bought(
    app: Flask,
    operator: Party,
    seller: Party,
    buyer: Party,
    make_offer: Callable[..., dict[str, Any]],
    receiver: Receiver,
) -> Callable[[], str]:
    """Buys a lead after the target was set; the secret lies on the receiver."""
    target = buyer.post("/v1/delivery-targets", {"name": "crm", "url": receiver.url})
    assert target.status_code == 201, target.json
    receiver.target = target.json  # type: ignore[attr-defined]
    fund(operator, buyer, 10 * PRICE)

    def make() -> str:
        return buy(buyer, stock(app, make_offer(seller), phones=[PHONE])[0])

    return make


def deliveries(buyer: Party, purchase: str) -> list[dict[str, Any]]:
    found = buyer.get(f"/v1/deliveries?purchase_id={purchase}").json["data"]
    return [buyer.get(f"/v1/deliveries/{row['id']}").json for row in found]


def work(app: Flask) -> None:
    work_off(app, only=TOPICS)


def test_the_contact_arrives_signed_and_the_window_begins(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    purchase = bought()
    work(app)
    headers, body = receiver.got[0]
    told = Webhook(receiver.target["secret"]).verify(body, headers)  # type: ignore[attr-defined]
    assert told["data"]["contact"]["phone"] == PHONE or PHONE in json.dumps(told)
    assert told["data"]["purchase_id"] == purchase
    (delivery,) = deliveries(buyer, purchase)
    assert (delivery["state"], delivery["id"]) == ("delivered", headers["webhook-id"])
    assert buyer.get(f"/v1/purchases/{purchase}").json["disclosed_at"] is not None


def test_a_failing_system_is_asked_again_under_the_same_id(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    receiver.status = 500
    purchase = bought()
    work(app)
    assert deliveries(buyer, purchase)[0]["state"] == "waiting"
    receiver.status = 200
    advance(app, hours=0.01)
    work(app)
    (delivery,) = deliveries(buyer, purchase)
    assert delivery["state"] == "delivered"
    assert [attempt["outcome"] for attempt in delivery["attempt_list"]] == ["refused", "accepted"]
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.got}) >= 1


def test_what_never_arrives_and_was_never_read_is_refunded(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    receiver.stop()
    before = wallet(buyer)["available"]
    purchase = bought()
    assert wallet(buyer)["available"] == before - PRICE
    for _ in range(14):
        work(app)
        advance(app, hours=25)
    work(app)
    (delivery,) = deliveries(buyer, purchase)
    assert (delivery["state"], delivery["attempts"]) == ("failed", 10)
    found = buyer.get(f"/v1/purchases/{purchase}").json
    assert (found["state"], found["refund_reason"]) == ("refunded", "undelivered")
    assert wallet(buyer)["available"] == before
    assert books_are_clean(app)


@pytest.mark.parametrize("answer", [500, None])
def test_a_system_that_took_the_contact_gets_no_money_back_for_failing(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str], answer: int | None
) -> None:
    receiver.status = answer
    purchase = bought()
    pass_three_days(app)
    assert receiver.got, "the contact is there"
    (delivery,) = deliveries(buyer, purchase)
    outcomes = {attempt["outcome"] for attempt in delivery["attempt_list"]}
    assert outcomes == {"refused" if answer else "broken_off"}
    assert delivery["state"] == "failed"
    assert buyer.get(f"/v1/purchases/{purchase}").json["refund_reason"] is None
    assert books_are_clean(app)


def test_a_contact_that_was_read_is_not_refunded_when_deliveries_fail(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    receiver.stop()
    purchase = bought()
    assert buyer.get(f"/v1/purchases/{purchase}/contact").status_code == 200
    for _ in range(14):
        work(app)
        advance(app, hours=25)
    assert buyer.get(f"/v1/purchases/{purchase}").json["refund_reason"] is None


def test_a_system_that_is_gone_is_not_asked_again(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    receiver.status = 410
    purchase = bought()
    work(app)
    assert deliveries(buyer, purchase)[0]["state"] == "failed"
    (target,) = buyer.get("/v1/delivery-targets").json["data"]
    assert target["state"] == "disabled"


def test_a_delivery_can_be_sent_again_by_hand_under_the_same_id(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    purchase = bought()
    work(app)
    (delivery,) = deliveries(buyer, purchase)
    again = buyer.post(f"/v1/deliveries/{delivery['id']}/redeliver")
    assert (again.status_code, again.json["state"]) == (200, "waiting")
    work(app)
    assert [headers["webhook-id"] for headers, _ in receiver.got] == [delivery["id"]] * 2


def test_the_job_that_runs_twice_delivers_once(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    from marketplace.kernel.database import in_transaction

    purchase = bought()
    with app.app_context():
        for _ in range(3):
            in_transaction(lambda: services.deliver(purchase_id=identifier("pur", purchase)))
    work(app)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("path", ["/v1/delivery-targets/{target}", "/v1/deliveries/{delivery}"])
def test_targets_and_deliveries_of_others_do_not_exist(
    app: Flask,
    buyer: Party,
    sign_up: Callable[..., Party],
    receiver: Receiver,
    bought: Callable[[], str],
    path: str,
) -> None:
    purchase = bought()
    work(app)
    (delivery,) = deliveries(buyer, purchase)
    stranger = sign_up(buys=True)
    filled = path.format(target=receiver.target["target"]["id"], delivery=delivery["id"])  # type: ignore[attr-defined]
    for method in ("PATCH", "DELETE") if "target" in path else ("GET",):
        assert stranger.send(method, filled, json={"name": "mine"}).status_code == 404
    assert stranger.get("/v1/deliveries").json["data"] == []


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "http://crm.example.com/", "https://169.254.169.254/", "ftp://x"]
)
def test_an_address_that_must_not_be_called_is_refused_by_field(buyer: Party, url: str) -> None:
    refused = buyer.post("/v1/delivery-targets", {"name": "crm", "url": url})
    assert refused.status_code == 422
    assert refused.json["errors"][0]["pointer"] == "/url"


def pass_three_days(app: Flask) -> None:
    for _ in range(14):
        work(app)
        advance(app, hours=25)
    work(app)


def identifier(prefix: str, public: str) -> UUID:
    parsed = ids.parse(prefix, public)
    assert parsed is not None
    return parsed


def closed_for_good(buyer: Party, purchase: str) -> bool:
    """The buyer has the money and gets nothing of the person, by no way."""
    contact = buyer.get(f"/v1/purchases/{purchase}/contact")
    assert (contact.status_code, contact.json["code"]) == (409, "purchase_refunded"), contact.json
    (delivery,) = deliveries(buyer, purchase)
    again = buyer.post(f"/v1/deliveries/{delivery['id']}/redeliver")
    assert (again.status_code, again.json["code"]) == (409, "purchase_refunded"), again.json
    assert buyer.get(f"/v1/purchases/{purchase}").json["disclosed_at"] is None
    return True


def test_a_contact_that_was_refunded_unread_cannot_be_had_for_free(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    receiver.stop()
    purchase = bought()
    pass_three_days(app)
    assert buyer.get(f"/v1/purchases/{purchase}").json["state"] == "refunded"
    tried = deliveries(buyer, purchase)[0]["attempts"]
    assert closed_for_good(buyer, purchase)
    work(app)
    assert deliveries(buyer, purchase)[0]["attempts"] == tried


def test_a_delivery_that_waits_is_not_sent_after_the_dispute_gave_the_money_back(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    receiver.status = 500
    purchase = bought()
    work(app)
    opened = buyer.post(
        "/v1/disputes", {"purchase_id": purchase, "reason": "invalid_contact", "statement": "Nobody there."}
    )
    advance(app, hours=73)
    assert run(app, lambda: disputes.uphold_by_default(dispute_id=identifier("dsp", opened.json["id"])))
    receiver.status = 200
    work(app)
    assert len(receiver.got) == 1
    assert deliveries(buyer, purchase)[0]["state"] == "failed"
    assert closed_for_good(buyer, purchase)
    with pytest.raises(purchases.RefundedUnread):
        run(app, lambda: disclose(identifier("pur", purchase)))


def disclose(purchase_id: UUID) -> None:
    """Past all services, by the application's own hand in the database."""
    db.session.execute(
        text(
            "UPDATE purchases SET disclosed_at = clock.now(), window_ends_at ="
            " least(clock.now(), undisclosed_until) + return_window_days * interval '24 hours' WHERE id = :id"
        ),
        {"id": purchase_id},
    )


@pytest.mark.parametrize("attempts_first", [False, True])
@pytest.mark.parametrize("way", ["removed", "paused"])
def test_a_target_that_the_buyer_took_away_is_no_ground_for_a_refund(
    app: Flask,
    buyer: Party,
    receiver: Receiver,
    bought: Callable[[], str],
    way: str,
    attempts_first: bool,
) -> None:
    receiver.stop()
    purchase = bought()
    work_off(app, only=TOPICS if attempts_first else TOPICS[:1])
    path = f"/v1/delivery-targets/{receiver.target['target']['id']}"  # type: ignore[attr-defined]
    changed = (
        buyer.send("DELETE", path)
        if way == "removed"
        else buyer.send("PATCH", path, json={"state": "paused"})
    )
    assert changed.status_code == 200
    pass_three_days(app)
    assert deliveries(buyer, purchase)[0]["state"] == "failed"
    assert buyer.get(f"/v1/purchases/{purchase}").json["refund_reason"] is None
    assert buyer.get(f"/v1/purchases/{purchase}/contact").status_code == 200


def test_a_delivery_that_ended_without_an_attempt_can_be_sent_again(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    first, second = bought(), bought()
    receiver.status = 410
    work(app)
    ended = {
        deliveries(buyer, one)[0]["attempts"]: deliveries(buyer, one)[0]["id"] for one in (first, second)
    }
    assert sorted(ended) == [0, 1]
    path = f"/v1/delivery-targets/{receiver.target['target']['id']}"  # type: ignore[attr-defined]
    assert buyer.send("PATCH", path, json={"state": "active"}).status_code == 200
    receiver.status = 200
    assert buyer.post(f"/v1/deliveries/{ended[0]}/redeliver").json["state"] == "waiting"
    work(app)
    assert buyer.get(f"/v1/deliveries/{ended[0]}").json["state"] == "delivered"


def test_a_delivery_whose_duty_died_ends_and_does_not_wait_for_ever(
    app: Flask, buyer: Party, receiver: Receiver, bought: Callable[[], str]
) -> None:
    receiver.status = 500
    dead, alive = bought(), bought()
    work(app)
    of_dead = deliveries(buyer, dead)[0]["id"]
    run(
        app,
        lambda: db.session.execute(
            text(
                "UPDATE outbox SET dead_at = clock_timestamp() WHERE topic = 'deliveries.attempt'"
                " AND reference = :delivery AND done_at IS NULL"
            ),
            {"delivery": identifier("dlv", of_dead)},
        ),
    )
    run(app, lambda: services.fail_stranded(most=1_000))
    assert deliveries(buyer, dead)[0]["state"] == "failed"
    assert deliveries(buyer, alive)[0]["state"] == "waiting"
    receiver.status = 200
    assert buyer.post(f"/v1/deliveries/{of_dead}/redeliver").status_code == 200
    work(app)
    assert deliveries(buyer, dead)[0]["state"] == "delivered"
