"""The sentence for everything that may stand in the way of a command, with the way out."""

from __future__ import annotations

import psycopg
import sqlalchemy.exc

from config import SettingsError
from marketplace.kernel.durability import UnsafeDatabase
from marketplace.kernel.embedded_database import EmbeddedDatabaseError
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.supervision import AlreadyRunning
from workers.registry import RegistryError

_TOLD_AS_THEY_ARE = (SettingsError, EmbeddedDatabaseError, UnsafeDatabase, AlreadyRunning, RegistryError)
_UNREACHABLE = (
    "The database does not answer. Check that it runs and that DATABASE_URL names it"
    " (and DATABASE_OWNER_URL for migrations)."
)
_NOT_LET_IN = "The database does not let us in: check the user and the password in DATABASE_URL."


def sentence_for(error: BaseException) -> str | None:
    """What to tell, None for a fault that nobody foresaw."""
    if isinstance(error, _TOLD_AS_THEY_ARE):
        return str(error)
    if isinstance(error, NotFound) and error.detail == NotFound.title:
        return "There is no such thing on this exchange; check the id."
    if isinstance(error, DomainError):
        return error.detail
    original = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    if isinstance(original, psycopg.OperationalError):
        # A failed connection has no state; the reason stands only in the driver's message.
        return _NOT_LET_IN if "authentication failed" in str(original) else _UNREACHABLE
    if isinstance(original, psycopg.errors.UndefinedTable):
        return "The database has no tables yet: run 'lead-exchange migrate'."
    return None
