"""A buyer disputes a lead; whoever decides, exactly the right money moves, and only when it may."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from marketplace.journey import disputes, purchases, settlements
from marketplace.kernel import ids
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, run, stock, wallet

Make = Callable[..., Any]
STATEMENT = "The number belongs to a bakery."


@pytest.fixture
def rich(operator: Party, buyer: Party) -> Party:
    fund(operator, buyer, 100_000)
    return buyer


@pytest.fixture(scope="session")
def moderator(app: Flask, operator: Party) -> Party:
    """A member of the operator who rules disputes."""
    member = operator.post(
        "/v1/members", {"name": "Mo", "email": f"{uuid.uuid4().hex}@exchange.example", "role": "moderator"}
    )
    key = operator.post("/v1/api-keys", {"name": "mo", "member_id": member.json["id"]})
    assert key.status_code == 201, key.json
    return Party(app.test_client(), operator.organization_id, key.json["secret"])


@pytest.fixture
def bought(app: Flask, rich: Party, seller: Party, make_offer: Make) -> str:
    return buy(rich, stock(app, make_offer(seller))[0])


def dispute(party: Party, purchase: str, reason: str = "invalid_contact") -> str:
    answer = party.post("/v1/disputes", {"purchase_id": purchase, "reason": reason, "statement": STATEMENT})
    assert answer.status_code == 201, answer.json
    opened: str = answer.json["id"]
    return opened


def identifier(prefix: str, public: str) -> Any:
    parsed = ids.parse(prefix, public)
    assert parsed is not None
    return parsed


def test_a_dispute_stops_the_money_and_silence_loses(
    app: Flask, rich: Party, seller: Party, bought: str
) -> None:
    opened = dispute(rich, bought)
    assert rich.get(f"/v1/purchases/{bought}").json["status"] == "disputed"
    key = identifier("dsp", opened)
    assert not run(app, lambda: disputes.uphold_by_default(dispute_id=key))
    advance(app, hours=73)
    late = seller.post(f"/v1/disputes/{opened}/answer", {"text": "It is right."})
    assert (late.status_code, late.json["code"]) == (409, "answer_too_late")
    assert run(app, lambda: disputes.uphold_by_default(dispute_id=key))
    assert not run(app, lambda: disputes.uphold_by_default(dispute_id=key))
    shown = rich.get(f"/v1/disputes/{opened}").json
    assert (shown["state"], shown["ruled_by"]) == ("upheld", "default") and shown["executed_at"]
    purchase = rich.get(f"/v1/purchases/{bought}").json
    assert (purchase["state"], purchase["refund_reason"]) == ("refunded", "dispute")
    assert wallet(rich) == {"available": 100_000, "promo": 0, "held": 0, "owed": 0}
    assert books_are_clean(app)


def test_a_moderators_partial_ruling_moves_money_after_the_time_for_appeal(
    app: Flask, rich: Party, seller: Party, moderator: Party, bought: str
) -> None:
    opened = dispute(rich, bought)
    early = moderator.post(f"/v1/disputes/{opened}/ruling", {"decision": "uphold", "grounds": "It is plain."})
    assert (early.status_code, early.json["code"]) == (409, "not_answered_yet")
    assert seller.post(f"/v1/disputes/{opened}/answer", {"text": "We called."}).json["state"] == "answered"
    assert seller.post(f"/v1/disputes/{opened}/answer", {"text": "Again."}).json["code"] == "already_answered"
    body = {"decision": "partial", "grounds": "Half of it was right."}
    for wrong in (None, {"amount": 2000, "currency": "EUR"}, {"amount": 500, "currency": "USD"}):
        refused = moderator.post(f"/v1/disputes/{opened}/ruling", {**body, "refund": wrong})
        assert refused.status_code == 422, refused.json
    ruled = moderator.post(
        f"/v1/disputes/{opened}/ruling", {**body, "refund": {"amount": 555, "currency": "EUR"}}
    )
    assert ruled.status_code == 200 and ruled.json["state"] == "partly_upheld"
    key = identifier("dsp", opened)
    assert not run(app, lambda: disputes.carry_out(dispute_id=key))
    advance(app, days=6, hours=23)
    run(app, lambda: settlements.release_slice(most=100_000))
    assert not run(app, lambda: disputes.carry_out(dispute_id=key))
    assert rich.get(f"/v1/purchases/{bought}").json["state"] == "held"
    advance(app, hours=2)
    assert run(app, lambda: disputes.carry_out(dispute_id=key))
    assert not run(app, lambda: disputes.carry_out(dispute_id=key))
    assert wallet(rich) == {"available": 98_555, "promo": 0, "held": 0, "owed": 0}
    sold = seller.get(f"/v1/purchases/{bought}").json
    assert sold["state"] == "partly_refunded" and sold["refunded"]["amount"] == 555
    rest = 2000 - 555
    assert sold["net"]["amount"] + sold["commission"]["amount"] == rest
    assert run(app, lambda: settlements.settle(purchase_ids=[identifier("pur", bought)])) == 1
    [row] = seller.get("/v1/earnings").json["earnings"]
    assert row["pending"]["amount"] == sold["net"]["amount"]
    assert books_are_clean(app)


def test_a_denial_lets_the_money_go_to_the_seller_seven_days_later(
    app: Flask, rich: Party, seller: Party, moderator: Party, bought: str
) -> None:
    opened = dispute(rich, bought)
    ruled = moderator.post(f"/v1/disputes/{opened}/ruling", {"decision": "deny", "grounds": "It was right."})
    assert ruled.json["state"] == "denied" and ruled.json["refund"]["amount"] == 0
    again = moderator.post(f"/v1/disputes/{opened}/ruling", {"decision": "uphold", "grounds": "Or not."})
    assert (again.status_code, again.json["code"]) == (409, "dispute_decided")
    advance(app, days=6, hours=23)
    run(app, lambda: settlements.release_slice(most=100_000))
    assert seller.get(f"/v1/purchases/{bought}").json["state"] == "held"
    advance(app, days=4)
    run(app, lambda: settlements.release_slice(most=100_000))
    assert seller.get(f"/v1/purchases/{bought}").json["state"] == "held"
    assert run(app, lambda: disputes.carry_out(dispute_id=identifier("dsp", opened)))
    run(app, lambda: settlements.release_slice(most=100_000))
    assert seller.get(f"/v1/purchases/{bought}").json["state"] == "released"
    assert wallet(rich)["available"] == 98_000
    assert books_are_clean(app)


def test_the_window_closes_and_what_does_not_count_is_refused(app: Flask, rich: Party, bought: str) -> None:
    asked = {"purchase_id": bought, "statement": STATEMENT}
    mind = rich.post("/v1/disputes", {**asked, "reason": "changed_mind"})
    assert (mind.status_code, mind.json["code"]) == (422, "no_ground") and "risk" in mind.json["detail"]
    assert rich.post("/v1/disputes", {**asked, "reason": "bored"}).status_code == 422
    advance(app, days=10, hours=1)
    late = rich.post("/v1/disputes", {**asked, "reason": "invalid_contact"})
    assert (late.status_code, late.json["code"]) == (409, "window_closed")
    run(app, lambda: settlements.release_slice(most=100_000))
    over = rich.post("/v1/disputes", {**asked, "reason": "invalid_contact"})
    assert (over.status_code, over.json["code"]) == (409, "purchase_ended")


def test_one_dispute_for_a_purchase_and_a_withdrawn_one_leaves_room(rich: Party, bought: str) -> None:
    opened = dispute(rich, bought)
    again = rich.post("/v1/disputes", {"purchase_id": bought, "reason": "duplicate", "statement": STATEMENT})
    assert (again.status_code, again.json["code"]) == (409, "already_disputed")
    assert rich.post(f"/v1/disputes/{opened}/withdrawal").json["state"] == "withdrawn"
    assert rich.get(f"/v1/purchases/{bought}").json["status"] == "held"
    assert rich.post(f"/v1/disputes/{opened}/withdrawal").json["code"] == "dispute_decided"
    assert dispute(rich, bought) != opened


def test_a_copy_of_an_earlier_purchase_is_refunded_by_rule(
    app: Flask, rich: Party, sign_up: Make, make_offer: Make
) -> None:
    phone = f"+4851{uuid.uuid4().int % 10**7:07d}"
    first = buy(rich, stock(app, make_offer(sign_up(sells=True)), 1, [phone])[0])
    second = buy(rich, stock(app, make_offer(sign_up(sells=True)), 1, [phone])[0])
    of_first, of_second = dispute(rich, first, "duplicate"), dispute(rich, second, "duplicate")
    for public, expected in ((of_first, False), (of_second, True)):
        key = identifier("dsp", public)
        assert run(app, lambda key=key: disputes.try_automatic_ruling(dispute_id=key)) is expected
    assert rich.get(f"/v1/disputes/{of_second}").json["ruled_by"] == "rule"
    assert rich.get(f"/v1/purchases/{second}").json["state"] == "refunded"
    assert rich.get(f"/v1/purchases/{first}").json["state"] == "held"


def test_every_buyer_of_a_lead_found_fake_is_refunded_at_once(
    app: Flask, operator: Party, rich: Party, sign_up: Make, seller: Party, make_offer: Make
) -> None:
    other = sign_up(buys=True)
    fund(operator, other, 5_000)
    [listing] = stock(app, make_offer(seller))
    mine, theirs = buy(rich, listing), buy(other, listing)
    opened = dispute(other, theirs, "wrong_person")
    lead = identifier("led", rich.get(f"/v1/purchases/{mine}").json["lead_id"])
    assert run(app, lambda: disputes.uphold_for_fake(lead_id=lead)) == 2
    assert run(app, lambda: disputes.uphold_for_fake(lead_id=lead)) == 0
    assert wallet(rich)["available"] == 100_000 and wallet(other)["available"] == 5_000
    [by_rule] = rich.get("/v1/disputes").json["data"]
    assert (by_rule["opened_by"], by_rule["reason"], by_rule["state"]) == ("rule", "fake_identity", "upheld")
    assert other.get(f"/v1/disputes/{opened}").json["ruled_by"] == "rule"
    assert books_are_clean(app)


def test_without_a_ruling_for_ten_weekdays_the_buyer_is_refunded(
    app: Flask, rich: Party, seller: Party, bought: str
) -> None:
    opened = dispute(rich, bought)
    seller.post(f"/v1/disputes/{opened}/answer", {"text": "It is right."})
    key = identifier("dsp", opened)
    assert not run(app, lambda: disputes.refund_overdue(dispute_id=key))
    advance(app, days=14, hours=1)
    assert run(app, lambda: disputes.refund_overdue(dispute_id=key))
    assert wallet(rich)["available"] == 100_000


def test_the_thread_and_the_files_are_for_the_parties_alone(
    app: Flask, rich: Party, seller: Party, moderator: Party, bought: str, sign_up: Make, superuser: str
) -> None:
    import psycopg

    opened = dispute(rich, bought)
    assert seller.post(f"/v1/disputes/{opened}/messages", {"text": "Which bakery?"}).status_code == 201
    assert moderator.post(f"/v1/disputes/{opened}/messages", {"text": "Please show."}).status_code == 201
    thread = rich.get(f"/v1/disputes/{opened}/messages").json["data"]
    assert [(one["author"], one["text"]) for one in thread] == [
        ("buyer", STATEMENT),
        ("seller", "Which bakery?"),
        ("moderator", "Please show."),
    ]
    recording = b"ID3" + bytes(2 << 20)
    path = f"/v1/disputes/{opened}/evidence"
    sent = rich.send("POST", path, data={"file": (io.BytesIO(recording), "Anna Nowak.mp3")})
    assert sent.status_code == 201 and sent.json["media_type"] == "audio/mpeg", sent.json
    again = rich.send("POST", path, data={"file": (io.BytesIO(recording), "other.mp3")})
    assert again.json["id"] == sent.json["id"]
    got = seller.get(f"{path}/{sent.json['id']}")
    assert got.data == recording and got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"].startswith("attachment")
    for content in (b"", b"<html>", b"MZ\x00\x01", b"%PDF-" + bytes(5 << 20)):
        refused = rich.send("POST", path, data={"file": (io.BytesIO(content), "x")})
        assert refused.status_code in (413, 422), refused.json
    stranger = sign_up(buys=True, sells=True)
    for part in ("", "/messages", "/evidence", f"/evidence/{sent.json['id']}"):
        assert stranger.get(f"/v1/disputes/{opened}{part}").status_code == 404
    assert stranger.post(f"/v1/disputes/{opened}/answer", {"text": "Me?"}).status_code == 404
    assert rich.post(f"/v1/disputes/{opened}/answer", {"text": "Me?"}).status_code == 404
    assert seller.post(f"/v1/disputes/{opened}/withdrawal").status_code == 404
    assert rich.post(f"/v1/disputes/{opened}/ruling", {"decision": "deny", "grounds": "x"}).status_code == 403
    with psycopg.connect(superuser) as connection:
        for table in ("dispute_messages", "dispute_files", "audit_log", "outbox"):
            rows = connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()
            assert not any("bakery" in row[0] or "Nowak" in row[0] for row in rows), table


def test_purchases_state_decides_what_a_dispute_may_do(app: Flask, rich: Party, bought: str) -> None:
    run(
        app,
        lambda: purchases.refund(
            purchase_id=identifier("pur", bought), reason=purchases.RefundReason.REVOKED
        ),
    )
    refused = rich.post(
        "/v1/disputes", {"purchase_id": bought, "reason": "no_consent", "statement": STATEMENT}
    )
    assert (refused.status_code, refused.json["code"]) == (409, "purchase_ended")


def test_the_same_file_under_the_same_key_is_one_request_whatever_the_form_around_it(
    rich: Party, bought: str
) -> None:
    path = f"/v1/disputes/{dispute(rich, bought)}/evidence"

    def show(content: bytes, key: str = "one") -> Any:
        # Each form has a boundary of its own, as every client makes it.
        return rich.send("POST", path, key, data={"file": (io.BytesIO(content), "a.txt")})

    first, again = show(b"They hung up."), show(b"They hung up.")
    assert (first.status_code, again.status_code) == (201, 201), again.json
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    other = show(b"They did not hang up.")
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(rich.get(path).json["data"]) == 1


def test_whoever_rules_reads_the_frozen_evidence_of_what_is_disputed_and_of_nothing_else(
    rich: Party, seller: Party, moderator: Party, operator: Party, bought: str, superuser: str
) -> None:
    import psycopg

    path = f"/v1/purchases/{bought}/evidence"
    assert moderator.get(path).status_code == 404
    opened = dispute(rich, bought)
    own = rich.get(path)
    assert own.status_code == 200
    for reader in (moderator, operator):
        read = reader.get(path)
        assert (read.status_code, read.json) == (200, own.json)
        assert reader.get(f"/v1/purchases/{bought}/contact").status_code == 403
    assert rich.post(f"/v1/disputes/{opened}/withdrawal").status_code == 200
    assert moderator.get(path).status_code == 200
    with psycopg.connect(superuser) as connection:
        written = connection.execute(
            "SELECT organization_id FROM audit_log WHERE action = 'evidence.read' AND subject_id = %s",
            (identifier("pur", bought),),
        ).fetchall()
    assert written == [(operator.organization_id,)] * 3
