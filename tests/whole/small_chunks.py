"""``lead-exchange`` whose workers validate in small chunks under short leases: a short file has many of both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from marketplace.cli import main, up
from marketplace.journey.validation import jobs

CHUNK_ROWS: Final = 1_000
LEASE_SECONDS: Final = 15.0
_NAME: Final = "tests.whole.small_chunks"
_children = up.children


def children(*arguments: Any) -> list[Any]:
    """The plans of ``up``, with this module in the place of the command."""
    return [
        replace(plan, command=tuple(_NAME if word == "marketplace.cli" else word for word in plan.command))
        for plan in _children(*arguments)
    ]


if __name__ == "__main__":
    # Before the tasks are made, which take the lease over.
    vars(jobs).update(chunk_rows=CHUNK_ROWS, LEASE_SECONDS=LEASE_SECONDS)
    vars(up).update(children=children)
    main(prog_name="lead-exchange")
