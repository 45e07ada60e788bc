"""The web application: every route, one error format, one way in."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import import_module

from flask import Flask, Response, g, request
from flask_smorest import Api
from structlog.contextvars import bind_contextvars, clear_contextvars
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings

from . import identity
from .http import documentation, health, problems
from .http.authentication import set_authenticator
from .kernel import crypto, ids
from .kernel.database import db
from .kernel.errors import NotFound

#: Every package with routes, in the order of the journey.
_ROUTED = (
    "identity",
    "payments",
    "journey.offers",
    "journey.intake",
    "journey.spotchecks",
    "journey.listings",
    "journey.purchases",
    "journey.deliveries",
    "journey.outcomes",
    "journey.settlements",
    "journey.disputes",
    "reports",
)
_MAX_BODY = 1 << 20
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,100}")


def create_app(settings: Settings) -> Flask:
    """Build the application on *settings*; the database is not touched until the first request."""
    app = Flask(__name__, static_folder=None)
    # A doubled slash is an unknown path, not a redirect to an address made from the request.
    app.url_map.merge_slashes = False
    if settings.trusted_proxies:
        # The address alone: networks of keys are compared with it; host and scheme are PUBLIC_URL's matter.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # Flask's own way to put something before it
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0
        )
    configure(app, settings)
    set_authenticator(identity.authenticate)
    app.before_request(_name_request)
    app.after_request(_finish_response)
    _describe(app)
    api = Api(app)
    for package in _ROUTED:
        api.register_blueprint(import_module(f".{package}.routes", __package__).blueprint)
    app.register_blueprint(documentation.blueprint)
    health.install(app, settings)
    # Last: the API extension brings an error format of its own.
    problems.install(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """The database and the keys: what a worker's or a command's application needs as well."""
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": False,
            "pool_size": settings.web_threads + 2,
            "max_overflow": 8,
            "pool_recycle": 1800,
            "connect_args": {
                "connect_timeout": 5,
                "options": "-c statement_timeout=15s -c lock_timeout=10s"
                " -c idle_in_transaction_session_timeout=30s -c timezone=UTC",
            },
        },
        MAX_CONTENT_LENGTH=_MAX_BODY,
        EXCHANGE=settings,
    )
    db.init_app(app)
    crypto.use_keys(crypto.KeyRing(settings.master_keys, settings.index_key))


def _describe(app: Flask) -> None:
    app.config.update(
        API_TITLE="Open lead exchange",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {
                "description": "Lead generators list leads, businesses buy them, the exchange checks them."
            },
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
            "security": [{"key": []}],
        },
    )


def _name_request() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else ids.public("req", ids.new_id())
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)
    if "\x00" in request.path:
        raise NotFound


def _finish_response(response: Response) -> Response:
    _read_the_rest()
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _read_the_rest() -> None:
    """Take what an early answer, such as a 401, left unread of a body of usual size."""
    # The server would close the connection, and cut the next request that the client sends on it.
    if 0 < (request.content_length or 0) <= _MAX_BODY:
        with suppress(HTTPException):
            request.get_data(cache=False)
