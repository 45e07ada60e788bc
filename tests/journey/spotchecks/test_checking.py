"""What sellers, checkers and everybody else are promised about a spot check, through the public doors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from flask import Flask

from marketplace import draws
from marketplace.journey.spotchecks import plan_for
from marketplace.kernel import ids
from tests.journey import checks
from tests.journey.conftest import Party
from tests.journey.spotchecks.reading import fact_count


def test_a_clean_batch_is_accepted_as_soon_as_its_published_plan_says(
    app: Flask, seller: Party, checkers: list[Party], batch: str
) -> None:
    before = checks.check_of(seller, batch)
    assert before["state"] == "sampling" and before["server_seed"] is None and before["outcomes"] is None
    assert before["plan"]["seller_risk"] <= 0.05 and before["plan"]["buyer_risk"] <= 0.05
    assert before["plan"]["accept_at"] == list(plan_for(60).accept_at)
    judged = checks.check_clean(app, batch, checkers[0])
    assert judged == before["plan"]["accept_at"][0]
    after = checks.check_of(seller, batch)
    assert after["state"] == "accepted" and after["figures"] == {
        "checked": judged,
        "fakes": 0,
        "inconclusive": 0,
        "pending": 0,
    }
    assert after["commitment"] == before["commitment"] and after["root"] == before["root"]
    assert sha256(bytes.fromhex(after["server_seed"])).hexdigest() == before["commitment"]


def test_anyone_can_recompute_the_order_from_the_published_record(
    app: Flask, seller: Party, checkers: list[Party], batch: str
) -> None:
    early = seller.get(f"/v1/batches/{batch}/spot-check/record")
    assert early.status_code == 409 and early.json["code"] == "record_not_published"
    checks.check_clean(app, batch, checkers[0])
    record = seller.get(checks.check_of(seller, batch)["record_url"])
    assert record.status_code == 200 and "attachment" in record.headers["Content-Disposition"]
    assert draws.verify_record_text(record.data) == []
    assert record.json["batch_id"] == batch and len(record.json["leaves"]) == 60
    for place in range(0, len(record.data), 97):
        changed = bytearray(record.data)
        changed[place] = ord("1") if changed[place] != ord("1") else ord("2")
        assert draws.verify_record_text(bytes(changed)), f"a change at byte {place} was not noticed"


def test_the_command_recomputes_draw_and_decision(
    app: Flask, seller: Party, checkers: list[Party], batch: str
) -> None:
    from marketplace.journey.spotchecks import verify_record_of
    from marketplace.kernel.database import in_transaction

    checks.check_clean(app, batch, checkers[0])
    batch_id = ids.parse("bat", batch)
    with app.app_context():
        assert in_transaction(lambda: verify_record_of(batch_id)) == []  # type: ignore[arg-type]


def test_a_fake_counts_when_another_checker_confirms_it(
    app: Flask, seller: Party, checkers: list[Party], batch: str
) -> None:
    sample = checks.in_work(app, batch)[0]
    assert checks.judge(checkers[0], sample, "fake", note="The number is a bakery's.").status_code == 201
    assert checks.check_of(seller, batch)["figures"]["fakes"] == 0
    again = checkers[0].get(f"/v1/spot-checks/{sample}")
    assert again.status_code == 409 and again.json["code"] == "already_checked"
    twice = checkers[0].post(f"/v1/spot-checks/{sample}/verdict", {"verdict": "fake", "attempts": 1})
    assert twice.status_code == 409 and twice.json["code"] == "already_checked"
    assert checks.judge(checkers[1], sample, "fake").status_code == 201
    assert checks.check_of(seller, batch)["figures"]["fakes"] == 1


def test_where_two_checkers_disagree_a_third_decides(
    app: Flask, seller: Party, checkers: list[Party], batch: str
) -> None:
    sample = checks.in_work(app, batch)[0]
    for checker, verdict in zip(checkers, ("fake", "genuine", "genuine"), strict=True):
        assert sample in checks.in_work(app, batch)
        assert checks.judge(checker, sample, verdict).status_code == 201
    assert sample not in checks.in_work(app, batch)
    assert checks.check_of(seller, batch)["figures"] == {
        "checked": 1,
        "fakes": 0,
        "inconclusive": 0,
        "pending": 10,
    }


def test_a_batch_with_too_many_fakes_is_rejected_and_goes_back_by_choice(
    app: Flask, seller: Party, checkers: list[Party], batch: str, superuser: str
) -> None:
    for sample in checks.in_work(app, batch)[:2]:
        checks.confirm_fake(checkers, sample)
    shown = checks.check_of(seller, batch)
    # Leads before the two in the order are still open, but no answer of theirs could save the batch.
    assert shown["state"] == "rejected" and shown["figures"]["fakes"] == 2 and shown["choose_by"]
    assert shown["full_check_fee"]["currency"] == "EUR" and checks.in_work(app, batch) == []
    chosen = seller.post(f"/v1/batches/{batch}/spot-check/choice", {"choice": "return"})
    assert chosen.status_code == 200 and chosen.json["state"] == "returned", chosen.json
    late = seller.post(f"/v1/batches/{batch}/spot-check/choice", {"choice": "full_check"})
    assert late.status_code == 409 and late.json["code"] == "nothing_to_choose"
    assert fact_count(superuser, "BatchRejected", ids.parse("bat", batch)) == 1


def test_without_a_choice_in_72_hours_the_batch_goes_back(
    app: Flask, seller: Party, checkers: list[Party], batch: str
) -> None:
    from tests.journey.trade import advance
    from tests.work import work_off

    for sample in checks.in_work(app, batch)[:2]:
        checks.confirm_fake(checkers, sample)
    work_off(app, only=checks.DRAW)
    assert checks.check_of(seller, batch)["state"] == "rejected"
    advance(app, hours=72.1)
    late = seller.post(f"/v1/batches/{batch}/spot-check/choice", {"choice": "full_check"})
    assert late.status_code == 409 and late.json["code"] == "nothing_to_choose"
    work_off(app, only=checks.DRAW)
    assert checks.check_of(seller, batch)["state"] == "returned"


def test_a_full_check_is_paid_by_the_seller_and_ends_with_the_genuine_leads(
    app: Flask, seller: Party, operator: Party, checkers: list[Party], make_offer: Callable[..., Any]
) -> None:
    batch = checks.drawn(app, seller, make_offer(seller), 12)
    fee = operator.send("PUT", "/v1/check-fees/mortgage", json={"fee": {"amount": 150, "currency": "EUR"}})
    assert fee.status_code == 200, fee.json
    checks.confirm_fake(checkers, checks.in_work(app, batch)[0])
    shown = checks.check_of(seller, batch)
    assert shown["state"] == "rejected" and shown["full_check_fee"] == {"amount": 11 * 150, "currency": "EUR"}
    chosen = seller.post(f"/v1/batches/{batch}/spot-check/choice", {"choice": "full_check"})
    assert chosen.status_code == 200 and chosen.json["state"] == "full_check", chosen.json
    assert len(checks.in_work(app, batch)) == 11
    assert checks.check_clean(app, batch, checkers[2]) == 11
    done = checks.check_of(seller, batch)
    assert done["state"] == "accepted" and done["fully_checked"] is True
    assert draws.verify_record_text(seller.get(done["record_url"]).data) == []


def test_when_too_many_do_not_answer_nothing_is_decided(
    app: Flask, seller: Party, checkers: list[Party], make_offer: Callable[..., Any]
) -> None:
    batch = checks.drawn(app, seller, make_offer(seller), 60)
    few = checkers[0].get(f"/v1/spot-checks/{checks.in_work(app, batch)[0]}").json["id"]
    refused = checkers[0].post(f"/v1/spot-checks/{few}/verdict", {"verdict": "inconclusive", "attempts": 3})
    assert refused.status_code == 422 and refused.json["code"] == "too_few_attempts"
    while waiting := checks.in_work(app, batch):
        assert checks.judge(checkers[0], waiting[0], "inconclusive").status_code == 201
    shown = checks.check_of(seller, batch)
    assert shown["state"] == "on_hold" and shown["choose_by"]
    assert seller.post(f"/v1/batches/{batch}/spot-check/choice", {"choice": "return"}).status_code == 200


def test_a_batch_without_a_single_good_row_ends_as_empty(
    app: Flask, seller: Party, make_offer: Callable[..., Any]
) -> None:
    from tests.journey.batches import open_batch, send, validate_due
    from tests.work import work_off

    batch = open_batch(seller, make_offer(seller))
    content = b"name;phone;email;created_at\nJan;12;nobody;2026-01-01T00:00:00Z\n"
    assert send(seller, batch, content, name="bad.csv").status_code in (200, 202)
    validate_due(app)
    work_off(app, only=checks.DRAW)
    shown = checks.check_of(seller, batch["id"])
    assert shown["state"] == "empty" and shown["population"] == 0 and shown["record_url"] is None


def test_a_checker_sees_whom_to_ask_and_never_who_sells(
    app: Flask, seller: Party, checkers: list[Party], make_offer: Callable[..., Any], superuser: str
) -> None:
    offer = make_offer(seller, name="Offer of the tell-tale name", source="tell-tale source")
    batch = checks.drawn(app, seller, offer, 12)
    sample = checks.in_work(app, batch)[0]
    opened = checkers[0].get(f"/v1/spot-checks/{sample}")
    assert opened.json["contact"]["phone"].startswith("+48") and "@" in opened.json["contact"]["email"]
    listed = checkers[0].get("/v1/spot-checks?limit=200").data.decode()
    organization = ids.public("org", seller.organization_id)
    name = seller.get("/v1/organization").json["name"]
    for tell_tale in (organization, str(seller.organization_id), name, batch, offer["id"], "tell-tale"):
        assert tell_tale not in opened.data.decode() and tell_tale not in listed
    assert "@" not in listed and "+48" not in listed
    with psycopg.connect(superuser) as connection:
        audited = connection.execute(
            "SELECT count(*) FROM audit_log WHERE action = 'spotcheck.contact_read'"
            " AND subject_id = (SELECT lead_id FROM spot_check_samples WHERE id = %s)",
            (ids.parse("chk", sample),),
        ).fetchone()
    assert audited == (1,)
    for stranger in (seller,):
        assert stranger.get("/v1/spot-checks").status_code == 403
        assert stranger.get(f"/v1/spot-checks/{sample}").status_code == 403


def test_an_open_lead_is_kept_for_its_checker(app: Flask, checkers: list[Party], batch: str) -> None:
    sample = checks.in_work(app, batch)[0]
    unopened = checkers[0].post(f"/v1/spot-checks/{sample}/verdict", {"verdict": "genuine", "attempts": 1})
    assert unopened.status_code == 409 and unopened.json["code"] == "not_claimed"
    assert checkers[0].get(f"/v1/spot-checks/{sample}").status_code == 200
    other = checkers[1].get(f"/v1/spot-checks/{sample}")
    assert other.status_code == 409 and other.json["code"] == "in_other_hands"
    pages, cursor = [], ""
    while cursor is not None:
        page = checkers[1].get(f"/v1/spot-checks?limit=50&cursor={cursor}").json
        pages += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]
    assert sample not in pages and len(set(pages)) == len(pages)


def test_two_verdicts_at_once_decide_once(
    app: Flask, seller: Party, checkers: list[Party], batch: str, superuser: str
) -> None:
    accept_at = checks.check_of(seller, batch)["plan"]["accept_at"][0]
    judged = 0
    while judged < accept_at - 2:
        assert checks.judge(checkers[0], checks.in_work(app, batch)[0], "genuine").status_code == 201
        judged += 1
    last = checks.in_work(app, batch)[:2]
    assert len(last) == 2
    barrier = threading.Barrier(2)
    answers: list[int] = []

    def work(checker: Party, sample: str) -> None:
        mine = Party(app.test_client(), checker.organization_id, checker.secret)
        assert mine.get(f"/v1/spot-checks/{sample}").status_code == 200
        barrier.wait()
        answer = mine.post(f"/v1/spot-checks/{sample}/verdict", {"verdict": "genuine", "attempts": 1})
        answers.append(answer.status_code)

    threads = [threading.Thread(target=work, args=pair) for pair in zip(checkers[:2], last, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [201, 201]
    assert checks.check_of(seller, batch)["state"] == "accepted"
    assert fact_count(superuser, "BatchAccepted", ids.parse("bat", batch)) == 1


def test_strangers_find_nothing(
    app: Flask, sign_up: Callable[..., Party], checkers: list[Party], batch: str
) -> None:
    stranger = sign_up(sells=True)
    nothing = ids.public("bat", ids.new_id())
    for path in (batch, nothing):
        assert stranger.get(f"/v1/batches/{path}/spot-check").status_code == 404
        assert stranger.get(f"/v1/batches/{path}/spot-check/record").status_code == 404
        answer = stranger.post(f"/v1/batches/{path}/spot-check/choice", {"choice": "return"})
        assert answer.status_code == 404
    assert checkers[0].get(f"/v1/spot-checks/{ids.public('chk', ids.new_id())}").status_code == 404
    assert checkers[0].get("/v1/spot-checks/nonsense").status_code == 404


def test_who_may_buy_sees_the_record_of_what_is_for_sale_and_not_before(
    app: Flask, buyer: Party, checkers: list[Party], batch: str
) -> None:
    assert buyer.get(f"/v1/batches/{batch}/spot-check").status_code == 404
    checks.check_clean(app, batch, checkers[0])
    shown = checks.check_of(buyer, batch)
    assert shown["state"] == "accepted" and shown["outcomes"]
    assert draws.verify_record_text(buyer.get(shown["record_url"]).data) == []


def test_presets_are_published_with_their_operating_curves(seller: Party) -> None:
    plans = {plan["name"]: plan for plan in seller.get("/v1/plans").json["data"]}
    standard = plans["standard"]
    assert standard["accept_at"][:3] == [31, 58, 80] and standard["n_max"] == 206
    accepted = {point["share_percent"]: point["p_accept"] for point in standard["curve"]}
    assert accepted[0] == 1 and accepted[2] == pytest.approx(0.9550, abs=1e-4)
    assert accepted[10] == pytest.approx(0.0486, abs=1e-4)
    assert seller.get("/v1/plans?batch_size=0").status_code == 422


def test_the_draw_waits_for_the_beacon_that_was_fixed_at_the_freeze(
    app: Flask, seller: Party, make_offer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime

    from marketplace.journey.spotchecks import jobs
    from tests.journey.trade import advance
    from tests.work import work_off

    started = int(datetime.now(UTC).timestamp())
    chain = draws.BeaconChain("https://beacon.example", started - 3_000, 30)
    monkeypatch.setattr(jobs, "_chain", lambda: chain)
    asked: list[int] = []

    def tell(_: draws.BeaconChain, beacon_round: int) -> bytes:
        asked.append(beacon_round)
        return bytes(range(32))

    monkeypatch.setattr(draws, "value_of", tell)
    batch = checks.drawn(app, seller, make_offer(seller), 12)
    frozen = checks.check_of(seller, batch)
    assert frozen["state"] == "frozen" and frozen["root"] and not asked
    # The wall has moved past the round, as a real two minutes would.
    monkeypatch.setattr(
        jobs, "_chain", lambda: draws.BeaconChain("https://beacon.example", started - 9_000, 30)
    )
    advance(app, hours=0.1)
    work_off(app, only=checks.DRAW)
    shown = checks.check_of(seller, batch)
    assert shown["state"] == "sampling" and shown["beacon_used"] is True and len(asked) == 1
