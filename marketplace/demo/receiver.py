"""A buyer's own system on this machine: takes signed deliveries and checks their signatures."""

from __future__ import annotations

import http.server
import threading
import time
from types import TracebackType

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """Listens on a free port of this machine while it is open."""

    def __init__(self) -> None:
        self.secret = ""
        self._accepted: set[str] = set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.send_response(204 if receiver._take(body, dict(self.headers)) else 401)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/leads"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, *, seconds: float) -> int:
        """How many deliveries were accepted, once *count* were or *seconds* are over."""
        deadline = time.monotonic() + seconds
        while len(self._accepted) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        return len(self._accepted)

    def _take(self, body: bytes, headers: dict[str, str]) -> bool:
        try:
            Webhook(self.secret).verify(body, headers)
        except (WebhookVerificationError, RuntimeError, ValueError):
            return False
        self._accepted.add({name.lower(): value for name, value in headers.items()}["webhook-id"])
        return True
