"""What every resource does the same way: keys, errors, idempotency, the description."""

from __future__ import annotations

import concurrent.futures
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace import identity
from marketplace.kernel.database import in_transaction

Owner = Callable[[], dict[str, str]]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def owner(app: Flask) -> Owner:
    """Makes an approved organization and gives the headers of its owner."""

    def make() -> dict[str, str]:
        with app.app_context():
            made = in_transaction(
                lambda: identity.sign_up(
                    name="Contoso",
                    sells=True,
                    buys=True,
                    country="PL",
                    currency="EUR",
                    time_zone="UTC",
                    owner_name="Ola",
                    owner_email=f"{uuid.uuid4().hex}@contoso.example",
                )
            )
            in_transaction(
                lambda: identity.decide(
                    actor=None,
                    organization_id=made.organization.id,
                    state=identity.OrganizationState.APPROVED,
                )
            )
        identity.forget()
        return {"Authorization": f"Bearer {made.new_key.secret}"}

    return make


def post_key(client: FlaskClient, headers: dict[str, str], key: str | None, **body: Any) -> Any:
    told = {**headers, **({"Idempotency-Key": key} if key else {})}
    return client.post("/v1/api-keys", json={"name": "crm", **body}, headers=told)


def test_a_retry_gets_the_first_answer_and_has_one_effect(client: FlaskClient, owner: Owner) -> None:
    headers, key = owner(), uuid.uuid4().hex
    first = post_key(client, headers, key)
    again = [post_key(client, headers, key) for _ in range(3)]
    assert first.status_code == 201
    assert {answer.data for answer in again} == {first.data}
    assert all(answer.headers["Idempotency-Replayed"] == "true" for answer in again)
    assert len(client.get("/v1/api-keys", headers=headers).json["data"]) == 2


def test_twenty_copies_at_once_have_one_effect(app: Flask, client: FlaskClient, owner: Owner) -> None:
    headers, key = owner(), uuid.uuid4().hex
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post_key(app.test_client(), headers, key), range(20)))
    made = {answer.data for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert all(answer.json["code"] == "request_in_flight" for answer in answers if answer.status_code != 201)
    assert len(client.get("/v1/api-keys", headers=headers).json["data"]) == 2


def test_without_a_key_nothing_is_made(client: FlaskClient, owner: Owner) -> None:
    headers = owner()
    refused = post_key(client, headers, None)
    assert (refused.status_code, refused.json["code"]) == (400, "idempotency_key_missing")
    assert len(client.get("/v1/api-keys", headers=headers).json["data"]) == 1


def test_a_key_stands_for_one_body(client: FlaskClient, owner: Owner) -> None:
    headers, key = owner(), uuid.uuid4().hex
    post_key(client, headers, key)
    refused = post_key(client, headers, key, expires_at="2099-01-01T00:00:00Z")
    assert (refused.status_code, refused.json["code"]) == (422, "idempotency_key_reused")


def test_another_tenant_with_the_same_key_gets_its_own_answer(client: FlaskClient, owner: Owner) -> None:
    key = uuid.uuid4().hex
    mine, theirs = post_key(client, owner(), key), post_key(client, owner(), key)
    assert mine.json["secret"] != theirs.json["secret"]
    assert "Idempotency-Replayed" not in theirs.headers


def test_a_mended_body_may_use_the_key_of_a_malformed_one(client: FlaskClient, owner: Owner) -> None:
    headers, key = owner(), uuid.uuid4().hex
    assert post_key(client, headers, key, scopes=["everything"]).status_code == 422
    assert post_key(client, headers, key).status_code == 201


def test_a_secret_that_is_shown_once_is_not_readable_in_the_database(
    client: FlaskClient, owner: Owner, superuser: str
) -> None:
    import psycopg

    secret = post_key(client, owner(), uuid.uuid4().hex).json["secret"]
    with psycopg.connect(superuser) as connection:
        tables = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(relname) FROM pg_stat_user_tables"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(
                f"SELECT 1 FROM {table} AS t WHERE t::text LIKE %s OR t::text LIKE %s",
                (f"%{secret}%", f"%{secret.encode().hex()}%"),
            ).fetchall()
            assert not rows, table


def test_a_revoked_key_stops_working(client: FlaskClient, owner: Owner) -> None:
    headers = owner()
    made = post_key(client, headers, uuid.uuid4().hex).json
    other = {"Authorization": f"Bearer {made['secret']}"}
    assert client.get("/v1/organization", headers=other).status_code == 200
    assert client.delete(f"/v1/api-keys/{made['key']['id']}", headers=headers).status_code == 200
    identity.forget()
    assert client.get("/v1/organization", headers=other).status_code == 401


def test_a_rotated_key_and_its_successor_both_work_for_a_day(client: FlaskClient, owner: Owner) -> None:
    headers = owner()
    made = post_key(client, headers, uuid.uuid4().hex).json
    turned = client.post(
        f"/v1/api-keys/{made['key']['id']}/rotate", headers={**headers, "Idempotency-Key": uuid.uuid4().hex}
    )
    assert turned.status_code == 201
    for secret in (made["secret"], turned.json["secret"]):
        assert (
            client.get("/v1/organization", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
        )


def test_a_key_used_from_elsewhere_is_refused(client: FlaskClient, owner: Owner) -> None:
    made = post_key(client, owner(), uuid.uuid4().hex, allowed_networks=["203.0.113.0/24"]).json
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert client.get("/v1/organization", headers=bearer).status_code == 401
    inside = client.get("/v1/organization", headers=bearer, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert inside.status_code == 200


def test_a_scoped_key_does_only_what_it_may(client: FlaskClient, owner: Owner) -> None:
    made = post_key(client, owner(), uuid.uuid4().hex, scopes=["organization:read"]).json
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    assert client.get("/v1/organization", headers=bearer).status_code == 200
    refused = client.get("/v1/members", headers=bearer)
    assert (refused.status_code, refused.json["code"]) == (403, "not_allowed")


def test_what_belongs_to_others_looks_as_if_it_did_not_exist(client: FlaskClient, owner: Owner) -> None:
    theirs = post_key(client, owner(), uuid.uuid4().hex).json["key"]["id"]
    mine = owner()
    answers = [
        client.delete(f"/v1/api-keys/{i}", headers=mine) for i in (theirs, "key_" + "0" * 26, "nonsense")
    ]
    bodies = [{k: v for k, v in a.json.items() if k != "request_id"} for a in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["status"] == 404


@pytest.mark.parametrize(
    ("body", "kind", "pointer"),
    [
        (b"", "application/json", None),
        (b"{", "application/json", None),
        (b"[]", "application/json", ""),
        (b"\xff\xfe", "application/json", None),
        (b'{"name": 5}', "application/json", "/name"),
        (b'{"name": "a\\u0000b"}', "application/json", "/name"),
        (b'{"name": "x", "secret_hash": "00"}', "application/json", "/secret_hash"),
        (b"name=x", "application/x-www-form-urlencoded", None),
        (b"[" * 100_000, "application/json", None),
    ],
)
def test_a_bad_body_is_a_problem_that_names_the_field(
    client: FlaskClient, owner: Owner, body: bytes, kind: str, pointer: str | None
) -> None:
    headers = {**owner(), "Idempotency-Key": uuid.uuid4().hex}
    refused = client.post("/v1/api-keys", data=body, content_type=kind, headers=headers)
    assert refused.status_code in (400, 415, 422), refused.data
    assert refused.content_type == "application/problem+json"
    assert refused.json["status"] == refused.status_code
    assert refused.json["request_id"]
    if pointer is not None:
        assert pointer in [problem["pointer"] for problem in refused.json["errors"]]


def test_a_body_over_a_mebibyte_is_refused(client: FlaskClient, owner: Owner) -> None:
    headers = {**owner(), "Idempotency-Key": uuid.uuid4().hex}
    refused = client.post(
        "/v1/api-keys", data=b" " * (1 << 21), content_type="application/json", headers=headers
    )
    assert (refused.status_code, refused.json["code"]) == (413, "too_large")


@pytest.mark.parametrize("limit", ["0", "201", "ten", "-1"])
def test_a_bad_limit_is_named(client: FlaskClient, owner: Owner, limit: str) -> None:
    # Lists that take a limit are the operator's here, so the permission comes first.
    assert client.get(f"/v1/operator/organizations?limit={limit}", headers=owner()).status_code == 403


def test_the_last_owner_stays(client: FlaskClient, owner: Owner) -> None:
    headers = owner()
    me = client.get("/v1/members", headers=headers).json["data"][0]["id"]
    refused = client.delete(f"/v1/members/{me}", headers=headers)
    assert (refused.status_code, refused.json["code"]) == (409, "last_owner")


def test_an_owner_cannot_give_himself_the_operators_roles(client: FlaskClient, owner: Owner) -> None:
    headers = {**owner(), "Idempotency-Key": uuid.uuid4().hex}
    refused = client.post(
        "/v1/members", json={"name": "X", "email": "x@x.example", "role": "moderator"}, headers=headers
    )
    assert (refused.status_code, refused.json["code"]) == (422, "wrong_role")


def test_the_description_is_complete(client: FlaskClient, app: Flask) -> None:
    described = client.get("/v1/openapi.json").json
    paths = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/v1/") and "openapi" not in rule.rule
    }
    assert {p.replace("{", "<").replace("}", ">") for p in described["paths"]} == paths
    for path, item in described["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            assert operation.get("summary"), f"{method} {path} has no summary"
            assert {"401", "404", "422"} <= set(operation["responses"]), f"{method} {path} lacks refusals"
            assert any(code.startswith("2") for code in operation["responses"]), f"{method} {path}"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/api-keys/%00/rotate", None),
        ("GET", "/v1/verticals/%00", None),
        ("POST", "/v1/api-keys", {"name": "a\x00b"}),
        ("POST", "/v1/api-keys", {"name": "x", "expires_at": "0001-01-01T00:00:00+14:00"}),
        ("POST", "/v1/offers", {"vertical": "\x00"}),
        ("GET", "/v1/listings?vertical=mortgage&cursor=WyJzY29yZSIsICI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5IiwgIjAxYTIwNTAzLTkzNTYtN2VkZC05NGY3LTA1ODcxYjgyMDU1ZCJd", None),
        ("GET", "/v1/listings?vertical=%00", None),
        ("GET", "//v1/organization", None),
        ("POST", "/v1/organizations", {"name": "x", "buys": True, "country": "PL", "currency": "ZZZ", "owner": {"name": "x", "email": "x@y.pl"}}),
    ],
)  # fmt: skip
def test_strange_input_is_never_a_fault(
    client: FlaskClient, owner: Owner, method: str, path: str, body: Any
) -> None:
    headers = {**owner(), "Idempotency-Key": uuid.uuid4().hex}
    answer = client.open(path, method=method, json=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.data
    assert answer.content_type == "application/problem+json"
