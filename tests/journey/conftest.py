"""Small builders that go through the public doors: organizations, offers, batches."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from marketplace import identity
from marketplace.access import Actor, Principal, Role, permissions_of
from marketplace.identity.models import Member
from marketplace.kernel import ids
from marketplace.kernel.database import db, in_transaction


@dataclass(frozen=True)
class Party:
    """An organization with a key, and its requests."""

    client: FlaskClient
    organization_id: UUID
    secret: str

    def send(self, method: str, path: str, key: str | None = "", **options: Any) -> TestResponse:
        """A request with the party's key; POST gets an Idempotency-Key unless *key* is None."""
        headers = {"Authorization": f"Bearer {self.secret}", **options.pop("headers", {})}
        if method == "POST" and key is not None:
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.send("GET", path, **options)

    def post(self, path: str, json: Any = None, key: str | None = "", **options: Any) -> TestResponse:
        return self.send("POST", path, key, json=json, **options)


@pytest.fixture(scope="session")
def operator(app: Flask) -> Party:
    """The operator's admin; made once for each worker's database."""

    def make() -> tuple[UUID, str]:
        found = identity.operator()
        if found is None:
            made = identity.establish_operator(
                name="Exchange",
                country="PL",
                currency="EUR",
                admin_name="Ada",
                admin_email="ada@exchange.example",
            )
            return made.organization.id, made.new_key.secret
        # Another test of this worker made it: the operator's admin gets one more key.
        member = (
            db.session.execute(
                select(Member)
                .where(Member.organization_id == found.id, Member.role == Role.ADMIN)
                .order_by(Member.id)
            )
            .scalars()
            .first()
        )
        assert member is not None
        admin = Actor(
            organization_id=found.id,
            principal_id=member.id,
            principal=Principal.SYSTEM,
            member_id=member.id,
            permissions=permissions_of(Role.ADMIN),
            is_operator=True,
            sells=False,
            buys=False,
        )
        new = identity.create_key(
            actor=admin, name="tests", member_id=member.id, scopes=None, allowed_networks=(), expires_at=None
        )
        return found.id, new.secret

    with app.app_context():
        organization_id, secret = in_transaction(make)
    return Party(app.test_client(), organization_id, secret)


@pytest.fixture(scope="session")
def sign_up(app: Flask, operator: Party) -> Callable[..., Party]:
    """A function that signs an organization up and has it approved."""

    def make(*, sells: bool = False, buys: bool = False, currency: str = "EUR") -> Party:
        client = app.test_client()
        answer = client.post(
            "/v1/organizations",
            json={
                "name": f"Party {uuid.uuid4().hex[:8]}",
                "sells": sells,
                "buys": buys,
                "country": "PL",
                "currency": currency,
                "owner": {"name": "Ola", "email": f"{uuid.uuid4().hex}@party.example"},
            },
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        assert answer.status_code == 201, answer.json
        public = answer.json["organization"]["id"]
        decided = operator.post(f"/v1/operator/organizations/{public}/decision", {"state": "approved"})
        assert decided.status_code == 200, decided.json
        identity.forget()
        organization_id = ids.parse("org", public)
        assert organization_id is not None
        return Party(client, organization_id, answer.json["api_key"]["secret"])

    return make


@pytest.fixture
def seller(sign_up: Callable[..., Party]) -> Party:
    """A fresh organization that sells."""
    return sign_up(sells=True)


@pytest.fixture
def buyer(sign_up: Callable[..., Party]) -> Party:
    """A fresh organization that buys."""
    return sign_up(buys=True)


@pytest.fixture(scope="session")
def make_offer() -> Callable[..., dict[str, Any]]:
    """A function that makes an open offer of a seller and returns it."""

    def make(party: Party, **changes: Any) -> dict[str, Any]:
        body = {
            "vertical": "mortgage",
            "name": "Mortgage leads",
            "price": {"amount": 2000, "currency": "EUR"},
            "max_sales": 3,
            "channel": "net",
            "source": "google",
            "country": "PL",
            "consent_text": "I agree to be called about mortgages.",
            "consent_source": "landing page",
            "consent_channels": ["phone", "email"],
            **changes,
        }
        answer = party.post("/v1/offers", body)
        assert answer.status_code == 201, answer.json
        made: dict[str, Any] = answer.json
        return made

    return make


@pytest.fixture
def transaction(app: Flask) -> Callable[[Callable[[], Any]], Any]:
    """Run something as one unit of work inside the application."""

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context():
            return in_transaction(work)

    return run
