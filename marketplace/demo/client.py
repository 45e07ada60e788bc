"""A small client of the exchange's API, as any user would write one."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import requests

_TIMEOUT = 60


class ExchangeSaysNo(Exception):
    """The exchange refused something that the story needs; holds its own sentence."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(sentence)


class Client:
    """Speaks to one exchange with one key."""

    def __init__(self, address: str, key: str | None = None) -> None:
        self.address = address.rstrip("/")
        self.key = key
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **query: Any) -> Any:
        """GET a resource."""
        return self._send("GET", path, params={k: v for k, v in query.items() if v is not None})

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        """POST with an Idempotency-Key of its own, or the given one."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._send("POST", path, json=body, headers=headers)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """PATCH a resource."""
        return self._send("PATCH", path, json=body)

    def upload(self, path: str, name: str, content: bytes, kind: str) -> Any:
        """POST one file as a form would."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._send("POST", path, files={"file": (name, content, kind)}, headers=headers)

    def put_file(self, path: str, content: Any, name: str, mapping: dict[str, str] | None = None) -> Any:
        """PUT a file's bytes; *mapping* says which column is which field."""
        headers = {"Content-Type": "application/octet-stream"}
        query = {"name": name, **({"mapping": json.dumps(mapping)} if mapping else {})}
        return self._send("PUT", path, data=content, headers=headers, params=query)

    def until(self, path: str, done: Callable[[Any], bool], *, seconds: float, waiting_for: str) -> Any:
        """Ask for a resource until *done* says so. Raises ExchangeSaysNo after *seconds*."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.get(path)
            if done(found):
                return found
            if time.monotonic() > deadline:
                raise ExchangeSaysNo(f"Waited {seconds:.0f} s in vain for {waiting_for}.")
            time.sleep(0.2)

    def _send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **rest: Any) -> Any:
        told = dict(headers or {})
        if self.key:
            told["Authorization"] = f"Bearer {self.key}"
        answer = self._session.request(method, self.address + path, headers=told, timeout=_TIMEOUT, **rest)
        if answer.status_code >= 400:
            sentence = f"{method} {path}: {answer.status_code} {_reason(answer)}"
            raise ExchangeSaysNo(sentence, answer.status_code)
        return answer.json() if answer.content else None


def _reason(answer: requests.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return answer.text[:200]
    fields = "; ".join(f"{item['pointer']}: {item['detail']}" for item in problem.get("errors", []))
    return f"{problem.get('code')}: {problem.get('detail')} {fields}".strip()
