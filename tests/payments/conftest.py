"""An application that has the books and the border of money, and no routes, on a database of its own.

One of the tests forges a debt as the server's superuser; nobody else should have to live with it.
"""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from marketplace.kernel.database import db
from tests.conftest import new_database, superuser_dsn


@pytest.fixture(scope="session")
def environment(worker_id: str) -> dict[str, str]:
    return new_database(f"payments_{worker_id}")


@pytest.fixture(scope="session")
def superuser(environment: dict[str, str]) -> str:
    return superuser_dsn(str(make_url(environment["DATABASE_URL"]).database))


@pytest.fixture(scope="session")
def app(environment: dict[str, str]) -> Flask:
    bare = Flask("payments")
    bare.config["SQLALCHEMY_DATABASE_URI"] = environment["DATABASE_URL"]
    bare.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 12, "max_overflow": 4}
    db.init_app(bare)
    return bare
