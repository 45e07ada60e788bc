"""What machines ask: is it alive, is it ready, how does it do."""

from __future__ import annotations

import orjson
from flask import Flask, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from config import Settings

from ..kernel import outbox
from ..kernel.database import db, transaction

#: A sweeper or worker that has not beaten for this long is taken for dead, in seconds of wall time.
STALE_SECONDS = 90


def install(app: Flask, settings: Settings) -> None:
    """Add /health/live, /health/ready and /metrics: no key needed, nothing about anybody in them."""

    @app.get("/health/live")
    def live() -> Response:
        return _json({"status": "ok"}, 200)

    @app.get("/health/ready")
    def ready() -> Response:
        parts = readiness()
        good = all(parts.values())
        return _json({"status": "ok" if good else "not ready", "parts": parts}, 200 if good else 503)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(_metrics(), content_type=CONTENT_TYPE_LATEST)


def readiness() -> dict[str, bool]:
    """Which parts answer: the database, and a sweeper and workers that have beaten lately."""
    try:
        with transaction():
            fresh = set(db.session.execute(_FRESH, {"seconds": STALE_SECONDS}).scalars())
    except DBAPIError:
        return {"database": False, "sweeper": False, "worker": False}
    return {
        "database": True,
        "sweeper": "sweeper" in fresh,
        "worker": any(name.startswith("queue:") for name in fresh),
    }


_FRESH = text(
    "SELECT name FROM heartbeats WHERE beaten_at > clock_timestamp() - make_interval(secs => :seconds)"
)


def _metrics() -> bytes:
    registry = CollectorRegistry()
    waiting = Gauge("exchange_outbox_open", "Duties that are due and not done", registry=registry)
    oldest = Gauge("exchange_outbox_oldest_due_seconds", "Age of the oldest due duty", registry=registry)
    dead = Gauge("exchange_outbox_dead", "Duties that were given up", registry=registry)
    beat = Gauge("exchange_heartbeat_age_seconds", "Age of a heartbeat", ["name"], registry=registry)
    with transaction():
        waiting.set(outbox.open_count())
        oldest.set(outbox.oldest_due_seconds())
        dead.set(
            db.session.execute(text("SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL")).scalar_one()
        )
        ages = text("SELECT name, extract(epoch FROM clock_timestamp() - beaten_at) AS age FROM heartbeats")
        for row in db.session.execute(ages):
            beat.labels(row.name).set(float(row.age))
    return generate_latest(registry)


def _json(body: dict[str, object], status: int) -> Response:
    return Response(orjson.dumps(body), status=status, content_type="application/json")
