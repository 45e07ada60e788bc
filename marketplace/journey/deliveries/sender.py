"""The call to the outside: one signed POST to a public address, pinned, without redirects."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime

import requests
from requests_hardened import Config, Manager
from requests_hardened.ip_filter import InvalidIPAddress
from standardwebhooks import Webhook
from urllib3.exceptions import ProtocolError

from .deadline import Lines, watch, within
from .rules import (
    CALL_SECONDS,
    CONNECT_TIMEOUT_SECONDS,
    READ_TIMEOUT_SECONDS,
    Answer,
    Outcome,
    address_problem,
    outcome_of,
    retry_after,
)

_USER_AGENT = "lead-exchange-delivery/1"


def send(
    *, url: str, secret: str, message_id: str, sent_at: datetime, body: bytes, allow_loopback: bool
) -> Answer:
    """POST *body* to *url*, signed as Standard Webhooks says. Never raises: every end is an Answer.

    The name is resolved once, refused when it points into a private network, and the connection is
    made to just that address. Redirects are failures; the answer's body is not read. The whole call ends
    after CALL_SECONDS.
    """
    if address_problem(url, allow_loopback=allow_loopback) is not None:
        return Answer(Outcome.ADDRESS_REFUSED)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, sent_at, body.decode()),
    }
    started = time.monotonic()
    try:
        answer = within(CALL_SECONDS, lambda lines: _post(url, body, headers, allow_loopback, lines))
        return replace(answer, latency_ms=_elapsed_ms(started))
    except InvalidIPAddress:
        return Answer(Outcome.ADDRESS_REFUSED, latency_ms=_elapsed_ms(started))
    except requests.ConnectTimeout:
        return Answer(Outcome.UNREACHABLE, latency_ms=_elapsed_ms(started))
    except (requests.Timeout, TimeoutError):
        return Answer(Outcome.TIMED_OUT, latency_ms=_elapsed_ms(started))
    except requests.RequestException as error:
        outcome = Outcome.BROKEN_OFF if _broke_off(error) else Outcome.UNREACHABLE
        return Answer(outcome, latency_ms=_elapsed_ms(started))
    except (UnicodeError, ValueError):
        return Answer(Outcome.UNREACHABLE, latency_ms=_elapsed_ms(started))


def _broke_off(error: requests.RequestException) -> bool:
    """Whether the connection stood and broke before an answer: the body may have been read by then."""
    return bool(error.args) and isinstance(error.args[0], ProtocolError)


def _post(url: str, body: bytes, headers: dict[str, str], allow_loopback: bool, lines: Lines) -> Answer:
    with _manager(allow_loopback).get_session() as session:
        # No proxies or credentials from the environment: the address checked is the one called.
        session.trust_env = False
        watch(session, lines)
        with session.request("POST", url, data=body, headers=headers, stream=True) as response:
            return Answer(
                outcome_of(response.status_code),
                response.status_code,
                retry_after(response.headers.get("Retry-After")),
            )


def _manager(allow_loopback: bool) -> Manager:
    return Manager(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=allow_loopback,
            never_redirect=True,
            default_timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS),
            user_agent_override=_USER_AGENT,
        )
    )


def _elapsed_ms(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
