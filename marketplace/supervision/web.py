"""The command of the web server: the one place that knows which server it is."""

from __future__ import annotations

import sys
from typing import Final

from config import Settings

#: The first is the default.
SERVERS: Final = ("granian", "gunicorn")
#: Requests under way get this long at a stop, and after a crash of the other side.
GRACE_SECONDS: Final = 30
_TARGET: Final = "marketplace.wsgi:application"


def web_command(settings: Settings, server: str = SERVERS[0]) -> list[str]:
    """The arguments that start *server* in the foreground, without a shell."""
    return _gunicorn(settings) if server == "gunicorn" else _granian(settings)


def _granian(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", _TARGET),
        *("--host", settings.host, "--port", str(settings.port)),
        *("--workers", str(settings.web_processes), "--blocking-threads", str(settings.web_threads)),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(GRACE_SECONDS)),
        *("--no-ws", "--log-level", "warning"),
    ]


def _gunicorn(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", f"{_TARGET}()", "--bind", f"{settings.host}:{settings.port}"),
        *("--worker-class", "gthread", "--workers", str(settings.web_processes)),
        *("--threads", str(settings.web_threads), "--graceful-timeout", str(GRACE_SECONDS)),
        *("--timeout", "120", "--keep-alive", "30", "--log-level", "warning", "--no-control-socket"),
    ]
