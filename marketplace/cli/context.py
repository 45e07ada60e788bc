"""The application that commands work in: database and keys, no routes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from config import Settings
from marketplace import supervision
from marketplace.app import configure


@contextmanager
def exchange_context(settings: Settings) -> Iterator[Flask]:
    """An application context on the configured database, which must be fit and up to date."""
    supervision.insist_on_database(settings)
    app = Flask("lead-exchange", static_folder=None)
    configure(app, settings)
    with app.app_context():
        yield app
