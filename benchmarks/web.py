"""The web server as it runs in production, for the length of a load."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import IO
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from marketplace import supervision

from .installation import Market, child_environment

_START_SECONDS = 60


@contextmanager
def web_server(market: Market) -> Iterator[tuple[str, int]]:
    """Start the product's own command on a free port; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = replace(market.settings, host="127.0.0.1", port=port)
    # A file, not a pipe: nobody would read the pipe, and a full one stops the server.
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            supervision.web_command(settings),
            env=child_environment(market, PORT=str(port)),
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        )
        try:
            _wait(process, complaints, f"http://127.0.0.1:{port}/health/live")
            yield "127.0.0.1", port
        finally:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], complaints: IO[bytes], address: str) -> None:
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            complaints.seek(0)
            told = complaints.read().decode(errors="replace")
            raise RuntimeError(f"the web server did not start: {told[-2000:]}")
        try:
            with opener.open(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the web server did not answer in time")
