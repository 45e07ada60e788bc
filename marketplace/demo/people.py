"""Invented people with numbers that could exist: for demonstrations, benchmarks and tests."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

_FIRST = """
    Ada Agnes Albert Alicja Amira Anton Arjun Aylin Beata Bruno Carla Chen Clara Daniel Darius Devi
    Diego Edda Elif Emil Erik Fatima Felix Greta Hana Hugo Ida Igor Ines Irina Ivan Jakub Jana Jonas
    Julia Kamil Karin Kavya Lars Lea Leo Lina Luca Magda Maja Marek Marta Mateo Mei Mila Milan Nadia
    Nils Nina Noah Olga Oskar Paul Petra Piotr Priya Rafal Ravi Rosa Sami Sara Simon Sofia Stefan
    Tariq Teresa Theo Tomas Vera Viktor Wanda Yusuf Zofia
""".split()  # noqa: SIM905 - a list of words reads best as a text
_LAST = """
    Adler Albrecht Arslan Bauer Becker Berg Bianchi Blum Bosch Brandt Carvalho Castro Conti Costa
    Cruz Demir Dietrich Duarte Falk Ferrari Fischer Flores Fuchs Garcia Gomes Graf Gupta Haas Hahn
    Hansen Hartmann Herrera Hoffmann Horvat Ivanov Jansen Jensen Kaiser Kaya Keller Klein Kovacs
    Kowalski Kraus Kumar Lang Lehmann Leone Lindberg Lopez Lorenz Mahler Marin Mazur Mehta Meyer
    Moreau Moretti Moser Nair Nowak Olsen Patel Pavlov Pereira Petrov Pohl Popescu Ramos Rao Reyes
    Ricci Roth Sahin Santos Schmid Sharma Silva Singh Sokolov Sousa Stein Svoboda Tanaka Torres
    Varga Vidal Vogel Wagner Weber Wolf Yildiz Zeller Zielinski
""".split()  # noqa: SIM905 - a list of words reads best as a text
# Domains of nobody: the reserved ones are refused as test data, and nothing is ever sent to these.
_MAIL = tuple(f"{host}.invented-people.org" for host in ("mail", "post", "letters", "inbox"))
_TRIES = 50


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist; the number is valid by its country's plan."""

    first_name: str
    last_name: str
    phone: str
    email: str


def people(country: str, seed: int) -> Iterator[Person]:
    """An endless row of different people of *country* (ISO 3166); the same seed gives the same people."""
    dice = random.Random(seed)  # noqa: S311 - invented people, nothing secret
    seen: set[str] = set()
    for number in _numbers(country, dice):
        if number in seen:
            continue
        seen.add(number)
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        digits = re.sub(r"\D", "", number)[-6:]
        yield Person(first, last, number, f"{first}.{last}.{digits}@{dice.choice(_MAIL)}".lower())


def _numbers(country: str, dice: random.Random) -> Iterator[str]:
    """Valid mobile numbers: the country's example number with its last six digits drawn anew."""
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        raise ValueError(f"no numbering plan is known for the country {country}")
    stem = str(example.national_number)[:-6]
    while True:
        for _ in range(_TRIES):
            drawn = phonenumbers.PhoneNumber(
                country_code=example.country_code, national_number=int(stem + f"{dice.randrange(10**6):06}")
            )
            if phonenumbers.is_valid_number(drawn):
                break
        else:
            raise ValueError(f"no numbers could be drawn for the country {country}")
        yield phonenumbers.format_number(drawn, phonenumbers.PhoneNumberFormat.E164)
