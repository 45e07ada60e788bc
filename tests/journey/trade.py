"""What trading tests stand on: listed leads without the way through a file, money, people, and time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
from flask import Flask
from sqlalchemy import text

from marketplace.journey.intake import vault
from marketplace.kernel import clock, crypto, ids
from marketplace.kernel.database import db, in_transaction
from marketplace.ledger import verify

from .conftest import Party

_LEAD = text("""
    INSERT INTO leads (id, batch_id, offer_id, seller_id, vertical_id, row_no, received_at, lead_at, attributes,
                       country, region, points, temperature, phone_country, phone_kind, email_class, contact_kinds,
                       masked, consent, source, leaf, key_id, wrapped_key, sealed, phone_search)
    SELECT :id, b.id, b.offer_id, b.seller_id, b.vertical_id, :row, clock.now(), clock.now(), '{"income": 50000}',
           'PL', 'PL-14', 20, 'warm', 'PL', 'mobile', 'free', '{phone,email}', '{"name": "A."}',
           '{"text": "I agree", "channels": ["phone"]}', 'google', sha256('leaf'), :key_id, :wrapped_key, :sealed,
           :phone_search
      FROM batches AS b WHERE b.id = :batch
""")
_LISTINGS = text("""
    INSERT INTO listings (lead_id, batch_id, offer_id, seller_id, vertical_id, price_minor, currency, max_sales,
                          channel, country, region, temperature, points, attributes, lead_at, expires_at)
    SELECT d.id, d.batch_id, d.offer_id, d.seller_id, d.vertical_id, o.price_minor, o.currency, o.max_sales,
           o.channel, d.country, d.region, d.temperature, d.points, d.attributes, d.lead_at,
           clock.now() + interval '30 days'
      FROM leads AS d JOIN offers AS o ON o.id = d.offer_id WHERE d.batch_id = :batch ORDER BY d.row_no
    RETURNING id
""")


def stock(app: Flask, offer: dict[str, Any], count: int = 1, phones: Sequence[str] = ()) -> list[str]:
    """List *count* leads under an offer and return the listings' public ids."""

    def work() -> list[UUID]:
        offer_id = ids.parse("off", offer["id"])
        batch = db.session.execute(
            text(
                "INSERT INTO batches (offer_id, seller_id, vertical_id, commitment)"
                " SELECT id, seller_id, vertical_id, sha256('seed') FROM offers WHERE id = :offer RETURNING id"
            ),
            {"offer": offer_id},
        ).scalar_one()
        rows = []
        for row in range(count):
            lead_id = ids.new_id()
            phone = phones[row] if row < len(phones) else f"+4850{uuid.uuid4().int % 10**7:07d}"
            content = orjson.dumps({"values": {"phone": phone}, "row": {"Phone": phone}})
            sealed = crypto.keys().seal(content, bound_to=vault.lead_binding(lead_id.bytes))
            rows.append(
                {
                    "id": lead_id,
                    "batch": batch,
                    "row": row,
                    "key_id": sealed.key_id,
                    "wrapped_key": sealed.wrapped_key,
                    "sealed": sealed.ciphertext,
                    "phone_search": crypto.keys().digest(vault.SEARCH_PHONE, phone.encode()),
                }
            )
        db.session.execute(_LEAD, rows)
        db.session.execute(
            text(
                "INSERT INTO lead_reports (lead_id, answers) SELECT id, '{}' FROM leads WHERE batch_id = :batch"
            ),
            {"batch": batch},
        )
        db.session.execute(
            text(
                "INSERT INTO listed_batches (batch_id, copies, expires_at)"
                " VALUES (:batch, 0, clock.now() + interval '30 days')"
            ),
            {"batch": batch},
        )
        return list(db.session.execute(_LISTINGS, {"batch": batch}).scalars())

    with app.app_context():
        return [ids.public("lst", one) for one in in_transaction(work)]


def fund(operator: Party, party: Party, amount: int, currency: str = "EUR") -> None:
    """Credit a wallet by the operator's hand."""
    answer = operator.post(
        "/v1/operator/credits",
        {
            "organization_id": ids.public("org", party.organization_id),
            "amount": {"amount": amount, "currency": currency},
            "reference": "bank statement",
        },
    )
    assert answer.status_code == 201, answer.json


def wallet(party: Party, currency: str = "EUR") -> dict[str, int]:
    """What the party's wallet holds: available, promo, held, owed in minor units."""
    for row in party.get("/v1/wallet").json["balances"]:
        if row["currency"] == currency:
            return {name: row[name]["amount"] for name in ("available", "promo", "held", "owed")}
    return {"available": 0, "promo": 0, "held": 0, "owed": 0}


def buy(party: Party, listing: str) -> str:
    """Buy one listing and return the purchase's public id."""
    answer = party.post("/v1/purchases", {"listing_id": listing})
    assert answer.status_code == 201, answer.json
    purchase: str = answer.json["purchases"][0]["id"]
    return purchase


def advance(app: Flask, *, days: float = 0, hours: float = 0) -> None:
    """Move business time forward."""
    with app.app_context():
        in_transaction(lambda: clock.advance(days * 86_400 + hours * 3_600))


def run(app: Flask, work: Callable[[], Any]) -> Any:
    """Run a service as a job would: one transaction inside the application."""
    with app.app_context():
        return in_transaction(work)


def books_are_clean(app: Flask) -> bool:
    """Every invariant of the ledger holds."""
    with app.app_context():
        findings = in_transaction(verify)
    assert not findings, findings
    return True
