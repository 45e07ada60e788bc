"""Files of invented people, made quickly: 17 columns, some rows broken, some there twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

#: What a real sheet holds: contact, place, interest, touches, traffic and consent.
HEADER = (
    "first_name,last_name,phone,email,country,region,city,postal_code,created_at,source,campaign,"
    "opened,clicked,visited,age,consent_at,page_url"
)
COLUMNS = HEADER.count(",") + 1
BROKEN_SHARE = 0.02
REPEATED_SHARE = 0.03
#: German mobile numbers: 16 million different ones under these stems, all of them possible.
_STEMS = np.array([f"+49151{digit}" for digit in range(1, 7)] + [f"+49160{digit}" for digit in range(1, 10)])
_FIRST = np.array(
    ["Ada", "Bruno", "Clara", "Darius", "Edda", "Felix", "Greta", "Hugo"]
    + ["Ida", "Jonas", "Karin", "Lars", "Mila", "Nils", "Olga", "Paul"]
)
_LAST = np.array(
    ["Adler", "Berg", "Conti", "Demir", "Falk", "Graf", "Haas", "Jansen"]
    + ["Keller", "Lorenz", "Moser", "Nowak", "Roth", "Stein", "Vogel", "Weber"]
)
_REGIONS = np.array(["Bayern", "Berlin", "Hessen", "Sachsen", "Hamburg", "Bremen"])
_CITIES = np.array(["München", "Berlin", "Kassel", "Leipzig", "Hamburg", "Bremen"])
_CODES = np.array(["80331", "10115", "34117", "04103", "20095", "28195"])
_SOURCES = np.array(["search", "social", "mail", "video"])
_CAMPAIGNS = np.array([f"autumn-{number}" for number in range(20)])
_SLICE = 50_000


def write_file(path: Path, rows: int, seed: int, now: datetime | None = None) -> int:
    """Write *rows* rows of different people of *seed* to *path*; returns the bytes written.

    Every person of a seed has a number of their own; files of different seeds (0 to 9) share nobody.
    """
    dice = np.random.default_rng(seed)
    reference = (now or datetime.now(UTC)).replace(microsecond=0)
    with path.open("wb") as out:
        out.write(HEADER.encode() + b"\n")
        for first in range(0, rows, _SLICE):
            out.write(_slice(dice, seed, first, min(_SLICE, rows - first), reference))
        return out.tell()


def _slice(dice: np.random.Generator, seed: int, first: int, rows: int, now: datetime) -> bytes:
    numbers = np.arange(first, first + rows)
    # A repeated row tells of somebody a little further up in the same slice.
    repeated = (dice.random(rows) < REPEATED_SHARE) & (np.arange(rows) > 100)
    people = np.where(repeated, numbers - dice.integers(1, 100, rows), numbers)
    phones = [_phone(seed, int(person)) for person in people]
    emails = [f"person.{seed}.{person}@post{person % 7}.invented-people.org" for person in people]
    broken = np.flatnonzero(dice.random(rows) < BROKEN_SHARE)
    for place, row in enumerate(broken):
        if place % 2:
            phones[row], emails[row] = "12", "nobody at nowhere"
        else:
            phones[row], emails[row] = "", ""
    places = people % len(_REGIONS)
    hours = dice.integers(1, 24 * 14, rows)
    moments = [(now - timedelta(hours=int(h))).strftime("%Y-%m-%dT%H:%M:%SZ") for h in range(24 * 14 + 1)]
    touches = dice.integers(0, 4, (3, rows))
    columns = zip(
        _FIRST[people % 16],
        _LAST[(people // 16) % 16],
        phones,
        emails,
        _REGIONS[places],
        _CITIES[places],
        _CODES[places],
        hours,
        _SOURCES[people % 4],
        _CAMPAIGNS[people % 20],
        *touches,
        20 + people % 50,
        strict=True,
    )
    lines = [
        f"{name},{surname},{phone},{email},DE,{region},{city},{code},{moments[hour]},{source},{campaign},"
        f"{opened},{clicked},{visited},{age},{moments[hour]},https://forms.example/{campaign}"
        for (
            name, surname, phone, email, region, city, code, hour, source, campaign, opened, clicked, visited, age,
        ) in columns
    ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def _phone(seed: int, person: int) -> str:
    # 15 stems × 10,000,000 numbers; a seed has 1.5 million of its own.
    place = seed % 10 * 1_500_000 + person
    return f"{_STEMS[place // 1_000_000]}{place % 1_000_000:07}"
