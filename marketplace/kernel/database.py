"""The database session, the one place that commits, and the map from constraints to refusals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg.rows import namedtuple_row
from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry

from . import randomness
from .errors import DomainError

# The same names that PostgreSQL gives by itself, so that migrations in plain SQL and models agree.
_NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(constraint_name)s",
}


class Base(DeclarativeBase):
    """The base of every table; types that mean the same everywhere are said once here."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMES),
        type_annotation_map={
            datetime: DateTime(timezone=True),
            bytes: LargeBinary(),
            str: Text(),
            UUID: Uuid(),
            int: BigInteger(),
            dict[str, Any]: JSONB(),
            list[Any]: JSONB(),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

Result = TypeVar("Result")
RefusalMaker = Callable[[], DomainError]

_refusals: dict[str, RefusalMaker] = {}
_RETRYABLE = {"40001", "40P01"}
_ATTEMPTS = 5


def refuse_by_constraint(makers: Mapping[str, RefusalMaker]) -> None:
    """Say which refusal a broken constraint means, so the loser of a race gets what a latecomer gets."""
    _refusals.update(makers)


def refusal_of(error: DBAPIError) -> DomainError | None:
    """The refusal that a database error stands for, None when it is a fault."""
    name = constraint_of(error)
    maker = _refusals.get(name) if name else None
    return maker() if maker else None


def constraint_of(error: DBAPIError) -> str | None:
    """The name of the constraint that a statement broke, if it broke one."""
    original = error.orig
    return original.diag.constraint_name if isinstance(original, psycopg.Error) else None


def rows(statement: str, parameters: Mapping[str, Any]) -> Sequence[Any]:
    """Run *statement* (``%(name)s``) in the session's transaction; its rows, with columns as attributes.

    For the few statements that every purchase runs: the driver alone takes a third of the time that a
    statement takes through the session. Nothing is flushed before. Raises DBAPIError as the session does.
    """
    connection = db.session.connection()
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    try:
        with driver.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(statement.encode(), parameters).fetchall()
    except psycopg.Error as error:
        if lost := driver.closed:
            # As the session does: where one connection is gone, the others are, too.
            connection.invalidate(error)
            db.engine.dispose(close=False)
        raise DBAPIError.instance(
            None, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=lost
        ) from error


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work: commits at the end, rolls back on any error, never nests.

    A broken constraint that has a refusal is raised as that refusal.
    """
    session = db.session()
    try:
        yield
        session.commit()
    except DBAPIError as error:
        session.rollback()
        if (refusal := refusal_of(error)) is not None:
            raise refusal from error
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        db.session.remove()


def in_transaction(work: Callable[[], Result]) -> Result:
    """Run *work* as one unit of work; deadlock and serialization losers are run again (5 times)."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with transaction():
                return work()
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state not in _RETRYABLE or attempt == _ATTEMPTS:
                raise
            time.sleep(0.02 * attempt * (1 + randomness.uniform()))
    raise AssertionError("unreachable")
