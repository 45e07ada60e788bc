"""``make run`` shows a market that works: what it prints can be pasted, and it goes on where it stopped."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .exchange import Exchange, folder_for_all
from .parties import Party

pytestmark = [pytest.mark.xdist_group("whole"), pytest.mark.timeout(600)]

_PRINTED = "Lines that work as pasted"
_TOLD_SECONDS = 180


@pytest.fixture(scope="module")
def exchange() -> Iterator[Exchange]:
    """The demonstration, told to its end."""
    with folder_for_all() as folder:
        made = Exchange(folder, "demo", "--serve")
        try:
            made.start()
            _wait_until_told(made, 1)
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.stop()


@pytest.fixture(scope="module")
def told(exchange: Exchange) -> dict[str, Any]:
    """What the first run left for scripts."""
    return _facts(exchange)


def _wait_until_told(exchange: Exchange, times: int) -> None:
    exchange.wait(lambda: exchange.screen.read_text().count(_PRINTED) >= times, _TOLD_SECONDS)


def _facts(exchange: Exchange) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((exchange.data / "demo.json").read_text())
    return facts


def _organizations(exchange: Exchange) -> int:
    return int(exchange.query("SELECT count(*) FROM organizations")[0][0])


def test_everybody_of_the_market_has_a_key_that_works(exchange: Exchange, told: dict[str, Any]) -> None:
    assert {"operator", "seller", "buyer", "checker_1", "moderator_1"} <= set(told["keys"])
    for name, key in told["keys"].items():
        assert Party(exchange.address, key).send("GET", "/v1/organization").status_code == 200, name


def test_the_file_with_the_keys_is_for_its_owner_only(exchange: Exchange, told: dict[str, Any]) -> None:
    assert stat.S_IMODE((exchange.data / "demo.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["documentation", "description", "health", "metrics"])
def test_the_addresses_that_are_printed_answer(exchange: Exchange, told: dict[str, Any], name: str) -> None:
    assert told[name] in exchange.screen.read_text()
    assert requests.get(told[name], timeout=30).status_code == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="the lines that are printed call curl")
def test_every_line_that_is_printed_works_as_pasted(exchange: Exchange, told: dict[str, Any]) -> None:
    screen = exchange.screen.read_text()
    assert {"what is for sale", "the wallet", "buy a lead", "read a contact that was bought"} <= set(
        told["lines"]
    )
    for what, line in told["lines"].items():
        assert line in screen, what
        ran = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, (what, ran.stderr)
        answer = json.loads(ran.stdout)
        assert "code" not in answer, (what, answer)
        assert answer, what


def test_an_early_refusal_leaves_the_connection_usable(exchange: Exchange, told: dict[str, Any]) -> None:
    head = "POST /v1/purchases HTTP/1.1\r\nHost: exchange\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", exchange.port), timeout=10) as connection:
        connection.sendall((head + "Content-Length: 2\r\n\r\n").encode())
        # The server knows from the head that nobody is asking, and the body comes later.
        time.sleep(0.3)
        connection.sendall(b"{}")
        assert _whole_answer(connection).startswith(b"HTTP/1.1 401")
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: exchange\r\n\r\n")
        assert _whole_answer(connection).startswith(b"HTTP/1.1 200")


def _whole_answer(connection: socket.socket) -> bytes:
    """Head and body: they may come in several pieces."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65_536)
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]
    while len(body) < length:
        more = connection.recv(65_536)
        got, body = got + more, body + more
    return got


def test_ctrl_c_ends_everything(exchange: Exchange, told: dict[str, Any]) -> None:
    assert exchange.stop(signal.SIGINT, 45) == 0
    assert exchange.survivors() == []


def test_a_second_start_goes_on_with_the_same_market(exchange: Exchange, told: dict[str, Any]) -> None:
    (exchange.data / "demo.json").unlink()
    exchange.start()
    before = _organizations(exchange)
    _wait_until_told(exchange, 2)
    again = _facts(exchange)
    assert again["keys"] == told["keys"]
    assert again["organizations"] == told["organizations"]
    assert _organizations(exchange) == before
    assert exchange.stop(signal.SIGINT, 45) == 0
    assert exchange.survivors() == []


def test_a_demonstration_that_was_interrupted_goes_on_where_it_was() -> None:
    with folder_for_all() as folder:
        exchange = Exchange(folder, "demo", "--serve")
        try:
            exchange.start()
            exchange.wait(
                lambda: "Vistula Credit signed up" in exchange.screen.read_text(), _TOLD_SECONDS, every=0.02
            )
            assert exchange.stop(signal.SIGINT, 45) == 0
            assert exchange.survivors() == []
            assert _PRINTED not in exchange.screen.read_text()
            exchange.start()
            _wait_until_told(exchange, 1)
            # The operator, two sellers, two buyers: nobody signed up twice.
            assert _organizations(exchange) == 5
            assert exchange.run("verify-ledger").returncode == 0
        finally:
            if exchange.process is not None and exchange.process.poll() is None:
                exchange.stop()
