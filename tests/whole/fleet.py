"""Buyers that buy at the same time, retry with the same key, and keep a log of what they were told."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from .parties import BUSY, Party

_PATIENCE_SECONDS = 90


@dataclass
class Request:
    """One wish to buy under one key, and every final answer to it."""

    buyer: Party
    listing_id: str
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    attempts: int = 0

    @property
    def bought(self) -> list[str]:
        """The purchases that were acknowledged."""
        status, body = self.answers[0]
        return [one["id"] for one in body["purchases"]] if status == 201 else []


class Fleet:
    """Every buyer wants every listing; *threads* of them ask at the same time."""

    def __init__(self, buyers: Sequence[Party], listings: Sequence[str], *, threads: int, seed: int) -> None:
        self.requests = [Request(buyer, listing) for listing in listings for buyer in buyers]
        random.Random(seed).shuffle(self.requests)
        self.faults: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._left = list(self.requests)
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin to buy."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until every request has its answer."""
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS * 2)
            assert not thread.is_alive()

    def answered(self) -> int:
        """How many requests have an answer."""
        return sum(bool(one.answers) for one in self.requests)

    def ask_again(self) -> None:
        """Send every request once more with its key, as a client does that lost the answer."""
        for one in self.requests:
            self._ask(one, requests.Session())

    def _work(self) -> None:
        session = requests.Session()
        while True:
            with self._lock:
                if not self._left:
                    return
                one = self._left.pop()
            self._ask(one, session)

    def _ask(self, one: Request, session: requests.Session) -> None:
        party = Party(one.buyer.address, one.buyer.key, session=session)
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            one.attempts += 1
            try:
                answer = party.send("POST", "/v1/purchases", key=one.key, json={"listing_id": one.listing_id})
                status, body = answer.status_code, answer.json()
            except (requests.RequestException, ValueError):
                time.sleep(0.1)
                continue
            if status not in BUSY and body.get("code") != "request_in_flight":
                one.answers.append((status, body))
                if status >= 500:
                    self.faults.append((status, str(body.get("request_id"))))
                return
            time.sleep(0.1)
        self.faults.append((0, f"no answer in {_PATIENCE_SECONDS} s"))
