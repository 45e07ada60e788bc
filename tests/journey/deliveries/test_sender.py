"""One signed POST: receivers can verify it, and it goes nowhere it must not."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from marketplace.journey.deliveries import sender
from marketplace.journey.deliveries.rules import CALL_SECONDS, Outcome
from workers.deliveries import attempt, fail_stranded
from workers.schedule import SCHEDULE

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Handler = Callable[[http.server.BaseHTTPRequestHandler], None]


@pytest.fixture
def receiver() -> Iterator[tuple[list[tuple[dict[str, str], bytes]], dict[str, object], str]]:
    """A receiver on this machine: what it got, how it answers, its address."""
    got: list[tuple[dict[str, str], bytes]] = []
    answer: dict[str, object] = {"status": 200, "headers": {}}

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answer["status"])  # type: ignore[arg-type]
            for name, value in answer["headers"].items():  # type: ignore[attr-defined]
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield got, answer, f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()


def send(url: str, **rest: object) -> sender.Answer:
    told = {
        "secret": SECRET,
        "message_id": "dlv_1",
        "sent_at": datetime.now(UTC),
        "body": b'{"a":1}',
        "allow_loopback": True,
    }
    return sender.send(url=url, **{**told, **rest})  # type: ignore[arg-type]


def test_the_upstream_library_verifies_what_we_send(receiver) -> None:
    got, _, url = receiver
    assert send(url).outcome is Outcome.ACCEPTED
    headers, body = got[0]
    assert Webhook(SECRET).verify(body, headers) == {"a": 1}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b'{"a":2}', headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(body, headers)


def test_a_redirect_is_a_failure_and_is_not_followed(receiver) -> None:
    got, answer, url = receiver
    answer.update(status=302, headers={"Location": url})
    ended = send(url)
    assert (ended.outcome, ended.status, len(got)) == (Outcome.REFUSED, 302, 1)


def test_a_receiver_may_ask_for_time(receiver) -> None:
    _, answer, url = receiver
    answer.update(status=429, headers={"Retry-After": "120"})
    assert send(url).retry_after_seconds == 120


def test_gone_means_gone(receiver) -> None:
    _, answer, url = receiver
    answer.update(status=410)
    assert send(url).outcome is Outcome.GONE


def test_nobody_listening_is_an_answer_too() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").outcome is Outcome.UNREACHABLE


def test_a_receiver_that_says_nothing_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "READ_TIMEOUT_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert send(f"http://127.0.0.1:{silent.getsockname()[1]}/").outcome is Outcome.TIMED_OUT


def test_a_receiver_that_trickles_is_cut_off_after_the_time_for_the_whole_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "CALL_SECONDS", 0.5)
    hung_up = threading.Event()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()

        def trickle() -> None:
            line, _ = listening.accept()
            with line:
                try:
                    for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 600:
                        line.send(bytes([letter]))
                        time.sleep(0.05)
                    line.send(b"\r\n\r\n")
                except OSError:
                    hung_up.set()

        threading.Thread(target=trickle, daemon=True).start()
        ended = send(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert (ended.outcome, ended.status) == (Outcome.TIMED_OUT, None)
        assert hung_up.wait(20)


def test_the_duty_outlasts_the_longest_call() -> None:
    assert CALL_SECONDS <= 15 < attempt.lease_seconds
    assert any(periodic.task is fail_stranded for periodic in SCHEDULE)


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.5.4",
        "192.168.0.9",
        "169.254.169.254",
        "100.64.0.1",
        "127.0.0.1",
        "::1",
        "fe80::1",
        "fc00::2",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "0.0.0.0",
    ],
)
def test_a_name_that_leads_into_a_private_network_is_refused_at_the_call(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        return [
            (
                family,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port) if family == socket.AF_INET else (address, port, 0, 0),
            )
        ]

    def connect(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    assert send("https://crm.example.com/leads", allow_loopback=False).outcome is Outcome.ADDRESS_REFUSED


def test_the_name_is_resolved_once_so_it_cannot_change_between_check_and_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    reached: list[object] = []

    def resolve(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        public_first = (
            "93.184.215.14" if len([h for h in asked if h == "crm.example.com"]) == 1 else "10.0.0.1"
        )
        address = public_first if host == "crm.example.com" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(self: socket.socket, address: object) -> None:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    assert send("https://crm.example.com/leads", allow_loopback=False).outcome is Outcome.UNREACHABLE
    assert asked.count("crm.example.com") == 1
    assert reached
    assert all(address == ("93.184.215.14", 443) for address in reached)
