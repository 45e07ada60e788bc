"""A key can make keys, and none that can do more than itself."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace import identity
from marketplace.access import Permission, Role, permissions_of
from marketplace.identity.rules import grantable, networks_within
from tests.journey.conftest import Party

HERE = ["127.0.0.0/8"]


def with_key(app: Flask, maker: Party, **body: Any) -> Party:
    made = maker.post("/v1/api-keys", {"name": "crm", **body})
    assert made.status_code == 201, made.json
    identity.forget()
    return Party(app.test_client(), maker.organization_id, made.json["secret"])


def key_of(party: Party, owner: Party) -> dict[str, Any]:
    hint = party.secret[-4:]
    keys = owner.get("/v1/api-keys").json["data"]
    return next(key for key in keys if key["hint"] == hint)


def test_a_narrow_key_makes_no_wider_key(app: Flask, seller: Party) -> None:
    narrow = with_key(app, seller, scopes=["keys:write"], allowed_networks=HERE)
    for body in (
        {"scopes": ["contacts:read"]},
        {"scopes": ["keys:write", "members:write"]},
        {"scopes": ["keys:write"], "allowed_networks": ["0.0.0.0/0"]},
        {"scopes": ["keys:write"], "allowed_networks": [*HERE, "::/0"]},
    ):
        refused = narrow.post("/v1/api-keys", {"name": "more", **body})
        assert (refused.status_code, refused.json["code"]) == (422, "scope_too_wide"), body
    child = key_of(with_key(app, narrow), seller)
    assert child["scopes"] == ["keys:write"] and child["allowed_networks"] == HERE
    inner = key_of(with_key(app, narrow, allowed_networks=["127.0.0.1/32"]), seller)
    assert inner["allowed_networks"] == ["127.0.0.1/32"]


def test_a_narrow_key_rotates_no_wider_key(app: Flask, seller: Party) -> None:
    first = seller.get("/v1/api-keys").json["data"][-1]
    narrow = with_key(app, seller, scopes=["keys:write"], allowed_networks=HERE)
    anywhere = key_of(with_key(app, seller, scopes=["keys:write"]), seller)
    for key in (first, anywhere):
        refused = narrow.post(f"/v1/api-keys/{key['id']}/rotate")
        assert (refused.status_code, refused.json["code"]) == (422, "scope_too_wide")
    own = key_of(narrow, seller)
    assert narrow.post(f"/v1/api-keys/{own['id']}/rotate").status_code == 201
    assert seller.post(f"/v1/api-keys/{first['id']}/rotate").status_code == 201


def test_a_key_that_ends_makes_none_that_lasts(app: Flask, seller: Party) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    ending = with_key(app, seller, expires_at=soon.isoformat())
    child = key_of(with_key(app, ending), seller)
    assert child["expires_at"] == key_of(ending, seller)["expires_at"]
    later = {"name": "later", "expires_at": (soon + timedelta(days=1)).isoformat()}
    assert ending.post("/v1/api-keys", later).json["code"] == "scope_too_wide"


def member(party: Party, role: str) -> str:
    email = f"{uuid.uuid4().hex}@exchange.example"
    made = party.post("/v1/members", {"name": "Ewa", "email": email, "role": role})
    assert made.status_code == 201, made.json
    public: str = made.json["id"]
    return public


def test_an_admin_makes_a_key_for_a_checker_who_may_what_the_admin_may_not(
    app: Flask, operator: Party
) -> None:
    checker = member(operator, "checker")
    work = with_key(app, operator, member_id=checker)
    assert work.get("/v1/spot-checks").status_code == 200
    assert operator.get("/v1/spot-checks").status_code == 403
    assert operator.post(f"/v1/api-keys/{key_of(work, operator)['id']}/rotate").status_code == 201
    beyond = operator.post("/v1/api-keys", {"name": "x", "member_id": checker, "scopes": ["keys:write"]})
    assert beyond.json["code"] == "scope_too_wide"


def test_a_key_for_keys_alone_makes_none_for_a_checker(app: Flask, operator: Party) -> None:
    narrow = with_key(app, operator, scopes=["keys:write", "members:write"])
    body = {"name": "x", "member_id": member(operator, "checker"), "scopes": ["spotchecks:work"]}
    refused = narrow.post("/v1/api-keys", body)
    assert (refused.status_code, refused.json["code"]) == (422, "scope_too_wide")


_SCOPES = st.frozensets(st.sampled_from(Permission))


@given(_SCOPES, st.sampled_from(Role), st.sampled_from(Role))
def test_only_a_full_key_gives_what_it_has_not(
    scopes: frozenset[Permission], mine: Role, other: Role
) -> None:
    full, held = permissions_of(mine), permissions_of(other)
    acting = scopes & full
    given_on = grantable(acting=acting, acting_full=full, held=held)
    assert given_on <= held
    assert given_on <= acting or (acting == full and Permission.MEMBERS_WRITE in full)


@pytest.mark.parametrize(
    ("wanted", "limits", "inside"),
    [
        ([], [], True),
        (["10.0.0.0/8"], [], True),
        ([], ["10.0.0.0/8"], False),
        (["10.1.0.0/16"], ["10.0.0.0/8"], True),
        (["10.0.0.0/7"], ["10.0.0.0/8"], False),
        (["10.1.0.0/16", "::1/128"], ["10.0.0.0/8"], False),
        (["::1/128"], ["10.0.0.0/8", "::/64"], True),
    ],
)
def test_networks_stay_inside_those_of_the_acting_key(
    wanted: list[str], limits: list[str], inside: bool
) -> None:
    assert networks_within(wanted, limits) is inside
