"""A buyer's own system: writes down what is delivered to it and answers as it is told."""

from __future__ import annotations

import http.server
import json
import threading
from types import TracebackType
from typing import Any


class Receiver:
    """Listens on a free port of this machine; answers *status* and keeps (webhook-id, body)."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.taken: list[tuple[str, dict[str, Any]]] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                receiver.taken.append((self.headers["webhook-id"], json.loads(body)))
                self.send_response(receiver.status)
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

    def ids_by_purchase(self) -> dict[str, set[str]]:
        """Under which webhook-ids each purchase came."""
        found: dict[str, set[str]] = {}
        for webhook_id, body in list(self.taken):
            found.setdefault(body["data"]["purchase_id"], set()).add(webhook_id)
        return found
