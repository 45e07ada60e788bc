"""A small exchange with tasks of its own, for tests: what the registry of the real one looks like."""

from __future__ import annotations

import os
import time

from flask import Flask
from sqlalchemy import text

from config import Settings
from marketplace.kernel import outbox
from marketplace.kernel.database import db, in_transaction
from marketplace.kernel.errors import TransientError
from marketplace.kernel.events import Event
from marketplace.kernel.outbox import Lease
from workers import queues
from workers.registry import Registry, by_name
from workers.retries import RetryPolicy
from workers.schedule import Periodic, Time
from workers.tasks import Task

QUICK = RetryPolicy(first_seconds=0.1, first_fault_seconds=0.1, fault_attempts=3, longest_seconds=0.5)


class ThingHappened(Event):
    """A fact that starts two tasks."""


class NothingFollows(Event):
    """A fact that starts none."""


class FactOfANewerRelease(Event):
    """A fact that this exchange does not know."""


def write_effect(lease: Lease) -> None:
    """The effect of a duty is a row; the table has no unique key, so a double would show."""
    db.session.execute(
        text("INSERT INTO test_effects (outbox_id, topic, process) VALUES (:id, :topic, :process)"),
        {"id": lease.outbox_id, "topic": lease.topic, "process": os.getpid()},
    )


def write_slowly(lease: Lease) -> None:
    """Slow enough to be killed in the middle."""
    write_effect(lease)
    time.sleep(0.15)


def always_raise(lease: Lease) -> None:
    """Fails whenever it is tried, with a text that must not be kept."""
    write_effect(lease)
    raise ValueError("the phone is +79161234567")


def fail_twice(lease: Lease) -> None:
    """A fault that passes by itself."""
    if lease.attempts < 3:
        raise TransientError("try later")
    write_effect(lease)


def ask_outside(lease: Lease) -> None:
    """Three moves: taken in hand already, ask outside any transaction, write down and finish."""
    time.sleep(0.01)

    def write_down() -> None:
        write_effect(lease)
        outbox.finish(lease)

    in_transaction(write_down)


QUICK_EFFECT = Task("example.quick", queues.DEFAULT, write_effect, retry=QUICK)
SLOW_EFFECT = Task("example.slow", queues.BATCH, write_slowly, retry=QUICK, lease_seconds=2)
POISON = Task("example.poison", queues.DEFAULT, always_raise, retry=QUICK)
FLAKY = Task("example.flaky", queues.DEFAULT, fail_twice, retry=QUICK)
OUTSIDE = Task("example.outside", queues.DELIVER, ask_outside, whole_transaction=False, retry=QUICK)
PERIODIC = Task("example.periodic", queues.MONEY, write_effect, retry=QUICK)

TASKS = (QUICK_EFFECT, SLOW_EFFECT, POISON, FLAKY, OUTSIDE, PERIODIC)
REACTIONS = {ThingHappened: (QUICK_EFFECT, OUTSIDE), NothingFollows: ()}
SCHEDULE = (
    Periodic("example.every_hour", 3600, PERIODIC),
    Periodic("example.every_day", 86_400, PERIODIC, Time.WALL),
)


def create_app(settings: Settings) -> Flask:
    """An application that has the database and nothing else."""
    app = Flask("example")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_pre_ping": True}
    db.init_app(app)
    return app


def registry() -> Registry:
    """What the processes under test are started with."""
    return Registry(by_name(TASKS), REACTIONS, (), create_app)
