"""Facts: what has happened, said in the transaction in which it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from . import outbox


@dataclass(frozen=True)
class Event:
    """A fact about one subject, in the past tense; carries ids only, never personal data.

    Subclasses are known by their name everywhere: in the outbox and in the table of reactions.
    """

    subject: UUID
    #: Set when the same fact may happen to a subject more than once (a third attempt, a second wave).
    occurrence: int = 0

    known: ClassVar[dict[str, type[Event]]] = {}

    def __init_subclass__(cls) -> None:
        if cls.__name__ in Event.known:
            raise TypeError(f"two facts are called {cls.__name__}")
        Event.known[cls.__name__] = cls

    @classmethod
    def topic(cls) -> str:
        """The word under which the fact is kept."""
        return cls.__name__


def record(event: Event, *, due_at: datetime | None = None) -> None:
    """Write the fact down; it becomes visible, and has its consequences, when the transaction commits.

    The same fact about the same subject is written once, however often it is said.
    """
    outbox.write_event(event.topic(), event.subject, event.occurrence, due_at=due_at)
