"""The database as message broker: kombu's SQLAlchemy transport, made quick and tidy for PostgreSQL."""

from __future__ import annotations

from json import dumps, loads
from queue import Empty
from time import monotonic
from typing import Any, Final

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.sqlalchemy import Channel, Transport
from sqlalchemy import TextClause, text

SCHEME: Final = "exchangedatabase"
IDLE_SECONDS: Final = 0.2
_MOST_IN_ONE_TURN: Final = 50

# The library locks the row, marks it invisible and leaves it; two workers then wait for each other.
_TAKE = text("""
    DELETE FROM kombu_message
     WHERE id = (SELECT m.id FROM kombu_message AS m JOIN kombu_queue AS q ON q.id = m.queue_id
                  WHERE q.name = :queue AND m.visible ORDER BY m.timestamp, m.id LIMIT 1
                    FOR UPDATE OF m SKIP LOCKED)
    RETURNING payload
""")
_PUT = text("""
    INSERT INTO kombu_message (id, visible, payload, version, queue_id)
    SELECT nextval('message_id_sequence'), true, :payload, 1, id FROM kombu_queue WHERE name = :queue
    RETURNING id
""")
# The library looks first and inserts then: two processes that start together break its unique name.
_NEW_QUEUE = text("""
    INSERT INTO kombu_queue (id, name)
    SELECT nextval('queue_id_sequence'), CAST(:queue AS text)
     WHERE NOT EXISTS (SELECT FROM kombu_queue WHERE name = CAST(:queue AS text))
    ON CONFLICT (name) DO NOTHING RETURNING id
""")


class DatabaseChannel(Channel):
    """Each act is one statement that waits for nobody; a message that was taken leaves nothing behind."""

    def _new_queue(self, queue: str, **options: Any) -> None:
        self._execute(_NEW_QUEUE, queue=queue)

    def _put(self, queue: str, payload: Any, **options: Any) -> None:  # type: ignore[override]  # kombu names it twice
        message = dumps(payload)
        if self._execute(_PUT, queue=queue, payload=message) is None:
            self._new_queue(queue)
            self._execute(_PUT, queue=queue, payload=message)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        payload = self._execute(_TAKE, queue=queue)
        if payload is None:
            raise Empty()
        return loads(payload)

    def _execute(self, statement: TextClause, **values: str) -> Any:
        """The first value that the statement returns, committed."""
        try:
            value = self.session.execute(statement, values).scalar_one_or_none()
            self.session.commit()
        except BaseException:
            # A session that failed stays unusable until it is rolled back, also after a reconnect.
            self.session.rollback()
            raise
        return value


class DatabaseTransport(Transport):
    """Looks five times a second when idle, and whenever a child is free while work is under way.

    It runs in the worker's event loop. Without one the children would share a single pipe and its
    lock, and the death of the child that holds the lock would make the whole worker deaf.
    """

    Channel = DatabaseChannel
    implements = Transport.implements.extend(asynchronous=True)
    polling_interval = IDLE_SECONDS

    _next_look = 0.0

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        """Look for messages in every turn of the loop, which turns when a child is done, and by the clock."""

        def look() -> None:
            if self.channels:
                self._look()
            else:  # This connection was closed; the loop has another by now.
                loop.on_tick.discard(look)

        loop.on_tick.add(look)
        loop.call_repeatedly(IDLE_SECONDS, lambda: None)

    def _look(self) -> None:
        if monotonic() < self._next_look:
            return
        try:
            for _ in range(_MOST_IN_ONE_TURN):
                self.cycle.get(self._deliver)  # type: ignore[union-attr]  # set when it is made
        except Empty:
            window_full = any(not channel.qos.can_consume() for channel in self.channels)
            # A full window says nothing of the database, and asking it costs nothing until a child is free.
            self._next_look = 0.0 if window_full else monotonic() + IDLE_SECONDS

    def as_uri(self, uri: str, include_password: bool = False, mask: str = "**") -> str:
        """What logs may say of the address."""
        return uri if include_password else "database"


def register() -> None:
    """Make the transport known to kombu under its scheme."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:{DatabaseTransport.__name__}"
