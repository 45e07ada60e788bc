"""Refuses to start on a database that could lose or leak what it was given."""

from __future__ import annotations

from typing import Final

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from .provisioning import MIGRATIONS

_DURABLE_SETTINGS: Final = ("fsync", "full_page_writes", "synchronous_commit")
#: With standbys these are stronger than ``on``; ``local`` and ``off`` are weaker or depend on luck.
_SAFE_COMMITS: Final = ("on", "remote_write", "remote_apply")

_ROLE = text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
# Whoever is a member of the owner may do all that the owner may.
_OWNED = text("""
    SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
       AND pg_has_role(current_user, c.relowner, 'MEMBER')
""")


class UnsafeDatabase(Exception):
    """The database or its role is not fit; the message says, line by line, what to change."""


def insist(connection: Connection) -> None:
    """Check durability, the application's role and the schema. Raises UnsafeDatabase."""
    found = [*_durability(connection), *_role(connection), *_schema(connection)]
    if found:
        raise UnsafeDatabase(
            "The database is not fit to start on:\n" + "\n".join(f"  - {line}" for line in found)
        )


def head() -> str | None:
    """The newest migration of this release."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


def _durability(connection: Connection) -> list[str]:
    found = []
    for name in _DURABLE_SETTINGS:
        value = connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()
        safe = _SAFE_COMMITS if name == "synchronous_commit" else ("on",)
        if value not in safe:
            found.append(f"{name} is {value}: a power cut would lose acknowledged sales. Set {name} = on.")
    return found


def _role(connection: Connection) -> list[str]:
    role = connection.execute(_ROLE).one()
    if role.rolsuper:
        return [f"the role {role.rolname} is a superuser: give DATABASE_URL a role made with NOSUPERUSER."]
    found = []
    if role.rolbypassrls:
        found.append(f"the role {role.rolname} bypasses row level security: ALTER ROLE … NOBYPASSRLS.")
    if connection.execute(_OWNED).scalar_one():
        found.append(
            f"the role {role.rolname} owns tables, so grants and triggers do not bind it:"
            " let DATABASE_OWNER_URL own them and DATABASE_URL use them."
        )
    return found


def _schema(connection: Connection) -> list[str]:
    exists = connection.execute(text("SELECT to_regclass('public.alembic_version')")).scalar_one()
    if exists is None:
        return ["it has no tables yet: run 'lead-exchange migrate'."]
    readable = connection.execute(
        text("SELECT has_table_privilege('public.alembic_version', 'SELECT')")
    ).scalar_one()
    if not readable:
        return ["its version cannot be read: run 'lead-exchange migrate'."]
    current = connection.execute(text("SELECT version_num FROM public.alembic_version")).scalars().all()
    newest = head()
    if list(current) != [newest]:
        at = ", ".join(current) or "nothing"
        return [f"its schema is at {at}, this release needs {newest}: run 'lead-exchange migrate'."]
    return []
