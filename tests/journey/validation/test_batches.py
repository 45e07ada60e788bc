"""A batch is judged once, whatever happens on the way; whose contact it was before is nobody's business."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from marketplace import draws
from marketplace.journey import intake, validation
from marketplace.journey.validation import jobs
from marketplace.kernel import crypto, ids, outbox
from marketplace.kernel.crypto import CannotUnseal, Sealed
from marketplace.kernel.database import db, in_transaction
from tests.journey.batches import (
    file_of,
    open_batch,
    people,
    recently,
    refusals,
    send,
    story,
    validate_due,
    validated,
)
from tests.journey.conftest import Party

Offers = Callable[..., dict[str, Any]]
CHUNK = 40


class Killed(BaseException):
    """Stands for the death of a worker: nothing catches it."""


def batch_uuid(batch: dict[str, Any]) -> UUID:
    identifier = ids.parse("bat", batch["id"])
    assert identifier is not None
    return identifier


def contents(app: Flask, batch: dict[str, Any]) -> tuple[list[Any], list[Any], list[Any]]:
    """Everything that a batch became, without what is random: leads unsealed, refusals unsealed, claims."""

    def read() -> tuple[list[Any], list[Any], list[Any]]:
        wanted = batch_uuid(batch)
        leads = db.session.execute(
            select(intake.Lead).where(intake.Lead.batch_id == wanted).order_by(intake.Lead.row_no)
        ).scalars()
        told = []
        for lead in leads:
            contact = intake.contact_of(lead)
            report = db.session.get(validation.LeadReport, lead.id)
            assert report is not None
            assert lead.leaf == draws.leaf(intake.leaf_salt(lead.id.bytes), contact.canonical)
            claims = db.session.execute(select(intake.LeadClaim).where(intake.LeadClaim.lead_id == lead.id))
            told.append(
                (lead.row_no, contact.values, contact.row, lead.attributes, lead.masked, len(claims.all()))
            )
        rows = db.session.execute(
            select(intake.RefusedRow)
            .where(intake.RefusedRow.batch_id == wanted)
            .order_by(intake.RefusedRow.row_no)
        ).scalars()
        refused = [(row.row_no, row.code, row.detail) for row in rows]
        report = validation.report(wanted)
        assert report is not None
        counts = [report.rows_total, report.rows_accepted, report.rows_refused, report.state]
        return told, refused, counts

    with app.app_context():
        return in_transaction(read)


def free_leases(superuser: str) -> None:
    """Let the leases of the dead run out."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            "UPDATE outbox SET leased_until = clock_timestamp() - interval '1 s', nudge_at = clock_timestamp()"
            " WHERE done_at IS NULL AND dead_at IS NULL AND leased_until IS NOT NULL"
        )


def a_file(mark: str) -> str:
    """Ten chunks of 40 rows: most good, some bad, some twice (near and far)."""
    rows = list(people(CHUNK * 10 - 30, mark=mark))
    rows[5] = rows[3]
    rows[7] = "Jan,1,,,,"
    rows += rows[10:20] + ["only,two"] * 5 + list(people(15, start=900, mark=mark))
    return file_of(rows)


POINTS = [
    ("copy_leads", 1),
    ("copy_leads", 4),
    ("copy_lines", 3),
    ("take_claims", 1),
    ("take_claims", 10),
    ("copy_refusals", 2),
    ("claims_seen", 6),
    ("finish", 5),
    ("finish", 10),
    ("enqueue", 3),
    ("take_next", 7),
]


@pytest.mark.parametrize(("place", "turn"), POINTS)
def test_killed_anywhere_and_run_again_the_rows_are_those_of_one_clean_pass(
    app: Flask,
    sign_up: Callable[..., Party],
    make_offer: Offers,
    superuser: str,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    turn: int,
) -> None:
    monkeypatch.setattr(jobs, "chunk_rows", CHUNK)
    content = a_file(uuid.uuid4().hex[:10])
    clean, cut = sign_up(sells=True), sign_up(sells=True)
    expected = contents(app, validated(app, clean, make_offer(clean), content))
    assert expected[2] == [400, 400 - 1 - 1 - 10 - 5, 17, "done"]

    batch = open_batch(cut, make_offer(cut))
    send(cut, batch, content)
    module = outbox if hasattr(outbox, place) else intake
    real, calls = getattr(module, place), []

    def kill(*args: Any, **kwargs: Any) -> Any:
        calls.append(place)
        if len(calls) == turn:
            raise Killed
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(module, place, kill)
        with pytest.raises(Killed):
            validate_due(app)
        assert story(cut, batch)["status"] == "received"
        free_leases(superuser)
        validate_due(app)
    assert contents(app, batch) == expected
    assert story(cut, batch)["status"] == "validated"


_WORKER = """
import os, sys
from config import load
from marketplace.journey import intake
from marketplace.journey.validation import jobs
from tests.journey.batches import REGISTRY, validate_due
from workers.registry import work_app

jobs.chunk_rows = 40
real, calls = intake.take_claims, []
def die(**kwargs):
    calls.append(1)
    if len(calls) == 4:
        os._exit(9)
    real(**kwargs)
intake.take_claims = die
validate_due(work_app(load(dict(os.environ))))
"""


def test_a_worker_process_that_dies_leaves_nothing_half_done(
    app: Flask,
    environment: dict[str, str],
    sign_up: Callable[..., Party],
    make_offer: Offers,
    superuser: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "chunk_rows", CHUNK)
    content = a_file(uuid.uuid4().hex[:10])
    clean, cut = sign_up(sells=True), sign_up(sells=True)
    expected = contents(app, validated(app, clean, make_offer(clean), content))
    batch = open_batch(cut, make_offer(cut))
    send(cut, batch, content)
    died = subprocess.run(
        [sys.executable, "-c", _WORKER],
        env={**os.environ, **environment},
        cwd=os.path.dirname(app.root_path),
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert died.returncode == 9, died.stderr[-2000:]
    assert story(cut, batch)["progress"]["done"] == 3 * CHUNK
    free_leases(superuser)
    validate_due(app)
    assert contents(app, batch) == expected


def test_another_worker_takes_the_rest_when_time_is_up(
    app: Flask, seller: Party, make_offer: Offers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "chunk_rows", CHUNK)
    monkeypatch.setattr(jobs, "WORK_SECONDS", 0.0)
    batch = open_batch(seller, make_offer(seller))
    send(seller, batch, file_of(people(CHUNK * 3)))
    done = [topic for topic, _ in validate_due(app)]
    assert done == ["intake.read_batch", *["validation.validate_batch"] * 3]
    assert story(seller, batch)["counts"]["accepted"] == CHUNK * 3


def test_a_sellers_own_earlier_leads_are_duplicates_until_the_window_is_over(
    app: Flask, seller: Party, make_offer: Offers, superuser: str
) -> None:
    offer = make_offer(seller)
    content = file_of(people(3))
    assert validated(app, seller, offer, content)["counts"]["accepted"] == 3
    again = validated(app, seller, offer, content)
    assert refusals(seller, again) == dict.fromkeys(range(3), "duplicate")
    other_market = validated(app, seller, make_offer(seller, vertical="insurance"), content)
    assert other_market["counts"]["accepted"] == 3
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(
            "UPDATE lead_claims SET seen_at = seen_at - interval '91 days' WHERE seller_id = %s",
            (seller.organization_id,),
        )
    assert validated(app, seller, offer, content)["counts"]["accepted"] == 3
    assert validated(app, seller, offer, content)["counts"]["accepted"] == 0


def test_one_shared_contact_makes_two_rows_one_person(app: Flask, seller: Party, make_offer: Offers) -> None:
    mark = uuid.uuid4().hex[:8]
    rows = [
        f"A,+48513{int(mark[:4], 16) % 1000:03d}001,a{mark}@gmail.com,,,",
        f"B,+48513{int(mark[:4], 16) % 1000:03d}002,A{mark}@gmail.com,,,",
        f"C,+48513{int(mark[:4], 16) % 1000:03d}002,c{mark}@gmail.com,,,",
    ]
    batch = validated(app, seller, make_offer(seller), file_of(rows))
    # The second shares the first one's address; being refused it claims nothing, so the third is taken.
    assert refusals(seller, batch) == {1: "duplicate"}


def test_nobody_learns_that_another_seller_holds_the_contact(
    app: Flask, sign_up: Callable[..., Party], make_offer: Offers
) -> None:
    first, second = sign_up(sells=True), sign_up(sells=True)
    shared, mark = list(people(3)), uuid.uuid4().hex[:10]
    before = validated(app, first, make_offer(first), file_of(shared))
    batch = validated(app, second, make_offer(second), file_of([*shared, *people(2, start=500, mark=mark)]))
    assert batch["counts"] == {"total": 5, "accepted": 5, "refused": 0}
    hidden = (
        "id",
        "offer_id",
        "commitment",
        "upload",
        "file",
        "opened_at",
        "received_at",
        "counts",
        "progress",
    )
    assert {k: v for k, v in batch.items() if k not in hidden} == {
        k: v for k, v in before.items() if k not in hidden
    }

    def not_listable(which: dict[str, Any]) -> list[int]:
        found = validation.not_listable_leads(batch_uuid(which)).subquery()
        rows = select(intake.Lead.row_no).join(found, found.c.id == intake.Lead.id)
        return sorted(db.session.execute(rows).scalars())

    with app.app_context():
        assert in_transaction(lambda: not_listable(batch)) == [0, 1, 2]
        assert in_transaction(lambda: not_listable(before)) == []


def test_what_is_sealed_opens_for_its_own_lead_only(app: Flask, seller: Party, make_offer: Offers) -> None:
    batch = validated(app, seller, make_offer(seller), file_of(people(2)))
    with app.app_context():
        wanted = select(intake.Lead).where(intake.Lead.batch_id == batch_uuid(batch))
        one, two = in_transaction(lambda: db.session.execute(wanted).scalars().all())
        assert one.wrapped_key and one.sealed
        swapped = Sealed(one.key_id, one.wrapped_key, one.sealed)
        assert intake.open_contact(one.id, swapped).values["phone"].startswith("+48")
        with pytest.raises(CannotUnseal):
            intake.open_contact(two.id, swapped)
        ring = crypto.KeyRing({"other": b"o" * 32}, b"x" * 32)
        assert ring.digest("dedupe", b"phone:+48512000000") != crypto.keys().digest(
            "dedupe", b"phone:+48512000000"
        )


def test_contacts_never_lie_in_clear(
    app: Flask, seller: Party, make_offer: Offers, superuser: str, capfd: pytest.CaptureFixture[str]
) -> None:
    digits = f"{int(uuid.uuid4().hex[:6], 16) % 1_000_000:06d}"
    canaries = [f"canary{digits}", f"514{digits}", f"Kanarek{digits}", f"ulica{digits}", f"inne{digits}"]
    header = "full_name,phone,email,address,notes,created_at"
    rows = [
        f"{canaries[2]} Zolty,+48{canaries[1]},{canaries[0]}@gmail.com,{canaries[3]} 5,{canaries[4]},{recently()}",
        f"{canaries[2]} Drugi,123,{canaries[0]}@,{canaries[3]},{canaries[4]},",
        f"{canaries[2]},+48{canaries[1]}",
        f"{canaries[2]} Znow,+48{canaries[1]},{canaries[0]}@gmail.com,,,",
    ]
    batch = validated(app, seller, make_offer(seller), "\n".join([header, *rows]) + "\n")
    assert batch["counts"] == {"total": 4, "accepted": 1, "refused": 3}
    seller.post("/v1/leads/search", {"phone": f"+48{canaries[1]}"}, key=None)
    seller.post("/v1/leads/search", {"email": f"{canaries[0]}@"}, key=None)
    printed = capfd.readouterr()
    needles = [*canaries, *(canary.encode().hex() for canary in canaries)]
    assert not any(needle in printed.out + printed.err for needle in needles)
    with psycopg.connect(superuser) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 20
        for (table,) in tables:
            for needle in needles:
                found = connection.execute(
                    f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", (f"%{needle}%",)
                ).fetchone()
                assert found == (0,), f"{table} holds {needle}"
