"""Organizations sign up, wait for approval, and work with keys."""

from __future__ import annotations

import uuid

from flask import Flask


def test_sign_up_waits_for_approval(app: Flask) -> None:
    client = app.test_client()
    body = {
        "name": "Northwind",
        "sells": True,
        "country": "PL",
        "currency": "EUR",
        "owner": {"name": "Ola", "email": f"{uuid.uuid4().hex}@northwind.example"},
    }
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = client.post("/v1/organizations", json=body, headers=key)
    assert first.status_code == 201, first.json
    again = client.post("/v1/organizations", json=body, headers=key)
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    bearer = {"Authorization": "Bearer " + first.json["api_key"]["secret"]}
    mine = client.get("/v1/organization", headers=bearer)
    assert mine.status_code == 200 and mine.json["state"] == "pending"
    assert client.get("/v1/members", headers=bearer).status_code == 403
    assert client.get("/v1/members").status_code == 401
    bad = client.post("/v1/organizations", json={**body, "country": "Poland", "x": 1}, headers=key)
    assert bad.status_code == 422, bad.json
    assert client.post("/v1/organizations", json=body).status_code == 400
    assert client.post(
        "/v1/organizations", data=b"{", content_type="application/json", headers=key
    ).status_code in (400, 422)
    spec = client.get("/v1/openapi.json")
    assert spec.status_code == 200 and spec.json["openapi"] == "3.1.0"
    assert client.get("/nowhere").json["code"] == "not_found"
