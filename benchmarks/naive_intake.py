"""Intake as a plain application writes it: row by row, each library as its manual shows it."""

from __future__ import annotations

import csv
import time
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import marshmallow as ma
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from marshmallow import fields, validate
from sqlalchemy import DateTime, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from .installation import Market

_COMMIT_EVERY = 1_000
TABLE = """
    CREATE TABLE naive_leads (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, first_name text, last_name text, phone text UNIQUE,
        email text, country text, region text, city text, postal_code text, created_at timestamptz, source text,
        campaign text, opened integer, clicked integer, visited integer, age integer, consent_at timestamptz,
        page_url text);
    CREATE INDEX ON naive_leads (email);
    GRANT SELECT, INSERT ON naive_leads TO exchange_app
"""


class _Base(DeclarativeBase):
    pass


class _Lead(_Base):
    __tablename__ = "naive_leads"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str]
    country: Mapped[str]
    region: Mapped[str]
    city: Mapped[str]
    postal_code: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    source: Mapped[str]
    campaign: Mapped[str]
    opened: Mapped[int]
    clicked: Mapped[int]
    visited: Mapped[int]
    age: Mapped[int]
    consent_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    page_url: Mapped[str]


class _Row(ma.Schema):
    first_name = fields.String(required=True, validate=validate.Length(1, 100))
    last_name = fields.String(required=True, validate=validate.Length(1, 100))
    phone = fields.String(required=True, validate=validate.Length(3, 40))
    email = fields.String(required=True, validate=validate.Length(3, 254))
    country = fields.String(required=True, validate=validate.Length(equal=2))
    region = fields.String()
    city = fields.String()
    postal_code = fields.String()
    created_at = fields.DateTime(required=True)
    source = fields.String()
    campaign = fields.String()
    opened = fields.Integer(validate=validate.Range(0))
    clicked = fields.Integer(validate=validate.Range(0))
    visited = fields.Integer(validate=validate.Range(0))
    age = fields.Integer(validate=validate.Range(18, 120))
    consent_at = fields.DateTime(required=True)
    page_url = fields.Url(require_tld=True)


def read(market: Market, path: Path, rows: int) -> float:
    """Take the first *rows* rows of the file in; returns kept rows per second. *market* has TABLE."""
    engine = create_engine(market.settings.database_url)
    schema, kept = _Row(), 0
    begun = time.perf_counter()
    with Session(engine) as session, path.open(newline="") as file:
        for number, given in enumerate(islice(csv.DictReader(file), rows), start=1):
            found = _understood(schema, given)
            if found is not None and not _known(session, found):
                session.add_all([_Lead(**found)])
                kept += 1
            if number % _COMMIT_EVERY == 0:
                session.commit()
        session.commit()
    seconds = time.perf_counter() - begun
    engine.dispose()
    return kept / seconds


def _understood(schema: ma.Schema, given: dict[str, Any]) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = schema.load(given)
        number = phonenumbers.parse(found["phone"], found["country"])
        if not phonenumbers.is_valid_number(number):
            return None
        found["phone"] = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        found["email"] = validate_email(found["email"], check_deliverability=False).normalized
    except (ma.ValidationError, phonenumbers.NumberParseException, EmailNotValidError):
        return None
    return found


def _known(session: Session, found: dict[str, Any]) -> bool:
    return session.scalar(select(_Lead.id).where(_Lead.phone == found["phone"]).limit(1)) is not None
