"""A worker that was thought dead and wakes up writes nothing."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from marketplace.kernel import outbox
from marketplace.kernel.database import db, in_transaction
from marketplace.kernel.outbox import Lease, LeaseLost
from workers import queues
from workers.tasks import Outcome, Task, perform

from . import example
from .conftest import Exchange


def _only_duty(exchange: Exchange) -> int:
    ((outbox_id,),) = exchange.rows("SELECT id FROM outbox")
    return int(str(outbox_id))


def _expire_lease(exchange: Exchange) -> None:
    exchange.rows(
        "UPDATE outbox SET leased_until = clock_timestamp() - interval '1 s'"
        " WHERE lease_token IS NOT NULL RETURNING 1"
    )


def test_a_woken_workers_effect_is_rolled_back_and_the_second_workers_stays(exchange: Exchange) -> None:
    exchange.ask("example.quick")
    duty = _only_duty(exchange)

    def sleeps_through_its_lease(lease: Lease) -> None:
        example.write_effect(lease)
        _expire_lease(exchange)
        # Meanwhile another process takes the duty and does it.
        subprocess.run(
            [sys.executable, "-c", _ANOTHER, exchange.environment["DATABASE_URL"], str(duty)],
            check=True,
            cwd=str(example.__file__).rsplit("/tests/", 1)[0],
        )

    slow = Task("example.quick", queues.DEFAULT, sleeps_through_its_lease)
    assert perform(slow, duty, app=exchange.app) is Outcome.LOST
    assert exchange.count("true", "test_effects") == 1
    assert exchange.count("done_at IS NOT NULL") == 1


_ANOTHER = """
import sys
from flask import Flask
from marketplace.kernel.database import db
from tests.workers import example
from workers.tasks import Outcome, perform
app = Flask("another")
app.config["SQLALCHEMY_DATABASE_URI"] = sys.argv[1]
db.init_app(app)
assert perform(example.QUICK_EFFECT, int(sys.argv[2]), app=app) is Outcome.DONE
"""


@pytest.mark.parametrize("act", ["finish", "renew", "retry", "die"])
def test_every_late_act_of_a_woken_worker_is_refused(exchange: Exchange, act: str) -> None:
    exchange.ask("example.quick")
    duty = _only_duty(exchange)
    with exchange.app.app_context():
        late = in_transaction(lambda: outbox.take(duty))
        assert late is not None
        _expire_lease(exchange)
        assert in_transaction(lambda: outbox.take(duty)) is not None
        acts = {
            "finish": lambda: outbox.finish(late),
            "renew": lambda: outbox.renew(late),
            "retry": lambda: outbox.give_back(late, error="Late", retry_in_seconds=1),
            "die": lambda: outbox.give_back(late, error="Late", retry_in_seconds=None),
        }
        with pytest.raises(LeaseLost):
            in_transaction(acts[act])
    assert exchange.count("lease_token IS NOT NULL AND done_at IS NULL AND dead_at IS NULL") == 1
    assert exchange.count("last_error IS NOT NULL") == 0


def test_a_duty_in_anothers_hand_is_left_alone(exchange: Exchange) -> None:
    exchange.ask("example.quick")
    duty = _only_duty(exchange)
    with exchange.app.app_context():
        in_transaction(lambda: outbox.take(duty))
    assert perform(example.QUICK_EFFECT, duty, app=exchange.app) is Outcome.NOT_OURS
    assert exchange.count("true", "test_effects") == 0


def test_a_finished_duty_is_not_done_again(exchange: Exchange) -> None:
    exchange.ask("example.outside")
    duty = _only_duty(exchange)
    outcomes = [perform(example.OUTSIDE, duty, app=exchange.app) for _ in range(3)]
    assert outcomes == [Outcome.DONE, Outcome.NOT_OURS, Outcome.NOT_OURS]
    assert exchange.count("true", "test_effects") == 1


def test_a_duty_that_kills_every_worker_is_given_up(exchange: Exchange) -> None:
    exchange.ask("example.quick")
    duty = _only_duty(exchange)
    most = example.QUICK.transient_attempts
    exchange.rows("UPDATE outbox SET attempts = %s RETURNING 1", most)
    assert perform(example.QUICK_EFFECT, duty, app=exchange.app) is Outcome.DEAD
    assert exchange.rows("SELECT last_error FROM outbox") == [("WorkersDied",)]
    assert exchange.count("true", "test_effects") == 0


def test_work_goes_on_after_the_database_cut_idle_connections(exchange: Exchange, superuser: str) -> None:
    exchange.ask("example.quick", 2)
    first, second = [int(str(row[0])) for row in exchange.rows("SELECT id FROM outbox ORDER BY id")]
    assert perform(example.QUICK_EFFECT, first, app=exchange.app) is Outcome.DONE
    with exchange.app.app_context():
        process = in_transaction(lambda: db.session.execute(db.text("SELECT pg_backend_pid()")).scalar_one())
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", (process,))
    assert perform(example.QUICK_EFFECT, second, app=exchange.app) is Outcome.DONE
