"""Every fact has its consequences exactly once, and somebody has thought about every fact."""

from __future__ import annotations

import importlib
import pkgutil
from concurrent.futures import ThreadPoolExecutor

import pytest

import marketplace
from marketplace.kernel.database import in_transaction
from marketplace.kernel.events import Event
from workers import duties, queues, registry
from workers.reactions import REACTIONS
from workers.tasks import Task

from . import example
from .conftest import Exchange, subject


def _defined_in_marketplace() -> set[type[Event]]:
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if module.name.rpartition(".")[2] in ("events", "jobs"):
            importlib.import_module(module.name)
    return {fact for fact in Event.known.values() if fact.__module__.startswith("marketplace.")}


def test_every_fact_of_the_exchange_is_in_the_table_of_reactions() -> None:
    missing = sorted(fact.__name__ for fact in _defined_in_marketplace() - REACTIONS.keys())
    assert missing == [], "add them to workers/reactions.py, with () if nothing follows"


def test_the_registry_of_the_exchange_fits_together() -> None:
    known = registry.exchange()
    assert known.reactions is REACTIONS
    assert set(known.topics_by_queue) <= set(queues.ALL)


def test_a_task_that_is_started_but_not_registered_is_refused_at_start() -> None:
    with pytest.raises(registry.RegistryError, match=r"example\.quick"):
        registry.Registry({}, {example.ThingHappened: (example.QUICK_EFFECT,)}, (), example.create_app)


def test_two_tasks_of_one_name_are_refused_at_start() -> None:
    twin = Task("example.quick", queues.MAIL, example.write_effect)
    with pytest.raises(registry.RegistryError, match="two tasks"):
        registry.by_name([example.QUICK_EFFECT, twin])


def _expand(exchange: Exchange) -> int:
    with exchange.app.app_context():
        return in_transaction(lambda: duties.expand_events(example.REACTIONS))


def test_a_fact_starts_each_of_its_tasks_once_however_often_it_is_told_and_expanded(
    exchange: Exchange,
) -> None:
    fact = example.ThingHappened(subject())
    exchange.record(fact, fact)
    exchange.record(fact)
    with ThreadPoolExecutor(4) as pool:
        expanded = list(pool.map(lambda _: _expand(exchange), range(12)))
    assert sum(expanded) == 1
    assert sorted(exchange.rows("SELECT topic, reference FROM outbox WHERE kind = 'task'")) == [
        ("example.outside", fact.subject),
        ("example.quick", fact.subject),
    ]


def test_the_same_fact_may_happen_again_as_another_occurrence(exchange: Exchange) -> None:
    about = subject()
    exchange.record(example.ThingHappened(about), example.ThingHappened(about, occurrence=1))
    assert _expand(exchange) == 2
    assert exchange.rows(
        "SELECT part, count(*) FROM outbox WHERE kind = 'task' GROUP BY part ORDER BY part"
    ) == [
        (0, 2),
        (1, 2),
    ]


def test_a_fact_that_nothing_follows_is_done(exchange: Exchange) -> None:
    exchange.record(example.NothingFollows(subject()))
    assert _expand(exchange) == 1
    assert exchange.undone() == 0


def test_a_fact_of_a_newer_release_waits_for_it(exchange: Exchange) -> None:
    exchange.record(example.FactOfANewerRelease(subject()))
    assert _expand(exchange) == 0
    assert exchange.undone() == 1


def test_a_fact_that_is_not_due_waits(exchange: Exchange) -> None:
    exchange.record(example.ThingHappened(subject()))
    exchange.rows("UPDATE outbox SET due_at = clock.now() + interval '1 hour' RETURNING 1")
    assert _expand(exchange) == 0


def test_a_flood_on_one_queue_leaves_room_for_the_others(exchange: Exchange) -> None:
    exchange.ask("example.slow", 300)
    exchange.ask("example.periodic", 1)
    topics = example.registry().topics_by_queue
    with exchange.app.app_context():
        handed = in_transaction(lambda: duties.hand_over(topics, most_per_queue=100))
    assert sum(duty.topic == "example.slow" for duty in handed) == 100
    assert sum(duty.topic == "example.periodic" for duty in handed) == 1


def test_what_was_handed_over_is_asked_for_again_later_and_later(exchange: Exchange) -> None:
    exchange.ask("example.quick")
    topics = example.registry().topics_by_queue
    waits = []
    for _ in range(9):
        with exchange.app.app_context():
            assert len(in_transaction(lambda: duties.hand_over(topics))) == 1
            assert in_transaction(lambda: duties.hand_over(topics)) == []
        ((wait,),) = exchange.rows(
            "SELECT round(extract(epoch FROM nudge_at - clock_timestamp())) FROM outbox"
        )
        waits.append(int(str(wait)))
        exchange.rows("UPDATE outbox SET nudge_at = clock_timestamp() RETURNING 1")
    assert waits == [15, 30, 60, 120, 240, 480, 600, 600, 600]


def test_what_could_not_be_published_is_handed_over_at_once_again(exchange: Exchange) -> None:
    exchange.ask("example.quick", 3)
    topics = example.registry().topics_by_queue
    with exchange.app.app_context():
        handed = in_transaction(lambda: duties.hand_over(topics))
        in_transaction(lambda: duties.put_back([duty.outbox_id for duty in handed]))
        again = in_transaction(lambda: duties.hand_over(topics))
    assert again == handed
    assert exchange.rows("SELECT DISTINCT nudges FROM outbox") == [(1,)]


def test_after_the_broker_came_back_what_it_had_is_handed_over_but_failed_duties_keep_their_wait(
    exchange: Exchange,
) -> None:
    exchange.ask("example.quick", 2)
    topics = example.registry().topics_by_queue
    with exchange.app.app_context():
        first, _ = in_transaction(lambda: duties.hand_over(topics))
    exchange.rows("UPDATE outbox SET last_error = 'ValueError' WHERE id = %s RETURNING 1", first.outbox_id)
    with exchange.app.app_context():
        assert in_transaction(duties.ask_again) == 1


def test_messages_that_the_library_left_behind_are_deleted_and_waiting_ones_are_not(
    exchange: Exchange,
) -> None:
    exchange.rows(
        "INSERT INTO kombu_queue (id, name) VALUES (9999, 'left') ON CONFLICT DO NOTHING RETURNING 1"
    )
    exchange.rows(
        "INSERT INTO kombu_message (id, visible, payload, version, queue_id)"
        " SELECT -n, n > 5, '{}', 1, 9999 FROM generate_series(1, 8) AS n RETURNING 1"
    )
    with exchange.app.app_context():
        gone = [in_transaction(lambda: duties.delete_taken_messages(slice_rows=3)) for _ in range(3)]
    assert gone == [3, 2, 0]
    assert exchange.count("visible", "kombu_message") == 3
