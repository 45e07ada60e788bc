"""What a web server loads: the application, made from the environment."""

from __future__ import annotations

from flask import Flask

import config
from marketplace.app import create_app
from marketplace.kernel import logs


def application() -> Flask:
    """The web application of one web process."""
    settings = config.load()
    logs.configure(settings.log_level)
    return create_app(settings)
