"""Places for those who follow a batch live: each holds a thread of the server, so there are few."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from werkzeug.exceptions import TooManyRequests

#: A listener is asked to come again after so many seconds.
LISTEN_SECONDS: Final = 20.0
MOST_OF_ONE_ORGANIZATION: Final = 2
#: At most this part of the server's threads listens.
_SHARE_OF_THREADS: Final = 4
#: A place that was not given back, since its connection vanished, is free again so long after its time.
_SLACK_SECONDS: Final = 10.0


@dataclass
class Places:
    """Who listens in this process: for each place its organization and when it ends at the latest."""

    _held: dict[object, tuple[UUID, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, organization_id: UUID, threads: int) -> Callable[[], None]:
        """Hold a place in a process of *threads* threads; returns what gives it back, once or again.

        Raises TooManyRequests (429, with Retry-After) when the organization has its share, or all are taken.
        """
        place, now = object(), time.monotonic()
        with self._lock:
            self._held = {key: held for key, held in self._held.items() if held[1] > now}
            own = sum(holder == organization_id for holder, _ in self._held.values())
            most = max(1, threads // _SHARE_OF_THREADS)
            if own >= MOST_OF_ONE_ORGANIZATION or len(self._held) >= most:
                raise TooManyRequests(retry_after=int(LISTEN_SECONDS))
            self._held[place] = (organization_id, now + LISTEN_SECONDS + _SLACK_SECONDS)

        def give_back() -> None:
            with self._lock:
                self._held.pop(place, None)

        return give_back


PLACES: Final = Places()
