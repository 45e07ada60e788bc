"""A seller sends a file: in one piece, in many, twice, cut, too large; and follows what becomes of it."""

from __future__ import annotations

import dataclasses
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from flask import Flask
from werkzeug.exceptions import TooManyRequests

from marketplace.journey.intake.rules import PART_BYTES
from marketplace.kernel import ids
from marketplace.reports.listeners import PLACES, Places
from tests.journey.batches import file_of, open_batch, people, refusals, send, story, validate_due, validated
from tests.journey.conftest import Party

Offers = Callable[..., dict[str, Any]]


def test_the_commitment_comes_before_the_file(seller: Party, make_offer: Offers) -> None:
    batch = open_batch(seller, make_offer(seller))
    assert batch["status"] == "open" and len(bytes.fromhex(batch["commitment"])) == 32
    assert batch["upload"] == {"method": "PUT", "path": f"/v1/batches/{batch['id']}/file"}
    assert batch["id"].startswith("bat_") and batch["file"] is None


def test_a_file_becomes_leads_and_refusals(app: Flask, seller: Party, make_offer: Offers) -> None:
    rows = [*people(4), "Jan,123,no-mail,,,", "Ola,+48512000111,ola@gmail.com,2027-13-45,,"]
    batch = open_batch(seller, make_offer(seller))
    answer = send(seller, batch, file_of(rows), name="C:\\my\\leads.csv")
    assert answer.status_code == 202 and answer.json["status"] == "received"
    assert story(seller, batch)["progress"] == {"done": 0, "total": None}
    validate_due(app)
    told = story(seller, batch)
    assert told["status"] == "validated"
    assert told["counts"] == {"total": 6, "accepted": 4, "refused": 2}
    assert told["progress"] == {"done": 6, "total": 6}
    assert told["file"]["name"] == "leads.csv" and told["file"]["format"] == "csv"
    assert {c["column"]: c["field"] for c in told["columns"]}["income"] == "income"
    assert refusals(seller, batch) == {4: "phone_too_short", 5: "date_impossible"}
    assert [b["id"] for b in seller.get("/v1/batches").json["data"]] == [batch["id"]]


def test_a_person_in_the_place_of_the_header_stands_nowhere_in_clear(
    app: Flask, seller: Party, make_offer: Offers, superuser: str
) -> None:
    batch = open_batch(seller, make_offer(seller))
    person = f"Canary{uuid.uuid4().hex}"
    assert send(seller, batch, f"{person},Hill Street\nBob,Lake Street\nEve,Wood Street\n").status_code == 202
    validate_due(app)
    found = seller.get(f"/v1/batches/{batch['id']}").json
    # The seller sees the first row taken for names of columns, and so what to mend.
    assert person in [column["column"] for column in found["columns"]]
    with psycopg.connect(superuser) as connection:
        row = connection.execute(
            "SELECT b::text FROM batches b WHERE id = %s", (ids.parse("bat", batch["id"]),)
        ).fetchone()
    assert row is not None and person not in row[0]


def test_the_same_file_again_gets_the_same_answer_and_another_is_refused(
    seller: Party, make_offer: Offers
) -> None:
    batch = open_batch(seller, make_offer(seller))
    content = file_of(people(2))
    first = send(seller, batch, content)
    again = send(seller, batch, content)
    assert (again.status_code, again.json) == (202, first.json)
    other = send(seller, batch, content + "x")
    assert other.status_code == 409 and other.json["code"] == "other_file"


def test_a_large_file_lies_sealed_in_parts(
    app: Flask, seller: Party, make_offer: Offers, superuser: str
) -> None:
    batch = open_batch(seller, make_offer(seller))
    canary = f"canary{uuid.uuid4().hex}"
    content = (
        b"phone,email,x\n" + b",".join([b"+48512345678", canary.encode() + b"@gmail.com", b"y" * 500]) + b"\n"
    )
    content += b"+48512345679,b@gmail.com,%s\n" % (b"z" * 60_000) * 150
    assert len(content) > 2 * PART_BYTES
    assert send(seller, batch, content).status_code == 202
    with psycopg.connect(superuser) as connection:
        parts = connection.execute(
            "SELECT part, byte_count, sealed FROM batch_file_parts p JOIN batches b ON b.id = p.batch_id"
            " WHERE b.file_bytes = %s ORDER BY part",
            (len(content),),
        ).fetchall()
    assert [part[0] for part in parts] == [0, 1, 2] and sum(part[1] for part in parts) == len(content)
    assert not any(canary.encode() in part[2] for part in parts)
    validate_due(app)
    # All rows but the first repeat one person.
    assert story(seller, batch)["counts"] == {"total": 151, "accepted": 2, "refused": 149}


def test_a_cut_upload_leaves_the_batch_open_for_the_next(
    app: Flask, seller: Party, make_offer: Offers
) -> None:
    batch = open_batch(seller, make_offer(seller))
    path = f"/v1/batches/{batch['id']}/file"
    whole = file_of(people(3)).encode()
    cut = seller.send(
        "PUT",
        path,
        input_stream=io.BytesIO(b"a" * (PART_BYTES + 10)),
        environ_overrides={"CONTENT_LENGTH": str(3 * PART_BYTES)},
    )
    assert cut.status_code == 400 and cut.json["code"] == "upload_cut"
    assert story(seller, batch)["status"] == "open"
    assert send(seller, batch, whole).status_code == 202
    validate_due(app)
    assert story(seller, batch)["counts"]["accepted"] == 3


def test_a_file_may_come_in_a_form(app: Flask, seller: Party, make_offer: Offers) -> None:
    batch = open_batch(seller, make_offer(seller))
    path = f"/v1/batches/{batch['id']}/file"
    content = file_of(people(2)).encode()
    form = {"note": "x", "file": (io.BytesIO(content), "from-form.csv")}
    answer = seller.send("PUT", path, data=form, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.json
    assert answer.json["file"] == {
        "name": "from-form.csv",
        "bytes": len(content),
        "format": None,
        "encoding": None,
    }
    two = {"a": (io.BytesIO(b"1"), "a.csv"), "b": (io.BytesIO(b"2"), "b.csv")}
    other = open_batch(seller, make_offer(seller))
    refused = seller.send(
        "PUT", f"/v1/batches/{other['id']}/file", data=two, content_type="multipart/form-data"
    )
    assert refused.status_code == 422 and refused.json["code"] == "unreadable_form"
    no_file = seller.send(
        "PUT", f"/v1/batches/{other['id']}/file", data={"note": "x"}, content_type="multipart/form-data"
    )
    assert no_file.json["code"] == "unreadable_form"
    assert story(seller, other)["status"] == "open"


def test_a_file_above_the_limit_is_refused_before_it_is_kept(
    app: Flask, seller: Party, make_offer: Offers, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = dataclasses.replace(app.config["EXCHANGE"], max_upload_bytes=100_000)
    monkeypatch.setitem(app.config, "EXCHANGE", small)
    batch = open_batch(seller, make_offer(seller))
    assert send(seller, batch, b"x" * 100_001).json["code"] == "too_large"
    assert send(seller, batch, b"x" * 2_000_000).status_code == 413
    assert story(seller, batch)["status"] == "open"


def test_an_empty_file_is_refused_at_once(seller: Party, make_offer: Offers) -> None:
    batch = open_batch(seller, make_offer(seller))
    answer = send(seller, batch, b"")
    assert answer.status_code == 422 and answer.json["code"] == "empty_file"


def test_a_paused_offer_takes_no_batches(seller: Party, make_offer: Offers) -> None:
    offer = make_offer(seller)
    seller.post(f"/v1/offers/{offer['id']}/pause")
    answer = seller.post(f"/v1/offers/{offer['id']}/batches", {})
    assert answer.status_code == 409 and answer.json["code"] == "offer_not_open"


def test_opening_a_batch_needs_a_key_and_happens_once(seller: Party, make_offer: Offers) -> None:
    path = f"/v1/offers/{make_offer(seller)['id']}/batches"
    assert seller.post(path, {}, key=None).status_code == 400
    first = seller.post(path, {}, key="same")
    assert seller.post(path, {}, key="same").json == first.json
    assert seller.post(path, {"mapping": {"a": "phone"}}, key="same").status_code == 422
    assert len(seller.get("/v1/batches").json["data"]) == 1


def test_strangers_learn_nothing_of_a_batch(
    app: Flask, seller: Party, sign_up: Callable[..., Party], make_offer: Offers, operator: Party
) -> None:
    batch = validated(app, seller, make_offer(seller), file_of([*people(1), "x,1,,,,"]))
    rival = sign_up(sells=True)
    path = f"/v1/batches/{batch['id']}"
    for method, tail in (
        ("GET", ""),
        ("GET", "/refusals"),
        ("GET", "/refusals?format=csv"),
        ("GET", "/events"),
    ):
        assert rival.send(method, path + tail).status_code == 404, tail
    assert rival.send("PUT", path + "/file", data=b"x").status_code == 404
    assert rival.send("PUT", path + "/mapping", json={"mapping": {}}).status_code == 404
    assert rival.get("/v1/batches").json["data"] == []
    assert rival.post(f"/v1/offers/{batch['offer_id']}/batches", {}).status_code == 404
    for wrong in ("bat_01jd3v5k8n0000000000000000", "off_01jd3v5k8n0000000000000000", "x", "bat_" + "z" * 26):
        assert seller.get(f"/v1/batches/{wrong}").status_code == 404
    # The operator follows batches, and gets no file with contacts.
    assert operator.get(path).status_code == 200 and operator.get(path + "/refusals").status_code == 200
    assert operator.get(path + "/refusals?format=csv").status_code == 404


def test_refused_rows_come_back_as_the_same_file_with_reasons(
    app: Flask, seller: Party, make_offer: Offers
) -> None:
    content = 'full_name,phone,email,wish\n=cmd|calc,123,@x,"a,b"\nOla,+48512345678,ola@wp.pl,ok\nJan,,,"c"\n'
    batch = validated(app, seller, make_offer(seller), content)
    answer = seller.get(f"/v1/batches/{batch['id']}/refusals?format=csv")
    assert (
        answer.content_type.startswith("text/csv") and "attachment" in answer.headers["Content-Disposition"]
    )
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "full_name,phone,email,wish,refusal_code,refusal_column,refusal_reason"
    assert lines[1].startswith("'=cmd|calc,123,'@x,\"a,b\",phone_too_short,phone,")
    assert lines[2].startswith("Jan,,,c,unreachable,,")
    assert len(lines) == 3


def test_refused_rows_are_listed_page_by_page(app: Flask, seller: Party, make_offer: Offers) -> None:
    batch = validated(app, seller, make_offer(seller), file_of(["x,1,,,,"] * 5))
    path, seen, cursor = f"/v1/batches/{batch['id']}/refusals", [], ""
    while True:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = seller.get(path, query_string=query).json
        seen += [row["row_no"] for row in page["data"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == [0, 1, 2, 3, 4]
    for bad in ("x", "WyJhIl0", "WyItMSJd"):
        assert seller.get(path, query_string={"cursor": bad}).status_code == 422


def test_progress_can_be_followed_live(app: Flask, seller: Party, make_offer: Offers) -> None:
    batch = validated(app, seller, make_offer(seller), file_of(people(2)))
    answer = seller.get(f"/v1/batches/{batch['id']}/events")
    assert answer.content_type.startswith("text/event-stream")
    events = [block for block in answer.data.decode().split("\n\n") if block.startswith("event:")]
    told = json.loads(events[0].split("data: ")[1])
    assert told["status"] == "validated" and told["counts"]["accepted"] == 2
    assert events[-1] == "event: end\ndata: {}"


def test_a_few_follow_live_and_the_next_one_is_asked_to_come_again(
    app: Flask, seller: Party, sign_up: Callable[..., Party], make_offer: Offers
) -> None:
    """A quarter of the threads may listen, whoever asks; the others get 429 and the server stays free."""
    batches = [(party, open_batch(party, make_offer(party))) for party in (seller, sign_up(sells=True))]
    paths = [(party, f"/v1/batches/{batch['id']}/events") for party, batch in batches]
    threads = app.config["EXCHANGE"].web_threads
    held = [PLACES.take(uuid.uuid4(), threads) for _ in range(threads // 4)]
    for party, path in paths:
        refused = party.get(path)
        assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) > 0
    assert seller.get(paths[0][1].removesuffix("/events")).status_code == 200
    for give_back in held:
        give_back()
    # Whoever has listened gives the place back.
    for _ in range(threads):
        for party, path in paths:
            with party.get(path) as answer:
                assert answer.status_code == 200 and "retry: " in answer.text


def test_one_organization_has_two_places_of_many() -> None:
    places, one, other = Places(), uuid.uuid4(), uuid.uuid4()
    first, _ = places.take(one, 256), places.take(one, 256)
    with pytest.raises(TooManyRequests):
        places.take(one, 256)
    places.take(other, 256)
    first()
    first()
    places.take(one, 256)


def test_sellers_find_their_own_leads_by_contact_and_nobody_elses(
    app: Flask, seller: Party, sign_up: Callable[..., Party], make_offer: Offers
) -> None:
    mark = uuid.uuid4().hex[:10]
    row = f"Ola Lis,+48 601 234 567,Ola.{mark}@Gmail.com,,,"
    validated(app, seller, make_offer(seller), file_of([row]))
    found = seller.post("/v1/leads/search", {"phone": "601-234-567", "country": "PL"}, key=None).json["data"]
    assert len(found) == 1 and found[0]["masked"] == {"name": "O.", "phone": "PL …67", "email": "free"}
    assert (
        len(seller.post("/v1/leads/search", {"email": f"ola.{mark}@gmail.com"}, key=None).json["data"]) == 1
    )
    rival = sign_up(sells=True)
    assert rival.post("/v1/leads/search", {"email": f"ola.{mark}@gmail.com"}, key=None).json["data"] == []
    for bad in (
        {},
        {"phone": "1", "email": "a@b.pl"},
        {"phone": "nonsense-secret"},
        {"email": "nonsense-secret"},
    ):
        refused = seller.post("/v1/leads/search", bad, key=None)
        assert refused.status_code == 422 and "secret" not in refused.text


def test_suppressed_people_are_refused(
    app: Flask, seller: Party, operator: Party, make_offer: Offers
) -> None:
    mark = uuid.uuid4().hex[:8]
    body = {"email": f"Forget.{mark}@gmail.com", "reason": "erasure"}
    assert operator.post("/v1/suppressions", body).status_code == 204
    assert operator.post("/v1/suppressions", body).status_code == 204
    assert seller.post("/v1/suppressions", body).status_code == 403
    rows = [*people(1), f"X,+48602{int(mark[:4], 16) % 1000:03d}777,forget.{mark}@gmail.com,,,"]
    batch = validated(app, seller, make_offer(seller), file_of(rows))
    assert refusals(seller, batch) == {1: "suppressed"}
