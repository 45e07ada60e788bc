"""How long a failed duty waits, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import sqlalchemy.exc

from marketplace.kernel.errors import TransientError

_PASSES_BY_ITSELF = (TransientError, psycopg.OperationalError, psycopg.InterfaceError)


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential waits with jitter; faults that pass by themselves are tried practically for ever.

    A fault of the code does not pass by itself: after *fault_attempts* the duty is dead and a person
    must look. *jitter* is the share by which a wait may be shorter or longer.
    """

    transient_attempts: int = 60
    fault_attempts: int = 5
    first_seconds: float = 1.0
    first_fault_seconds: float = 15.0
    longest_seconds: float = 3600.0
    jitter: float = 0.2

    def wait_seconds(self, attempt: int, error: BaseException, *, chance: float) -> float | None:
        """Seconds until the next attempt after the failed *attempt* (from 1), None when it is given up.

        *chance* in [0, 1) is the draw of the jitter.
        """
        transient = is_transient(error)
        if self.given_up(attempt) or (not transient and attempt >= self.fault_attempts):
            return None
        first = self.first_seconds if transient else self.first_fault_seconds
        # 2**40 seconds is past every limit; the cut keeps the power of a large attempt finite.
        wait = min(self.longest_seconds, first * 2.0 ** min(attempt - 1, 40))
        return wait * (1 - self.jitter + 2 * self.jitter * chance)

    def given_up(self, attempt: int) -> bool:
        """True when no error whatever is followed by another try.

        Attempts that ended with the death of their worker count too: a duty that kills workers ends here.
        """
        return attempt >= self.transient_attempts


def is_transient(error: BaseException) -> bool:
    """True for faults that may pass by themselves: the network, the database away, locks."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        return error.connection_invalidated or isinstance(error.orig, _PASSES_BY_ITSELF)
    return isinstance(error, (*_PASSES_BY_ITSELF, sqlalchemy.exc.TimeoutError))
