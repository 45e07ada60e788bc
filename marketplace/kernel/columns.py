"""Column types and constraints that every table spells the same way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, func, text
from sqlalchemy.orm import mapped_column

from .ids import new_id

#: A primary key that sorts by creation; the database makes one too when a statement leaves it out.
Id = Annotated[UUID, mapped_column(primary_key=True, default=new_id, server_default=text("new_id()"))]
#: Set by business time when the row is written.
BusinessTime = Annotated[datetime, mapped_column(server_default=func.clock.now())]
#: Set by wall time when the row is written.
WallTime = Annotated[datetime, mapped_column(server_default=func.clock_timestamp())]
#: A word of a vocabulary or a code, compared byte by byte.
Code = Annotated[str, mapped_column(Text(collation="C"))]
#: Three capital letters, ISO 4217.
Currency = Annotated[str, mapped_column(Text(collation="C"))]


def one_of(column: str, words: type[StrEnum] | Iterable[str], name: str) -> CheckConstraint:
    """A CHECK that *column* holds one of the enum's words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def currency_check(table: str, column: str = "currency") -> CheckConstraint:
    """A CHECK that *column* looks like an ISO 4217 code."""
    return CheckConstraint(f"{column} ~ '^[A-Z]{{3}}$'", name=f"{table}_{column}_is_iso")
