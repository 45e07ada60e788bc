"""The load: one process, plain sockets, requests made beforehand, so that it costs the server little."""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass
class Told:
    """What came back: seconds for all, answers by status, seconds of each answer."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)


def request(path: str, key: str, idempotency_key: str, body: bytes) -> bytes:
    """A POST as bytes."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Idempotency-Key: {idempotency_key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class _Client:
    """One kept-alive connection with one request under way."""

    def __init__(self, address: tuple[str, int], waiting: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting = deque(waiting)
        self.got = b""
        self.sent_at = 0.0

    def send_next(self) -> bool:
        """Send the next request; False when there is none left."""
        if not self.waiting:
            return False
        self.sent_at = time.perf_counter()
        # Requests are far smaller than a socket's buffer, so this never waits.
        self.socket.sendall(self.waiting.popleft())
        return True

    def receive(self) -> int | None:
        """The status of a whole answer, None while some of it is missing."""
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionError("the server closed a connection that is kept alive")
        self.got += got
        head, found, body = self.got.partition(_HEAD_END)
        if not found:
            return None
        length = head.lower().partition(_LENGTH)[2].partition(b"\r")[0]
        if len(body) < int(length):
            return None
        self.got = b""
        return int(head[9:12])


def run(address: tuple[str, int], requests: Sequence[Sequence[bytes]]) -> Told:
    """Send each client's *requests* over a connection of its own, each after the answer to the one before."""
    clients = [_Client(address, own) for own in requests]
    told = Told()
    with selectors.DefaultSelector() as selector:
        for one in clients:
            selector.register(one.socket, selectors.EVENT_READ, one)
        begun = time.perf_counter()
        busy = sum(client.send_next() for client in clients)
        while busy:
            for ready, _ in selector.select():
                client: _Client = ready.data
                status = client.receive()
                if status is None:
                    continue
                told.latencies.append(time.perf_counter() - client.sent_at)
                told.statuses[status] = told.statuses.get(status, 0) + 1
                if not client.send_next():
                    busy -= 1
        told.seconds = time.perf_counter() - begun
    for one in clients:
        one.socket.close()
    return told
