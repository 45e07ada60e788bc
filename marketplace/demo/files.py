"""Files of invented leads for the demonstration."""

from __future__ import annotations

import csv
import io
import itertools
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from .people import Person, people

_REGIONS = ("Mazowieckie", "Małopolskie", "Dolnośląskie", "Wielkopolskie", "Pomorskie")


@dataclass(frozen=True)
class DemoFile:
    """A file, and which phones in it are fake: only the demonstration's checkers know."""

    name: str
    content: bytes
    fake_phones: frozenset[str]


def mortgage_leads(name: str, *, rows: int, fakes: int, seed: int, now: datetime) -> DemoFile:
    """A CSV of *rows* mortgage leads of Poland, *fakes* of which nobody knows about."""
    dice = random.Random(seed)  # noqa: S311 - invented rows, nothing secret
    chosen = list(itertools.islice(people("PL", seed), rows))
    fake = frozenset(person.phone for person in dice.sample(chosen, fakes))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(_HEADER)
    for person in chosen:
        writer.writerow(_row(person, dice, now))
    return DemoFile(name, out.getvalue().encode("utf-8-sig"), fake)


_HEADER = (
    "First name", "Last name", "Phone", "E-mail", "Region", "Loan amount", "Income", "Created at",
    "Clicks", "Visits", "Forms", "utm_source", "utm_campaign",
)  # fmt: skip


def _row(person: Person, dice: random.Random, now: datetime) -> list[str]:
    asked_at = now - timedelta(minutes=dice.randrange(30, 5 * 24 * 60))
    return [
        person.first_name,
        person.last_name,
        person.phone,
        person.email,
        dice.choice(_REGIONS),
        str(dice.randrange(80, 900) * 1000),
        str(dice.randrange(30, 150) * 100),
        asked_at.strftime("%Y-%m-%d %H:%M:%S"),
        str(dice.randrange(0, 5)),
        str(dice.randrange(0, 7)),
        str(dice.randrange(0, 2)),
        "search",
        "spring",
    ]
