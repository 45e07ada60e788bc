"""When a delivery is tried again, and which addresses it may go to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.deliveries.rules import (
    LONGEST_RETRY_AFTER,
    SCHEDULE_SECONDS,
    Answer,
    Outcome,
    address_problem,
    outcome_of,
    retry_after,
    seconds_to_next,
)

REFUSED = Answer(Outcome.REFUSED, 500)


def test_ten_attempts_over_about_three_days_and_then_no_more() -> None:
    waits = [seconds_to_next(attempts, REFUSED, 0.0) for attempts in range(1, 11)]
    assert waits[:-1] == [float(seconds) for seconds in SCHEDULE_SECONDS[1:]]
    assert waits[-1] is None
    assert 74 * 3600 < sum(SCHEDULE_SECONDS) < 78 * 3600


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True), st.none() | st.integers(0, 10**9))
def test_a_retry_waits_at_least_its_turn_and_at_least_what_was_asked(
    attempts: int, uniform: float, asked: int | None
) -> None:
    wait = seconds_to_next(attempts, Answer(Outcome.REFUSED, 429, asked), uniform)
    assert wait is not None
    assert wait >= SCHEDULE_SECONDS[attempts]
    assert wait >= min(asked or 0, LONGEST_RETRY_AFTER)
    assert wait <= max(SCHEDULE_SECONDS[attempts] * 1.2, LONGEST_RETRY_AFTER)


def test_who_says_gone_is_not_asked_again() -> None:
    assert seconds_to_next(1, Answer(Outcome.GONE, 410), 0.5) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (204, Outcome.ACCEPTED),
        (302, Outcome.REFUSED),
        (410, Outcome.GONE),
        (500, Outcome.REFUSED),
    ],
)
def test_only_2xx_is_accepted_and_redirects_are_not_followed(status: int, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


@given(st.none() | st.text(max_size=30))
def test_any_retry_after_is_read_or_ignored(header: str | None) -> None:
    asked = retry_after(header)
    assert asked is None or asked >= 0


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.com/leads",
        "ftp://crm.example.com/",
        "https://",
        "crm.example.com",
        "https://user:pw@crm.example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.8/",
        "https://192.168.1.1/",
        "https://172.16.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://[::1]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
        "https://crm.example.com:22/",
        "https://crm.example.com:99999/",
        "https://[bad/",
    ],
)
def test_addresses_that_are_plainly_wrong_are_refused_with_a_sentence(url: str) -> None:
    sentence = address_problem(url, allow_loopback=False)
    assert sentence is not None
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    "url", ["https://crm.example.com/leads", "https://crm.example.com:8443/x?a=b", "https://8.8.8.8/"]
)
def test_public_addresses_are_taken(url: str) -> None:
    assert address_problem(url, allow_loopback=False) is None


def test_this_machine_is_allowed_in_a_demonstration_only() -> None:
    assert address_problem("http://127.0.0.1:9000/hook", allow_loopback=True) is None
    assert address_problem("http://127.0.0.1:9000/hook", allow_loopback=False) is not None
    assert address_problem("http://10.0.0.8/hook", allow_loopback=True) is not None
