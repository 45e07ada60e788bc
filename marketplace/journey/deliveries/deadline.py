"""A deadline for a whole call to the outside: a timeout of one read is renewed by every byte that trickles in."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

Result = TypeVar("Result")


class Cut(OSError):
    """The call's time is over, so it connects to nobody any more."""


class Lines:
    """The open connections of one call, so that another thread can cut them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._is_cut = False

    def add(self, connected: socket.socket) -> socket.socket:
        """Watch a fresh connection. Raises Cut when the time is over already."""
        with self._lock:
            if self._is_cut:
                connected.close()
                raise Cut
            # A second handle on the same connection: TLS takes the first one over.
            self._open.append(socket.socket(fileno=os.dup(connected.fileno())))
        return connected

    def cut(self) -> None:
        """End every connection at once, whoever reads from it, and let no other begin."""
        with self._lock:
            self._is_cut = True
            for line in self._open:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                line.close()
            self._open.clear()


def watch(session: Session, lines: Lines) -> None:
    """Have every connection that *session* makes watched by *lines*."""

    class WatchedPlain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return lines.add(super()._new_conn())

    class WatchedTls(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return lines.add(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = WatchedPlain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = WatchedTls

    for adapter in session.adapters.values():
        if isinstance(adapter, HTTPAdapter):
            adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}


def within(seconds: float, call: Callable[[Lines], Result]) -> Result:
    """What *call* returns or raises, if it does so in time; else its connections are cut. Raises TimeoutError."""
    lines = Lines()
    ended: Future[Result] = Future()

    def run() -> None:
        try:
            ended.set_result(call(lines))
        except BaseException as error:  # told to who waits
            ended.set_exception(error)

    # A thread, since the resolution of a name cannot be interrupted; it ends soon after its connections do.
    threading.Thread(target=run, daemon=True, name="call").start()
    try:
        return ended.result(timeout=seconds)
    finally:
        lines.cut()
