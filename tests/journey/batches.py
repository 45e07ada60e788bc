"""Batches in tests: opened, sent, read and validated through the public doors."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from marketplace.journey.intake import BatchRead, BatchReceived
from tests.journey.conftest import Party
from tests.work import work_off
from workers.intake import read_batch
from workers.registry import Registry, by_name, work_app
from workers.tasks import Outcome
from workers.validation import validate_batch

REGISTRY = Registry(
    by_name((read_batch, validate_batch)),
    {BatchReceived: (read_batch,), BatchRead: (validate_batch,)},
    (),
    work_app,
)
HEADER = "full_name,phone,email,created_at,region,income"


def validate_due(app: Flask, **options: Any) -> list[tuple[str, Outcome]]:
    """Read and validate what is due; nothing that comes after."""
    return work_off(app, registry=REGISTRY, **options)


def open_batch(seller: Party, offer: dict[str, Any], **body: Any) -> dict[str, Any]:
    """Open a batch under an offer."""
    answer = seller.post(f"/v1/offers/{offer['id']}/batches", body)
    assert answer.status_code == 201, answer.json
    made: dict[str, Any] = answer.json
    return made


def send(seller: Party, batch: dict[str, Any], content: bytes | str, **query: str) -> Any:
    """Send a batch's file."""
    data = content.encode() if isinstance(content, str) else content
    return seller.send("PUT", f"/v1/batches/{batch['id']}/file", data=data, query_string=query)


def story(party: Party, batch: dict[str, Any]) -> dict[str, Any]:
    """How far a batch has come."""
    answer = party.get(f"/v1/batches/{batch['id']}")
    assert answer.status_code == 200, answer.json
    told: dict[str, Any] = answer.json
    return told


def validated(app: Flask, seller: Party, offer: dict[str, Any], content: bytes | str) -> dict[str, Any]:
    """A batch whose file was read and judged."""
    batch = open_batch(seller, offer)
    assert send(seller, batch, content).status_code == 202
    validate_due(app)
    return story(seller, batch)


def refusals(seller: Party, batch: dict[str, Any]) -> dict[int, str]:
    """The code of each refused row."""
    rows = seller.get(f"/v1/batches/{batch['id']}/refusals", query_string={"limit": 200}).json["data"]
    return {row["row_no"]: row["code"] for row in rows}


def recently(hours: float = 3) -> str:
    """A time some hours ago, as files hold it."""
    return (datetime.now(UTC) - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def people(count: int, *, start: int = 0, mark: str | None = None) -> Iterator[str]:
    """Rows of different people under HEADER; *mark* sets these apart from other tests' people."""
    mark = mark or uuid.uuid4().hex[:10]
    base = int(mark, 16) % 900
    for number in range(start, start + count):
        phone = f"+48512{base:03d}{number:03d}" if number < 1000 else f"+4860{number % 10_000_000:07d}"
        yield f"Jan Kowalski,{phone},p{mark}x{number}@gmail.com,{recently()},mazowieckie,{3000 + number}"


def file_of(rows: Iterator[str] | list[str]) -> str:
    """A file with these rows."""
    return "\n".join([HEADER, *rows]) + "\n"
