"""Workers and sweepers may be killed at any moment: every duty is done, and its effect is there once."""

from __future__ import annotations

import functools
import signal

import pytest

from . import example
from .conftest import Exchange, children_of, kill_all, subject


@pytest.fixture
def duties(exchange: Exchange) -> Exchange:
    """Forty slow duties, enough to be killed in the middle."""
    exchange.ask("example.slow", 40)
    return exchange


def _every_effect_once(exchange: Exchange, count: int) -> None:
    assert exchange.count("dead_at IS NOT NULL") == 0
    effects = exchange.rows("SELECT outbox_id, count(*) FROM test_effects GROUP BY outbox_id")
    assert len(effects) == count
    assert {times for _, times in effects} == {1}


def _as_if_time_had_passed(exchange: Exchange) -> None:
    """The 15 s until the sweeper asks again, and the lease of whoever was killed."""
    exchange.rows("UPDATE outbox SET nudge_at = clock_timestamp() WHERE done_at IS NULL RETURNING 1")


def _effects_at_least(exchange: Exchange, count: int) -> bool:
    return exchange.count("true", "test_effects") >= count


def _half_way(exchange: Exchange) -> bool:
    return _effects_at_least(exchange, 8)


def test_duties_survive_kill_9_of_the_worker(duties: Exchange) -> None:
    worker = duties.worker(4)
    duties.sweeper()
    duties.wait(lambda: _half_way(duties))
    kill_all(worker)
    _as_if_time_had_passed(duties)
    duties.worker(4)
    duties.wait(lambda: duties.undone() == 0, 30)
    _every_effect_once(duties, 40)


def test_duties_survive_kill_9_of_a_pool_child(duties: Exchange) -> None:
    worker = duties.worker(4)
    duties.sweeper()
    for _ in range(2):
        done = duties.count("true", "test_effects") + 8
        duties.wait(functools.partial(_effects_at_least, duties, done))
        children_of(worker)[0].kill()
    duties.wait(lambda: duties.undone() == 0, 30)
    _every_effect_once(duties, 40)


def test_duties_survive_kill_9_of_the_sweeper(duties: Exchange) -> None:
    sweeper = duties.sweeper()
    duties.worker(4)
    duties.wait(lambda: _half_way(duties))
    kill_all(sweeper)
    duties.ask("example.quick", 20)
    duties.sweeper()
    duties.wait(lambda: duties.undone() == 0)
    _every_effect_once(duties, 60)


def test_duties_survive_the_loss_of_all_messages(duties: Exchange) -> None:
    duties.sweeper()
    duties.wait(lambda: duties.count("visible", "kombu_message") >= 40)
    duties.rows("DELETE FROM kombu_message RETURNING 1")
    _as_if_time_had_passed(duties)
    duties.worker(4)
    duties.wait(lambda: duties.undone() == 0, 35)
    _every_effect_once(duties, 40)


def test_two_sweepers_and_two_workers_do_everything_once(exchange: Exchange) -> None:
    for _ in range(2):
        exchange.sweeper()
        exchange.worker(2)
    exchange.ask("example.quick", 150)
    exchange.record(*(example.ThingHappened(subject()) for _ in range(25)))
    exchange.wait(lambda: exchange.undone() == 0 and exchange.count("true", "test_effects") == 200)
    _every_effect_once(exchange, 200)


def test_a_duty_that_always_fails_dies_and_harms_no_other(exchange: Exchange) -> None:
    exchange.ask("example.quick", 100)
    exchange.ask("example.poison")
    exchange.ask("example.flaky")
    exchange.ask("example.quick", 98)
    exchange.worker()
    exchange.sweeper()
    exchange.wait(lambda: exchange.undone() == 0)
    assert exchange.rows("SELECT topic, attempts, last_error FROM outbox WHERE dead_at IS NOT NULL") == [
        ("example.poison", 3, "ValueError")
    ]
    assert exchange.count("true", "test_effects") == 199
    # Personal data in a fault's message reaches neither the rows nor the logs.
    assert "79161234567" not in exchange.all_logs()


def test_without_a_broker_the_sweeper_does_the_work_itself(exchange: Exchange) -> None:
    # Nothing listens on port 1: every publication fails.
    exchange.environment["BROKER_URL"] = "redis://127.0.0.1:1/0"
    sweeper = exchange.sweeper("--inline-after", "0.5")
    exchange.ask("example.quick", 50)
    exchange.ask("example.outside", 10)
    exchange.wait(lambda: exchange.undone() == 0)
    _every_effect_once(exchange, 60)
    assert exchange.rows("SELECT DISTINCT process FROM test_effects") == [(sweeper.pid,)]


def test_a_worker_told_to_stop_finishes_what_it_does(duties: Exchange) -> None:
    worker = duties.worker(2)
    duties.sweeper()
    duties.wait(lambda: _half_way(duties))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0
    assert duties.count("leased_until IS NOT NULL") == 0


def test_a_quiet_exchange_shows_life_on_every_queue_leaves_no_messages_and_tells_no_password(
    exchange: Exchange,
) -> None:
    exchange.worker()
    exchange.sweeper()
    exchange.ask("example.quick", 50)
    expected = {"sweeper", "queue:money", "queue:deliver", "queue:batch", "queue:mail", "queue:default"}
    exchange.wait(lambda: {name for (name,) in exchange.rows("SELECT name FROM heartbeats")} == expected)
    exchange.wait(lambda: exchange.undone() == 0 and exchange.count("true", "kombu_message") == 0)
    assert str(exchange.dsn.password) not in exchange.all_logs()


def test_processes_that_start_together_find_or_make_the_same_queues(exchange: Exchange) -> None:
    exchange.rows("DELETE FROM kombu_queue RETURNING 1")
    for _ in range(2):
        exchange.worker()
        exchange.sweeper()
    exchange.ask("example.quick", 20)
    exchange.wait(lambda: exchange.undone() == 0)
    assert "IntegrityError" not in exchange.all_logs()


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.broker(n)) for n in ("redis", "rabbitmq")]
)
def test_other_brokers_carry_the_same_work(name: str, duties: Exchange) -> None:
    worker = duties.worker(4)
    duties.sweeper()
    duties.record(example.ThingHappened(subject()))
    duties.wait(lambda: _half_way(duties))
    kill_all(worker)
    _as_if_time_had_passed(duties)
    duties.worker(4)
    duties.wait(lambda: duties.undone() == 0 and duties.count("true", "test_effects") == 42, 40)
    _every_effect_once(duties, 42)
