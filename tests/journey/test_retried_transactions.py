"""Who loses a deadlock is served all the same: the view runs again with what it was first given."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from marketplace.identity import services as identity_services
from marketplace.journey.offers import services as offers_services
from marketplace.journey.purchases import queries as purchases_queries
from tests.journey.conftest import Party


def lose_once(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[str]:
    """The named function loses a deadlock the first time that it is called; tells the tale in a list."""
    served, told = getattr(module, name), []

    def losing(*arguments: Any, **named: Any) -> Any:
        told.append(name)
        if len(told) == 1:
            raise DBAPIError.instance(None, None, psycopg.errors.DeadlockDetected("lost"), psycopg.Error)
        return served(*arguments, **named)

    monkeypatch.setattr(module, name, losing)
    return told


def test_the_list_of_what_was_sold_survives_a_deadlock(
    seller: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = lose_once(monkeypatch, purchases_queries, "purchases")
    assert seller.get("/v1/purchases?side=sold").status_code == 200
    assert len(told) == 2


def test_a_new_offer_survives_a_deadlock(
    seller: Party, make_offer: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = lose_once(monkeypatch, offers_services, "create_offer")
    assert make_offer(seller, open=True)["state"] == "open"
    assert len(told) == 2


def test_a_sign_up_survives_a_deadlock(buyer: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    told = lose_once(monkeypatch, identity_services, "sign_up")
    body = {
        "name": "Party",
        "sells": True,
        "buys": False,
        "country": "PL",
        "currency": "EUR",
        "owner": {"name": "Ola", "email": f"{uuid.uuid4().hex}@party.example"},
    }
    answer = buyer.client.post("/v1/organizations", json=body, headers={"Idempotency-Key": uuid.uuid4().hex})
    assert answer.status_code == 201, answer.json
    assert len(told) == 2
