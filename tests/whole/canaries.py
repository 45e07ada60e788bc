"""Marked people and marked words, and where one may find them again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg

from marketplace.supervision.database import embedded

from .exchange import Exchange

ROWS: Final = 100
#: Phones of the marked rows differ in their last two digits.
PHONE: Final = "+486981270"
REFUSED_PHONE: Final = "+99698127055"
MAIL: Final = "canary-q7x.invented-people.org"
FIRST, LAST = "Quillonq", "Zyxwander"
ADDRESS: Final = "Kanarigasse 77q"
ADDRESS_OF_COMPUTER: Final = "185.23.77.91"
COMMENT: Final = "canary-comment-q7x"
NOTE: Final = "canary-note-q7x"
STATEMENT: Final = "canary-statement-q7x"
EVIDENCE: Final = b"canary-evidence-q7x"
EVIDENCE_NAME: Final = "canary-evidence-name-q7x.txt"
FILE_NAME: Final = "canary-upload-q7x.csv"
WRONG: Final = f"canary.wrong@{MAIL}"

#: One word is enough for what has many spellings; phones have digits around which nothing else is a digit.
NEEDLES: Final = {
    "phone": re.compile(rb"(?<!\d)(?:\+?48|0048|0)?[ -]?698[ -]?127[ -]?0\d[ -]?\d(?!\d)|\+?99698127055"),
    "e-mail": re.compile(rb"canary-q7x\.invented", re.IGNORECASE),
    "name": re.compile(b"Quillonq|Zyxwander", re.IGNORECASE),
    "address": re.compile(b"Kanarigasse", re.IGNORECASE),
    "address of a computer": re.compile(rb"185\.23\.77\.91"),
    "words": re.compile(rb"canary[-.](?:comment|note|statement|evidence|wrong)", re.IGNORECASE),
    "file name": re.compile(rb"canary-upload"),
}


@dataclass(frozen=True)
class Leak:
    """A mark where none may be: what it is, where it was found, and some letters around it."""

    what: str
    where: str
    around: bytes


def leaks(text: bytes, where: str) -> Iterator[Leak]:
    """Every kind of mark in *text*, once."""
    for what, needle in NEEDLES.items():
        if found := needle.search(text):
            yield Leak(what, where, text[max(0, found.start() - 60) : found.end() + 40])


def file_of_marked_people() -> bytes:
    """Good rows, then rows that are refused for one reason each, one of them the copy of a good one."""
    at = datetime.now(UTC) - timedelta(hours=3)
    lines = ["First name;Last name;Phone;E-mail;Address;IP;Created at;Comment"]
    for row in range(ROWS):
        lines.append(_line(f"{PHONE}{row:02}", f"canary.{row}@{MAIL}", at))
    lines += [
        _line(f"{PHONE}00", f"canary.0@{MAIL}", at),
        _line(REFUSED_PHONE, f"canary at {MAIL}", at),
        _line("", "", at),
        _line(f"{PHONE}01", f"canary.1@{MAIL}", at + timedelta(days=30)),
        _line(f"{PHONE}02", f"canary.2@{MAIL}", at - timedelta(days=3_000)),
        f'"{FIRST};{LAST};{PHONE}03',
    ]
    return "\n".join(lines).encode()


def _line(phone: str, mail: str, at: datetime) -> str:
    told = at.isoformat(timespec="seconds")
    return ";".join([FIRST, LAST, phone, mail, ADDRESS, ADDRESS_OF_COMPUTER, told, COMMENT])


#: Files that cannot be read as leads, each for another reason.
REFUSED_FILES: Final = {
    "no contact column": f"a;b\n1;{COMMENT}\n2;{COMMENT}\n".encode(),
    "a lead in the place of the header": f"{LAST};{PHONE}00;canary.1@{MAIL}\n{LAST};{PHONE}01;canary.2@{MAIL}".encode(),
    "a picture": b"\x89PNG\r\n\x1a\n" + f"{LAST} {PHONE}00".encode() * 20,
    "a broken workbook": b"PK\x03\x04" + f"{LAST} {PHONE}00 canary.1@{MAIL}".encode() * 20,
    "broken compression": b"\x1f\x8b\x08" + f"{LAST} {PHONE}00".encode() * 20,
    "JSON that ends early": f'{{"phone": "{PHONE}00", "email": "canary.1@{MAIL}"\n'.encode() * 3,
}

_KEEP_MESSAGES = """
    CREATE TABLE kept_messages (payload text);
    CREATE FUNCTION keep_message() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
        $$ BEGIN INSERT INTO kept_messages VALUES (NEW.payload); RETURN NEW; END $$;
    CREATE TRIGGER keep_message AFTER INSERT ON kombu_message FOR EACH ROW EXECUTE FUNCTION keep_message();
"""
_TABLES = """
    SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""


def keep_every_message(exchange: Exchange) -> None:
    """From now on a copy of each message to the workers stays, as one who reads the broker would see it."""
    with psycopg.connect(embedded(exchange.settings).superuser_dsn("exchange")) as connection:
        connection.execute(_KEEP_MESSAGES.encode())


def tables(exchange: Exchange) -> Iterator[tuple[str, bytes]]:
    """Every table as text; sealed and other bytes are shown with the letters in them."""
    with psycopg.connect(embedded(exchange.settings).superuser_dsn("exchange")) as connection:
        connection.execute("SET bytea_output = 'escape'")
        for (name,) in connection.execute(_TABLES.replace("%%", "%").encode()).fetchall():
            copy = f"COPY (SELECT t::text FROM {name} AS t) TO STDOUT"
            with connection.cursor().copy(copy.encode()) as rows:
                yield name, b"".join(bytes(part) for part in rows)
