"""A sweep: the same work slice by slice, each slice a transaction of its own, within the time of a lease."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from . import outbox
from .database import in_transaction
from .outbox import Lease

#: A sweep hands the rest over after so many seconds, so that its lease and its worker are free again.
SWEEP_SECONDS: Final = 40.0


def sweep(lease: Lease, slice_of: Callable[[], int], whole_slice: int) -> None:
    """Do slices until one is not whole; *slice_of* says how many rows it did.

    For tasks that are not one whole transaction; what is left after a while is handed over to a new duty.
    """
    ends = time.monotonic() + SWEEP_SECONDS
    while in_transaction(slice_of) >= whole_slice:
        if time.monotonic() >= ends:
            in_transaction(lambda: _hand_over(lease))
            return
        in_transaction(lambda: outbox.renew(lease))
    in_transaction(lambda: outbox.finish(lease))


def _hand_over(lease: Lease) -> None:
    outbox.enqueue(lease.topic, None, part=lease.part + 1, dedup=f"{lease.topic}:after:{lease.outbox_id}")
    outbox.finish(lease)
