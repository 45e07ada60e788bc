"""Spot checks in tests: validated batches through the public doors, and people who check."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from flask import Flask

from marketplace import identity
from marketplace.kernel import clock, ids
from marketplace.kernel.database import in_transaction
from tests.journey.batches import open_batch, send, validate_due
from tests.journey.conftest import Party
from tests.work import work_off

HEADER = "name;phone;email;created_at"
DRAW = {"spotchecks.draw", "spotchecks.return_unchosen"}
LIST = {"listings.list_batch", "listings.withdraw_lead", "listings.withdraw_batch"}


def csv_of(app: Flask, count: int) -> bytes:
    """A file of *count* different people who left their data three hours ago."""
    with app.app_context():
        at = (in_transaction(clock.business_now) - timedelta(hours=3)).isoformat(timespec="seconds")
    first = 500_000_000 + uuid.uuid4().int % 9_000_000
    rows = (
        f"Jan Kowalski;+48{first + row};jan.{uuid.uuid4().hex[:12]}@gmail.com;{at}" for row in range(count)
    )
    return "\n".join([HEADER, *rows]).encode()


def validated(app: Flask, seller: Party, offer: dict[str, Any], count: int) -> str:
    """A batch of *count* taken leads, validated; returns its public id."""
    batch = open_batch(seller, offer)
    answer = send(seller, batch, csv_of(app, count), name="leads.csv")
    assert answer.status_code in (200, 202), answer.json
    validate_due(app)
    public: str = batch["id"]
    return public


def drawn(app: Flask, seller: Party, offer: dict[str, Any], count: int) -> str:
    """The same, with its sample drawn."""
    public = validated(app, seller, offer, count)
    work_off(app, only=DRAW)
    return public


def hire(app: Flask, operator: Party, role: str = "checker") -> Party:
    """A new member of the operator, with a key of his own."""
    member = operator.post(
        "/v1/members", {"name": "Ewa", "email": f"{uuid.uuid4().hex}@exchange.example", "role": role}
    )
    assert member.status_code == 201, member.json
    made = operator.post("/v1/api-keys", {"name": "work", "member_id": member.json["id"]})
    assert made.status_code == 201, made.json
    identity.forget()
    return Party(app.test_client(), operator.organization_id, made.json["secret"])


def check_of(party: Party, batch: str) -> dict[str, Any]:
    """The batch's spot check as the party sees it."""
    answer = party.get(f"/v1/batches/{batch}/spot-check")
    assert answer.status_code == 200, answer.json
    shown: dict[str, Any] = answer.json
    return shown


def in_work(app: Flask, batch: str) -> list[str]:
    """The leads of one batch that are handed out, in the committed order (the worklist mixes batches)."""
    from marketplace.journey.spotchecks import queries

    batch_id = ids.parse("bat", batch)
    assert batch_id is not None

    def look() -> list[str]:
        return [
            ids.public("chk", sample.id)
            for sample in [*queries.tried(batch_id), *queries.others(batch_id)]
            if sample.outcome == "pending"
        ]

    with app.app_context():
        return in_transaction(look)


def judge(checker: Party, sample: str, verdict: str, **body: Any) -> Any:
    """Open a lead and say what it is."""
    opened = checker.get(f"/v1/spot-checks/{sample}")
    assert opened.status_code == 200, opened.json
    attempts = 4 if verdict == "inconclusive" else 1
    return checker.post(
        f"/v1/spot-checks/{sample}/verdict", {"verdict": verdict, "attempts": attempts, **body}
    )


def confirm_fake(checkers: list[Party], sample: str) -> None:
    """Two checkers, one after the other, call a lead fake."""
    for checker in checkers[:2]:
        assert judge(checker, sample, "fake").status_code == 201


def check_clean(app: Flask, batch: str, checker: Party) -> int:
    """Find everything in work genuine, wave after wave, until nothing is; returns how many were judged."""
    judged = 0
    while waiting := in_work(app, batch):
        for sample in waiting:
            if sample in in_work(app, batch):
                assert judge(checker, sample, "genuine").status_code == 201
                judged += 1
    return judged
