"""Joins a file without contacts with invented people, so that it can be tried as a batch."""

from __future__ import annotations

import csv
from pathlib import Path

from .people import people

_ADDED = ("first_name", "last_name", "phone", "email")


def join_contacts(source: Path, target: Path, *, country: str, seed: int = 1) -> int:
    """Write *source* (CSV) to *target* with a name, a phone and an e-mail in each row; returns the rows.

    The people are invented; columns of *source* are kept as they are.
    """
    invented = people(country, seed)
    with source.open(newline="", encoding="utf-8-sig") as incoming, target.open("w", newline="") as outgoing:
        reader, writer = csv.reader(incoming), csv.writer(outgoing)
        header = next(reader, None)
        if not header:
            raise ValueError(f"{source.name} has no header row")
        writer.writerow([*header, *_ADDED])
        count = 0
        for row in reader:
            person = next(invented)
            writer.writerow([*row, person.first_name, person.last_name, person.phone, person.email])
            count += 1
    return count
