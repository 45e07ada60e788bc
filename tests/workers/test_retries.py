"""How long a failed duty waits, and when it is given up."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy.exc
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kernel.errors import TransientError
from workers.retries import RetryPolicy, is_transient

POLICY = RetryPolicy()
CHANCES = st.floats(0, 1, exclude_max=True)


def _from_the_database(error: Exception) -> sqlalchemy.exc.DBAPIError:
    return sqlalchemy.exc.OperationalError("SELECT 1", {}, error)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (TransientError(), True),
        (psycopg.OperationalError(), True),
        (psycopg.InterfaceError(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (_from_the_database(psycopg.OperationalError()), True),
        (sqlalchemy.exc.TimeoutError(), True),
        (sqlalchemy.exc.IntegrityError("INSERT", {}, psycopg.errors.UniqueViolation()), False),
        (ValueError(), False),
    ],
)
def test_what_passes_by_itself_is_known(error: Exception, passes: bool) -> None:
    assert is_transient(error) is passes


@given(attempt=st.integers(1, 59), chance=CHANCES)
def test_a_fault_that_passes_is_tried_for_days_with_waits_from_one_second_to_one_hour(
    attempt: int, chance: float
) -> None:
    wait = POLICY.wait_seconds(attempt, TransientError(), chance=chance)
    assert wait is not None
    plain = min(3600, 2 ** (attempt - 1))
    assert 0.8 * plain <= wait <= 1.2 * plain


@given(attempt=st.integers(1, 10_000), chance=CHANCES)
def test_another_fault_is_tried_five_times(attempt: int, chance: float) -> None:
    wait = POLICY.wait_seconds(attempt, ValueError(), chance=chance)
    assert (wait is None) == (attempt >= 5)


def test_without_jitter_the_waits_are_what_the_policy_says() -> None:
    waits = [POLICY.wait_seconds(attempt, ValueError(), chance=0.5) for attempt in range(1, 6)]
    assert waits == [15, 30, 60, 120, None]


@given(attempt=st.integers(60, 10**9))
def test_everything_is_given_up_in_the_end(attempt: int) -> None:
    assert POLICY.wait_seconds(attempt, TransientError(), chance=0.0) is None
