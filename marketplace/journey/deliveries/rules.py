"""The words of deliveries, when to try again, and what an answer means."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

#: Seconds of business time between attempts; the first comes at once (Standard Webhooks' schedule).
SCHEDULE_SECONDS = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
#: A receiver may ask for more time, up to this many seconds.
LONGEST_RETRY_AFTER = 86_400
JITTER = 0.2
CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 10.0
#: The whole call, from the name's resolution to the end of the answer's headers, however little trickles in.
CALL_SECONDS = 15.0
MAX_TARGETS = 20


class TargetState(StrEnum):
    """A paused target gets nothing new; a disabled one said itself that it is gone."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """Of one purchase to one target."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Outcome(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    BROKEN_OFF = "broken_off"
    ADDRESS_REFUSED = "address_refused"


#: Ends of attempts after which the receiver has surely got nothing: no connection was ever made.
NOTHING_SENT = frozenset({Outcome.UNREACHABLE, Outcome.ADDRESS_REFUSED})


@dataclass(frozen=True)
class Answer:
    """What came back: the outcome, the HTTP status if there was one, and the wait the receiver asked for."""

    outcome: Outcome
    status: int | None = None
    retry_after_seconds: int | None = None
    latency_ms: int = 0


def outcome_of(status: int) -> Outcome:
    """2xx is accepted, 410 means gone for good, anything else is refused (redirects are not followed)."""
    if 200 <= status < 300:
        return Outcome.ACCEPTED
    return Outcome.GONE if status == 410 else Outcome.REFUSED


def seconds_to_next(attempts: int, answer: Answer, uniform: float) -> float | None:
    """Seconds until the next attempt after *attempts* were made; None when it is given up.

    *uniform* in [0, 1) spreads retries by up to 20 percent, so that a receiver that comes back is not
    met by everything at once.
    """
    if answer.outcome is Outcome.GONE or attempts >= len(SCHEDULE_SECONDS):
        return None
    wait = SCHEDULE_SECONDS[attempts] * (1 + JITTER * uniform)
    asked = min(answer.retry_after_seconds or 0, LONGEST_RETRY_AFTER)
    return max(wait, float(asked))


def retry_after(header: str | None) -> int | None:
    """The seconds of a Retry-After header; dates are not honoured."""
    return int(header) if header and header.isascii() and header.isdigit() and len(header) < 7 else None


def address_problem(url: str, *, allow_loopback: bool) -> str | None:
    """What is wrong with a receiver's address, as a sentence; None when it may be tried.

    Names are resolved and checked again at every attempt; this only catches what is plain to see.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "The address cannot be read; send one such as https://crm.example.com/leads."
    if parts.scheme not in ("https", "http") or not parts.hostname:
        return "The address must begin with https:// and name a host."
    if parts.username or parts.password or parts.fragment:
        return "Leave user name, password and fragment out of the address; deliveries are signed instead."
    literal = _literal(parts.hostname)
    loopback = parts.hostname == "localhost" or (literal is not None and literal.is_loopback)
    if loopback and allow_loopback:
        return None
    if parts.scheme != "https":
        return "The address must begin with https://."
    if port not in (None, 443, 8443):
        return "Deliveries go to port 443 or 8443 only."
    if loopback or (literal is not None and not literal.is_global):
        return "The address lies in a private network; deliveries go to public addresses only."
    return None


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
