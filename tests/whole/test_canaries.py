"""Marked people go through every path; nobody finds them in logs, tables, messages, metrics or errors."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from . import canaries
from .canaries import ADDRESS, COMMENT, FIRST, LAST, MAIL, PHONE, WRONG, Leak, leaks
from .exchange import Exchange, running
from .parties import Party, People, send_batch, until
from .receiver import Receiver

pytestmark = [pytest.mark.xdist_group("whole"), pytest.mark.timeout(600)]

_END = ("accepted", "listed")


@dataclass
class Story:
    """What happened: the problem documents of all refused requests, and what the entitled were told."""

    exchange: Exchange
    people: People
    problems: list[tuple[str, bytes]] = field(default_factory=list)
    told: dict[str, bytes] = field(default_factory=dict)
    delivered: list[Any] = field(default_factory=list)
    metrics: bytes = b""


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    """The whole journey of the marked people, with the logs at their most talkative."""
    with running(LOG_LEVEL="debug") as exchange:
        canaries.keep_every_message(exchange)
        told = Story(exchange, People(exchange))
        seller = told.people.sign_up(sells=True)
        buyer = told.people.sign_up(buys=True, funds=1_000_000)
        batch = _bring_in(told, seller)
        _send_files_that_are_refused(seller)
        _check(told, seller, batch)
        purchase = _buy(told, buyer)
        _dispute(told, seller, buyer, purchase)
        _search_and_suppress(told, seller)
        _ask_wrongly(told, seller, buyer, batch, purchase)
        _wait_until_idle(exchange)
        told.metrics = requests.get(f"{exchange.address}/metrics", timeout=30).content
        yield told


def _bring_in(story: Story, seller: Party) -> str:
    content = canaries.file_of_marked_people()
    batch = send_batch(seller, content, name=canaries.FILE_NAME, consent_channels=["phone", "email"])
    found = until(
        seller, f"/v1/batches/{batch}", lambda shown: shown["status"] not in ("received", "validated")
    )
    assert found["counts"]["accepted"] == canaries.ROWS, found
    assert found["counts"]["refused"] >= 5, found
    story.told["refused rows"] = seller.insist(
        "GET", f"/v1/batches/{batch}/refusals", params={"format": "csv"}
    ).content
    story.problems.append(("refusals", seller.insist("GET", f"/v1/batches/{batch}/refusals").content))
    return batch


def _send_files_that_are_refused(seller: Party) -> None:
    for content in canaries.REFUSED_FILES.values():
        batch = send_batch(seller, content)
        until(seller, f"/v1/batches/{batch}", lambda shown: shown["status"] != "received")


def _check(story: Story, seller: Party, batch: str) -> None:
    checkers = [story.people.hire("checker") for _ in range(2)]
    path = f"/v1/batches/{batch}"
    while seller.get(path)["status"] not in _END:
        for sample in checkers[0].get("/v1/spot-checks", limit=100)["data"]:
            opened = checkers[0].insist("GET", f"/v1/spot-checks/{sample['id']}")
            if opened.status_code == 200:
                story.told["sample"] = opened.content
                verdict = {"verdict": "genuine", "note": f"{canaries.NOTE} {FIRST} {PHONE}00"}
                checkers[0].insist("POST", f"/v1/spot-checks/{sample['id']}/verdict", json=verdict)
    until(seller, path, lambda found: found["status"] == "listed")


def _buy(story: Story, buyer: Party) -> str:
    with Receiver() as good, Receiver(status=500) as bad:
        for name, url in {"good": good.url, "bad": bad.url, "nowhere": "http://127.0.0.1:9/leads"}.items():
            buyer.post("/v1/delivery-targets", {"name": name, "url": url})
        shown = buyer.get("/v1/listings", vertical="mortgage", count="true", limit=100)
        story.problems.append(("listings", json.dumps(shown).encode()))
        listings = [row["id"] for row in shown["data"]]
        story.problems.append(
            ("listing", buyer.insist("GET", f"/v1/listings/{listings[0]}").content),
        )
        bought = buyer.post("/v1/purchases", {"listing_ids": listings[:3]})
        purchase: str = bought["purchases"][0]["id"]
        story.exchange.wait(lambda: len(good.taken) >= 3 and len(bad.taken) >= 3)
        story.delivered = list(good.taken)
    for path in ("", "/evidence"):
        story.problems.append((path, buyer.insist("GET", f"/v1/purchases/{purchase}{path}").content))
    story.told["contact"] = buyer.insist("GET", f"/v1/purchases/{purchase}/contact").content
    return purchase


def _dispute(story: Story, seller: Party, buyer: Party, purchase: str) -> None:
    words = f"{canaries.STATEMENT} {FIRST} {LAST} {PHONE}00"
    body = {"purchase_id": purchase, "reason": "wrong_person", "statement": words}
    path = f"/v1/disputes/{buyer.post('/v1/disputes', body)['id']}"
    seller.post(f"{path}/answer", {"text": words})
    for party in (buyer, seller):
        party.post(f"{path}/messages", {"text": words})
    file = {"file": (canaries.EVIDENCE_NAME, canaries.EVIDENCE + words.encode(), "text/plain")}
    shown = buyer.insist("POST", f"{path}/evidence", files=file)
    assert shown.status_code == 201, shown.text
    buyer.get(f"{path}/messages")
    seller.insist("GET", f"{path}/evidence/{shown.json()['id']}")
    moderator = story.people.hire("moderator")
    ruling = {"decision": "partial", "refund": {"amount": 1_000, "currency": "EUR"}, "grounds": words}
    moderator.post(f"{path}/ruling", ruling)


def _search_and_suppress(story: Story, seller: Party) -> None:
    for contact in ({"phone": f"{PHONE}00"}, {"email": f"canary.0@{MAIL}"}):
        found = seller.post("/v1/leads/search", contact)
        assert len(found["data"]) == 1
        story.problems.append(("search", json.dumps(found).encode()))
        story.people.operator.insist(
            "POST", "/v1/suppressions", json={**contact, "reason": _reason(story.exchange)}
        )


def _reason(exchange: Exchange) -> str:
    described = requests.get(f"{exchange.address}/v1/openapi.json", timeout=30).json()
    reason = described["components"]["schemas"]["SuppressionIn"]["properties"]["reason"]
    return str(reason["enum"][0])


def _ask_wrongly(story: Story, seller: Party, buyer: Party, batch: str, purchase: str) -> None:
    """Every operation with a contact in each field of the body, of the query, of the path."""
    described = requests.get(f"{story.exchange.address}/v1/openapi.json", timeout=30).json()
    schemas = described["components"]["schemas"]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            for party in (seller, buyer, story.people.operator):
                for rest in _wrong_requests(operation, schemas):
                    there = path.replace("{batch_id}", batch).replace("{purchase_id}", purchase)
                    _ask(story, party, method.upper(), there, rest)


def _wrong_requests(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    query = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "query"]
    yield {"params": dict.fromkeys([*query, "unknown", "attribute.income"], WRONG)}
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    fields = schemas.get(name, {}).get("properties", {})
    yield {"json": {**dict.fromkeys(fields, WRONG), "unknown": WRONG}}
    yield {"json": {key: {"amount": WRONG, "currency": WRONG, "text": [WRONG]} for key in fields}}
    yield {"json": {key: [WRONG, PHONE + "00"] for key in fields}}
    yield {"data": f'{{"phone": "{PHONE}00", {LAST}', "headers": {"Content-Type": "application/json"}}


def _ask(story: Story, party: Party, method: str, path: str, rest: dict[str, Any]) -> None:
    filled = path
    while "{" in filled:
        start, end = filled.index("{"), filled.index("}")
        filled = filled[:start] + WRONG + filled[end + 1 :]
    headers = {"X-Request-Id": WRONG, **rest.get("headers", {})}
    answer = party.send(method, filled, **{**rest, "headers": headers})
    assert answer.status_code != 500, (method, path, rest, answer.text)
    if answer.status_code >= 400:
        story.problems.append((f"{method} {path} {rest}", answer.content))


def _wait_until_idle(exchange: Exchange) -> None:
    waiting = (
        "SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= clock.now()"
    )
    exchange.wait(lambda: exchange.query(waiting) == [(0,)], 60)


def _none(found: Iterator[Leak]) -> None:
    told = list(found)
    assert not told, "\n".join(map(str, told))


def test_the_entitled_are_told(story: Story) -> None:
    contact = json.loads(story.told["contact"])
    assert contact["contact"]["phone"].startswith(PHONE)
    assert contact["row"]["Comment"] == COMMENT
    assert ADDRESS.encode() in story.told["sample"]
    assert LAST.encode() in story.told["refused rows"]
    assert len({webhook_id for webhook_id, _ in story.delivered}) == 3
    assert all(body["data"]["contact"]["email"].endswith(MAIL) for _, body in story.delivered)


def test_the_marks_would_be_found(story: Story) -> None:
    clear = story.told["contact"] + story.told["refused rows"]
    assert {leak.what for leak in leaks(clear, "contact")} >= {
        "phone",
        "e-mail",
        "name",
        "address",
        "address of a computer",
        "words",
    }


def test_no_log_names_anybody(story: Story) -> None:
    logs = story.exchange.logs()
    assert {"web.log", "sweeper.log", "worker-batch.log", "postgres.log"} <= {path.name for path in logs}
    _none(leak for path in (*logs, story.exchange.screen) for leak in leaks(path.read_bytes(), path.name))


def test_no_table_holds_a_contact_in_clear(story: Story) -> None:
    seen = dict(canaries.tables(story.exchange))
    assert len(seen["public.leads"].splitlines()) == canaries.ROWS
    found = (leak for name, text in seen.items() for leak in leaks(text, name))
    _none(leak for leak in found if leak.what != "file name")


def test_no_table_holds_the_name_of_a_file_in_clear(story: Story) -> None:
    seen = canaries.tables(story.exchange)
    _none(leak for name, text in seen for leak in leaks(text, name) if leak.what == "file name")


def test_messages_to_workers_hold_numbers_only(story: Story) -> None:
    payloads = [payload for (payload,) in story.exchange.query("SELECT payload FROM kept_messages")]
    assert len(payloads) > 20
    bodies = [base64.b64decode(json.loads(payload)["body"]) for payload in payloads]
    for body in bodies:
        arguments, named, _ = json.loads(body)
        assert all(
            isinstance(one, int) or one in ("money", "deliver", "batch", "mail", "default")
            for one in arguments
        )
        assert named == {}
    _none(leak for body in bodies for leak in leaks(body, "message"))


def test_metrics_name_nobody(story: Story) -> None:
    assert b"exchange_outbox_open" in story.metrics
    _none(leaks(story.metrics, "metrics"))


def test_no_error_repeats_what_was_sent(story: Story) -> None:
    assert len(story.problems) > 200
    _none(leak for where, body in story.problems for leak in leaks(_without_request_id(body), where))


def _without_request_id(body: bytes) -> bytes:
    """The name that the caller himself gave to the request goes back to him."""
    return body.replace(json.dumps(WRONG).encode(), b'""', 1) if b'"request_id":' in body else body
